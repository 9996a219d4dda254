"""Writes one feed, or one of its archive documents: build, audit, write, record.

The last good file stays wherever a step fails. A crash between writing and recording is repaired
by writing the feed again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from feeds.errors import AuditError
from feeds.model import Format
from worker.config.model import Config, spool_of
from worker.core.events import event
from worker.core.fault_points import reach
from worker.publishing.article_pages import ArticlePages
from worker.publishing.editions.bad_entries import LeftOutEntries, Suspects
from worker.publishing.editions.edition import Edition, FeedRenderer
from worker.publishing.feed_contents import archive_key
from worker.publishing.public_files import PublicFiles
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument, Archives
from worker.store.feeds import EntryTable, FeedRow, FeedTable, KeptEntries
from worker.store.public_files import PublicFile

log = logging.getLogger("feedmill.publish")

# How many archive documents are written with their feed: a new one, and the one before it, which
# points to it. More than that is a long history, written while nothing else waits.
DOCUMENTS_AT_ONCE = 2


class FeedWriter:
    """Brings the files of feeds up to what the database says."""

    def __init__(
        self,
        database: Database,
        config: Config,
        renderer: FeedRenderer,
        files: PublicFiles,
        article_pages: ArticlePages,
        between: Callable[[], None],
    ) -> None:
        """``between`` is called before each document is built, outside of any transaction."""
        self._db = database
        self._config = config
        self._renderer = renderer
        self._files = files
        self._article_pages = article_pages
        self._between = between
        self._feeds = FeedTable(database)
        self._kept = KeptEntries(database)
        self._archives = Archives(database, config.feeds.min_entries)
        self._left_out = LeftOutEntries(EntryTable(database, config.site.url))
        self._spool = spool_of(config)
        self._formats: Sequence[Format] = config.feeds.formats

    def write_feed(
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
                edition = edition or self._rendered(feed, suspects)
                self._cut_history(feed, edition)
                # An archive document before what points to it: no reader may follow a link to
                # nothing. A long history is left for later: news does not wait for it.
                documents = self._archives.touched(feed.id)
                is_whole = len(documents) <= DOCUMENTS_AT_ONCE
                for document in documents if is_whole else ():
                    errors += self.write_document(feed, document, None, now)
            except AuditError as error:
                suspects.judge(error)
                edition = None
                continue
            if not (is_whole and documents):
                break
            edition = None  # it is to point to these
        errors += self._write(feed, edition, now, is_whole=is_whole)
        return edition.article_ids, errors

    def _rendered(self, feed: FeedRow, suspects: Suspects) -> Edition:
        newest = self._archives.newest_published(feed.id)
        return self._renderer.edition(feed, newest, suspects.left_out)

    def _write(
        self, feed: FeedRow, edition: Edition, now: datetime, *, is_whole: bool
    ) -> list[AuditError]:
        """Write and record; ``is_whole``: its history is right."""
        self._article_pages.publish_before_feed(edition.article_ids, now)
        written = self._files.write_all(edition.files, now, feed.id)
        self._announce(feed, edition, written)
        if is_whole:
            self._files.remove_documents(feed.key, edition.newest, self._formats)
        errors = self._left_out.update(feed.id, feed.key, 0, edition.left_out)
        with self._db.transaction():
            self._files.record(written)
            self._feeds.mark_published(feed.id, self._left_out.problem(feed.id))
            reach("marking-before-commit")
        reach("marking-after-commit")
        return errors

    def _cut_history(self, feed: FeedRow, window: Edition) -> None:
        """Keep what was rendered; what is no longer in the window gets its archive document."""
        with self._db.transaction():
            self._kept.keep(window.new)
            self._archives.cut(feed.id, window.oldest)
            reach("cut-before-commit")
        reach("cut-after-commit")

    def write_document(
        self, feed: FeedRow, document: ArchiveDocument, edition: Edition | None, now: datetime
    ) -> list[AuditError]:
        """Bring one archive document up to the database; gives what is newly left out.

        Raises what ``write_feed`` raises.
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

    def refuse(self, feed: FeedRow, error: AuditError) -> AuditError:
        """Keep the last good feed, and say so where the sysadmin looks."""
        log.error(event("feed-refused", feed=feed.key, cause=error))
        with self._db.transaction():
            self._feeds.mark_refused(feed.id, str(error))
        return error

    def with_entries_left_out(self) -> set[int]:
        """The feeds that are published without some of their entries."""
        return self._left_out.feeds()
