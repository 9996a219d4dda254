"""Decides when a file is quiet enough to read and when to retry.

Pure: works on names, stats and times, and never touches a file or a clock. Every ``now`` is the
caller's monotonic clock in seconds; wall clocks and a file's own mtime decide nothing.
"""

import heapq
import itertools
from typing import Literal

from worker.core.fingerprint import Fingerprint

Hint = Literal["ready", "created", "gone", "scan"]
"""Why to look at a path. "ready": closed by its writer, or renamed to its final name. "created":
it appeared, perhaps by a rename, perhaps still being written. "gone": it was deleted or renamed.
"scan": a scan found it."""

RETRY_FIRST = 0.25
RETRY_CAP = 60.0
_NO_TIME = float("inf")


class _Waiting:
    """One waiting path: its latest hint, when to look, since when it is unchanged, and whether it
    was seen to change."""

    __slots__ = ("changed", "due", "hint", "seen", "since")

    def __init__(self, hint: Hint, due: float) -> None:
        self.hint = hint
        self.due = due
        self.seen: Fingerprint | None = None
        self.since = due
        self.changed = False


class Settler:
    """The paths that wait to be read.

    The loop adds hints, takes ``due`` paths, looks at each (stat, lease) and passes the look to
    ``observe``, which answers "read" (the path no longer waits here) or "wait". A path that
    could not be read comes back through ``retry``; one that was read ends with ``done``; one
    that does not exist ends with ``forget``.

    A path read a moment ago is not looked at again for ``settle_seconds``: the many events of
    one save, or a program that rewrites its file in a loop, make one ingestion.
    """

    def __init__(self, settle_seconds: float, capacity: int = 250_000) -> None:
        self._settle = settle_seconds
        self._capacity = capacity
        self._waiting: dict[str, _Waiting] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._read_at: dict[str, float] = {}
        self._tries: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, path: str, hint: Hint, now: float) -> bool:
        """Let a path be looked at. False when there is no room for another path: the hint is
        dropped, and the caller must rescan once there is room.
        """
        waiting = self._waiting.get(path)
        if waiting is None:
            if len(self._waiting) >= self._capacity:
                return False
            self._await(path, _Waiting(hint, self._earliest(path, now)))
            return True
        if hint != "scan":
            # The latest event wins: a file deleted and made again is not "ready" any more.
            waiting.hint = hint
        if hint != "scan" or waiting.due == _NO_TIME:
            self._look_at(path, waiting, min(waiting.due, self._earliest(path, now)))
        return True

    def due(self, now: float, limit: int = 1000) -> list[str]:
        """The paths to look at now, longest waiting first, at most ``limit``.

        Each goes on waiting, without a time, until ``observe``, ``retry`` or ``forget``.
        """
        self._prune(now)
        paths: list[str] = []
        while self._heap and self._heap[0][0] <= now and len(paths) < limit:
            entry = heapq.heappop(self._heap)
            if self._is_current(entry):
                self._waiting[entry[2]].due = _NO_TIME
                paths.append(entry[2])
        return paths

    def next_due(self) -> float | None:
        """When ``due`` will next give something, or None while nothing waits for a time."""
        while self._heap and not self._is_current(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _is_current(self, entry: tuple[float, int, str]) -> bool:
        """Whether the path still waits for this time."""
        waiting = self._waiting.get(entry[2])
        return waiting is not None and waiting.due == entry[0]

    def is_behind(self) -> bool:
        """Does a path wait that could be read: one that neither failed before nor changed while
        it waited?"""
        return any(
            not waiting.changed and path not in self._tries
            for path, waiting in self._waiting.items()
        )

    def observe(
        self, path: str, fingerprint: Fingerprint, busy: bool | None, now: float
    ) -> Literal["read", "wait"]:
        """What to do with a path that was looked at.

        ``busy``: whether a process has the file open for writing, None if that is unknown. An
        empty file counts as a placeholder and always waits the quiet time: some programs make
        the name first and open it again to write.
        """
        waiting = self._waiting.get(path)
        if waiting is None:
            waiting = self._waiting[path] = _Waiting("scan", _NO_TIME)
        if waiting.seen != fingerprint:
            waiting.changed = waiting.seen is not None
            waiting.seen, waiting.since = fingerprint, now
        closed = busy is False or (busy is None and waiting.hint == "ready")
        quiet_at = waiting.since + self._settle
        if (closed and fingerprint.size > 0) or now >= quiet_at:
            del self._waiting[path]
            self._read_at.pop(path, None)
            self._read_at[path] = now
            return "read"
        self._look_at(path, waiting, quiet_at)
        return "wait"

    def retry(self, path: str, now: float) -> float:
        """Look again later, after a torn read or a temporary error: 0.25 s, doubling up to a
        minute. Gives the seconds until then. A new event for the path does not wait.
        """
        tries = self._tries.get(path, 0)
        delay = min(RETRY_CAP, RETRY_FIRST * 2.0 ** min(tries, 16))
        if tries or len(self._tries) < self._capacity:
            self._tries[path] = tries + 1
        waiting = self._waiting.get(path)
        if waiting is None:
            self._await(path, _Waiting("scan", now + delay))
        elif waiting.due > now + delay:
            self._look_at(path, waiting, now + delay)
        return delay

    def done(self, path: str) -> None:
        """The path was read: forget its failures, but not hints that came since."""
        self._tries.pop(path, None)

    def forget(self, path: str) -> None:
        """There is no such file, or it is no article."""
        self._waiting.pop(path, None)
        self._tries.pop(path, None)

    def clear(self) -> None:
        """Forget every path, as before a scan of another root."""
        self._waiting.clear()
        self._heap.clear()
        self._read_at.clear()
        self._tries.clear()

    def _earliest(self, path: str, now: float) -> float:
        read_at = self._read_at.get(path)
        return now if read_at is None else max(now, read_at + self._settle)

    def _await(self, path: str, waiting: _Waiting) -> None:
        self._waiting[path] = waiting
        heapq.heappush(self._heap, (waiting.due, next(self._order), path))

    def _look_at(self, path: str, waiting: _Waiting, due: float) -> None:
        if due == waiting.due:
            return
        waiting.due = due
        heapq.heappush(self._heap, (due, next(self._order), path))
        # Each change of time leaves a dead entry; a file that is rewritten for ever must not
        # grow the heap for ever.
        if len(self._heap) > 2 * len(self._waiting) + 1000:
            self._heap = list(filter(self._is_current, self._heap))
            heapq.heapify(self._heap)

    def _prune(self, now: float) -> None:
        while self._read_at:
            path = next(iter(self._read_at))
            if now - self._read_at[path] < self._settle:
                return
            del self._read_at[path]
