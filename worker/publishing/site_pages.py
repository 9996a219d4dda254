"""The pages for people, after the feeds that they show: due pages, the index, their assets.

A page is due from the moment its feed was published; a crash before it is written is repaired
by the next round. The pages say what the feeds say: an article in a feed's window is on its page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from feeds.errors import PublishError
from feeds.pages.assets import NAMES, asset
from feeds.pages.pages import ArchiveLink, pages_version, render_index, render_page
from feeds.pages.site import SiteMetadata
from feeds.pages.snippets import Card, render_card, render_snippet
from worker.config.model import Config
from worker.core.clock import from_text
from worker.publishing.edition import FeedRenderer
from worker.publishing.feed_contents import FeedContents, archive_key
from worker.publishing.own_look import STYLE
from worker.publishing.public_files import PublicFiles
from worker.store.article_pages import PageTable
from worker.store.database import Database
from worker.store.feed_archives import Archives
from worker.store.feeds import (
    FeedRow,
    FeedTable,
    KeptEntries,
    KeptEntry,
    PublicFile,
)

MOST_ARCHIVES = 50


class Pages:
    """Brings the pages up to what the feeds say."""

    def __init__(
        self,
        database: Database,
        config: Config,
        contents: FeedContents,
        renderer: FeedRenderer,
        files: PublicFiles,
    ) -> None:
        self._db = database
        self._feeds = FeedTable(database)
        self._entries = contents.entries
        self._kept = KeptEntries(database)
        self._archives = Archives(database, config.feeds.min_entries)
        self._contents = contents
        self._renderer = renderer
        self._files = files
        self._article_pages = PageTable(database, config)
        self._configured = {("topic", rule.name) for rule in config.topics}
        self._configured |= {("search", search.name) for search in config.searches}
        # A site may have thousands of topics, of which a round touches a few.
        self._cards: dict[int, bytes] = {}

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
        self._cards.clear()
        with self._db.transaction():
            self._kept.forget_pages()
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
        """Write the pages of the feeds ``due``, and the index. Returns what could not be written.

        ``windows``: feed to the articles in its window, as far as this round published it. A
        page that is not written stays due.
        """
        written: list[PublicFile] = []
        failed: list[PublishError] = []
        done: list[int] = []
        for feed in due:
            if is_late():
                break
            try:
                page = self._page(feed, windows.get(feed.id))
                written += self._files.write(f"{feed.key}.html", page, now, feed.id)
                self._cards.pop(feed.id, None)
                done.append(feed.id)
            except PublishError as error:
                failed.append(error)
        else:
            try:
                for name in NAMES:
                    written += self._files.write(name, asset(name), now)
                written += self._write_style(now)
                written += self._files.write("index.html", self._index(), now)
            except PublishError as error:
                failed.append(error)
                done = []  # the index is written with the next page: let there be one
        if done or written:
            with self._db.transaction("pages"):
                self._files.record(written)
                self._feeds.mark_pages_written(done)
        return failed

    def _write_style(self, now: datetime) -> list[PublicFile]:
        style = self._contents.look.style
        return self._files.write(STYLE, style, now) if style else []

    # -- what the pages say

    def _page(self, feed: FeedRow, window: Sequence[int] | None) -> bytes:
        if window is None:
            window = self._renderer.window(feed, {}).article_ids()
        head = self._contents.head(feed, [])
        return render_page(
            self._site,
            head,
            feed.name or "All articles",
            self._snippets(window),
            entries=self._entries.count(feed.id),
            archives=self._archive_links(feed),
            # A topic that was merged into another one shows what that one has.
            canonical=f"topics/{head.category.term}" if head.category else feed.key,
        )

    def _snippets(self, window: Sequence[int]) -> list[bytes]:
        """The articles of a window as their page shows them: kept, or rendered now and kept."""
        snippets: list[bytes] = []
        new: list[KeptEntry] = []
        kept = self._kept.find(window, ["html"])
        for article_id in window:
            snippet = kept[article_id].get("html")
            if snippet is None:
                snippet = render_snippet(self._contents.entry(article_id), self._site)
                new.append(KeptEntry(article_id, "html", snippet))
            snippets.append(snippet)
        if new:
            with self._db.transaction():
                self._kept.keep(new)
        return snippets

    def _archive_links(self, feed: FeedRow) -> list[ArchiveLink]:
        """The newest archive documents; each leads to the one before it."""
        return [
            ArchiveLink(
                archive_key(feed.key, document.number),
                from_text(document.first.published),
                from_text(document.last.published),
            )
            for document in self._archives.newest(feed.id, MOST_ARCHIVES)
        ]

    def _index(self) -> bytes:
        feeds = self._feeds.listed()
        everything = [feed for feed in feeds if feed.kind == "all"]
        topics = sorted((feed for feed in feeds if feed.kind == "topic"), key=_by_name)
        searches = sorted((feed for feed in feeds if feed.kind == "search"), key=_by_name)
        shown = [(feed, self._card(feed)) for feed in (*topics, *searches)]
        return render_index(
            self._site,
            [card for feed, card in shown if feed.kind == "topic" and card],
            [card for feed, card in shown if feed.kind == "search" and card],
            [
                (feed.key, feed.name or self._site.title)
                for feed in (*everything, *(feed for feed, card in shown if card))
            ],
        )

    def _card(self, feed: FeedRow) -> bytes:
        """The feed in the index; empty for one without articles that the configuration does not
        name. The feed and its page stay, for those who know them."""
        if feed.id not in self._cards:
            entries = self._entries.count(feed.id)
            wanted = entries or (feed.kind, feed.name) in self._configured
            self._cards[feed.id] = self._rendered_card(feed, entries) if wanted else b""
        return self._cards[feed.id]

    def _rendered_card(self, feed: FeedRow, entries: int) -> bytes:
        card = Card(
            key=feed.key,
            name=feed.name,
            description=self._contents.own_description(feed),
            entries=entries,
            latest=self._entries.latest(feed.id),
        )
        return render_card(card, self._site)


def _by_name(feed: FeedRow) -> tuple[str, str]:
    return feed.name.casefold(), feed.key
