"""Feeds and what is published of them: the tables that publishing reads and marks.

``FeedTable``: the feeds and which of them wait to be published. ``EntryTable``: which article
is in which feed, and what it says. ``KeptEntries``: entries that were rendered already.
``PublicFileTable``: what was last written below the public folder. Which feed an article
belongs to is decided in ``placement``. Writes run inside a transaction of the caller's.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from feeds.model import (
    Category,
    Enclosure,
    Entry,
    Episode,
    Image,
    Latest,
    Person,
    Related,
    Source,
    Tombstone,
    Translation,
)
from worker.core.clock import from_text, to_text
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument
from worker.store.mentions import MOST_LINKED

# Counts the few that were withdrawn: the rest may be a million.
_HAS_ARTICLES = (
    "f.places > (SELECT count(*) FROM entries WHERE feed_id = f.id AND withdrawn_at IS NOT NULL)"
)
_FROM = " FROM feeds f LEFT JOIN topics t ON t.id = f.topic_id"
_FEEDS = (
    "SELECT f.id, f.key, f.uri, f.kind, f.name, coalesce(t.slug, ''), f.last_withdrawal,"
    f" {_HAS_ARTICLES}{_FROM}"
)
_LIVE_ENTRIES = (
    "SELECT e.article_id, e.uri, e.published, a.updated"
    " FROM entries e JOIN articles a INDEXED BY articles_updates ON a.id = e.article_id"
    " WHERE e.feed_id = ? AND e.withdrawn_at IS NULL"
)
# The address of the article ``a``: its own link, else its page's; the parameter is the site's URL.
ADDRESS = (
    "iif(a.link <> '', a.link, coalesce("
    "(SELECT ? || path FROM article_pages WHERE article_id = a.id AND is_public = 1), ''))"
)
# What belongs to an article, by table, in its order.
_PARTS = {
    "article_topics": "slug, name",
    "people": "name, email, url",
    "images": "url, width, height, title",
    "related": "link, title, extra",
}
_Parts = Mapping[str, Mapping[int, Sequence[Any]]]
_NEWEST_FIRST = " ORDER BY e.published DESC, e.uri DESC"


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed; ``kind`` is "all", "topic", "search", "author" or "language"."""

    id: int
    key: str
    uri: str
    kind: str
    name: str
    topic_slug: str
    last_withdrawal: str | None
    has_articles: int

    @property
    def is_merged(self) -> bool:
        """Is its topic another one's now? Such a feed stays for its subscribers."""
        return self.kind == "topic" and self.key != f"topics/{self.topic_slug}"


class FeedTable:
    """The feeds, topics first and the feed of all articles last."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[FeedRow]:
        """Every feed that ever was public."""
        return self._where("TRUE")

    def touched(self) -> list[FeedRow]:
        """The feeds whose files no longer say what the database says."""
        return self._where("f.touched > 0")

    def with_due_pages(self) -> list[FeedRow]:
        """The feeds whose pages no longer say what the feeds say."""
        return self._where("f.page_due > 0")

    def topics(self, most: int) -> tuple[tuple[str, str], ...]:
        """(slug, name) of topics with articles, in no order."""
        own = f"f.key = 'topics/' || t.slug AND {_HAS_ARTICLES}"
        sql = f"SELECT t.slug, t.name{_FROM} WHERE {own} LIMIT ?"
        return tuple(self._db.tuples(sql, (most,)))

    def _where(self, condition: str) -> list[FeedRow]:
        sql = f"{_FEEDS} WHERE {condition} AND f.kind <> 'gone' ORDER BY f.kind = 'all', f.key"
        return [FeedRow(*row) for row in self._db.execute(sql)]

    def due(self) -> tuple[bool, bool]:
        """Does any feed wait to be published, and does any page?"""
        row = self._db.one(
            "SELECT EXISTS (SELECT 1 FROM feeds WHERE touched > 0),"
            " EXISTS (SELECT 1 FROM feeds WHERE page_due > 0)"
        )
        return bool(row[0]), bool(row[1])

    def document_count(self) -> int:
        """How many feeds and archive documents there are."""
        sql = "SELECT (SELECT count(*) FROM feeds) + (SELECT count(*) FROM archives)"
        return int(self._db.one(sql)[0])

    def with_problems(self) -> set[int]:
        """The feeds that are not published, or not as a whole."""
        return {row["id"] for row in self._db.execute("SELECT id FROM feeds WHERE problem <> ''")}

    def any_id(self) -> int:
        """The id of one feed, always the same."""
        return int(self._db.one("SELECT min(id) FROM feeds")[0])

    def touch(self, feed_id: int) -> None:
        """Let the feed's own files be written again."""
        self._db.execute("UPDATE feeds SET touched = touched + 1 WHERE id = ?", (feed_id,))

    def touch_with_history(self, feed_id: int) -> None:
        """Let the feed's files and all its archive documents be compared and written again."""
        self.touch(feed_id)
        self._db.execute(
            "UPDATE archives SET touched = 1 WHERE feed_id = ? AND touched = 0", (feed_id,)
        )

    def mark_published(self, feed_id: int, problem: str) -> None:
        """The feed's files are right, but for ``problem`` (may be empty); its page is due."""
        self._db.execute(
            "UPDATE feeds SET touched = 0, problem = ?, page_due = 1 WHERE id = ?",
            (problem, feed_id),
        )

    def mark_refused(self, feed_id: int, problem: str) -> None:
        """The feed and its history keep their last good files until something changes."""
        self._db.execute(
            "UPDATE feeds SET touched = 0, problem = ? WHERE id = ?", (problem, feed_id)
        )
        self._db.execute("UPDATE archives SET touched = 0 WHERE feed_id = ?", (feed_id,))

    def mark_pages_written(self, feed_ids: Iterable[int]) -> None:
        """The feeds' pages say what the feeds say."""
        sql = "UPDATE feeds SET page_due = 0 WHERE id = ?"
        self._db.executemany(sql, [(feed_id,) for feed_id in feed_ids])

    def make_page_due(self, feed_id: int) -> None:
        """Let the feed's page be written again."""
        self._db.execute("UPDATE feeds SET page_due = 1 WHERE id = ?", (feed_id,))

    def make_pages_due(self) -> None:
        """Let every page be written again."""
        self._db.execute("UPDATE feeds SET page_due = 1")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An article's place in a feed, without its text."""

    article_id: int
    uri: str
    published: datetime
    updated: datetime


class EntryTable:
    """Which articles are in a feed, and what each of them says."""

    def __init__(self, database: Database, site_url: str) -> None:
        self._db = database
        self._site_url = site_url

    def live(self, feed_id: int) -> Iterator[EntryRow]:
        """The feed's entries, newest first by (published, URI); read as far as asked for."""
        return map(_entry_row, self._db.execute(_LIVE_ENTRIES + _NEWEST_FIRST, (feed_id,)))

    def since(self, feed_id: int, published: str, uri: str) -> list[int]:
        """The live articles of the feed that are newer than an entry's place, newest first."""
        sql = f"{_LIVE_ENTRIES} AND (e.published, e.uri) > (?, ?) {_NEWEST_FIRST}"
        return [row[0] for row in self._db.execute(sql, (feed_id, published, uri))]

    def archived(self, feed_id: int, document: ArchiveDocument) -> Iterator[EntryRow]:
        """The live entries of one archive document, newest first."""
        span = " AND (e.published, e.uri) >= (?, ?) AND (e.published, e.uri) <= (?, ?)"
        first, last = document.first, document.last
        rows = self._db.execute(
            _LIVE_ENTRIES + span + _NEWEST_FIRST,
            (feed_id, first.published, first.uri, last.published, last.uri),
        )
        return map(_entry_row, rows)

    def withdrawn(self, feed_id: int, since: datetime, most: int) -> tuple[Tombstone, ...]:
        """The newest ``most`` withdrawals from the feed from a moment on."""
        rows = self._db.execute(
            "SELECT uri, withdrawn_at FROM entries"
            " WHERE feed_id = ? AND withdrawn_at >= ? ORDER BY withdrawn_at DESC, uri LIMIT ?",
            (feed_id, to_text(since), most),
        )
        return tuple(Tombstone(row[0], from_text(row[1])) for row in rows)

    def latest(self, feed_id: int) -> Latest | None:
        """The feed's newest entry; None for an empty feed."""
        row = self._db.one(
            f"SELECT e.uri, a.title, {ADDRESS}, e.published, a.language"  # noqa: S608
            " FROM entries e JOIN articles a ON a.id = e.article_id"
            " WHERE e.feed_id = ? AND e.withdrawn_at IS NULL"
            " ORDER BY e.published DESC, e.uri DESC LIMIT 1",
            (self._site_url, feed_id),
        )
        return Latest(row[0], row[1], row[2], from_text(row[3]), row[4]) if row else None

    def count(self, feed_id: int) -> int:
        """How many articles are in the feed and its archive."""
        # Counts the few that were withdrawn: the rest may be a million.
        row = self._db.one(
            "SELECT places - (SELECT count(*) FROM entries WHERE feed_id = feeds.id"
            "  AND withdrawn_at IS NOT NULL) FROM feeds WHERE id = ?",
            (feed_id,),
        )
        return int(row[0])

    def path_of(self, uri: str) -> str:
        """The path of the article's file in the drop folder; ``uri`` if it is unknown."""
        row = self._db.one("SELECT path FROM articles WHERE uri = ?", (uri,))
        return str(row[0]) if row else uri

    def address(self, article_id: int) -> str:
        """Where people read the article: at its own link, else on its page; empty if it has
        neither."""
        sql = f"SELECT {ADDRESS} FROM articles a WHERE id = ?"  # noqa: S608 -- only our own text
        return str(self._db.one(sql, (self._site_url, article_id))[0])

    def origin(self, article_id: int) -> tuple[str, str]:
        """The path of the article's file, and its own link (may be empty)."""
        row = self._db.one("SELECT path, link FROM articles WHERE id = ?", (article_id,))
        return row[0], row[1]

    def uri(self, article_id: int) -> str:
        """The article's id in feeds."""
        return str(self._db.one("SELECT uri FROM articles WHERE id = ?", (article_id,))[0])

    def content(self, article_id: int) -> Entry:
        """The article as an entry of any feed."""
        return self.contents([article_id])[article_id]

    def contents(self, article_ids: Sequence[int]) -> dict[int, Entry]:
        """These articles as entries of any feed, by id: one statement for each table."""
        ids = json.dumps(article_ids)
        rows = self._db.execute(
            f"SELECT a.*, {ADDRESS} AS address, t.key AS translated FROM articles a"  # noqa: S608
            " LEFT JOIN translations t ON t.article_id = a.id"
            " WHERE a.id IN (SELECT value FROM json_each(?))",
            (self._site_url, ids),
        ).fetchall()
        parts = {name: self._parts(columns, name, ids) for name, columns in _PARTS.items()}
        return {row["id"]: self._entry(row, parts) for row in rows}

    def _entry(self, row: sqlite3.Row, parts: _Parts) -> Entry:
        topics, people, images, related = (parts[name][row["id"]] for name in _PARTS)
        scheme = f"{self._site_url}topics/"
        return Entry(
            id=row["uri"],
            title=row["title"],
            summary=row["summary"],
            content_html=row["content_html"],
            link=row["address"],
            published=from_text(row["published"]),
            updated=from_text(row["updated"]),
            categories=tuple(Category(slug, name, scheme) for slug, name in topics),
            authors=tuple(Person(name or email, email, url) for name, email, url in people),
            source=_source(row["provider_name"], row["provider_domain"], row["provider_feed"]),
            images=tuple(Image(*image) for image in images),
            related=tuple(
                Related(link, title, str(json.loads(extra).get("language") or ""))
                for link, title, extra in related
            ),
            language=row["language"],
            via=row["original_url"] if row["original_url"] != row["link"] else "",
            translations=tuple(self._translations(row)) if row["translated"] else (),
            enclosures=tuple(Enclosure(**item) for item in json.loads(row["enclosures"] or "[]")),
            episode=_episode(row["episode"]),
        )

    def _translations(self, article: sqlite3.Row) -> Iterator[Translation]:
        """The first article in each other language; none where the article is not among those that
        are linked."""
        rows = self._db.tuples(
            f"SELECT a.id, t.language, {ADDRESS} FROM translations t"  # noqa: S608 -- our own text
            " JOIN articles a ON a.id = t.article_id WHERE t.key = ? ORDER BY t.rank LIMIT ?",
            (self._site_url, article["translated"], MOST_LINKED),
        )
        seen = {language.lower() for article_id, language, _ in rows if article_id == article["id"]}
        for _, language, url in rows if seen else ():
            if url and language.lower() not in seen:
                seen.add(language.lower())
                yield Translation(language, url)

    def _parts(self, columns: str, table: str, ids: str) -> defaultdict[int, list[Any]]:
        source = (
            "article_topics JOIN topics ON id = topic_id" if table == "article_topics" else table
        )
        parts: defaultdict[int, list[Any]] = defaultdict(list)
        for article_id, *values in self._db.tuples(
            f"SELECT article_id, {columns} FROM {source}"  # noqa: S608 -- our own names
            " WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY article_id, position",
            (ids,),
        ):
            parts[article_id].append(values)
        return parts


class KeptEntry(NamedTuple):
    """An article's bytes: "rss", "rss-summary" (the same without the text) …, "html" for pages."""

    article_id: int
    format: str
    body: bytes


class KeptEntries:
    """Entries that were rendered before, so that a feed is put together of them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(
        self, article_ids: Sequence[int], formats: Sequence[str]
    ) -> defaultdict[int, dict[str, bytes]]:
        """What is kept of these articles in these formats: article to format to bytes."""
        rows = self._db.execute(
            "SELECT article_id, format, CAST(body AS BLOB) FROM kept_entries"
            " WHERE article_id IN (SELECT value FROM json_each(?))"
            " AND format IN (SELECT value FROM json_each(?))",
            (json.dumps(article_ids), json.dumps(formats)),
        )
        found: defaultdict[int, dict[str, bytes]] = defaultdict(dict)
        for article_id, format_, body in rows:
            found[article_id][format_] = body
        return found

    def names(self, article_ids: Sequence[int]) -> list[tuple[int, str]]:
        """Under which names these articles are kept: article and name."""
        return self._db.tuples(
            "SELECT article_id, format FROM kept_entries"
            " WHERE article_id IN (SELECT value FROM json_each(?))",
            (json.dumps(article_ids),),
        )

    def keep(self, entries: Sequence[KeptEntry]) -> None:
        """Keep what was rendered, in the place of what was kept before."""
        self._db.executemany(
            "INSERT OR REPLACE INTO kept_entries (article_id, format, body) VALUES (?, ?, ?)",
            [(entry.article_id, entry.format, entry.body.decode()) for entry in entries],
        )

    def forget(self, uris: Iterable[str]) -> None:
        """Let these articles' entries be rendered again."""
        self._db.executemany(
            "DELETE FROM kept_entries WHERE article_id = (SELECT id FROM articles WHERE uri = ?)",
            [(uri,) for uri in uris],
        )

    def forget_pages(self) -> None:
        """Let what pages show of every article be rendered again."""
        self._db.execute("DELETE FROM kept_entries WHERE format = 'html'")

    def forget_all(self) -> None:
        """Let everything be rendered again."""
        self._db.execute("DELETE FROM kept_entries")


def _entry_row(row: sqlite3.Row) -> EntryRow:
    return EntryRow(row[0], row[1], from_text(row[2]), from_text(row[3]))


def _episode(text: str) -> Episode | None:
    found = json.loads(text) if text else {}
    return Episode(**found | {"transcripts": tuple(found["transcripts"])}) if found else None


def _source(name: str, domain: str, feed: str) -> Source | None:
    found = name or domain or feed
    return Source(found, f"https://{domain}/" if domain else "", feed) if found else None
