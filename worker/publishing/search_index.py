"""The index in which pages search without a server of ours: ``search.json``.

It is behind by a minute at most: an article costs nothing while others come. The fact "search"
says that it is right: a start then does not render it, which takes as long as 5,000 articles do.
"""

from datetime import datetime, timedelta

from feeds.errors import PublishError
from feeds.pages.search import INDEX_PATH, MOST_INDEXED, render_search_index
from worker.publishing.feed_contents import FeedContents
from worker.publishing.public_files import PublicFiles
from worker.store.database import Database
from worker.store.queries import count_articles, newest_articles

PAUSE = timedelta(seconds=60)
# Increase it when the same articles give another index.
INDEX_VERSION = "1"
_FACT = "search"


class SearchIndex:
    """Brings the index up to the newest articles."""

    def __init__(self, database: Database, contents: FeedContents, files: PublicFiles) -> None:
        self._db = database
        self._files = files
        self._contents = contents
        self._is_known_right = database.fact(_FACT) == INDEX_VERSION
        self._is_stale = not self._is_known_right
        self._not_before: datetime | None = None

    def note_change(self) -> None:
        """An article, or a topic, changed; before that is marked as published."""
        self._is_stale = True
        if self._is_known_right:
            with self._db.transaction():
                self._db.set_fact(_FACT, "")
            self._is_known_right = False

    def lost(self) -> None:
        """Its file is gone, or another program changed it: it is due at once."""
        self._is_stale, self._not_before = True, None

    def is_due(self, now: datetime) -> bool:
        """Is it to be written now?"""
        return self._is_stale and self.wait(now) == 0.0

    def wait(self, now: datetime) -> float | None:
        """In how many seconds it is due; None where it is right."""
        if not self._is_stale:
            return None
        # Not longer than a pause, also where the clock was set back.
        left = (self._not_before - now) if self._not_before else timedelta()
        return left.total_seconds() if timedelta() < left <= PAUSE else 0.0

    def publish(self, now: datetime, *, at_once: bool = False) -> list[PublishError]:
        """Write the index if it is due, or ``at_once``. Returns what could not be written."""
        if not (self.is_due(now) or (at_once and self._is_stale)):
            return []
        try:
            written = self._files.write(INDEX_PATH, self._rendered(), now)
        except PublishError as error:
            return [error]
        with self._db.transaction():
            self._files.record(written)
            self._db.set_fact(_FACT, INDEX_VERSION)
        self._is_known_right = True
        self._is_stale, self._not_before = False, now + PAUSE
        return []

    def _rendered(self) -> bytes:
        site = self._contents.site
        articles, topics = newest_articles(self._db, site.url, MOST_INDEXED)
        return render_search_index(site, articles, topics, count_articles(self._db).get("live", 0))
