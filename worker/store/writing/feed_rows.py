"""The rows of feeds by key, and how often each is touched: summed up over a transaction.

Hundreds of files stored together touch the same few feeds.
"""

import json
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from worker.config.model import Config
from worker.core.fingerprint import urn_of
from worker.core.topic_names import clean_topic_name, slug_base, slug_with_hash, topic_key
from worker.store.database import Database

_NAMESPACE = UUID("5b0c7f6e-3f0a-5a55-9c41-0d7d0a3f4be2").bytes


class FeedRows:
    """Finds feeds by key and creates new ones. Writes run inside a transaction of the caller."""

    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._id_url = config.id_url
        self._most = config.most_topics
        self._ids: dict[str, int] = {}
        self._touched: Counter[int] = Counter()
        self._places: Counter[int] = Counter()
        self._new: list[tuple[int, str, str]] = []
        database.tell(self)

    def feed(self, key: str, kind: str, name: str, topic_id: int | None = None) -> int:
        """The id of the feed's row; created, with its URI, when it is new."""
        if key not in self._ids:
            self._ids[key] = self._find(key, kind, name, topic_id)
        return self._ids[key]

    def _find(self, key: str, kind: str, name: str, topic_id: int | None) -> int:
        row = self._db.one("SELECT id, kind FROM feeds WHERE key = ?", (key,))
        if row and row["kind"] == "gone":  # it returns before its files are removed
            sql = "UPDATE feeds SET kind = ?, name = ?, topic_id = ? WHERE id = ?"
            self._db.execute(sql, (kind, name, topic_id, row["id"]))
        if row:
            return int(row["id"])
        uri = urn_of(_NAMESPACE, f"{self._id_url} {key}")
        return self._db.insert(
            "INSERT INTO feeds (key, uri, kind, name, topic_id) VALUES (?, ?, ?, ?, ?)",
            (key, uri, kind, name, topic_id),
        )

    def of_name(self, kind: str, name: str) -> int | None:
        """The feed of an author or a language; None for a new one beyond the limit
        ``topics.most``."""
        for slug in (slug_base(name), slug_with_hash(name)):
            key = f"{kind}s/{slug}"
            row = self._db.one("SELECT id, kind, name FROM feeds WHERE key = ?", (key,))
            if row is None or row["kind"] == "gone":
                count = "SELECT count(*) FROM feeds WHERE kind IN ('author', 'language')"
                has_room = self._db.one(count)[0] < self._most
                return self.feed(key, kind, clean_topic_name(name)) if has_room else None
            if topic_key(row["name"]) == topic_key(name):
                return int(row["id"])
        return None

    def touch(self, feeds: Iterable[int]) -> None:
        """The feeds' files no longer say what the database says."""
        self._touched.update(feeds)

    def add_places(self, feeds: Iterable[int], published: str, uri: str, more: int = 1) -> None:
        """These feeds have an entry more, or one less: ``more`` is -1. Their documents from there
        on, if any, are to be filled again."""
        for feed in feeds:
            self._places[feed] += more
            self._new.append((feed, published, uri))

    def write(self) -> None:
        """Write how often each feed was touched, and which documents are to be filled again.
        Whatever follows may remove feeds: their ids are looked up again."""
        self._db.executemany(
            "UPDATE feeds SET touched = touched + ?, places = places + ? WHERE id = ?",
            [
                (self._touched[feed], self._places[feed], feed)
                for feed in sorted(self._touched.keys() | self._places.keys())
            ],
        )
        if self._new:
            found = self._db.tuples(
                "SELECT value FROM json_each(?) WHERE EXISTS"
                " (SELECT 1 FROM archives WHERE feed_id = value)",
                (json.dumps(list(self._places)),),
            )
            with_history = {row[0] for row in found}
            self._db.executemany(
                "UPDATE archives SET touched = 2 WHERE feed_id = ?1 AND number = ("
                " SELECT number FROM archives WHERE feed_id = ?1"
                " AND (last_published, last_uri) >= (?2, ?3)"
                " ORDER BY last_published, last_uri LIMIT 1)",
                [place for place in self._new if place[0] in with_history],
            )
        self.end(undone=False)

    def end(self, *, undone: bool) -> None:
        """Forget everything."""
        del undone
        self._ids.clear()
        self._touched.clear()
        self._places.clear()
        self._new.clear()
