"""What stands in a feed now: rows of the database as the feeds' own types.

Reads only articles that are live, and no clock: the same rows give the same feed for ever.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from feeds.model import (
    Category,
    Entry,
    Feed,
    Image,
    Person,
    Related,
    Source,
    Tombstone,
)
from feeds.pages.assets import FEED_STYLE
from worker.config.model import Config
from worker.core.timestamps import from_text, to_text
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument

# The `updated` of a feed in which nothing ever stood; any fixed moment does.
BEFORE_EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)
TOMBSTONE_DAYS = 30
MOST_TOMBSTONES = 100

Kept = dict[tuple[int, str], bytes]
"""The bytes of entries by article and format."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as the database knows it; ``touched`` counts the changes not yet published."""

    id: int
    key: str
    uri: str
    kind: str
    name: str
    topic_id: int | None
    touched: int
    last_withdrawal: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An article's place in a feed, without its text."""

    article_id: int
    uri: str
    published: datetime
    updated: datetime


class FeedContents:
    """Answers what is in which feed, by the windows and texts of the configuration."""

    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._config = config
        self._scheme = f"{config.site.url}topics/"
        self._descriptions = {rule.name: rule.description for rule in config.topics}

    def feeds(self, *, only_touched: bool = False, only_due: bool = False) -> list[FeedRow]:
        """All feeds, or those to be published, or those whose pages are; topics first, the
        large "all" last."""
        rows = self._db.execute(
            "SELECT id, key, uri, kind, name, topic_id, touched, last_withdrawal, problem"
            " FROM feeds WHERE touched >= ? AND page_due >= ? ORDER BY kind = 'all', key",
            (int(only_touched), int(only_due)),
        )
        return [FeedRow(*row) for row in rows]

    def listed(self) -> list[FeedRow]:
        """The feeds that newcomers are shown: all but those of topics that were merged into
        others, which stay for those who have subscribed to them."""
        rows = self._db.execute(
            "SELECT f.id, f.key, f.uri, f.kind, f.name, f.topic_id, f.touched, f.last_withdrawal,"
            " f.problem FROM feeds f LEFT JOIN topics t ON t.id = f.topic_id"
            " WHERE f.kind <> 'topic' OR f.key = 'topics/' || t.slug"
            " ORDER BY f.kind = 'all', f.key"
        )
        return [FeedRow(*row) for row in rows]

    def standing(self, feed: FeedRow) -> Iterator[EntryRow]:
        """The feed's entries, newest first by (published, id), as far as its window goes:
        at least ``min_entries`` and at least ``min_days`` back from the newest one.
        """
        rows = self._db.execute(
            "SELECT e.article_id, e.uri, e.published, a.updated"
            " FROM entries e JOIN articles a INDEXED BY articles_updates ON a.id = e.article_id"
            " WHERE e.feed_id = ? AND e.withdrawn_at IS NULL"
            " ORDER BY e.published DESC, e.uri DESC",
            (feed.id,),
        )
        least, days = self._config.feeds.min_entries, timedelta(days=self._config.feeds.min_days)
        until: datetime | None = None
        for number, row in enumerate(rows):
            place = EntryRow(row[0], row[1], from_text(row[2]), from_text(row[3]))
            until = until or place.published - days
            if number >= least and place.published <= until:
                return
            yield place

    def archived(self, feed: FeedRow, document: ArchiveDocument) -> list[EntryRow]:
        """The live entries of one archive document, newest first."""
        first, last = document.first, document.last
        rows = self._db.execute(
            "SELECT e.article_id, e.uri, e.published, a.updated"
            " FROM entries e JOIN articles a INDEXED BY articles_updates ON a.id = e.article_id"
            " WHERE e.feed_id = ? AND e.withdrawn_at IS NULL"
            " AND (e.published, e.uri) >= (?, ?) AND (e.published, e.uri) <= (?, ?)"
            " ORDER BY e.published DESC, e.uri DESC",
            (feed.id, first.published, first.uri, last.published, last.uri),
        )
        return [EntryRow(row[0], row[1], from_text(row[2]), from_text(row[3])) for row in rows]

    def archive_head(
        self, feed: FeedRow, document: ArchiveDocument, newest: int, entries: list[EntryRow]
    ) -> Feed:
        """An archive document without its entries; ``newest`` is the last document's number."""
        head = self.head(feed, entries)
        number = document.number
        times = [place.updated for place in entries]
        return replace(
            head,
            key=archive_key(feed.key, number),
            stylesheet=_stylesheet(archive_key(feed.key, number)),
            current=feed.key,
            archive=True,
            updated=max(times, default=from_text(document.last.published)),
            prev_archive=archive_key(feed.key, number - 1) if number > 1 else "",
            next_archive=archive_key(feed.key, number + 1) if number < newest else "",
            tombstones=(),
            hub="",
        )

    def head(self, feed: FeedRow, window: list[EntryRow], archived: int = 0) -> Feed:
        """The feed without its entries; ``archived`` is how many documents its history has."""
        site = self._config.site
        updated = max((place.updated for place in window), default=BEFORE_EVERYTHING)
        if feed.last_withdrawal:
            updated = max(updated, from_text(feed.last_withdrawal))
        return Feed(
            key=feed.key,
            id=feed.uri,
            title=self.title(feed),
            description=self._description(feed),
            site_url=site.url,
            home=self.home(feed),
            language=site.language,
            author=site.author or site.title,
            updated=updated,
            icon=site.icon,
            hub=site.hub,
            category=self._category(feed),
            tombstones=self._tombstones(feed, updated) if feed.last_withdrawal else (),
            prev_archive=archive_key(feed.key, archived) if archived else "",
            stylesheet=_stylesheet(feed.key),
        )

    def title(self, feed: FeedRow) -> str:
        """What the feed is called in a list of many sites' feeds."""
        site = self._config.site
        return site.title if feed.kind == "all" else f"{feed.name} – {site.title}"

    def home(self, feed: FeedRow) -> str:
        """The address of the feed's page for people; the site's own for the feed of all."""
        return self._config.site.url + ("" if feed.kind == "all" else f"{feed.key}.html")

    def own_description(self, feed: FeedRow) -> str:
        """What the configuration says of a topic; empty where it says nothing."""
        return self._descriptions.get(feed.name, "") if feed.kind == "topic" else ""

    def _description(self, feed: FeedRow) -> str:
        site = self._config.site
        if feed.kind == "all":
            return site.description or f"All articles of {site.title}"
        if feed.kind == "search":
            return f"Articles of {site.title} that match “{feed.name}”"
        return self._descriptions.get(feed.name) or f"Articles of {site.title} on {feed.name}"

    def _category(self, feed: FeedRow) -> Category | None:
        if feed.kind != "topic":
            return None
        row = self._db.one("SELECT slug FROM topics WHERE id = ?", (feed.topic_id,))
        return Category(row["slug"], feed.name, self._scheme)

    def _tombstones(self, feed: FeedRow, updated: datetime) -> tuple[Tombstone, ...]:
        """The withdrawals of the feed's last days: counted back from its own time, not now."""
        since = to_text(updated - timedelta(days=TOMBSTONE_DAYS))
        rows = self._db.execute(
            "SELECT uri, withdrawn_at FROM entries"
            " WHERE feed_id = ? AND withdrawn_at >= ? ORDER BY withdrawn_at DESC, uri LIMIT ?",
            (feed.id, since, MOST_TOMBSTONES),
        )
        return tuple(Tombstone(row[0], from_text(row[1])) for row in rows)

    def entry(self, article_id: int) -> Entry:
        """The article as it stands in any feed."""
        row = self._db.one("SELECT * FROM articles WHERE id = ?", (article_id,))
        return Entry(
            id=row["uri"],
            title=row["title"],
            summary=row["summary"],
            content_html=self._content(row),
            link=row["link"],
            published=from_text(row["published"]),
            updated=from_text(row["updated"]),
            categories=self._categories(article_id),
            authors=self._authors(article_id),
            source=_source(row),
            images=self._images(article_id),
            related=self._related(article_id),
            language=row["language"],
            via=row["original_url"] if row["original_url"] != row["link"] else "",
        )

    def _content(self, row: sqlite3.Row) -> str:
        """The full content; of an article so long that it would crowd the others out of a
        feed, nothing: its summary and link stand in the feed all the same."""
        content: str = row["content_html"]
        return content if len(content.encode()) <= self._config.feeds.max_bytes // 4 else ""

    def _categories(self, article_id: int) -> tuple[Category, ...]:
        rows = self._db.execute(
            "SELECT t.slug, t.name FROM article_topics a JOIN topics t ON t.id = a.topic_id"
            " WHERE a.article_id = ? ORDER BY a.position",
            (article_id,),
        )
        return tuple(Category(row[0], row[1], self._scheme) for row in rows)

    def _authors(self, article_id: int) -> tuple[Person, ...]:
        rows = self._db.execute(
            "SELECT name, email, url FROM people WHERE article_id = ? ORDER BY position",
            (article_id,),
        )
        return tuple(Person(row[0] or row[1], row[1], row[2]) for row in rows)

    def _images(self, article_id: int) -> tuple[Image, ...]:
        rows = self._db.execute(
            "SELECT url, width, height, title FROM images WHERE article_id = ? ORDER BY position",
            (article_id,),
        )
        return tuple(Image(*row) for row in rows)

    def _related(self, article_id: int) -> tuple[Related, ...]:
        rows = self._db.execute(
            "SELECT link, title, extra FROM related WHERE article_id = ? ORDER BY position",
            (article_id,),
        )
        return tuple(
            Related(row[0], row[1], str(json.loads(row[2]).get("language") or "")) for row in rows
        )

    def kept(self, article_ids: Sequence[int], formats: Sequence[str]) -> Kept:
        """The kept bytes of the articles' entries, as far as there are any."""
        rows = self._db.execute(
            "SELECT article_id, format, CAST(body AS BLOB) FROM kept_entries"
            " WHERE article_id IN (SELECT value FROM json_each(?))"
            " AND format IN (SELECT value FROM json_each(?))",
            (json.dumps(article_ids), json.dumps(formats)),
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def keep(self, rows: list[tuple[int, str, bytes]]) -> None:
        """Keep the bytes of entries: (article id, format, bytes)."""
        self._db.executemany(
            "INSERT OR REPLACE INTO kept_entries (article_id, format, body) VALUES (?, ?, ?)",
            [(article_id, format_, body.decode()) for article_id, format_, body in rows],
        )

    def forget_kept(self, uris: Iterable[str]) -> None:
        """Let the articles' entries be rendered anew."""
        self._db.executemany(
            "DELETE FROM kept_entries WHERE article_id = (SELECT id FROM articles WHERE uri = ?)",
            [(uri,) for uri in uris],
        )


def _stylesheet(key: str) -> str:
    return "../" * key.count("/") + FEED_STYLE


def archive_key(key: str, number: int) -> str:
    """The feed key of an archive document."""
    return f"archive/{key}/{number}"


def _source(row: sqlite3.Row) -> Source | None:
    name, domain = row["provider_name"], row["provider_domain"]
    if not (name or domain):
        return None
    return Source(name or domain, f"https://{domain}/" if domain else "")
