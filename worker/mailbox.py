"""Hints from watchdog's threads to the loop, in bounded memory.

Merges what concerns one path, and trades hints it has no room for against a rescan: the folder
is the truth, so a forgotten hint costs a scan and nothing else.
"""

import contextlib
import threading
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Literal

from worker.settle import Hint

WatchHint = Hint | Literal["rescan"]
"""A hint for one file, or "rescan" for a folder and everything below it."""


@dataclass(frozen=True, slots=True)
class Letters:
    """What came since the last time: each path's latest hint, in order of first mention, and
    the folders to scan ("" is the drop folder itself).
    """

    hints: dict[str, Hint] = field(default_factory=dict)
    rescan: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hints or self.rescan)


class Mailbox:
    """``put`` may be called from any thread and never waits long; ``take`` is the loop's."""

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._hints: dict[str, Hint] = {}
        self._rescan: set[str] = set()
        self._rung = False
        # A condition variable would lose a wake-up that a signal handler gives between the
        # loop's last look and its sleep; this queue may be put to from a handler at any point.
        self._bell: SimpleQueue[None] = SimpleQueue()

    def put(self, path: str, hint: WatchHint) -> None:
        """Leave a hint for the loop."""
        with self._lock:
            if hint == "rescan":
                self._rescan.add(path)
            elif path in self._hints or len(self._hints) < self._capacity:
                self._hints[path] = hint
            else:
                self._rescan.add("")
            if len(self._rescan) > self._capacity:
                self._rescan = {""}
            if not self._rung:
                self._rung = True
                self._bell.put(None)

    def wake(self) -> None:
        """Make ``take`` return, with whatever there is; also from a signal handler."""
        self._bell.put(None)

    def is_waiting(self) -> bool:
        """Has anything come since the last ``take``?"""
        with self._lock:
            return bool(self._hints or self._rescan)

    def take(self, timeout: float | None) -> Letters:
        """Everything that came, waiting up to ``timeout`` seconds (None: without end) for the
        first of it; empty after a time-out or ``wake``.
        """
        with contextlib.suppress(Empty):
            self._bell.get(timeout=None if timeout is None else max(0.0, timeout))
        with self._lock:
            letters = Letters(self._hints, frozenset(self._rescan))
            self._hints, self._rescan, self._rung = {}, set(), False
            return letters
