"""The two clocks, as one thing that is handed in: no other module asks what time it is."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """``now`` is for what people and readers see, ``monotonic`` (seconds) for waiting."""

    def now(self) -> datetime:
        """The moment, aware, in UTC, in whole seconds."""

    def monotonic(self) -> float:
        """Seconds that never go back and are not set by anybody."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0)

    def monotonic(self) -> float:
        return time.monotonic()


def file_clock() -> int:
    """The moment in nanoseconds since 1970, to compare with files' times."""
    return time.time_ns()
