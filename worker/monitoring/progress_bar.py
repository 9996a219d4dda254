"""Shows how far a long ingest is: a bar on a terminal, else a log line per thousand files.

Fewer than ``LARGE`` waiting files show nothing. Only displays; decides nothing.
"""

import logging
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from worker.core.events import event
from worker.core.stages import FileResult
from worker.ingest.batches import BATCH_FILES

if TYPE_CHECKING:
    from rich.progress import Progress

log = logging.getLogger("feedmill.longwork")

LARGE = 500
STEP = 1000
# The rest is done in a moment, or waits for something that no bar should wait for.
FEW = 100
DRAWING_SECONDS = 0.1


class Display(Protocol):
    """Something that shows progress; the first ``show`` opens it."""

    def show(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` files are done."""

    def hide(self) -> None:
        """Remove it; calling it twice is harmless."""


class LogDisplay:
    """Logs a line for each ``STEP`` files."""

    def __init__(self) -> None:
        self._logged_steps = 0
        # One line per thousand files is wanted even where verdicts are not.
        log.setLevel(logging.INFO)

    def show(self, done: int, total: int) -> None:
        """Log once per step."""
        if done // STEP > self._logged_steps:
            self._logged_steps = done // STEP
            log.info(event("progress", files=self._logged_steps * STEP, of=total))

    def hide(self) -> None:
        """Start from zero the next time."""
        self._logged_steps = 0


class TerminalDisplay:
    """Draws a bar in the terminal's last line; log lines appear above it."""

    def __init__(self, title: str = "Ingesting") -> None:
        self._title = title
        self._progress: Progress | None = None
        self._next_drawing = 0.0

    def show(self, done: int, total: int) -> None:
        """Draw the bar."""
        if self._progress is None:
            self._progress = _started(self._title, total)
            _redirect_logs()
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)
        now = time.monotonic()
        if now >= self._next_drawing:
            self._next_drawing = now + DRAWING_SECONDS
            self._progress.refresh()

    def hide(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            _redirect_logs()


def _started(title: str, total: int) -> "Progress":
    from rich import console
    from rich import progress as bars

    columns = bars.BarColumn(), bars.MofNCompleteColumn(), bars.TimeRemainingColumn()
    # Drawn only from the caller's thread: no other thread of the worker prints.
    progress = bars.Progress(
        bars.TextColumn(title),
        *columns,
        console=console.Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
    progress.add_task("files", total=total)
    progress.start()
    return progress


def _redirect_logs() -> None:
    """Send log lines to what ``sys.stderr`` is now: rich replaces it while the bar is shown, and
    prints above the bar what is written there."""
    for handler in logging.getLogger("feedmill").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)


def display_for_stderr(title: str = "Ingesting") -> Display:
    """What suits standard error: a bar on a terminal, else log lines."""
    return TerminalDisplay(title) if sys.stderr.isatty() else LogDisplay()


class ProgressBar:
    """Counts ingested files and drives a display while many wait."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._waiting: Callable[[], int] = lambda: 0
        self._done = self._total = 0

    def follow(self, waiting: Callable[[], int]) -> None:
        """``waiting`` gives the number of files that are not done yet."""
        self._waiting = waiting

    def advance(self, result: FileResult) -> None:  # noqa: ARG002 - any file counts the same
        """Count one more file as done."""
        waiting = self._waiting()
        if not self._total and waiting < LARGE:
            return
        if waiting < FEW:
            # The whole last batch is done; its results arrive one after the other.
            self._display.show(self._total - waiting, self._total)
            self.end()
            return
        # This is the first result of the first batch, which no longer counts as waiting.
        self._total = max(self._total or BATCH_FILES + waiting, self._done + waiting)
        self._done += 1
        self._display.show(self._done, self._total)

    def end(self) -> None:
        """Hide the display: nothing more comes, or too little to matter."""
        self._done = self._total = 0
        self._display.hide()
