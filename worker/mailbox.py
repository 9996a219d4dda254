"""Hints from watchdog's threads to the loop, in bounded memory.

Merges what concerns one path, and trades hints it has no room for against a rescan: the folder
is the truth, so a forgotten hint costs a scan and nothing else.
"""

import threading
from dataclasses import dataclass, field
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
        self._arrived = threading.Condition()
        self._hints: dict[str, Hint] = {}
        self._rescan: set[str] = set()
        self._woken = False

    def put(self, path: str, hint: WatchHint) -> None:
        """Leave a hint for the loop."""
        with self._arrived:
            if hint == "rescan":
                self._rescan.add(path)
            elif path in self._hints or len(self._hints) < self._capacity:
                self._hints[path] = hint
            else:
                self._rescan.add("")
            if len(self._rescan) > self._capacity:
                self._rescan = {""}
            self._arrived.notify()

    def wake(self) -> None:
        """Make ``take`` return now, with whatever there is."""
        with self._arrived:
            self._woken = True
            self._arrived.notify()

    def take(self, timeout: float | None) -> Letters:
        """Everything that came, waiting up to ``timeout`` seconds (None: without end) for the
        first of it; empty after a time-out or ``wake``.
        """
        with self._arrived:
            self._arrived.wait_for(lambda: self._woken or self._hints or self._rescan, timeout)
            letters = Letters(self._hints, frozenset(self._rescan))
            self._hints, self._rescan, self._woken = {}, set(), False
            return letters
