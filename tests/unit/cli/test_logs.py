"""Log lines: an event stays one line, whoever names its file; each reader gets its own form."""

import io
import json
import logging
import os
from pathlib import Path

import pytest

from worker.cli.logs import REPEAT_SECONDS, Repeats, formatter_for, is_journal, set_up_logs
from worker.core.events import event, quoted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def said(stream: io.StringIO, *events: object, level: int = logging.INFO, **settings: object):
    set_up_logs(level="INFO", stream=stream, **{"environ": {}, **settings})  # type: ignore[arg-type]
    for found in events:
        logging.getLogger("feedmill.test").log(level, found)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a.md", "a.md"),
        (5, "5"),
        ("a b.md", '"a b.md"'),
        ("a=b", '"a=b"'),
        ('say "x"', r'"say \"x\""'),
        ("a\nb", r'"a\nb"'),
        ("", '""'),
    ],
)
def test_a_value_is_in_quotes_where_it_could_be_taken_for_more(value, text):
    assert quoted(value) == text


def test_values_that_say_nothing_are_left_out():
    assert str(event("file-accepted", path="a.md", codes="", line=None, n=0)) == (
        "file-accepted path=a.md n=0"
    )


def test_a_line_has_time_level_event_and_values():
    (line,) = said(io.StringIO(), event("file-accepted", path="a b.md"))
    moment, rest = line.split(" ", 1)
    assert moment.endswith("Z")
    assert rest == 'INFO file-accepted path="a b.md"'


def test_other_libraries_warn_in_the_same_format(monkeypatch):
    library = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(library, "propagate", False)  # without the handlers of the test run
    stream = io.StringIO()
    said(stream, form="json")
    library.error("Exception in %s\n", "ASGI application")
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert (found["level"], found["event"]) == ("error", "message")
    assert found["text"].startswith("Exception in ASGI application")


def test_no_name_breaks_a_line_or_speaks_to_a_terminal():
    (line,) = said(Terminal(), event("file-accepted", path="a\n\x1b[2Jb\udcff"))
    assert r"path=a\n\x1b[2Jb\xff" in line.replace('"', "")
    assert "\x1b[2J" not in line


def test_a_terminal_gets_colours_unless_they_are_unwanted():
    warning = event("trouble", what="x")
    assert "\x1b[33mtrouble\x1b[0m what=x" in said(Terminal(), warning, level=logging.WARNING)[0]
    plain = said(Terminal(), warning, level=logging.WARNING, environ={"NO_COLOR": "1"})
    assert "\x1b" not in plain[0]


@pytest.mark.parametrize(
    ("level", "priority"), [(logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6)]
)
def test_the_journal_gets_priorities_and_no_time(tmp_path: Path, level, priority):
    with (tmp_path / "journal").open("w") as stream:
        found = os.fstat(stream.fileno())
        environ = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        said_to = {"stream": stream, "environ": environ}
        set_up_logs(level="INFO", **said_to)
        logging.getLogger("feedmill.test").log(level, event("trouble", what="x"))
    assert (tmp_path / "journal").read_text() == f"<{priority}>trouble what=x\n"


def test_a_traceback_keeps_its_priority_on_every_line(tmp_path: Path):
    with (tmp_path / "journal").open("w") as stream:
        found = os.fstat(stream.fileno())
        environ = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        set_up_logs(level="INFO", stream=stream, environ=environ)
        try:
            raise RuntimeError("no")
        except RuntimeError:
            logging.getLogger("feedmill.test").exception("failed")
    lines = (tmp_path / "journal").read_text().splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


def test_a_stream_that_only_inherited_the_variable_is_no_journal(tmp_path: Path):
    with (tmp_path / "file").open("w") as stream:
        assert not is_journal(stream, {"JOURNAL_STREAM": "1:2"})
        assert not is_journal(stream, {})
    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "1:2"})


def test_json_is_an_object_a_line_with_the_values_as_they_are():
    stream = io.StringIO()
    lines = said(stream, event("feed-published", feed="all", bytes=5), "plain words", form="json")
    first, second = map(json.loads, lines)
    assert first.pop("time").endswith("Z")
    assert first == {"level": "info", "event": "feed-published", "feed": "all", "bytes": 5}
    assert second["text"] == "plain words"


def test_json_survives_names_that_are_not_text():
    (line,) = said(io.StringIO(), event("file-accepted", path="a\udcff\n"), form="json")
    assert json.loads(line)["path"] == r"a\xff\n"


def test_repeated_warnings_are_counted_and_not_repeated():
    now = 1000.0
    repeats = Repeats(lambda: now)

    def passes(text: str = "x") -> logging.LogRecord | None:
        found = event("trouble", what=text)
        record = logging.LogRecord("feedmill", logging.WARNING, "", 0, found, (), None)
        return record if repeats.filter(record) else None

    assert passes()
    assert [passes() for _ in range(9)] == [None] * 9
    assert passes("y")
    now += REPEAT_SECONDS
    last = passes()
    assert last is not None
    assert last.getMessage() == "trouble what=x repeated=9"


def test_a_trouble_that_begins_anew_after_its_end_was_told_is_told_again():
    begin = (logging.WARNING, event("trouble", what="database", cause="full"))
    other = (logging.WARNING, event("trouble", what="database-2", cause="full"))
    end = (logging.INFO, event("trouble-over", what="database"))
    repeats = Repeats(lambda: 0.0)
    passed = [
        repeats.filter(logging.LogRecord("feedmill", level, "", 0, found, (), None))
        for level, found in (begin, other, begin, end, other, begin)
    ]
    assert passed == [True, True, False, True, False, True]


@pytest.mark.parametrize("name", ["file-rejected", "config-problem", "reload-refused"])
def test_every_answer_is_told_however_often_it_comes(name):
    repeats = Repeats(lambda: 0.0)
    same = event(name, path="a.md", codes="bad-date")
    passed = [
        repeats.filter(logging.LogRecord("feedmill", level, "", 0, same, (), None))
        for level in (logging.WARNING, logging.WARNING, logging.ERROR)
    ]
    assert passed == [True, True, True]


def test_the_memory_for_repeats_is_bounded():
    repeats = Repeats(lambda: 0.0)
    for number in range(2000):
        record = logging.LogRecord("feedmill", logging.WARNING, "", 0, str(number), (), None)
        assert repeats.filter(record)
    assert len(repeats._seen) <= 501


def test_a_file_gets_plain_text(tmp_path: Path):
    with (tmp_path / "log").open("w") as stream:
        record = logging.LogRecord("feedmill", logging.INFO, "", 0, event("x"), (), None)
        assert formatter_for(stream, "text", {}).format(record).endswith(" INFO x")
