"""The last 10,000 verdicts, with how long each file took into the feeds; for monitoring only."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.core.clock import file_clock, from_text, to_text
from worker.core.fingerprint import Fingerprint
from worker.core.stages import FileResult
from worker.store.database import Database

MOST_VERDICTS = 10_000
# The kernel takes a file's time from its last tick, which is up to this old.
TICK_NS = 10_000_000
_NOT_IN_FEEDS = {"scheduled", "expired"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One verdict; ``latency_ms`` is None for what is in no feed, or not yet."""

    path: str
    verdict: str
    codes: tuple[str, ...]
    at: datetime
    latency_ms: int | None


class VerdictLog:
    """Writes and reads the log. ``clock`` gives the time in nanoseconds, as files have it."""

    def __init__(self, database: Database, clock: Callable[[], int] = file_clock) -> None:
        self._db = database
        self._clock = clock
        self._began = clock()

    def add(
        self, told: Iterable[FileResult], prints: Mapping[str, Fingerprint], moment: datetime
    ) -> None:
        """Add verdicts, inside a transaction of the caller. A file from before the start of this
        worker is not timed: its time would be how long no worker ran."""
        rows = []
        for item in told:
            codes = tuple(dict.fromkeys(problem.code for problem in item.problems))
            came = prints[item.path].ctime_ns if item.path in prints else 0
            is_timed = (
                item.verdict == "accepted"
                and came >= self._began - TICK_NS
                and not _NOT_IN_FEEDS.intersection(codes)
            )
            changed = came if is_timed else None
            rows.append((item.path, item.verdict, " ".join(codes), to_text(moment), changed))
        if not rows:
            return
        self._db.executemany(
            "INSERT INTO verdicts (path, verdict, codes, at, changed_ns) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        self._db.execute(
            "DELETE FROM verdicts WHERE id <= (SELECT max(id) FROM verdicts) - ?", (MOST_VERDICTS,)
        )

    def note_published(self) -> None:
        """All that was accepted until now is in its feeds."""
        where = "WHERE changed_ns IS NOT NULL AND latency_ms IS NULL"
        if self._db.one(f"SELECT 1 FROM verdicts {where} LIMIT 1"):  # noqa: S608 -- our own text
            sql = f"UPDATE verdicts SET latency_ms = max(0, (? - changed_ns) / 1000000) {where}"  # noqa: S608
            with self._db.transaction():
                self._db.execute(sql, (self._clock(),))

    def recent(self, most: int) -> list[Entry]:
        """The last verdicts, newest first."""
        return self._entries("id DESC", limit=most)

    def since(self, moment: datetime) -> list[Entry]:
        """The verdicts from this moment on, oldest first."""
        return self._entries("id", where="at >= ?", where_args=(to_text(moment),))

    def _entries(self, order: str, **which: Any) -> list[Entry]:
        columns = "path, verdict, codes, at, latency_ms"
        table = self._db.tables["verdicts"]
        rows = (row.values() for row in table.rows_where(select=columns, order_by=order, **which))
        return [
            Entry(path, verdict, tuple(codes.split()), from_text(at), latency)
            for path, verdict, codes, at, latency in rows
        ]
