"""The worker's numbers, gathered and left in a file for Prometheus' textfile collector, so that
the worker itself needs no port.
"""

import logging
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from feeds.atomic_file import replace_file
from feeds.errors import fix_for
from worker.config.model import Config
from worker.core.events import event
from worker.monitoring.heartbeat import Pulse
from worker.monitoring.progress import LATENCY_BOUNDS, Progress
from worker.store.database import Database
from worker.store.ledger import Ledger
from worker.store.queries import count_articles, count_feeds

log = logging.getLogger("feedmill.metrics")


@dataclass(slots=True)
class Counts:
    """What is counted in the database, and when: at which number of its changes."""

    at: int
    files: dict[str, int]
    articles: dict[str, int]
    feeds: tuple[int, int, int]


class MetricsFile:
    """Writes the file of one worker."""

    def __init__(self, config: Config, database: Database) -> None:
        self._path = config.metrics_path
        self._store = config.store_path
        self._database = database
        self._counts: Counts | None = None
        self._version = version("feedmill")
        self._failed = ""

    def write(self, pulse: Pulse, progress: Progress, queue: int, parser_deaths: int) -> None:
        """Put the numbers of this moment in the place of the last ones. A file that cannot be
        written is told of once, and stops nothing. Raises sqlite3.Error."""
        # Brings an HTTP server and more with it, which no other command needs.
        from worker.monitoring.metrics import Snapshot, exposition

        counts, latencies = self._count(), progress.latencies
        snapshot = Snapshot(
            version=self._version,
            started=pulse.started,
            at=pulse.at,
            mode=pulse.mode,
            last_proof=pulse.proof,
            last_canary=pulse.canary,
            last_scan=pulse.last_scan,
            last_publish=progress.last_publish,
            scan_seconds=progress.scan_seconds,
            queue=queue,
            writes=progress.writes,
            withdrawn=progress.withdrawn,
            feeds=counts.feeds[0],
            feeds_waiting=counts.feeds[1],
            feeds_refused=counts.feeds[2],
            database_bytes=_size(self._store),
            wal_bytes=_size(self._store.with_name(f"{self._store.name}-wal")),
            parser_deaths=parser_deaths,
            files=counts.files,
            articles=counts.articles,
            verdicts=progress.verdicts,
            troubles=frozenset(progress.troubles),
            latency_bounds=LATENCY_BOUNDS,
            latency_counts=tuple(latencies.counts),
            latency_total=latencies.total,
        )
        self._put(exposition(snapshot))

    def _put(self, data: bytes) -> None:
        try:
            replace_file(self._path, data)
            self._failed = ""
        except OSError as error:
            cause = f"{error.strerror or error}. {fix_for(error, self._path.parent)}".rstrip()
            if cause != self._failed:
                log.warning(event("metrics-not-written", path=self._path, cause=cause))
            self._failed = cause

    def _count(self) -> Counts:
        """The database's counts; a million rows are not counted again for nothing."""
        changes = self._database.changes()
        if self._counts is None or self._counts.at != changes:
            self._counts = Counts(
                at=changes,
                files=Ledger(self._database).counts(),
                articles=count_articles(self._database),
                feeds=count_feeds(self._database),
            )
        return self._counts


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
