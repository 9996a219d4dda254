"""A bar on the terminal for long work. Log lines go on above it."""

import logging
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from worker.monitoring.longwork import Bar, LogBar

DRAWING_SECONDS = 0.1


def bar_for_stderr() -> Bar:
    """What shows long work where the process's errors go: a bar on a terminal, else lines."""
    return TerminalBar() if sys.stderr.isatty() else LogBar()


class TerminalBar:
    """Shows it in the last line of the terminal, which is free again when the work is over."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._next_drawing = 0.0

    def show(self, done: int, total: int) -> None:
        """Draw the bar."""
        if self._progress is None:
            self._progress = _begun(total)
            _lead_log_lines()
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)
        now = time.monotonic()
        if now >= self._next_drawing:
            self._next_drawing = now + DRAWING_SECONDS
            self._progress.refresh()

    def hide(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            _lead_log_lines()


def _begun(total: int) -> Progress:
    columns = (
        TextColumn("Taking in"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Drawn from the caller's thread alone: the worker has no other that prints.
    console = Console(stderr=True)
    progress = Progress(*columns, console=console, transient=True, auto_refresh=False)
    progress.add_task("files", total=total)
    progress.start()
    return progress


def _lead_log_lines() -> None:
    """Where ``sys.stderr`` is now: while the bar is shown, what is written there appears above
    it instead of amid it."""
    for handler in logging.getLogger("feedmill").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)
