"""Publishes what is touched: feeds first, then their pages, then their history.

One feed's failure does not keep the others back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from feeds.errors import AuditError, PublishError
from feeds.formats.opml import Group, Outline, render_opml
from feeds.pages.front_page import kinds_in_words
from feeds.pages.search import INDEX_PATH
from feeds.pages.topic_order import natural_key
from feeds.pages.well_known import SITEMAP
from feeds.public_folder import PublicFolder
from worker.config.model import Config
from worker.core.fault_points import reach
from worker.parsing.sandbox.child_pool import ChildPool
from worker.publishing.article_pages import FOLDER, ArticlePages
from worker.publishing.editions.edition import FeedRenderer
from worker.publishing.editions.press import Press
from worker.publishing.editions.writer import FeedWriter
from worker.publishing.feed_contents import FeedContents
from worker.publishing.public_files import PublicFiles
from worker.publishing.search_index import SearchIndex
from worker.publishing.site_pages import Pages
from worker.publishing.well_known import FOLDER as SITEMAPS
from worker.publishing.well_known import Sitemaps
from worker.store.database import Database
from worker.store.feed_archives import Archives, RemovedFeeds
from worker.store.feeds import FeedRow, FeedTable, KeptEntries
from worker.store.ledger import VerdictLog

# About half a second's work, after which news is looked for again.
SNIPPETS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a round of publishing did: paths written, and what could not be published."""

    written: list[str]
    refused: list[AuditError]
    failed: list[PublishError]

    def __add__(self, other: "Report") -> "Report":
        return Report(
            self.written + other.written,
            self.refused + other.refused,
            self.failed + other.failed,
        )


class Publisher:
    """Brings the public folder up to what the database says.

    ``between`` is called before each document is built, outside of any transaction.
    """

    def __init__(
        self,
        database: Database,
        contents: FeedContents,
        folder: PublicFolder,
        config: Config,
        children: ChildPool,
        between: Callable[[], None] = lambda: None,
        make_room: Callable[[], object] = lambda: None,
    ) -> None:
        """``children``: see ``rendering_children``, ``make_room``: see ``Press``. ``between`` is
        called before each file, outside of any transaction."""
        self._db = database
        self._config = config
        self._feeds = FeedTable(database)
        self._kept = KeptEntries(database)
        self._archives = Archives(database, config.feeds.min_entries)
        self._removed = RemovedFeeds(database)
        self._verdicts = VerdictLog(database)
        self._contents = contents
        self._renderer = FeedRenderer(contents, self._kept, config)
        self._press = Press(database, contents, self._renderer, self._archives, children, make_room)
        self._files = PublicFiles(database, folder)
        self._article_pages = ArticlePages(database, config, contents, self._files)
        self._writer = FeedWriter(
            database, config, self._renderer, self._files, self._article_pages, between
        )
        self._sitemaps = Sitemaps(database, contents, self._files)
        self._search = SearchIndex(database, contents, self._files)
        self._pages = Pages(database, config, contents, self._renderer, self._files, self._sitemaps)

    def adopt_look(self, now: datetime) -> None:
        """Read the owner's style sheet and templates again; all pages are due if they would look
        different now."""
        if self._contents.look.refresh():
            self._press.close()
        self._pages.adopt_look(now)

    def look_troubles(self) -> dict[str, str]:
        """What is wrong with the owner's files, by kind; empty where nothing is."""
        return self._contents.look.troubles()

    def is_due(self) -> bool:
        """Does any feed, or any page, wait to be published?"""
        return any(self._feeds.due())

    def due(self) -> tuple[bool, bool]:
        """Does any feed wait to be published, and does any page?"""
        return self._feeds.due()

    def most_rounds(self) -> int:
        """Each round publishes one feed or one archive document at least: how many there are."""
        return self._feeds.document_count()

    def publish(
        self,
        now: datetime,
        is_late: Callable[[], bool] = lambda: False,
        is_news: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Publish every touched feed, then the list of feeds and the pages for people.

        Once ``is_late`` the rest stays touched, for the next round or the next start; the pages
        also while there ``is_news``, whose feeds go first. Raises nothing for a single feed: the
        report has its error.
        """
        report, windows = Report([], [], []), dict[int, Sequence[int]]()
        try:
            self._remove_gone(now)
        except PublishError as error:
            report.failed.append(error)
        if self._publish_feeds(report, windows, now, is_late):
            if not report.failed:
                self._verdicts.note_published()
            if not is_news() and (due := self._feeds.with_due_pages()):
                self._search.note_change()
                is_over = lambda: is_late() or is_news()  # noqa: E731
                report.failed.extend(self._publish_pages(due, windows, now, is_over))
        report.written.extend(self._files.take_written())
        return report

    def _publish_feeds(
        self,
        report: Report,
        windows: dict[int, Sequence[int]],
        now: datetime,
        is_late: Callable[[], bool],
    ) -> bool:
        """Publish the touched feeds, and note their ``windows``; False if it became late."""
        with closing(self._press.feeds(self._feeds.touched())) as editions:
            for feed, edition in editions:
                if is_late():
                    return False
                try:
                    windows[feed.id], left_out = self._writer.write_feed(feed, edition, now)
                    report.refused.extend(left_out)
                except AuditError as error:
                    report.refused.append(self._writer.refuse(feed, error))
                except PublishError as error:
                    report.failed.append(error)
        return True

    def _publish_pages(
        self,
        due: Sequence[FeedRow],
        windows: Mapping[int, Sequence[int]],
        now: datetime,
        is_over: Callable[[], bool],
    ) -> list[PublishError]:
        failed: list[PublishError] = []
        try:
            # Before the pages: a crash or a full disk on the way there leaves them due, and the
            # list is written again with them.
            self._publish_list(now)
            self._press.snippets({each for window in windows.values() for each in window})
            failed += self._pages.publish(due, windows, now, is_over)
            self._files.take_back_removals(now)
        except PublishError as error:
            failed.append(error)
        return failed

    # -- the history

    def history_is_due(self, now: datetime) -> bool:
        """Does an archive document or its page, the page of an article, or the index of the search
        page wait to be written?"""
        return (
            self._archives.is_behind() or self._article_pages.is_due() or self._search.is_due(now)
        )

    def publish_index(self, now: datetime) -> Report:
        """Write the index of the search page where it is not right, without a pause."""
        failed = self._search.publish(now, at_once=True)
        return Report(self._files.take_written(), [], failed)

    def search_wait(self, now: datetime) -> float | None:
        """In how many seconds the index of the search page is due; None where it is right."""
        return self._search.wait(now)

    def publish_history(self, now: datetime, is_late: Callable[[], bool] = lambda: False) -> Report:
        """Write articles' pages, sitemaps, archive documents and their pages until all are right,
        or it ``is_late``."""
        failed = self._article_pages.publish(now, is_late) or self._sitemaps.publish(now, is_late)
        report = Report([], [], failed or self._search.publish(now))
        behind = set(self._archives.feeds_behind())
        feeds = {feed.id: feed for feed in self._feeds.all() if feed.id in behind}
        if self._publish_documents(report, feeds, now, is_late):
            shown = self._pages.articles_of_history(feeds.values(), SNIPPETS_AT_ONCE)
            self._press.snippets(shown)
            report.failed.extend(self._publish_history_pages(feeds.values(), now, is_late))
        report.written.extend(self._files.take_written())
        return report

    def _publish_documents(
        self,
        report: Report,
        feeds: dict[int, FeedRow],
        now: datetime,
        is_late: Callable[[], bool],
    ) -> bool:
        """Publish the touched documents of these feeds; False if it became late. A feed that fails
        is taken out of ``feeds``."""
        touched = (
            (feed, document)
            for feed in list(feeds.values())
            for document in self._archives.touched(feed.id)
        )
        with closing(self._press.documents(touched)) as editions:
            for (feed, document), edition in editions:
                if is_late():
                    return False
                try:
                    if feed.id in feeds:
                        left_out = self._writer.write_document(feed, document, edition, now)
                        report.refused.extend(left_out)
                except AuditError as error:
                    report.refused.append(self._writer.refuse(feed, error))
                    del feeds[feed.id]
                except PublishError as error:
                    report.failed.append(error)
                    del feeds[feed.id]
        return True

    def _publish_history_pages(
        self, feeds: Iterable[FeedRow], now: datetime, is_late: Callable[[], bool]
    ) -> Iterator[PublishError]:
        for feed in feeds:
            try:
                if not self._pages.publish_history(feed, now, is_late):
                    return
                with self._db.transaction():
                    self._feeds.make_page_due(feed.id)
            except PublishError as error:
                yield error

    def _remove_gone(self, now: datetime) -> None:
        """Remove the files of the feeds that are gone. Raises PublishError."""
        if gone := self._removed.gone():
            self._files.retire(dict.fromkeys(self._removed.paths()), now)
            with self._db.transaction():
                self._removed.forget(gone)
                reach("removal-before-commit")
            reach("removal-after-commit")

    # -- files of no single feed

    def _publish_list(self, now: datetime) -> None:
        """``feeds.opml``: all feeds in one file that readers import. Raises PublishError."""
        listed = sorted(self._contents.listed(), key=lambda feed: natural_key(feed.name))
        groups = [
            Group(name, [self._outline(feed) for feed in listed if feed.kind == kind])
            for kind, name in kinds_in_words(self._contents.site.words).items()
        ]
        everything = [self._outline(feed) for feed in listed if feed.kind == "all"]
        data = render_opml(self._config.site.title, [*everything, *groups])
        written = self._files.write("feeds.opml", data, now)
        if written:
            with self._db.transaction():
                self._files.record(written)
                reach("list-before-commit")
            reach("list-after-commit")

    def _outline(self, feed: FeedRow) -> Outline:
        formats = self._config.feeds.formats
        extension = "atom" if "atom" in formats else formats[0]
        return Outline(
            title=self._contents.title(feed),
            feed_url=f"{self._config.site.url}{feed.key}.{extension}",
            page_url=self._contents.page_url(feed),
        )

    # -- repairs

    def touch_damaged(self) -> int:
        """Touch the feeds whose files are missing or were changed by another program, and those
        that the audit refused; of these, every byte is read back until the next call. Returns how
        many feeds that are."""
        damaged = self._feeds.with_problems() - self._writer.with_entries_left_out()
        pages: list[str] = []
        sitemaps: list[str] = []
        for file in self._files.damaged():
            if file.path.startswith(FOLDER):
                pages.append(file.path)
            elif file.path.startswith((SITEMAPS, SITEMAP)):
                sitemaps.append(file.path)
            elif file.path == INDEX_PATH:
                self._search.lost()
            else:  # a file of no single feed is written with any of them
                damaged.add(file.feed_id or self._feeds.any_id())
        self._renderer.doubted = damaged
        if damaged or pages or sitemaps:
            with self._db.transaction():
                self._article_pages.make_due(pages)
                self._sitemaps.make_due(sitemaps)
                for feed_id in damaged:
                    self._feeds.touch_with_history(feed_id)
        return len(damaged)

    def touch_all(self) -> None:
        """Let every file be made again, from the database alone, and every byte be read back."""
        with self._db.transaction():
            self._kept.forget_all()
            self._article_pages.make_all_due()
            self._sitemaps.make_all_due()
            self._search.lost()
            for feed in self._feeds.all():
                self._feeds.touch_with_history(feed.id)
                self._renderer.doubted.add(feed.id)
