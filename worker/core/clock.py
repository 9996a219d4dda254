"""The clock, which callers pass in: no other module reads the time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
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
