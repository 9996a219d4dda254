"""The pages of articles: written before the feeds that link to them, removed after them.

A page is due from the moment its article or a neighbour changed (``worker.store.article_pages``).
Those in a feed's window are written with the feed: no reader follows a link to nothing. The others
are written in slices, while nothing else waits.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from feeds.errors import PublishError
from feeds.formats import normalize
from feeds.pages.article import NearbyPage, render_article
from worker.config.model import Config
from worker.core.events import event
from worker.core.fault_points import reach
from worker.publishing.feed_contents import FeedContents
from worker.publishing.public_files import PublicFiles
from worker.store.article_pages import Neighbour, PageRow, PageTable
from worker.store.database import Database
from worker.store.public_files import PublicFile

log = logging.getLogger("feedmill.publish")

FOLDER = "articles/"
PAGES_AT_ONCE = 50
# All in one go: the list of removed files is written as a whole.
REMOVED_AT_ONCE = 10_000


class ArticlePages:
    """Brings the pages of articles up to what the database says."""

    def __init__(
        self, database: Database, config: Config, contents: FeedContents, files: PublicFiles
    ) -> None:
        self._db = database
        self._table = PageTable(database, config)
        self._contents = contents
        self._files = files

    def is_due(self) -> bool:
        """Does any page wait to be written or removed?"""
        return self._table.is_any_due()

    def publish_before_feed(self, article_ids: Sequence[int], now: datetime) -> None:
        """Write the due pages of a document's articles. A page that cannot be written holds no
        feed back: it stays due, and ``publish`` reports it."""
        try:
            self._write(self._table.due_among(article_ids), now)
        except PublishError as error:
            log.warning(event("page-not-written", cause=error))

    def publish(
        self, now: datetime, is_late: Callable[[], bool] = lambda: False
    ) -> list[PublishError]:
        """Remove and write what is due, until it ``is_late``. Returns what could not be done."""
        try:
            while not is_late() and (
                pages := self._table.due(is_public=False, most=REMOVED_AT_ONCE)
            ):
                # Where the article is read now; without such a place the page is gone.
                moved = {page.path: normalize.uri(page.link) or None for page in pages}
                self._files.retire(moved, now)
                self._mark_done(pages, [])
            while not is_late() and (pages := self._table.due(is_public=True, most=PAGES_AT_ONCE)):
                self._write(pages, now)
        except PublishError as error:
            return [error]
        return []

    def make_due(self, paths: Sequence[str]) -> None:
        """Let the pages at these paths be written again; inside a transaction."""
        self._table.make_due(paths)

    def make_all_due(self) -> None:
        """Let every page be written again; inside a transaction."""
        self._table.make_all_due()

    def _write(self, pages: Sequence[PageRow], now: datetime) -> None:
        """Write pages. Raises PublishError; those before the one that failed are recorded."""
        written: list[PublicFile] = []
        done: list[PageRow] = []
        try:
            for page in pages:
                if data := self._rendered(page):
                    written += self._files.write(page.path, data, now)
                done.append(page)
        finally:
            if done:
                self._mark_done(done, written)

    def _mark_done(self, pages: Sequence[PageRow], written: Sequence[PublicFile]) -> None:
        with self._db.transaction():
            self._files.record(written)
            self._table.mark_done(pages)
            reach("article-pages-before-commit")
        reach("article-pages-after-commit")

    def _rendered(self, page: PageRow) -> bytes:
        """The page; empty where the article cannot be rendered, which fails itself only."""
        older, newer = self._table.neighbours(page)
        try:
            entry = self._contents.whole_entry(page.article_id)
            site = self._contents.site
            url = f"{site.url}{page.path}"
            return render_article(entry, url, site, _nearby(older), _nearby(newer))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            log.error(event("page-not-rendered", document=page.path, cause=error))
            return b""


def _nearby(page: Neighbour | None) -> NearbyPage | None:
    return NearbyPage(page.path.removeprefix(FOLDER), page.title, page.language) if page else None
