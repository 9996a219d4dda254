"""Scheduled and expiring articles: what the passing of time alone publishes or takes back."""

import logging
from datetime import datetime

from worker.core.events import event
from worker.ingest.lifecycle import next_change, state_at
from worker.store.articles import Articles, Publication
from worker.store.database import Database
from worker.store.placement import Placement

log = logging.getLogger("feedmill.timetable")


class Schedule:
    """Applies the changes that are due; those of many days after many days down."""

    def __init__(self, database: Database, articles: Articles, placement: Placement) -> None:
        self._db = database
        self._articles = articles
        self._placement = placement

    def next_due(self) -> datetime | None:
        """When time changes the next article's state; None if never."""
        return self._articles.next_due()

    def apply_due(self, now: datetime) -> list[str]:
        """Apply every change that is due. Returns the paths of the articles that changed."""
        due = self._articles.due(now)
        if not due:
            return []
        with self._db.transaction("timetable"):
            for article in due:
                self._apply(article, now)
        return [article.path for article in due]

    def _apply(self, article: Publication, now: datetime) -> None:
        begin, end = article.begin, article.until
        state = state_at(now, held=False, public_from=begin, public_until=end)
        self._articles.set_state(article.id, state, "", next_change(state, begin, end))
        self._placement.place(article.id, now)
        log.info(event(f"article-{state}", path=article.path))
