"""The clock, which callers pass in, and times as text: no other module reads the time.

Times are aware UTC datetimes in code, ISO 8601 text in the database.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """``now`` is for times that people see, ``monotonic`` for waiting."""

    def now(self) -> datetime:
        """The current time, aware, in UTC, in whole seconds."""

    def monotonic(self) -> float:
        """Seconds that never go back, from an unknown start."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0)

    def monotonic(self) -> float:
        return time.monotonic()


def file_clock() -> int:
    """The current time in nanoseconds since 1970, to compare with files' times."""
    return time.time_ns()


def to_text(moment: datetime) -> str:
    """``2026-11-22T09:30:00Z``: whole seconds in UTC, so that texts sort by time."""
    return _text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=1_000)
def _text(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"


def from_text(text: str) -> datetime:
    """The inverse of ``to_text``."""
    return datetime.fromisoformat(text)


def from_seconds(seconds: float) -> datetime:
    """A POSIX time as an aware UTC datetime without a fraction of a second."""
    return datetime.fromtimestamp(int(seconds), UTC)
