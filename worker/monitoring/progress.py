"""Counts what the worker has done since its start, and keeps its current troubles.

For the log, the heartbeat and the metrics. Only ``catching_up`` and ``working`` make text of it.
"""

import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from worker.core.events import event
from worker.core.paths import printable
from worker.core.stages import FileResult

log = logging.getLogger("feedmill.service")

_MOST_UNPUBLISHED = 100_000
# Upper bounds in seconds; the last bucket has none.
LATENCY_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(slots=True)
class Latencies:
    """How long files took from the drop folder to their feeds, counted by bucket.

    Times are POSIX seconds.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    total: float = 0.0
    _unpublished: list[float] = field(default_factory=list)

    def start(self, came: Iterable[float]) -> None:
        """Remember when files arrived that are stored, but not published yet."""
        self._unpublished += came
        del self._unpublished[:-_MOST_UNPUBLISHED]

    def finish(self, now: float) -> None:
        """Count everything stored as published now. A clock that was set back gives zero."""
        for came in self._unpublished:
            seconds = max(0.0, now - came)
            self.counts[bisect_left(LATENCY_BOUNDS, seconds)] += 1
            self.total += seconds
        self._unpublished.clear()


@dataclass(slots=True)
class Progress:
    """Counts since the start, and current problems.

    ``troubles`` are for the sysadmin, ``mistakes`` for authors. ``written`` holds the last
    paths written below the public folder; ``writes`` counts all of them.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    written: list[str] = field(default_factory=list)
    writes: int = 0
    files: int = 0
    last_scan: datetime | None = None
    last_publish: datetime | None = None
    last_self_test: datetime | None = None
    scan_seconds: float = 0.0
    troubles: dict[str, str] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)
    _unfiled: dict[str, str] = field(default_factory=dict)
    latencies: Latencies = field(default_factory=Latencies)

    def count(self, told: Iterable[FileResult]) -> None:
        """Add verdicts to the counts."""
        self.verdicts.update(item.verdict for item in told)

    def count_written(self, paths: list[str], now: datetime) -> None:
        """Add files written below the public folder."""
        if paths:
            self.last_publish = now
        self.writes += len(paths)
        self.written += paths
        del self.written[:-1000]

    def trouble(self, what: str, text: str) -> None:
        """Start or update a trouble; logs it only when its text is new."""
        if self.troubles.get(what) != text:
            log.warning(event("trouble", what=what, cause=text))
        self.troubles[what] = text

    def set_trouble(self, what: str, text: str) -> None:
        """Start the trouble if ``text`` says why, else end it."""
        if text:
            self.trouble(what, text)
        else:
            self.clear_trouble(what)

    def mistake(self, what: str, text: str) -> None:
        """Set an author's mistake that no receipt can report; an empty text ends it. No alarm."""
        if text and self.mistakes.get(what) != text:
            log.warning(event("mistake", what=what, cause=text))
        if text:
            self.mistakes[what] = text
        else:
            self.mistakes.pop(what, None)

    def set_unfiled(self, filed: Iterable[str], unfiled: Mapping[str, str]) -> None:
        """Update which files could not be moved to the archive, with the reason; ``filed`` no
        longer belong to them."""
        for path in filed:
            self._unfiled.pop(path, None)
        self._unfiled |= unfiled
        self.set_trouble("filing", next(iter(self._unfiled.values()), ""))

    def clear_trouble(self, what: str) -> bool:
        """End a trouble; gives whether there was one."""
        was_there = self.troubles.pop(what, None) is not None
        if was_there:
            log.info(event("trouble-over", what=what))
        return was_there


_NEEDS_ITS_AUTHOR = ("rejected", "refused", "quarantined", "shadowed")


def catching_up(progress: Progress, waiting: int) -> str:
    """The status line during the first scan; ``waiting`` counts the paths still to be read."""
    read = progress.verdicts.total()
    if progress.last_scan is None:
        text = "Scanning the drop folder"
    elif waiting:
        text = f"Reading the drop folder: {read} read, {waiting} to go, of {progress.files} files"
    else:
        text = f"Publishing: {read} files read, {progress.writes} written"
    return _with_troubles(text, progress)


def working(progress: Progress, folder: str, mode: str, verdicts: Mapping[str, int]) -> str:
    """The status line after the first scan; ``verdicts`` counts the files of the drop folder."""
    troubled = sum(verdicts.get(verdict, 0) for verdict in _NEEDS_ITS_AUTHOR)
    parts = [f"Watching {printable(folder)} ({mode})", f"{sum(verdicts.values())} files"]
    if troubled:
        parts.append(f"{troubled} need their author")
    if progress.last_publish:
        parts.append(f"last feed written {progress.last_publish:%Y-%m-%d %H:%M:%SZ}")
    return _with_troubles(", ".join(parts), progress)


def _with_troubles(text: str, progress: Progress) -> str:
    """Troubles come first: a long line may be cut."""
    troubles = [f"TROUBLE {what}: {why}" for what, why in progress.troubles.items()]
    return "; ".join([*troubles, text])
