"""A large archive made quickly: each article that the program took in, copied many times within
its database, each copy with an id, a path, a link and an older date of its own.

What a running worker does with the next file depends on how many rows, index entries and files
there are, and these are all there. Two things are not: the copies' files are empty, since no
worker has a cause to read them again, and their archive documents exist in the database only.
"""

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

WINDOW = 50
SPAN_DAYS = 70
"""What the corpus' first 10,000 articles span, rounded up: copies lie before what they are of."""

# What is another in copy number ?1; the rest is copied as it is.
_OWN = {
    "id": "id + ?1 * ?2",
    "article_id": "article_id + ?1 * ?2",
    "uri": "substr(uri, 1, length(uri) - 6) || printf('%06x', ?1)",
    "path": "printf('b%04d-', ?1) || path",
    "link": "link || printf('?copy=%d', ?1)",
    "link_key": "link_key || printf('?copy=%d', ?1)",
    "published": "strftime('%Y-%m-%dT%H:%M:%SZ', published, printf('-%d days', ?1 * ?3))",
    "content_hash": "substr(content_hash, 1, 56) || printf('%08x', ?1)",
}
_KEPT = {"related": {"published", "link"}}  # a related article's are none of the article's own
_TABLES = ("articles", "images", "related", "article_topics", "entries")

_DOCUMENTS = """
INSERT INTO archives (feed_id, number, first_published, first_uri, last_published, last_uri,
 touched, is_published)
SELECT feed_id, number, min(published), substr(min(published || uri), 21),
 max(published), substr(max(published || uri), 21), 0, 1
FROM (
 SELECT feed_id, published, uri, count(*) OVER (PARTITION BY feed_id) AS places,
  1 + (row_number() OVER (PARTITION BY feed_id ORDER BY published, uri) - 1) / ?1 AS number
 FROM entries)
WHERE number <= (places - 1) / ?1
GROUP BY feed_id, number
"""


def multiply(database: Path, drop: Path, times: int) -> None:
    """Let there be ``times`` as many articles as the database and the drop folder hold, while
    no worker runs."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        (base,) = connection.execute("SELECT max(id) FROM articles").fetchone()
        for copy in range(1, times):
            connection.execute("BEGIN")
            for table in _TABLES:
                _copy(connection, table, (copy, base, SPAN_DAYS))
            connection.execute(
                "INSERT INTO articles_fts (rowid, title, summary, text)"
                " SELECT id, title, summary, text FROM articles WHERE id > ? AND id <= ?",
                (copy * base, (copy + 1) * base),
            )
            connection.executemany(
                "INSERT INTO ledger VALUES ('', ?, ?, 0, ?, ?, ?, 'accepted', ?, '', ?, NULL)",
                _lines(connection, drop, copy * base, (copy + 1) * base),
            )
            connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM archives")
        connection.execute(_DOCUMENTS, (WINDOW,))
        connection.execute(
            "UPDATE feeds SET places = (SELECT count(*) FROM entries WHERE feed_id = feeds.id)"
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _copy(connection: sqlite3.Connection, table: str, numbers: tuple[int, int, int]) -> None:
    rows = connection.execute(f"PRAGMA table_info({table})")
    names = [row[1] for row in rows]
    kept = _KEPT.get(table, set())
    values = [name if name in kept else _OWN.get(name, name) for name in names]
    key = "id" if table == "articles" else "article_id"
    # Each copy is one of the first articles, not of another copy.
    connection.execute(
        f"INSERT INTO {table} ({', '.join(names)})"
        f" SELECT {', '.join(values)} FROM {table} WHERE {key} <= ?2 AND ?1 + ?3 > 0",
        numbers,
    )


def _lines(
    connection: sqlite3.Connection, drop: Path, after: int, until: int
) -> Iterator[tuple[str, int, int, int, str, int, str]]:
    """The ledger's lines of new articles, whose empty files are made meanwhile."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = connection.execute(
        "SELECT id, path, content_hash FROM articles WHERE id > ? AND id <= ?", (after, until)
    ).fetchall()
    for article_id, path, digest in rows:
        descriptor = os.open(drop / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        status = os.fstat(descriptor)
        os.close(descriptor)
        stamps = status.st_mtime_ns, status.st_ctime_ns
        yield path, status.st_ino, *stamps, digest, article_id, moment
