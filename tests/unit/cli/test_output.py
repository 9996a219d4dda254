"""Rows for people and for programs: nothing is cut, and no row is a heading."""

import io
import re
from collections.abc import Callable

import pytest

from worker.cli import output
from worker.monitoring.status import Status
from worker.store.queries import FeedState, TopicState

ADDRESS = "https://quay.example/" + "q" * 150 + ".rss"
TOPIC = TopicState("Boats", "boats", 2, 3, (ADDRESS,), ("Ferries",), ())
FEED = FeedState("Boats", "topics/boats", ADDRESS, 2, False, "")
STATUS = Status("running", "", "", {"live": 2}, {"accepted": 2}, [], [FEED])
PRINTS: list[Callable[[], None]] = [
    lambda: output.print_topics([TOPIC]),
    lambda: output.print_status(STATUS),
]


class Terminal(io.StringIO):
    """Standard output on a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("prints", PRINTS)
def test_no_address_is_cut_on_a_narrow_terminal(
    prints: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    prints()
    text = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue())
    assert text.count("q") == ADDRESS.count("q")
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 60


def test_topics_in_a_pipe_have_a_line_each_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_topics([TOPIC, TOPIC])
    row = ["Boats", "2", "3", ADDRESS, "Ferries"]
    assert [line.split("\t") for line in capsys.readouterr().out.splitlines()] == [row, row]


def test_the_feeds_in_status_have_a_line_each_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_status(STATUS)
    row = ["Boats", "2", ADDRESS, "published"]
    assert capsys.readouterr().out.splitlines()[-1].split("\t") == row


def test_that_nothing_was_found_is_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_articles([], 0)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "No matching articles.\n")
