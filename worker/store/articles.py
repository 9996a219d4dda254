"""Articles with their people, images and related articles: find them, save them whole.

Every write runs inside a transaction of the caller. Which feed an article is in is up to
``placement``; which article a file is, ``worker.ingest.identity`` has decided.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from worker.core.article import Article, Image
from worker.core.clock import from_text, to_text
from worker.core.stages import Claim, Known, Past, Since, Times
from worker.store.damage import stored_time
from worker.store.database import Database
from worker.store.mentions import NAMED, mention_rows
from worker.store.public_files import MediaTable

_KNOWN = (
    "id, uri, path, state, explicit_id, link_key, content_hash, id_since, link_since, content_since"
)
# Of several withdrawn ones, the one whose file is the newest: it was the last at its path.
_LAST_SEEN = "state = 'withdrawn', file_mtime_ns DESC, id DESC"
_STANDING_FIRST = "state = 'withdrawn', state = 'shadowed', path, id"
WITHDRAWN_BY_COMMAND = "withdrawn by command"
# The columns of articles that are fields of Article under the same name.
_FIELDS: tuple[str, ...] = ("title", "summary", "content_html", "text", "link", "category", "type")
_FIELDS += ("quality", "heat", "language", "original_url", "amp_url", "cdn_amp_url")
_HAVE = {
    column: f"SELECT {column} FROM articles WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608
    + (f" AND {column} <> ''" if column in ("explicit_id", "link_key") else "")
    for column in ("path", "uri", "explicit_id", "link_key", "content_hash")
}
_INDEX = (
    "INSERT INTO articles_fts (rowid, title, summary, text) SELECT id, title, summary, text"
    " FROM articles WHERE id IN (SELECT value FROM json_each(?))"
)
_IMAGE_KEYS = [field.name for field in fields(Image)]
_image_values = attrgetter(*_IMAGE_KEYS)
_field_values = attrgetter(*_FIELDS)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article, ready to be saved. ``due``: when time changes its state next."""

    article: Article
    claim: Claim
    since: Since
    uri: str
    times: Times
    state: str
    reason: str
    due: datetime | None
    held: bool
    reader_hash: str
    public_since: datetime | None


@dataclass(frozen=True, slots=True)
class Publication:
    """Whether an article is public, and what decides it. Without ``until`` it does not expire;
    without ``since`` no reader has seen it yet."""

    id: int
    uri: str
    path: str
    title: str
    state: str
    reason: str
    held: bool
    published: datetime
    begin: datetime
    until: datetime | None
    since: datetime | None


class Articles:
    """The articles of one database. Whether their files are still there, it does not know."""

    # Raw SQL: several of these run for each file, where sqlite-utils takes five times as long.

    def __init__(self, database: Database) -> None:
        self._db = database
        self._media = MediaTable(database)
        # Nearly all files of a first scan are found by nothing.
        self._paths, self._uris = database.absent(_HAVE["path"]), database.absent(_HAVE["uri"])
        self._ids, self._links = (
            database.absent(_HAVE["explicit_id"]),
            database.absent(_HAVE["link_key"]),
        )
        self._contents, self._unnamed = (
            database.absent(_HAVE["content_hash"]),
            database.absent(NAMED),
        )

    def look_up(self, claims: Sequence[Claim], uris: Sequence[str]) -> None:
        """Look for articles by what these claims are looked up by, and for these URIs, all at once;
        for the transaction at hand."""
        self._paths.look_up(claim.path for claim in claims)
        self._links.look_up(claim.link_key for claim in claims)
        self._contents.look_up(claim.content_hash for claim in claims)
        ids = [claim.explicit_id for claim in claims]
        self._ids.look_up(ids)
        self._uris.look_up((*ids, *uris))

    def by_path(self, path: str) -> Known | None:
        """The article that was last seen at this path."""
        if path in self._paths:
            return None
        found = self._find("path = ?", (path,), _LAST_SEEN, 1)
        return next(found, None)

    def by_id(self, explicit_id: str) -> Known | None:
        """The article with this explicit id, or with it as its URI."""
        if not explicit_id or (explicit_id in self._ids and explicit_id in self._uris):
            return None
        # Without the seemingly idle "<> ''" SQLite does not see that the partial index serves.
        where = "(explicit_id = ? AND explicit_id <> '') OR uri = ?"
        values = (explicit_id, explicit_id)
        return next(self._find(where, values, _STANDING_FIRST, 1), None)

    def by_link(self, claim: Claim) -> list[Known]:
        """The articles at other paths with the same link, at most 20, standing ones first."""
        if not claim.link_key or claim.link_key in self._links:
            return []
        where = "link_key = ? AND link_key <> '' AND path <> ?"
        return list(self._find(where, (claim.link_key, claim.path), _STANDING_FIRST, 20))

    def by_content(self, claim: Claim) -> list[Known]:
        """The articles at other paths with the same bytes, at most 20, standing ones first."""
        if claim.content_hash in self._contents:
            return []
        where = "content_hash = ? AND path <> ?"
        return list(self._find(where, (claim.content_hash, claim.path), _STANDING_FIRST, 20))

    def _find(self, where: str, values: tuple[Any, ...], order: str, limit: int) -> Iterator[Known]:
        sql = f"SELECT {_KNOWN} FROM articles WHERE {where} ORDER BY {order} LIMIT {limit}"  # noqa: S608 -- only our own text
        for row in self._db.execute(sql, values):
            yield Known(
                article_id=row["id"],
                uri=row["uri"],
                path=row["path"],
                explicit_id=row["explicit_id"],
                link_key=row["link_key"],
                content_hash=row["content_hash"],
                since=Since(row["id_since"], row["link_since"], row["content_since"]),
                shadowed=row["state"] == "shadowed",
                withdrawn=row["state"] == "withdrawn",
            )

    def past(self, article_id: int) -> Past:
        """What the next version takes over from the article's history."""
        row = self._db.one(
            "SELECT published, updated, first_seen, public_since, reader_hash, content_hash"
            " FROM articles WHERE id = ?",
            (article_id,),
        )
        public_since = stored_time(row["public_since"]) if row["public_since"] else None
        published, updated, first_seen = map(stored_time, row[:3])
        return Past(published, updated, first_seen, public_since, *row[4:])

    def is_minted(self, uri: str) -> bool:
        """Does an article have this URI already?"""
        if uri in self._uris:
            return False
        return self._db.one("SELECT 1 FROM articles WHERE uri = ?", (uri,)) is not None

    def is_withdrawn_by_command(self, article_id: int) -> bool:
        """Did a person withdraw the article? Then its file does not publish it again."""
        row = self._db.one("SELECT reason FROM articles WHERE id = ?", (article_id,))
        return bool(row["reason"] == WITHDRAWN_BY_COMMAND)

    def publication(self, article_id: int) -> Publication:
        """Whether the article is public, and from when to when."""
        return next(self._publications("id = ?", article_id))

    def due(self, now: datetime) -> list[Publication]:
        """The articles whose state time has changed by now, the earliest first."""
        return list(self._publications("due <= ? ORDER BY due", to_text(now)))

    def next_due(self) -> datetime | None:
        """When time changes the next article's state; None if never."""
        row = self._db.one("SELECT min(due) FROM articles WHERE due IS NOT NULL")
        return from_text(row[0]) if row[0] else None

    def referred_to(self, reference: str, link_key: str) -> list[Publication]:
        """The articles with this id, path or link, with this link key, or with the page at this
        address; the newest first."""
        where = (
            "uri = ?1 OR explicit_id = ?1 OR path = ?1 OR link = ?1 OR (link_key = ?2 AND ?2 <> '')"
            " OR id = (SELECT article_id FROM article_pages WHERE path = ?3) ORDER BY id DESC"
        )
        page = reference[max(0, reference.find("/articles/") + 1) :]
        return list(self._publications(where, reference, link_key, page))

    def _publications(self, where: str, *values: str | int) -> Iterator[Publication]:
        sql = (
            "SELECT id, uri, path, title, state, reason, held, published, public_from,"  # noqa: S608 -- only our own text
            f" public_until, public_since FROM articles WHERE {where}"
        )
        for row in self._db.execute(sql, values):
            until, since = row["public_until"], row["public_since"]
            identity: tuple[int, str, str, str, str, str] = row[:6]
            yield Publication(
                *identity,
                bool(row["held"]),
                from_text(row["published"]),
                from_text(row["public_from"]),
                from_text(until) if until else None,
                from_text(since) if since else None,
            )

    def count_live(self) -> int:
        """How many articles are public."""
        return self._db.tables["articles"].count_where("state = 'live'")

    def count_live_at(self, paths: Iterable[str]) -> int:
        """At how many of these paths a public article was last seen."""
        sql = "SELECT 1 FROM articles WHERE path = ? AND state = 'live'"
        return sum(self._db.one(sql, (path,)) is not None for path in paths)

    def save(self, version: Version, article_id: int | None) -> int:
        """Insert the version, or replace the stored one. Returns the article's id."""
        columns = _columns(version)
        self._note(version)
        if article_id is None:
            article_id = self._insert(columns)
        else:
            self._update(article_id, columns)
            self._media.mark_article(article_id)  # what it no longer names may be unneeded
            self._clear_parts(article_id)
        self._save_parts(article_id, version.article)
        return article_id

    def _note(self, version: Version) -> None:
        """What the version is found by from now on."""
        claim = version.claim
        self._paths.discard(claim.path)
        self._uris.discard(version.uri)
        self._ids.discard(claim.explicit_id)
        self._links.discard(claim.link_key)
        self._contents.discard(claim.content_hash)

    def _insert(self, columns: dict[str, Any]) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        sql = f"INSERT INTO articles ({names}) VALUES ({marks})"  # noqa: S608 -- our own names
        article_id = self._db.insert(sql, tuple(columns.values()))
        self._db.run_later(_INDEX, article_id)
        return article_id

    def _update(self, article_id: int, columns: dict[str, Any]) -> None:
        del columns["uri"]
        places = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE articles SET {places} WHERE id = ?"  # noqa: S608 -- our own names
        self._db.execute(sql, (*columns.values(), article_id))

    def _clear_parts(self, article_id: int) -> None:
        for table in ("people", "images", "related", "mentions", "kept_entries"):
            self._db.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))  # noqa: S608

    def _save_parts(self, article_id: int, article: Article) -> None:
        people = [(article_id, n, p.name, p.email, p.url) for n, p in enumerate(article.people)]
        images = [(article_id, n, *_image_row(i)) for n, i in enumerate(article.images)]
        related = [
            (
                article_id,
                position,
                item.title,
                item.link,
                item.excerpt,
                to_text(item.published) if item.published else None,
                item.provider.name if item.provider else "",
                item.provider.domain if item.provider else "",
                _json([_image_keys(image) for image in item.images]),
                _json(item.extra),
            )
            for position, item in enumerate(article.related)
        ]
        mentions = mention_rows(article_id, article)
        for mention in mentions:
            self._unnamed.discard(mention[3])
        self._later("INSERT INTO mentions VALUES (?, ?, ?, ?, ?, ?, ?)", mentions)
        self._later("INSERT INTO people VALUES (?, ?, ?, ?, ?)", people)
        self._later("INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?)", images)
        self._later("INSERT INTO related VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", related)

    def _later(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._db.insert_later(sql, rows)

    def update_file(self, article_id: int, path: str, mtime_ns: int) -> bool:
        """Store the path and the time of the article's unchanged file. Did either change?"""
        self._paths.discard(path)
        cursor = self._db.execute(
            "UPDATE articles SET path = ?, file_mtime_ns = ?"
            " WHERE id = ? AND (path <> ? OR file_mtime_ns <> ?)",
            (path, mtime_ns, article_id, path, mtime_ns),
        )
        return cursor.rowcount > 0

    def on_topic(self, topic_id: int) -> list[str]:
        """The paths of some articles on the topic that are, or can become, public."""
        rows = self._db.execute(
            "SELECT path FROM articles WHERE id IN"
            " (SELECT article_id FROM article_topics WHERE topic_id = ?)"
            " AND (state <> 'withdrawn' OR reason = ?) ORDER BY path LIMIT 10",
            (topic_id, WITHDRAWN_BY_COMMAND),
        )
        return [row[0] for row in rows]

    def set_state(self, article_id: int, state: str, reason: str, due: datetime | None) -> None:
        """Change the state alone, as time, a deletion or a command decides."""
        self._db.execute(
            "UPDATE articles SET state = ?, reason = ?, due = ? WHERE id = ?",
            (state, reason, to_text(due) if due else None, article_id),
        )


def _image_row(image: Image) -> tuple[Any, ...]:
    cached = None if image.is_cached is None else int(image.is_cached)
    return image.url, image.width, image.height, image.title, cached


def _image_keys(image: Image) -> dict[str, Any]:
    # Not ``asdict``, which copies every value: twenty times as slow, for each related article.
    return dict(zip(_IMAGE_KEYS, _image_values(image), strict=True))


def _columns(version: Version) -> dict[str, Any]:
    article, claim, times = version.article, version.claim, version.times
    provider = article.provider
    return {
        "uri": version.uri,
        "path": claim.path,
        "state": version.state,
        "reason": version.reason,
        "held": int(version.held),
        **dict(zip(_FIELDS, _field_values(article), strict=True)),
        "link_key": claim.link_key,
        "explicit_id": claim.explicit_id,
        "published": to_text(times.published),
        "updated": to_text(times.updated),
        "public_from": to_text(times.public_from),
        "public_until": to_text(times.public_until) if times.public_until else None,
        "public_since": to_text(version.public_since) if version.public_since else None,
        "first_seen": to_text(times.first_seen),
        "due": to_text(version.due) if version.due else None,
        "provider_name": provider.name if provider else "",
        "provider_domain": provider.domain if provider else "",
        "provider_feed": provider.feed if provider else "",
        "extra": _json(article.extra),
        "enclosures": _json(list(map(asdict, article.enclosures))) if article.enclosures else "",
        "episode": _json(asdict(article.episode)) if article.episode else "",
        "content_hash": claim.content_hash,
        "reader_hash": version.reader_hash,
        "file_mtime_ns": claim.mtime_ns,
        "id_since": version.since.id,
        "link_since": version.since.link,
        "content_since": version.since.content,
    }


_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str).encode
