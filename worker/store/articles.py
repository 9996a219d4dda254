"""Articles in the database: finding them by what identifies them, and saving them whole.

Every function here runs inside a transaction of the caller's. What is public where is the
business of ``shelves``; whose article a file is has been decided in ``decide``.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from worker.core.article import Article, Image
from worker.core.stages import Claim, Known, Past, Since, Times
from worker.core.timestamps import from_text, to_text
from worker.store.database import Database

_KNOWN = (
    "id, uri, path, state, explicit_id, link_key, content_hash, id_since, link_since, content_since"
)
_STANDING_FIRST = "state = 'withdrawn', state = 'shadowed', path, id"
WITHDRAWN_BY_COMMAND = "withdrawn by command"
_IMAGE_KEYS = [field.name for field in fields(Image)]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article, ready to be saved."""

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


class Store:
    """Finds and saves articles. ``is_present`` tells whether a path's file is in the folder."""

    def __init__(self, database: Database, is_present: Callable[[str], bool]) -> None:
        self._db = database
        self._is_present = is_present

    def by_path(self, path: str) -> Known | None:
        """The article that was last seen at this path."""
        found = self._find("path = ?", (path,), "state = 'withdrawn', id DESC", 1)
        return next(found, None)

    def by_id(self, explicit_id: str) -> Known | None:
        """The article with this explicit id, or with it as its URI."""
        if not explicit_id:
            return None
        # Without the seemingly idle "<> ''" SQLite does not see that the partial index serves.
        where = "(explicit_id = ? AND explicit_id <> '') OR uri = ?"
        values = (explicit_id, explicit_id)
        return next(self._find(where, values, _STANDING_FIRST, 1), None)

    def by_link(self, claim: Claim) -> list[Known]:
        """The articles at other paths with the same link, those that may stand first."""
        if not claim.link_key:
            return []
        where = "link_key = ? AND link_key <> '' AND path <> ?"
        return list(self._find(where, (claim.link_key, claim.path), _STANDING_FIRST, 20))

    def by_content(self, claim: Claim) -> list[Known]:
        """The articles at other paths with the same bytes, those that may stand first."""
        where = "content_hash = ? AND path <> ?"
        return list(self._find(where, (claim.content_hash, claim.path), _STANDING_FIRST, 20))

    def _find(self, where: str, values: tuple[Any, ...], order: str, limit: int) -> Iterator[Known]:
        sql = f"SELECT {_KNOWN} FROM articles WHERE {where} ORDER BY {order} LIMIT {limit}"  # noqa: S608 -- only our own text
        for row in self._db.execute(sql, values):
            yield self._known(row)

    def _known(self, row: sqlite3.Row) -> Known:
        return Known(
            article_id=row["id"],
            uri=row["uri"],
            path=row["path"],
            present=row["state"] != "withdrawn" and self._is_present(row["path"]),
            explicit_id=row["explicit_id"],
            link_key=row["link_key"],
            content_hash=row["content_hash"],
            since=Since(row["id_since"], row["link_since"], row["content_since"]),
            shadowed=row["state"] == "shadowed",
            withdrawn=row["state"] == "withdrawn",
        )

    def past(self, article_id: int) -> Past:
        """What of the article's history binds its next version."""
        row = self._db.one(
            "SELECT published, updated, first_seen, public_since, reader_hash"
            " FROM articles WHERE id = ?",
            (article_id,),
        )
        since = row["public_since"]
        return Past(
            published=from_text(row["published"]),
            updated=from_text(row["updated"]),
            first_seen=from_text(row["first_seen"]),
            public_since=from_text(since) if since else None,
            reader_hash=row["reader_hash"],
        )

    def is_minted(self, uri: str) -> bool:
        """Is the URI some article's already?"""
        return self._db.one("SELECT 1 FROM articles WHERE uri = ?", (uri,)) is not None

    def is_withdrawn_by_command(self, article_id: int) -> bool:
        """Did a person withdraw the article, whatever its file says?"""
        row = self._db.one("SELECT reason FROM articles WHERE id = ?", (article_id,))
        return bool(row["reason"] == WITHDRAWN_BY_COMMAND)

    def save(self, version: Version, article_id: int | None) -> int:
        """Insert the version, or put it in the place of the stored one. Returns the id."""
        columns = _columns(version)
        if article_id is None:
            article_id = self._insert(columns)
        else:
            self._update(article_id, columns)
            self._clear_parts(article_id)
        self._save_parts(article_id, version.article)
        return article_id

    def _insert(self, columns: dict[str, Any]) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        sql = f"INSERT INTO articles ({names}) VALUES ({marks})"  # noqa: S608 -- our own names
        article_id = self._db.insert(sql, tuple(columns.values()))
        self._db.execute(
            "INSERT INTO articles_fts (rowid, title, summary, text) VALUES (?, ?, ?, ?)",
            (article_id, columns["title"], columns["summary"], columns["text"]),
        )
        return article_id

    def _update(self, article_id: int, columns: dict[str, Any]) -> None:
        del columns["uri"]
        places = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE articles SET {places} WHERE id = ?"  # noqa: S608 -- our own names
        self._db.execute(sql, (*columns.values(), article_id))

    def _clear_parts(self, article_id: int) -> None:
        for table in ("people", "images", "related", "kept_entries"):
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
        self._db.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", people)
        self._db.executemany("INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?)", images)
        self._db.executemany("INSERT INTO related VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", related)

    def see_at(self, article_id: int, path: str, mtime_ns: int) -> bool:
        """Note where the article's unchanged file is now, and its time. Did either change?"""
        cursor = self._db.execute(
            "UPDATE articles SET path = ?, file_mtime_ns = ?"
            " WHERE id = ? AND (path <> ? OR file_mtime_ns <> ?)",
            (path, mtime_ns, article_id, path, mtime_ns),
        )
        return cursor.rowcount > 0

    def set_state(self, article_id: int, state: str, reason: str, due: datetime | None) -> None:
        """Change what the passing of time, a deletion or a command decides."""
        self._db.execute(
            "UPDATE articles SET state = ?, reason = ?, due = ? WHERE id = ?",
            (state, reason, to_text(due) if due else None, article_id),
        )


def _image_row(image: Image) -> tuple[Any, ...]:
    cached = None if image.is_cached is None else int(image.is_cached)
    return image.url, image.width, image.height, image.title, cached


def _image_keys(image: Image) -> dict[str, Any]:
    # Not ``asdict``, which copies every value: twenty times as slow, for each related article.
    return {name: getattr(image, name) for name in _IMAGE_KEYS}


def _columns(version: Version) -> dict[str, Any]:
    article, claim, times = version.article, version.claim, version.times
    provider = article.provider
    return {
        "uri": version.uri,
        "path": claim.path,
        "state": version.state,
        "reason": version.reason,
        "held": int(version.held),
        "title": article.title,
        "summary": article.summary,
        "content_html": article.content_html,
        "text": article.text,
        "link": article.link,
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
        "category": article.category,
        "type": article.type,
        "quality": article.quality,
        "heat": article.heat,
        "language": article.language,
        "original_url": article.original_url,
        "amp_url": article.amp_url,
        "cdn_amp_url": article.cdn_amp_url,
        "extra": _json(article.extra),
        "content_hash": claim.content_hash,
        "reader_hash": version.reader_hash,
        "file_mtime_ns": claim.mtime_ns,
        **_since_columns(version.since),
    }


def _since_columns(since: Since) -> dict[str, str]:
    return {"id_since": since.id, "link_since": since.link, "content_since": since.content}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
