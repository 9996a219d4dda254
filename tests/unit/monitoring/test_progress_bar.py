"""A long ingest shows its progress; everyday work shows nothing."""

import contextlib
import io
import logging
import os
import pty

import pytest

from worker.core.stages import FileResult
from worker.monitoring.progress_bar import (
    FEW,
    LARGE,
    Display,
    LogDisplay,
    ProgressBar,
    TerminalDisplay,
    display_for_stderr,
)


class Shown:
    """A display that remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int] | None] = []

    def show(self, done: int, total: int) -> None:
        self.calls.append((done, total))

    def hide(self) -> None:
        self.calls.append(None)


def work(display: Display, files: int, *, left: int = 0, batch: int = 256) -> ProgressBar:
    """Take in ``files`` files in batches, of which ``left`` cannot be read."""
    progress_bar, waiting = ProgressBar(display), files
    progress_bar.follow(lambda: waiting)
    for begin in range(0, files - left, batch):
        size = min(batch, files - left - begin)
        waiting -= size
        for _ in range(size):
            progress_bar.advance(FileResult("a.md", "accepted"))
    return progress_bar


def test_a_large_folder_is_shown_from_the_first_batch_to_the_last() -> None:
    bar = Shown()
    work(bar, 5000)
    shown = [call for call in bar.calls if call]
    assert [done for done, _ in shown] == sorted(done for done, _ in shown)
    assert {total for _, total in shown} == {5000}
    assert shown[-1] == (5000, 5000)
    assert bar.calls[-1] is None
    assert bar.calls.count(None) == 1


@pytest.mark.parametrize("files", [1, 50, LARGE])
def test_an_everyday_handful_is_not_shown(files: int) -> None:
    bar = Shown()
    work(bar, files)
    assert bar.calls == []


def test_files_that_cannot_be_read_do_not_keep_the_bar() -> None:
    bar = Shown()
    work(bar, 3000, left=FEW - 1)
    assert bar.calls[-2:] == [(3000 - FEW + 1, 3000), None]


def test_what_comes_after_progress_bar_starts_from_zero() -> None:
    bar = Shown()
    progress_bar = work(bar, 3000)
    bar.calls.clear()
    progress_bar.advance(FileResult("a.md", "accepted"))
    assert bar.calls == []
    progress_bar.end()
    assert bar.calls == [None]


def test_without_a_terminal_there_is_a_line_for_each_thousand(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bar = LogDisplay()
    with caplog.at_level(logging.INFO, "feedmill.longwork"):
        for done in range(1, 3500):
            bar.show(done, 3500)
        bar.hide()
        work(bar, 1000)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "progress files=1000 of=3500",
        "progress files=2000 of=3500",
        "progress files=3000 of=3500",
        "progress files=1000 of=1000",
    ]


def all_from(master: int) -> bytes:
    """What the terminal was sent. It gives a part at a time, and an error at the end."""
    parts = []
    with contextlib.suppress(OSError):
        while part := os.read(master, 4096):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("title", ["Ingesting", "Sending"])
def test_on_a_terminal_there_is_a_bar_that_log_lines_stand_above(
    monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    master, slave = pty.openpty()
    terminal = os.fdopen(slave, "w", buffering=1)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    handler = logging.StreamHandler(terminal)
    log = logging.getLogger("feedmill")
    monkeypatch.setattr(log, "handlers", [handler])
    bar = display_for_stderr(title)
    assert isinstance(bar, TerminalDisplay)
    bar.show(700, 2000)
    assert handler.stream is not terminal
    log.warning("in between")
    bar.show(800, 2000)
    bar.hide()
    bar.hide()
    assert handler.stream is terminal
    terminal.close()
    seen = all_from(master).decode()
    os.close(master)
    assert title in seen
    assert "700/2000" in seen
    assert "in between" in seen
    assert "800/2000" in seen


def test_a_pipe_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert isinstance(display_for_stderr(), LogDisplay)
