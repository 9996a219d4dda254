"""Publishes the touched feeds: fetch, build, audit, write, record, one feed after the other.

The last good file stays wherever a step fails, and one feed's failure does not keep the
others back. A crash between writing and recording is repaired by publishing the feed again.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from feeds.errors import AuditError, PublishError
from feeds.formats.opml import Group, Outline, render_opml
from feeds.model import Format
from feeds.pages.front_page import kinds_in_words
from feeds.pages.search import INDEX_PATH
from feeds.pages.topic_order import natural_key
from feeds.pages.well_known import SITEMAP
from feeds.public_folder import PublicFolder
from worker.config.model import Config, spool_of
from worker.core.events import event
from worker.core.fault_points import reach
from worker.parsing.sandbox.child_pool import ChildPool
from worker.publishing.article_pages import FOLDER, ArticlePages
from worker.publishing.bad_entries import LeftOutEntries, Suspects
from worker.publishing.edition import Edition, FeedRenderer
from worker.publishing.feed_contents import FeedContents, archive_key
from worker.publishing.public_files import PublicFiles
from worker.publishing.rendering.press import Press
from worker.publishing.search_index import SearchIndex
from worker.publishing.site_pages import Pages
from worker.publishing.well_known import FOLDER as SITEMAPS
from worker.publishing.well_known import Sitemaps
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument, Archives, RemovedFeeds
from worker.store.feeds import FeedRow, FeedTable, KeptEntries
from worker.store.ledger import VerdictLog
from worker.store.public_files import PublicFile

log = logging.getLogger("feedmill.publish")

# How many archive documents are written with their feed: a new one, and the one before it, which
# points to it. More than that is a long history, written while nothing else waits.
DOCUMENTS_AT_ONCE = 2


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
    ) -> None:
        """``children``: see ``rendering_children``. ``between`` is called before each file, outside
        of any transaction."""
        self._db = database
        self._config = config
        self._between = between
        self._feeds = FeedTable(database)
        self._kept = KeptEntries(database)
        self._archives = Archives(database, config.feeds.min_entries)
        self._removed = RemovedFeeds(database)
        self._verdicts = VerdictLog(database)
        self._spool = spool_of(config)
        self._formats: Sequence[Format] = config.feeds.formats
        self._contents = contents
        self._renderer = FeedRenderer(contents, self._kept, config)
        self._press = Press(database, contents, self._renderer, self._archives, children)
        self._left_out = LeftOutEntries(contents.entries)
        self._files = PublicFiles(database, folder)
        self._article_pages = ArticlePages(database, config, contents, self._files)
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
        return self._feeds.is_any_due()

    def is_news_due(self) -> bool:
        """Does any feed wait to be published?"""
        return self._feeds.is_any_touched()

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
        refused: list[AuditError] = []
        failed: list[PublishError] = []
        windows: dict[int, Sequence[int]] = {}
        try:
            self._remove_gone(now)
        except PublishError as error:
            failed.append(error)
        with closing(self._press.feeds(self._feeds.touched())) as editions:
            for feed, edition in editions:
                if is_late():
                    return Report(self._files.take_written(), refused, failed)
                try:
                    windows[feed.id], left_out = self._publish_feed(feed, edition, now)
                    refused += left_out
                except AuditError as error:
                    refused.append(self._refuse(feed, error))
                except PublishError as error:
                    failed.append(error)
        if not failed:
            self._verdicts.note_published()
        if not is_news() and (due := self._feeds.with_due_pages()):
            self._search.note_change()
            try:
                # Before the pages: a crash or a full disk on the way there leaves them due, and
                # the list is written again with them.
                self._publish_list(now)
                is_over = lambda: is_late() or is_news()  # noqa: E731
                failed += self._pages.publish(due, windows, now, is_over)
                self._files.take_back_removals(now)
            except PublishError as error:
                failed.append(error)
        return Report(self._files.take_written(), refused, failed)

    def _publish_feed(
        self, feed: FeedRow, edition: Edition | None, now: datetime
    ) -> tuple[Sequence[int], list[AuditError]]:
        """Bring one feed's files up to the database: build, audit, write, record. ``edition`` is
        what a child built, if any did.

        Returns the articles in the feed's window, and the errors of the entries that are newly
        left out. Raises AuditError where the feed is to keep its last good files, PublishError
        where a file cannot be written.
        """
        errors: list[AuditError] = []
        suspects = Suspects(self._db)
        while True:
            self._between()
            try:
                if edition is None:
                    newest = self._archives.newest_published(feed.id)
                    edition = self._renderer.edition(feed, newest, suspects.left_out)
                self._cut_history(feed, edition)
                # An archive document before what points to it: no reader may follow a link to
                # nothing. A long history is left to ``publish_history``: news does not wait for it.
                documents = self._archives.touched(feed.id)
                is_whole = len(documents) <= DOCUMENTS_AT_ONCE
                for document in documents if is_whole else ():
                    errors += self._publish_document(feed, document, None, now)
            except AuditError as error:
                suspects.judge(error)
                edition = None
                continue
            if not (is_whole and documents):
                break
            edition = None  # it is to point to these
        self._article_pages.publish_before_feed(edition.article_ids, now)
        written = self._files.write_all(edition.files, now, feed.id)
        self._announce(feed, edition, written)
        if is_whole:
            self._files.remove_documents(feed.key, edition.newest, self._formats)
        errors += self._left_out.update(feed.id, feed.key, 0, edition.left_out)
        with self._db.transaction():
            self._files.record(written)
            self._feeds.mark_published(feed.id, self._left_out.problem(feed.id))
            reach("marking-before-commit")
        reach("marking-after-commit")
        return edition.article_ids, errors

    def _cut_history(self, feed: FeedRow, window: Edition) -> None:
        """Keep what was rendered; what is no longer in the window gets its archive document."""
        with self._db.transaction():
            self._kept.keep(window.new)
            self._archives.cut(feed.id, window.oldest)
            reach("cut-before-commit")
        reach("cut-after-commit")

    def _publish_document(
        self, feed: FeedRow, document: ArchiveDocument, edition: Edition | None, now: datetime
    ) -> list[AuditError]:
        """Bring one archive document up to the database; gives what is newly left out.

        Raises what ``_publish_feed`` raises.
        """
        suspects = Suspects(self._db)
        while edition is None:
            self._between()
            try:
                edition = self._renderer.archived(feed, document, suspects.left_out)
            except AuditError as error:
                suspects.judge(error)
        self._article_pages.publish_before_feed(edition.article_ids, now)
        written = self._files.write_all(edition.files, now, feed.id)
        key = archive_key(feed.key, document.number)
        errors = self._left_out.update(feed.id, key, document.number, edition.left_out)
        with self._db.transaction():
            self._files.record(written)
            self._archives.mark_published(feed.id, document.number)
            if not self._archives.touched(feed.id):
                self._feeds.touch(feed.id)  # to point to its history
            reach("document-before-commit")
        reach("document-after-commit")
        return errors

    def _announce(self, feed: FeedRow, edition: Edition, written: list[PublicFile]) -> None:
        """Log the changed files, and leave them for the hub: before the feed counts as published,
        so that none is forgotten. A spool that cannot be written holds no feed back."""
        if not written:
            return
        if self._config.site.hub:
            try:
                self._spool.add(f"{self._config.site.url}{file.path}" for file in written)
            except OSError as error:
                log.warning(event("ping-not-spooled", cause=error))
        size = sum(file.size for file in written)
        entries = len(edition.article_ids)
        log.info(event("feed-published", feed=feed.key, entries=entries, bytes=size))

    def _refuse(self, feed: FeedRow, error: AuditError) -> AuditError:
        """Keep the last good feed, and say so where the sysadmin looks."""
        log.error(event("feed-refused", feed=feed.key, cause=error))
        with self._db.transaction():
            self._feeds.mark_refused(feed.id, str(error))
        return error

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
        refused: list[AuditError] = []
        failed = self._article_pages.publish(now, is_late) or self._sitemaps.publish(now, is_late)
        failed = failed or self._search.publish(now)
        behind = set(self._archives.feeds_behind())
        feeds = {feed.id: feed for feed in self._feeds.all() if feed.id in behind}
        touched = (
            (feed, document)
            for feed in list(feeds.values())
            for document in self._archives.touched(feed.id)
        )
        with closing(self._press.documents(touched)) as editions:
            for (feed, document), edition in editions:
                if is_late():
                    return Report(self._files.take_written(), refused, failed)
                try:
                    if feed.id in feeds:
                        refused += self._publish_document(feed, document, edition, now)
                except AuditError as error:
                    refused.append(self._refuse(feed, error))
                    del feeds[feed.id]
                except PublishError as error:
                    failed.append(error)
                    del feeds[feed.id]
        for feed in feeds.values():
            try:
                if not self._pages.publish_history(feed, now, is_late):
                    break
                with self._db.transaction():
                    self._feeds.make_page_due(feed.id)
            except PublishError as error:
                failed.append(error)
        return Report(self._files.take_written(), refused, failed)

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
        extension = "atom" if "atom" in self._formats else self._formats[0]
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
        damaged = self._feeds.with_problems() - self._left_out.feeds()
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
