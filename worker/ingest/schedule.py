"""What the passing of time alone makes public, or takes back: scheduled and expiring articles."""

import logging
from datetime import datetime

from worker.core.events import event
from worker.core.fault_points import reach
from worker.core.timestamps import from_text, to_text
from worker.ingest.lifecycle import next_change, state_at
from worker.store.articles import Store
from worker.store.database import Database
from worker.store.placement import Placement

log = logging.getLogger("feedmill.timetable")


class Timetable:
    """Applies the changes that are due; the same after having been down for days."""

    def __init__(self, database: Database, store: Store, shelves: Placement) -> None:
        self._db = database
        self._store = store
        self._shelves = shelves

    def next_due(self) -> datetime | None:
        """The next moment at which an article changes by itself."""
        row = self._db.one("SELECT min(due) FROM articles WHERE due IS NOT NULL")
        return from_text(row[0]) if row[0] else None

    def settle(self, now: datetime) -> list[str]:
        """Apply every change that is due. Returns the paths of the articles that changed."""
        rows = self._db.execute(
            "SELECT id, path, public_from, public_until FROM articles WHERE due <= ? ORDER BY due",
            (to_text(now),),
        ).fetchall()
        if not rows:
            return []
        with self._db.transaction():
            for row in rows:
                self._settle_one(
                    row["id"], row["path"], row["public_from"], row["public_until"], now
                )
            reach("timetable-before-commit")
        reach("timetable-after-commit")
        return [row["path"] for row in rows]

    def _settle_one(
        self, article_id: int, path: str, public_from: str, public_until: str | None, now: datetime
    ) -> None:
        begin, end = from_text(public_from), from_text(public_until) if public_until else None
        state = state_at(now, held=False, public_from=begin, public_until=end)
        self._store.set_state(article_id, state, "", next_change(state, begin, end))
        self._shelves.shelve(article_id, now)
        log.info(event(f"article-{state}", path=path))
