"""Files that every site is asked for: error pages, ``favicon.ico``, ``robots.txt``, sitemaps.

An owner's own file of the same name stays: one that is neither what was last written there nor
has Feedmill's mark in it. Sitemaps are written while nothing else waits; one holds the pages of
``PAGES_EACH`` articles by number, so that a new article changes one of them and the index.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from feeds.errors import PublishError
from feeds.pages.assets import ICON, asset
from feeds.pages.site import SiteMetadata
from feeds.pages.well_known import (
    SITEMAP,
    render_missing,
    render_robots,
    render_sitemap,
    render_sitemap_index,
)
from worker.core.fault_points import reach
from worker.publishing.feed_contents import FeedContents
from worker.publishing.public_files import PublicFiles
from worker.store.article_pages import OF_FEEDS, SitemapTable
from worker.store.database import Database
from worker.store.feeds import FeedRow
from worker.store.public_files import PublicFile

FOLDER = "sitemap/"


def well_known_files(site: SiteMetadata) -> list[tuple[str, bytes]]:
    """Path and bytes of the files that change only with the site's look."""
    return [
        ("404.html", render_missing(site, 404)),
        ("410.html", render_missing(site, 410)),
        ("robots.txt", render_robots(site)),
        (ICON, asset(ICON)),
    ]


class Sitemaps:
    """Brings the sitemaps up to what the database says."""

    def __init__(self, database: Database, contents: FeedContents, files: PublicFiles) -> None:
        self._db = database
        self._table = SitemapTable(database)
        self._contents = contents
        self._files = files
        self._listed: list[str] = []

    def note_feeds(self, feeds: Sequence[FeedRow]) -> None:
        """These feeds are shown to newcomers now; inside a transaction."""
        if (keys := sorted(feed.key for feed in feeds)) != self._listed:
            self._listed = keys
            self._table.make_due([OF_FEEDS])

    def make_due(self, paths: Iterable[str]) -> None:
        """Let the sitemaps at these paths be written again; inside a transaction."""
        names = (path.removeprefix(FOLDER).removesuffix(".xml") for path in paths)
        self._table.make_due([int(name) if name.isdigit() else OF_FEEDS for name in names])

    def make_all_due(self) -> None:
        """Let all sitemaps be written again; inside a transaction."""
        self._table.make_due(number for number, _ in self._table.written())

    def publish(
        self, now: datetime, is_late: Callable[[], bool] = lambda: False
    ) -> list[PublishError]:
        """Write what is due until it ``is_late``, the index last. Returns what failed."""
        if not self._table.is_any_due():
            return []
        try:
            for number in self._table.due():
                if is_late():
                    return []
                self._write(number, now)
            self._write_index(now)
        except PublishError as error:
            return [error]
        return []

    def _write(self, number: int, now: datetime) -> None:
        """Write one sitemap; the index lags behind then."""
        if number == OF_FEEDS:
            keys = sorted(feed.key for feed in self._contents.listed())
            pages = [("", ""), *((f"{key}.html", "") for key in keys)]
        else:
            pages = self._table.pages(number)
        path = _path(number)
        written: list[PublicFile] = []
        if pages:
            data = render_sitemap(self._contents.site, pages)
            written = self._files.write(path, data, now)
        else:
            self._files.remove([path])
        with self._db.transaction():
            self._files.record(written)
            self._table.mark_written(number, max((page[1] for page in pages), default=None))
            reach("sitemap-before-commit")
        reach("sitemap-after-commit")

    def _write_index(self, now: datetime) -> None:
        sitemaps = [(_path(number), changed) for number, changed in self._table.written()]
        data = render_sitemap_index(self._contents.site, sitemaps)
        written = self._files.write_unless_own(SITEMAP, data, now)
        with self._db.transaction():
            self._files.record(written)
            self._table.mark_done()


def _path(number: int) -> str:
    return f"{FOLDER}{'feeds' if number == OF_FEEDS else number}.xml"
