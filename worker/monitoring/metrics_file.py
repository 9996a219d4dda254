"""Writes the worker's metrics into a file for Prometheus' textfile collector.

A file, so that the worker needs no port.
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
from worker.monitoring.progress import Progress
from worker.store.database import Database
from worker.store.ledger import Ledger
from worker.store.queries import count_articles, count_feeds

log = logging.getLogger("feedmill.metrics")


@dataclass(slots=True)
class Counts:
    """Counts from the database; ``at`` is its change counter when they were taken."""

    at: int
    files: dict[str, int]
    articles: dict[str, int]
    feeds: tuple[int, int, int]


class MetricsFile:
    """Writes the metrics file of one worker."""

    def __init__(self, config: Config, database: Database) -> None:
        self._path = config.metrics_path
        self._store = config.store_path
        self._database = database
        self._counts: Counts | None = None
        self._version = version("feedmill")
        self._last_error = ""

    def write(self, pulse: Pulse, progress: Progress, queue: int, parser_deaths: int) -> None:
        """Replace the file with the current numbers. If it cannot be written, logs this once.
        Raises sqlite3.Error."""
        # prometheus_client loads an HTTP server, which other commands do not need.
        from worker.monitoring.metrics import Snapshot, prometheus_text

        counts = self._count()
        snapshot = Snapshot(
            version=self._version,
            pulse=pulse,
            progress=progress,
            queue=queue,
            parser_deaths=parser_deaths,
            database_bytes=_size(self._store),
            wal_bytes=_size(self._store.with_name(f"{self._store.name}-wal")),
            feeds=counts.feeds,
            files=counts.files,
            articles=counts.articles,
        )
        self._replace(prometheus_text(snapshot))

    def _replace(self, data: bytes) -> None:
        try:
            replace_file(self._path, data)
            self._last_error = ""
        except OSError as error:
            cause = f"{error.strerror or error}. {fix_for(error, self._path.parent)}".rstrip()
            if cause != self._last_error:
                log.warning(event("metrics-not-written", path=self._path, cause=cause))
            self._last_error = cause

    def _count(self) -> Counts:
        """The database's counts; counted again only after a change: there may be many."""
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
