"""Writes the worker's metrics into a file for Prometheus' textfile collector.

A file, so that the worker needs no port.
"""

import logging
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from feeds.atomic_file import replace_file
from feeds.errors import fix_for
from worker.cloud.mirror.state import MirrorState, read_state
from worker.config.model import Config
from worker.core.events import event
from worker.monitoring.heartbeat import Pulse
from worker.monitoring.progress import Progress
from worker.store.database import Database
from worker.store.ledger import Ledger
from worker.store.queries import count_articles, count_feeds

log = logging.getLogger("feedmill.metrics")


class MetricsFile:
    """Writes the metrics file of one worker."""

    def __init__(self, config: Config, database: Database) -> None:
        self._path = config.metrics_path
        self._store = config.store_path
        self._database = database
        self._has_mirror = config.mirror is not None
        self._counted_at = -1
        self._files: dict[str, int] = {}
        self._articles: dict[str, int] = {}
        self._feeds = (0, 0, 0)
        self._version = version("feedmill")
        self._last_error = ""

    def write(self, pulse: Pulse, progress: Progress, queue: int, parser_deaths: int) -> None:
        """Replace the file with the current numbers. If it cannot be written, logs this once.
        Raises sqlite3.Error."""
        # prometheus_client loads an HTTP server, which other commands do not need.
        from worker.monitoring.metrics import Snapshot, prometheus_text

        self._count()
        snapshot = Snapshot(
            version=self._version,
            pulse=pulse,
            progress=progress,
            queue=queue,
            parser_deaths=parser_deaths,
            database_bytes=_size(self._store),
            wal_bytes=_size(self._store.with_name(f"{self._store.name}-wal")),
            feeds=self._feeds,
            files=self._files,
            articles=self._articles,
            mirror=self._mirror(pulse.at),
        )
        self._replace(prometheus_text(snapshot))

    def _mirror(self, now: datetime) -> MirrorState | None:
        """The mirror's state; that it died is a trouble too."""
        state = read_state(self._store) if self._has_mirror else None
        return replace(state, trouble=state.trouble_at(now)) if state else None

    def _replace(self, data: bytes) -> None:
        try:
            replace_file(self._path, data)
            self._last_error = ""
        except OSError as error:
            cause = f"{error.strerror or error}. {fix_for(error, self._path.parent)}".rstrip()
            if cause != self._last_error:
                log.warning(event("metrics-not-written", path=self._path, cause=cause))
            self._last_error = cause

    def _count(self) -> None:
        """Count the database's rows, again only after a change: there may be many."""
        changes = self._database.changes()
        if changes != self._counted_at:
            self._files = Ledger(self._database).counts()
            self._articles = count_articles(self._database)
            self._feeds = count_feeds(self._database)
            self._counted_at = changes


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
