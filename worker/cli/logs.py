"""Formats log lines on standard error: one line per event.

A terminal gets colours, the journal gets priorities, programs get JSON; everything else gets
plain text with the time. Repeated warnings are counted, not repeated.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

from worker.core.events import Event, event
from worker.core.paths import printable

LogFormat = Literal["text", "json"]

# sd-daemon(3): a number in front of a line is its priority.
_PRIORITIES = {logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
_COLOURS = {logging.ERROR: "31", logging.WARNING: "33", logging.INFO: "", logging.DEBUG: "2"}
REPEAT_SECONDS = 60.0
_MOST_REMEMBERED = 500
# Events that answer a saved file or a reload: each is logged, repeated or not.
_ANSWERS = ("file-", "config-", "reload-")


def set_up_logs(
    *,
    level: str,
    form: LogFormat = "text",
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Log to standard error from this level on: INFO has verdicts and published feeds."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter_for(stream, form, environ))
    handler.addFilter(Repeats(time.monotonic))
    root = logging.getLogger("feedmill")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
    logging.lastResort = handler  # for the warnings of other libraries


def formatter_for(stream: TextIO, form: LogFormat, environ: Mapping[str, str]) -> logging.Formatter:
    """The formatter for JSON if asked for, else the one that suits the stream."""
    if form == "json":
        return _Json()
    if is_journal(stream, environ):
        return _Journal()
    if stream.isatty() and not environ.get("NO_COLOR"):
        return _Terminal()
    return _OneLine()


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the stream goes to the journal (systemd.exec(5), $JOURNAL_STREAM). Programs
    inherit the variable even if their output goes elsewhere: compare device and inode."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class Repeats(logging.Filter):
    """Lets the same warning through once a minute, with the number of dropped repeats.

    Verdicts, published feeds and answers to a reload always pass. So does a trouble that starts
    again after its end was logged.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log the line; adds ``repeated`` to its event if repeats were dropped."""
        found = _event(record)
        if record.levelno < logging.WARNING:
            self._forget_ended(found)
            return True
        if found.name.startswith(_ANSWERS):
            return True
        text, now = record.getMessage(), self._clock()
        since, dropped = self._seen.pop(text, (-REPEAT_SECONDS, 0))
        if now - since < REPEAT_SECONDS:
            self._seen[text] = (since, dropped + 1)
            return False
        self._seen[text] = (now, 0)
        if len(self._seen) > _MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        if dropped:
            record.msg, record.args = event(found.name, **found.fields, repeated=dropped), ()
        return True

    def _forget_ended(self, found: Event) -> None:
        if found.name == "trouble-over":
            begin = str(event("trouble", what=found.fields["what"]))
            for text in [text for text in self._seen if f"{text} ".startswith(f"{begin} ")]:
                del self._seen[text]


def _event(record: logging.LogRecord) -> Event:
    if isinstance(record.msg, Event):
        return record.msg
    return event("message", text=record.getMessage())


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _OneLine(logging.Formatter):
    """Keeps an event on one line; only a traceback has more. A file's name can hold line breaks,
    which could forge events, and terminal control codes."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own)
        return self.line(record, printable(record.message))

    def line(self, record: logging.LogRecord, text: str) -> str:
        """The log line for ``text``: here as plain text."""
        return f"{_moment(record)} {record.levelname} {text}"


class _Terminal(_OneLine):
    def line(self, record: logging.LogRecord, text: str) -> str:
        moment = datetime.fromtimestamp(record.created).astimezone()
        name, space, rest = text.partition(" ")
        colour = _COLOURS.get(record.levelno, "31")
        name = f"\033[{colour}m{name}\033[0m" if colour else name
        return f"\033[2m{moment:%H:%M:%S}\033[0m {name}{space}{rest}"


class _Journal(_OneLine):
    """For the journal, which adds the time and the program's name itself."""

    def line(self, record: logging.LogRecord, text: str) -> str:
        return f"<{_PRIORITIES.get(record.levelno, 3)}>{text}"

    def format(self, record: logging.LogRecord) -> str:
        """Repeat the priority on each line of a traceback."""
        first, *more = super().format(record).split("\n")
        return "\n".join([first, *(f"{first[:3]}{line}" for line in more)])


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One object per line: ``time``, ``level``, ``event`` and the event's own keys."""
        found = _event(record)
        level = record.levelname.lower()
        values: dict[str, object] = {"time": _moment(record), "level": level, "event": found.name}
        values |= {key: _plain(value) for key, value in found.items()}
        if record.exc_info:
            values["traceback"] = self.formatException(record.exc_info)
        return json.dumps(values, ensure_ascii=False)


def _plain(value: object) -> object:
    """A value for JSON: numbers and booleans unchanged, everything else as printable text."""
    return value if isinstance(value, (int, float)) else printable(str(value))
