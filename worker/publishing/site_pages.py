"""The pages for people, after the feeds that they show: due pages, the index, their assets.

A page is due from the moment its feed was published; a crash before it is written is repaired
by the next round. The pages say what the feeds say: an article that stands in a window stands
on the page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from feeds.errors import PublishError
from feeds.pages.assets import NAMES, asset
from feeds.pages.pages import ArchiveLink, pages_version, render_index, render_page
from feeds.pages.site import SiteMetadata
from feeds.pages.snippets import Card, Latest, render_card, render_snippet
from worker.config.model import Config
from worker.core.fault_points import reach
from worker.core.timestamps import from_text
from worker.publishing.feed_contents import FeedContents, FeedRow, archive_key
from worker.publishing.public_files import PublicFiles, Written
from worker.store.database import Database

MOST_ARCHIVES = 50


def site_of(config: Config) -> SiteMetadata:
    """What all pages share, from the configuration."""
    site = config.site
    return SiteMetadata(
        title=site.title,
        url=site.url,
        description=site.description,
        language=site.language,
        zone=ZoneInfo(site.timezone),
        zone_name=site.timezone,
        icon=site.icon,
        formats=config.feeds.formats,
    )


def adopt_pages(database: Database, config: Config) -> None:
    """Let all pages be written anew if they would look otherwise than they did; inside a
    transaction."""
    wanted = f"{pages_version()} {site_of(config)!r}"
    if database.fact("pages") != wanted:
        database.execute("DELETE FROM kept_entries WHERE format = 'html'")
        database.execute("UPDATE feeds SET page_due = 1")
        database.set_fact("pages", wanted)


class Pages:
    """Brings the pages up to what the feeds say.

    ``window_of`` gives the ids of the articles in a feed's window, in its order.
    """

    def __init__(
        self,
        database: Database,
        catalogue: FeedContents,
        files: PublicFiles,
        config: Config,
        window_of: Callable[[FeedRow], Sequence[int]],
    ) -> None:
        self._db = database
        self._catalogue = catalogue
        self._files = files
        self._window_of = window_of
        self._site = site_of(config)
        self._configured = {("topic", rule.name) for rule in config.topics}
        self._configured |= {("search", search.name) for search in config.searches}
        # A site may have thousands of topics, of which a round touches a few.
        self._cards: dict[int, bytes] = {}

    def is_due(self) -> bool:
        """Does any page wait to be written?"""
        return self._db.one("SELECT 1 FROM feeds WHERE page_due > 0 LIMIT 1") is not None

    def publish(
        self, windows: Mapping[int, Sequence[int]], now: datetime, is_late: Callable[[], bool]
    ) -> tuple[list[str], list[PublishError]]:
        """Write the due pages, and the index. ``windows`` has what this round knows of feeds'
        windows. Returns the paths written, and what could not be written; that stays due.
        """
        written: list[tuple[int | None, Written]] = []
        failed: list[PublishError] = []
        done: list[int] = []
        for feed in self._catalogue.feeds(only_due=True):
            if is_late():
                break
            try:
                data = self._page(feed, windows.get(feed.id))
                written += self._write(feed.id, f"{feed.key}.html", data, now)
                self._cards.pop(feed.id, None)
                done.append(feed.id)
            except PublishError as error:
                failed.append(error)
        else:
            try:
                written += self._write_shared(now)
            except PublishError as error:
                failed.append(error)
                done = []  # the index is written with the next page: let there be one
        self._mark(done, written)
        return [file.path for _, file in written], failed

    def _write(
        self, feed_id: int | None, path: str, data: bytes, now: datetime
    ) -> Iterator[tuple[int | None, Written]]:
        file = self._files.write(path, data, now)
        if file:
            yield feed_id, file

    def _write_shared(self, now: datetime) -> Iterator[tuple[int | None, Written]]:
        for name in NAMES:
            yield from self._write(None, name, asset(name), now)
        yield from self._write(None, "index.html", self._index(), now)

    def _mark(self, done: list[int], written: list[tuple[int | None, Written]]) -> None:
        if not (done or written):
            return
        with self._db.transaction():
            for feed_id, file in written:
                self._files.record(feed_id, [file])
            sql = "UPDATE feeds SET page_due = 0 WHERE id = ?"
            self._db.executemany(sql, [(feed_id,) for feed_id in done])
            reach("pages-before-commit")
        reach("pages-after-commit")

    # -- what the pages say

    def _page(self, feed: FeedRow, window: Sequence[int] | None) -> bytes:
        snippets = self._snippets(self._window_of(feed) if window is None else window)
        head = self._catalogue.head(feed, [])
        return render_page(
            self._site,
            head,
            feed.name or "All articles",
            snippets,
            entries=self._count(feed),
            archives=self._archives(feed),
            # A topic that was merged into another one shows what that one has.
            canonical=f"topics/{head.category.term}" if head.category else feed.key,
        )

    def _snippets(self, window: Sequence[int]) -> list[bytes]:
        """The articles of a window: kept bytes, or rendered now and kept."""
        snippets: list[bytes] = []
        fresh: list[tuple[int, str, bytes]] = []
        kept = self._catalogue.kept(window, ["html"])
        for article_id in window:
            snippet = kept.get((article_id, "html"))
            if snippet is None:
                snippet = render_snippet(self._catalogue.entry(article_id), self._site)
                fresh.append((article_id, "html", snippet))
            snippets.append(snippet)
        if fresh:
            with self._db.transaction():
                self._catalogue.keep(fresh)
        return snippets

    def _archives(self, feed: FeedRow) -> list[ArchiveLink]:
        """The newest archive documents; each leads to the one before it."""
        rows = self._db.execute(
            "SELECT number, first_published, last_published FROM archives"
            " WHERE feed_id = ? AND is_published = 1 ORDER BY number DESC LIMIT ?",
            (feed.id, MOST_ARCHIVES),
        )
        return [
            ArchiveLink(archive_key(feed.key, row[0]), from_text(row[1]), from_text(row[2]))
            for row in rows
        ]

    def _index(self) -> bytes:
        feeds = self._catalogue.listed()
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
        """The feed in the index; empty for one in which nothing stands and which nobody asked
        for. Its feed and its page stay, for those who know them."""
        if feed.id not in self._cards:
            entries = self._count(feed)
            wanted = entries or (feed.kind, feed.name) in self._configured
            self._cards[feed.id] = self._rendered_card(feed, entries) if wanted else b""
        return self._cards[feed.id]

    def _rendered_card(self, feed: FeedRow, entries: int) -> bytes:
        card = Card(
            key=feed.key,
            name=feed.name,
            description=self._catalogue.own_description(feed),
            entries=entries,
            latest=self._latest(feed),
        )
        return render_card(card, self._site)

    def _latest(self, feed: FeedRow) -> Latest | None:
        row = self._db.one(
            "SELECT e.uri, a.title, a.link, e.published, a.language"
            " FROM entries e JOIN articles a ON a.id = e.article_id"
            " WHERE e.feed_id = ? AND e.withdrawn_at IS NULL"
            " ORDER BY e.published DESC, e.uri DESC LIMIT 1",
            (feed.id,),
        )
        return Latest(row[0], row[1], row[2], from_text(row[3]), row[4]) if row else None

    def _count(self, feed: FeedRow) -> int:
        """How many articles stand in the feed and its archive; by counting the few that were
        withdrawn, since the rest may be a million."""
        row = self._db.one(
            "SELECT places - (SELECT count(*) FROM entries WHERE feed_id = feeds.id"
            "  AND withdrawn_at IS NOT NULL) FROM feeds WHERE id = ?",
            (feed.id,),
        )
        return int(row[0])


def _by_name(feed: FeedRow) -> tuple[str, str]:
    return feed.name.casefold(), feed.key
