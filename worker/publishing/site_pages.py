"""The pages for people, after the feeds that they show: due pages, the front page, their assets.

A page is due from the moment its feed was published; a crash before it is written is repaired
by the next round. The pages say what the feeds say: an article in a feed's window is on its page,
an older one on a page of the history, which has the articles of one archive document.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

from feeds.errors import PublishError
from feeds.pages.assets import FEED_STYLE, NAMES, asset, feed_style
from feeds.pages.pages import (
    ArchiveLink,
    PageOf,
    history_path,
    pages_version,
    render_history_page,
    render_page,
)
from feeds.pages.search import PATH as SEARCH
from feeds.pages.search import render_search_page
from feeds.pages.site import SiteMetadata
from worker.config.model import Config
from worker.core.clock import from_text
from worker.core.fault_points import reach
from worker.publishing.editions.edition import FeedRenderer
from worker.publishing.feed_contents import FeedContents, archive_key
from worker.publishing.front_page import FrontPage
from worker.publishing.own_look import STYLE
from worker.publishing.public_files import PublicFiles
from worker.publishing.snippets import Snippets
from worker.publishing.well_known import Sitemaps, well_known_files
from worker.store.article_pages import PageTable
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument, Archives
from worker.store.feeds import FeedRow, FeedTable, KeptEntries
from worker.store.public_files import PublicFile

MOST_ARCHIVES = 50
# How many pages of its history are written with a feed's own page: a new one, and the one before
# it, which leads to it. More than that is a long history, written while nothing else waits.
HISTORY_AT_ONCE = 3


class Pages:
    """Brings the pages up to what the feeds say."""

    def __init__(
        self,
        database: Database,
        config: Config,
        contents: FeedContents,
        renderer: FeedRenderer,
        files: PublicFiles,
        sitemaps: Sitemaps,
    ) -> None:
        self._db = database
        self._feeds = FeedTable(database)
        self._entries = contents.entries
        self._archives = Archives(database, config.feeds.min_entries)
        self._contents = contents
        self._renderer = renderer
        self._files = files
        self._sitemaps = sitemaps
        self._article_pages = PageTable(database, config)
        self._snippets = Snippets(database, contents)
        self._front = FrontPage(contents, self._snippets)

    @property
    def _site(self) -> SiteMetadata:
        return self._contents.site

    def adopt_look(self, now: datetime) -> None:
        """Let all pages be written again if they would look different now."""
        if not self._contents.look.style:
            self._files.remove_style(now)
        wanted = pages_version(self._site)
        if self._db.fact("pages") == wanted:
            return
        self._front.forget_all()
        with self._db.transaction():
            KeptEntries(self._db).forget_pages()
            self._archives.make_pages_due()
            self._feeds.make_pages_due()
            self._article_pages.make_all_due()
            self._db.set_fact("pages", wanted)

    def publish(
        self,
        due: Iterable[FeedRow],
        windows: Mapping[int, Sequence[int]],
        now: datetime,
        is_late: Callable[[], bool],
    ) -> list[PublishError]:
        """Write the pages of the feeds ``due``, and the front page. Returns what could not be
        written.

        ``windows``: feed to the articles in its window, as far as this round published it. A
        page that is not written stays due.
        """
        written: list[PublicFile] = []
        failed: list[PublishError] = []
        done: list[int] = []
        listed = self._contents.listed()
        for feed in due:
            if is_late():
                break
            try:
                written += self._write_page(feed, windows.get(feed.id), now)
                done.append(feed.id)
            except PublishError as error:
                failed.append(error)
        else:
            self._front.forget(done)
            try:
                written += self._write_shared(listed, now)
            except PublishError as error:
                failed.append(error)
                done = []  # the front page is written with the next page: let there be one
        if done or written:
            with self._db.transaction("pages"):
                self._files.record(written)
                self._feeds.mark_pages_written(done)
                self._sitemaps.note_feeds(listed)
        return failed

    def _write_shared(self, listed: Sequence[FeedRow], now: datetime) -> list[PublicFile]:
        """Write the files of no single feed."""
        files = [(name, asset(name)) for name in NAMES if name != FEED_STYLE]
        topics = [feed for feed in listed if feed.kind == "topic" and feed.has_articles]
        choices = ((topic.topic_slug, topic.name) for topic in topics)
        files.append((SEARCH, render_search_page(self._site, choices)))
        files.append(("index.html", self._front.render(listed)))
        files.append((FEED_STYLE, feed_style(self._site.words)))
        if style := self._contents.look.style:
            files.append((STYLE, style))
        written = [file for path, data in files for file in self._files.write(path, data, now)]
        for path, data in well_known_files(self._site):
            written += self._files.write_unless_own(path, data, now)
        return written

    def articles_of_history(self, feeds: Iterable[FeedRow], most: int) -> list[int]:
        """The first articles that the due pages of these feeds' histories show."""
        found = (
            row.article_id
            for feed in feeds
            for document in self._archives.with_due_pages(feed.id)
            for row in self._entries.archived(feed.id, document)
        )
        return list(islice(found, most))

    def publish_history(
        self, feed: FeedRow, now: datetime, is_late: Callable[[], bool] = lambda: False
    ) -> bool:
        """Write the due pages of the feed's history until it ``is_late``; False if any is left.
        Raises PublishError."""
        for document in self._archives.with_due_pages(feed.id):
            if is_late():
                return False
            self._write_history_page(feed, document, now)
        return True

    def _write_history_page(self, feed: FeedRow, document: ArchiveDocument, now: datetime) -> None:
        written: list[PublicFile] = []
        if not document.is_newest:
            rows = self._entries.archived(feed.id, document)
            snippets = self._snippets.of([row.article_id for row in rows])
            number, newest = document.number, document.newest - 1
            page = render_history_page(self._site, self._of(feed), snippets, number, newest)
            written = self._files.write(history_path(feed.key, number), page, now, feed.id)
        with self._db.transaction():
            self._files.record(written)
            self._archives.mark_page_written(feed.id, document.number)
            reach("history-page-before-commit")
        reach("history-page-after-commit")

    def _write_page(
        self, feed: FeedRow, window: Sequence[int] | None, now: datetime
    ) -> list[PublicFile]:
        """Write the feed's own page, after the pages of its history to which it leads."""
        documents = self._archives.newest(feed.id, MOST_ARCHIVES)
        if 0 < sum(document.page_due for document in documents) <= HISTORY_AT_ONCE:
            self.publish_history(feed, now)
            documents = self._archives.newest(feed.id, MOST_ARCHIVES)
        if window is None:
            entries = self._renderer.window(feed, {}).entries
            window = [entry.article_id for entry in entries]
        page = render_page(
            self._site,
            self._of(feed),
            self._snippets.of(self._shown(feed, window, documents)),
            entries=self._entries.count(feed.id),
            older=next((document.number for document in documents if document.has_page), 0),
            archives=[_archive_link(feed, found) for found in documents if found.is_published],
        )
        return self._files.write(f"{feed.key}.html", page, now, feed.id)

    def _shown(
        self, feed: FeedRow, window: Sequence[int], documents: Sequence[ArchiveDocument]
    ) -> list[int]:
        """The articles on the feed's own page: its window, and what is in no page of the history:
        as many as a document has, at most."""
        shown = list(window)
        if shown and documents:
            last = documents[1].last if len(documents) > 1 else ("", "")
            since = self._entries.since(feed.id, *last)
            if shown[-1] in since:
                shown += since[since.index(shown[-1]) + 1 :]
        return shown

    def _of(self, feed: FeedRow) -> PageOf:
        head = self._contents.head(feed, [])
        return PageOf(
            head,
            self._contents.name(feed),
            self._contents.in_words(feed),
            # A topic that was merged into another one shows what that one has.
            f"topics/{head.category.term}" if head.category else feed.key,
        )


def _archive_link(feed: FeedRow, document: ArchiveDocument) -> ArchiveLink:
    return ArchiveLink(
        archive_key(feed.key, document.number),
        from_text(document.first.published),
        from_text(document.last.published),
    )
