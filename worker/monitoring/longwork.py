"""Long work shows itself: how far the taking in of a large folder is.

On a terminal as a bar, else as a log line for each thousand files; of an everyday handful, not
a word. Looks on, and decides nothing.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from worker.core.events import event
from worker.core.stages import FileResult
from worker.ingest.batches import BATCH_FILES

log = logging.getLogger("feedmill.longwork")

LARGE = 500
STEP = 1000
# What is left then is done in a moment, or waits for something that no bar should wait for.
FEW = 100


class Bar(Protocol):
    """Something that shows how far it is; ``show`` begins it where it has not begun."""

    def show(self, done: int, total: int) -> None:
        """So many files of so many are done."""

    def hide(self) -> None:
        """The work is over; may be said more than once."""


class LogBar:
    """Shows it as a log line for each ``STEP`` files."""

    def __init__(self) -> None:
        self._said = 0
        # One line in a thousand files is wanted even where verdicts are not.
        log.setLevel(logging.INFO)

    def show(self, done: int, total: int) -> None:
        """Say it once for each step."""
        if done // STEP > self._said:
            self._said = done // STEP
            log.info(event("progress", files=self._said * STEP, of=total))

    def hide(self) -> None:
        """Begin at nothing the next time."""
        self._said = 0


class LongRun:
    """Hears of each verdict, and has a bar shown while many files wait."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._waiting: Callable[[], int] = lambda: 0
        self._done = self._total = 0

    def follow(self, waiting: Callable[[], int]) -> None:
        """``waiting`` gives the number of files that are not done yet."""
        self._waiting = waiting

    def tell(self, told: FileResult) -> None:  # noqa: ARG002 - which file it was does not matter
        """One more file is done."""
        waiting = self._waiting()
        if not self._total and waiting < LARGE:
            return
        if waiting < FEW:
            # All of the last batch is done, and about to be told one after the other.
            self._bar.show(self._total - waiting, self._total)
            self.end()
            return
        # Of the first batch, which is no longer waiting, this is the first file.
        self._total = max(self._total or BATCH_FILES + waiting, self._done + waiting)
        self._done += 1
        self._bar.show(self._done, self._total)

    def end(self) -> None:
        """Nothing more is coming, or so little that it does not matter."""
        self._done = self._total = 0
        self._bar.hide()
