"""Passes hints from watchdog's threads to the loop, in bounded memory.

Merges the hints for one path. Hints without room become a rescan: the folder is the truth, so a
lost hint costs a scan and nothing else.
"""

import contextlib
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
    """What came since the last ``take``: each path's latest hint, in order of arrival, and the
    folders to scan ("" is the drop folder itself).
    """

    hints: dict[str, Hint] = field(default_factory=dict)
    rescan: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hints or self.rescan)


# poll(2) takes milliseconds as an int: at most 24 days.
_LONGEST_WAIT = 1_000_000.0


class HintQueue:
    """A queue for the loop: any thread may ``put``, and only the loop may ``take``.

    Owns two sockets: close it, or use it as a context manager.
    """

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._hints: dict[str, Hint] = {}
        self._rescan: set[str] = set()
        self._is_woken = False
        # A lock or a queue sleeps in C: a signal between the interpreter's last check and that
        # sleep sets a flag that is not checked. What was sent to a socket stays there.
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_writer.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets; ``put`` and ``wake`` may still be called, and do nothing."""
        self._wake_reader.close()
        self._wake_writer.close()

    def put(self, path: str, hint: WatchHint) -> None:
        """Add a hint; never waits long."""
        with self._lock:
            if hint == "rescan":
                self._rescan.add(path)
            elif path in self._hints or len(self._hints) < self._capacity:
                self._hints[path] = hint
            else:
                self._rescan.add("")
            if len(self._rescan) > self._capacity:
                self._rescan = {""}
            if not self._is_woken:
                self._is_woken = True
                self.wake()

    def wake(self) -> None:
        """Make ``take`` return at once. Safe to call from a signal handler."""
        # A full socket wakes the loop as well; a closed one has no loop any more.
        with contextlib.suppress(OSError):
            self._wake_writer.send(b"!")

    @contextlib.contextmanager
    def woken_by_signals(self) -> Iterator[None]:
        """Within it, each signal with a Python handler makes ``take`` return. Does nothing outside
        the main thread, which alone receives signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
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
        self._wake_reader.settimeout(min(max(0.0, timeout), _LONGEST_WAIT))
        with contextlib.suppress(BlockingIOError, TimeoutError):
            self._wake_reader.recv(65_536)
        with self._lock:
            found = Hints(self._hints, frozenset(self._rescan))
            self._hints, self._rescan, self._is_woken = {}, set(), False
            return found
