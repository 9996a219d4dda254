"""What a worker has done since its start, and what is in its way now.

Counts for the log, the pulse and the metrics. Nothing is decided by them.
"""

import logging
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from worker.core.events import event
from worker.core.paths import printable
from worker.core.stages import FileResult

log = logging.getLogger("feedmill.service")

# Upper bounds in seconds; the last bucket has none.
_MOST_ON_THE_WAY = 100_000
LATENCY_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(slots=True)
class Latencies:
    """How long files took from the drop folder into their feeds, in seconds, by bucket.

    Moments are POSIX seconds.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    total: float = 0.0
    _on_the_way: list[float] = field(default_factory=list)

    def set_out(self, came: Iterable[float]) -> None:
        """Files that came at these moments are stored, and soon will be published."""
        self._on_the_way += came
        del self._on_the_way[:-_MOST_ON_THE_WAY]

    def arrive(self, now: float) -> None:
        """Everything stored is published. A clock that was set back gives zero."""
        for came in self._on_the_way:
            seconds = max(0.0, now - came)
            self.counts[bisect_left(LATENCY_BOUNDS, seconds)] += 1
            self.total += seconds
        self._on_the_way.clear()


@dataclass(slots=True)
class Progress:
    """What has been done, and what is in the way: ``troubles`` are the sysadmin's, ``mistakes``
    the authors'. ``written`` are the last paths written below
    the public folder, ``writes`` counts all of them."""

    verdicts: dict[str, int] = field(default_factory=dict)
    withdrawn: int = 0
    written: list[str] = field(default_factory=list)
    writes: int = 0
    files: int = 0
    last_scan: datetime | None = None
    last_publish: datetime | None = None
    last_proof: datetime | None = None
    scan_seconds: float = 0.0
    last_told: list[FileResult] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)
    _unfiled: dict[str, str] = field(default_factory=dict)
    latencies: Latencies = field(default_factory=Latencies)

    def count(self, told: Iterable[FileResult]) -> None:
        """Add verdicts to the counts."""
        for item in told:
            self.verdicts[item.verdict] = self.verdicts.get(item.verdict, 0) + 1
            self.last_told.append(item)
        del self.last_told[:-200]

    def count_written(self, paths: list[str], now: datetime) -> None:
        """Add files written below the public folder."""
        if paths:
            self.last_publish = now
        self.writes += len(paths)
        self.written += paths
        del self.written[:-1000]

    def trouble(self, what: str, text: str) -> None:
        """Something is in the way: said once when it begins, kept while it lasts."""
        if self.troubles.get(what) != text:
            log.warning(event("trouble", what=what, cause=text))
        self.troubles[what] = text

    def note(self, what: str, text: str) -> None:
        """It is in the way if there is a text that says why, else it is not."""
        if text:
            self.trouble(what, text)
        else:
            self.well(what)

    def mistake(self, what: str, text: str) -> None:
        """What authors did that no receipt can tell them; no alarm. An empty text ends it."""
        if text and self.mistakes.get(what) != text:
            log.warning(event("mistake", what=what, cause=text))
        if text:
            self.mistakes[what] = text
        else:
            self.mistakes.pop(what, None)

    def note_filing(self, settled: Iterable[str], unfiled: Mapping[str, str]) -> None:
        """Which judged files could not be moved out of the drop folder, and why; ``settled`` are
        those of which that is not true any more."""
        for path in settled:
            self._unfiled.pop(path, None)
        self._unfiled |= unfiled
        self.note("filing", next(iter(self._unfiled.values()), ""))

    def well(self, what: str) -> bool:
        """It is in the way no longer. Returns whether it was."""
        was_there = self.troubles.pop(what, None) is not None
        if was_there:
            log.info(event("trouble-over", what=what))
        return was_there


_NEEDS_ITS_AUTHOR = ("rejected", "refused", "quarantined", "shadowed")


def catching_up(progress: "Progress", waiting: int) -> str:
    """For the time of the first reconciliation; ``waiting`` are paths that are still to be
    read."""
    read = sum(progress.verdicts.values())
    if progress.last_scan is None:
        text = "Scanning the drop folder"
    elif waiting:
        text = f"Reading the drop folder: {read} read, {waiting} to go, of {progress.files} files"
    else:
        text = f"Publishing: {read} files read, {progress.writes} written"
    return _with_troubles(text, progress)


def working(progress: "Progress", folder: str, mode: str, verdicts: Mapping[str, int]) -> str:
    """For the time after it; ``verdicts`` counts the files of the drop folder."""
    troubled = sum(verdicts.get(verdict, 0) for verdict in _NEEDS_ITS_AUTHOR)
    parts = [f"Watching {printable(folder)} ({mode})", f"{sum(verdicts.values())} files"]
    if troubled:
        parts.append(f"{troubled} need their author")
    if progress.last_publish:
        parts.append(f"last feed written {progress.last_publish:%Y-%m-%d %H:%M:%SZ}")
    return _with_troubles(", ".join(parts), progress)


def _with_troubles(text: str, progress: "Progress") -> str:
    """What is in the way comes first: the line may be cut."""
    troubles = [f"{what}: {why}" for what, why in progress.troubles.items()]
    return "; ".join([f"TROUBLE {trouble}" for trouble in troubles] + [text])
