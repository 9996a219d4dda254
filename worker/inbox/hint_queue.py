"""Hints from watchdog's threads to the loop, in bounded memory.

Merges what concerns one path, and trades hints it has no room for against a rescan: the folder
is the truth, so a forgotten hint costs a scan and nothing else.
"""

import contextlib
import select
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Self

from worker.inbox.settling import Hint

WatchHint = Hint | Literal["rescan"]
"""A hint for one file, or "rescan" for a folder and everything below it."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What came since the last time: each path's latest hint, in order of first mention, and
    the folders to scan ("" is the drop folder itself).
    """

    hints: dict[str, Hint] = field(default_factory=dict)
    rescan: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hints or self.rescan)


# What a poll can be told in milliseconds ends at 24 days.
_LONGEST_WAIT = 1_000_000.0


class HintQueue:
    """``put`` may be called from any thread and never waits long; ``take`` is the loop's.

    Owns two sockets: close it, or use it as a context manager.
    """

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._hints: dict[str, Hint] = {}
        self._rescan: set[str] = set()
        self._rung = False
        # A lock or a queue sleeps in C: a signal between the interpreter's last look and that
        # sleep sets a flag that nobody sees. What was sent to a socket is still there.
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the sockets back; ``put`` and ``wake`` still work then, and wake nobody."""
        self._bell.close()
        self._button.close()

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
                self.wake()

    def wake(self) -> None:
        """Make ``take`` return, with whatever there is; also from a signal handler."""
        # A full socket wakes the loop as well, and a closed one has no loop any more.
        with contextlib.suppress(OSError):
            self._button.send(b"!")

    @contextlib.contextmanager
    def woken_by_signals(self) -> Iterator[None]:
        """Meanwhile each signal with a handler of Python's makes ``take`` return, wherever it
        arrives. Does nothing outside the main thread, which alone hears signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.set_wakeup_fd(self._button.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)

    def is_waiting(self) -> bool:
        """Has anything come since the last ``take``?"""
        with self._lock:
            return bool(self._hints or self._rescan)

    def take(self, timeout: float) -> Hints:
        """Everything that came, waiting up to ``timeout`` seconds for the first of it; empty
        after a time-out, ``wake`` or a signal.
        """
        bell = select.poll()
        bell.register(self._bell, select.POLLIN)
        bell.poll(1000 * min(max(0.0, timeout), _LONGEST_WAIT))
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(65_536)
        with self._lock:
            letters = Hints(self._hints, frozenset(self._rescan))
            self._hints, self._rescan, self._rung = {}, set(), False
            return letters
