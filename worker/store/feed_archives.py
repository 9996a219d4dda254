"""A feed's whole history in archive documents (RFC 5005, section 4), each of a fixed size.

Documents are filled from the oldest entry on, withdrawn ones included: a withdrawal shifts
nothing, and a full document changes only when one of its own articles does. An article that arrives
with a date in the past is inserted there, and the later documents are filled again: the same
entries always give the same documents.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from worker.store.database import Database

LARGEST_DOCUMENT = 100
_DOCUMENTS = (
    "SELECT number, first_published, first_uri, last_published, last_uri,"
    " (SELECT max(number) FROM archives n WHERE n.feed_id = archives.feed_id),"
    " is_published, page_due, has_page FROM archives WHERE feed_id = ?"
)


class Position(NamedTuple):
    """An entry's position in its feed: feeds are sorted by this."""

    published: str
    uri: str


@dataclass(frozen=True, slots=True)
class ArchiveDocument:
    """One archive document of a feed, numbered from 1, and what it spans; ``newest`` is the
    number of the one with the newest entries.

    All but the newest have a page for people, too: it is written (``has_page``), and lags behind
    while ``page_due``.
    """

    number: int
    first: Position
    last: Position
    newest: int
    is_published: int
    page_due: int
    has_page: int

    @property
    def is_newest(self) -> bool:
        """Has no other document of the feed newer entries?"""
        return self.number == self.newest


class Archives:
    """Divides feeds into documents; ``size`` is how many entries a full one has."""

    # Raw SQL: it runs for each entry of each stored article.

    def __init__(self, database: Database, min_entries: int) -> None:
        self._db = database
        # Not larger than the smallest window: else places could be out of the window before
        # there are enough of them for a document.
        self.size = max(1, min(LARGEST_DOCUMENT, min_entries))

    def entry_changed(self, article_id: int, feeds: Iterable[int]) -> None:
        """The article's entry changed in these feeds, or was withdrawn from them: so do the
        documents that it is in."""
        self._db.executemany(
            "UPDATE archives SET touched = 1 WHERE touched = 0 AND (feed_id, number) IN ("
            " SELECT e.feed_id, (SELECT number FROM archives a WHERE a.feed_id = e.feed_id"
            "  AND (a.last_published, a.last_uri) >= (e.published, e.uri)"
            "  ORDER BY a.last_published, a.last_uri LIMIT 1)"
            " FROM entries e WHERE e.article_id = ? AND e.feed_id = ?)",
            [(article_id, feed) for feed in feeds],
        )

    def cut(self, feed_id: int, oldest_in_window: Position | None) -> None:
        """Bring the feed's documents up to its entries: every entry that is not in the window is in
        a document. ``oldest_in_window`` is None for an empty window."""
        self._recut(feed_id)
        if self._is_wanting(feed_id, oldest_in_window):
            self._reopen_last(feed_id)
        while self._is_wanting(feed_id, oldest_in_window):
            if not self._append(feed_id):
                return

    def _reopen_last(self, feed_id: int) -> None:
        """Delete the last document if it is not full, so that it is made again with what came
        since: a window kept small by its bytes leaves entries to it early."""
        last = self.last(feed_id)
        if last is not None and self._count(feed_id, last) < self.size:
            self._db.execute(
                "DELETE FROM archives WHERE feed_id = ? AND number = ?", (feed_id, last.number)
            )

    def _count(self, feed_id: int, document: ArchiveDocument) -> int:
        row = self._db.one(
            "SELECT count(*) FROM entries WHERE feed_id = ?"
            " AND (published, uri) >= (?, ?) AND (published, uri) <= (?, ?)",
            (feed_id, *document.first, *document.last),
        )
        return int(row[0])

    def _recut(self, feed_id: int) -> None:
        """After an entry was inserted into the history: fill again from there to the end."""
        row = self._db.one(
            "SELECT min(number) AS number FROM archives WHERE feed_id = ? AND touched = 2",
            (feed_id,),
        )
        if row["number"] is None:
            return
        last = self.last(feed_id)
        changed = feed_id, row["number"]
        self._db.execute("DELETE FROM archives WHERE feed_id = ? AND number >= ?", changed)
        # There may be fewer now: the last pages have other neighbours.
        self._db.execute(
            "UPDATE archives SET page_due = 1 WHERE feed_id = ? AND number >= ? - 2", changed
        )
        while last is not None and last.number >= self._next_number(feed_id):
            if not self._append(feed_id):
                return

    def _is_wanting(self, feed_id: int, oldest: Position | None) -> bool:
        """Is an entry in neither the last document nor the window?"""
        after = self._end(feed_id)
        row = self._db.one(
            "SELECT published, uri FROM entries WHERE feed_id = ? AND withdrawn_at IS NULL"
            " AND (published, uri) > (?, ?) ORDER BY published, uri LIMIT 1",
            (feed_id, *after),
        )
        return row is not None and (oldest is None or Position(*row) < oldest)

    def _end(self, feed_id: int) -> Position:
        last = self.last(feed_id)
        return last.last if last else Position("", "")

    def _append(self, feed_id: int) -> bool:
        """Make the next document; False where no entries are left for one."""
        after = self._end(feed_id)
        rows = self._db.execute(
            "SELECT published, uri FROM entries WHERE feed_id = ? AND (published, uri) > (?, ?)"
            " ORDER BY published, uri",
            (feed_id, *after),
        )
        places = [Position(*row) for row in islice(rows, self.size)]
        if not places:
            return False
        number = self._next_number(feed_id)
        self._db.execute(
            "INSERT INTO archives (feed_id, number, first_published, first_uri,"
            " last_published, last_uri) VALUES (?, ?, ?, ?, ?, ?)",
            (feed_id, number, *places[0], *places[-1]),
        )
        # The one before it now has a newer neighbour to point to; and a page, to which the page
        # before that one points.
        self._db.execute(
            "UPDATE archives SET touched = max(touched, number = ?2 - 1), page_due = 1"
            " WHERE feed_id = ?1 AND number BETWEEN ?2 - 2 AND ?2 - 1",
            (feed_id, number),
        )
        return True

    def last(self, feed_id: int) -> ArchiveDocument | None:
        """The document with the newest entries."""
        sql = f"{_DOCUMENTS} ORDER BY number DESC LIMIT 1"
        row = self._db.one(sql, (feed_id,))
        return _document(row) if row else None

    def _next_number(self, feed_id: int) -> int:
        last = self.last(feed_id)
        return last.number + 1 if last else 1

    def touched(self, feed_id: int) -> list[ArchiveDocument]:
        """The documents whose files may be out of date: new ones, oldest first, then those that
        have files, since one of them will point to a new one."""
        sql = f"{_DOCUMENTS} AND touched > 0 ORDER BY is_published, number"
        return [_document(row) for row in self._db.execute(sql, (feed_id,))]

    def mark_published(self, feed_id: int, number: int) -> None:
        """The document's files are right; its page is due."""
        self._db.execute(
            "UPDATE archives SET touched = 0, is_published = 1, page_due = number <"
            " (SELECT max(number) FROM archives WHERE feed_id = ?1)"
            " WHERE feed_id = ?1 AND number = ?2",
            (feed_id, number),
        )

    def newest_published(self, feed_id: int) -> int:
        """The number of the newest document that has a file, 0 where none has: what a feed may
        point to."""
        row = self._db.one(
            "SELECT max(number) AS number FROM archives WHERE feed_id = ? AND is_published = 1",
            (feed_id,),
        )
        return row["number"] or 0

    def newest(self, feed_id: int, most: int) -> list[ArchiveDocument]:
        """The newest ``most`` documents, newest first."""
        rows = self._db.execute(f"{_DOCUMENTS} ORDER BY number DESC LIMIT ?", (feed_id, most))
        return [_document(row) for row in rows]

    def with_due_pages(self, feed_id: int) -> list[ArchiveDocument]:
        """The documents whose pages are due, in the order of ``touched``."""
        sql = f"{_DOCUMENTS} AND page_due = 1 ORDER BY has_page, number"
        return [_document(row) for row in self._db.execute(sql, (feed_id,))]

    def mark_page_written(self, feed_id: int, number: int) -> None:
        """The document's page is right; the newest document has none."""
        self._db.execute(
            "UPDATE archives SET page_due = 0, has_page = number <"
            " (SELECT max(number) FROM archives WHERE feed_id = ?1)"
            " WHERE feed_id = ?1 AND number = ?2",
            (feed_id, number),
        )

    def make_pages_due(self) -> None:
        """Let every page be written again."""
        self._db.execute(
            "UPDATE archives SET page_due = 1 WHERE is_published = 1 AND number <"
            " (SELECT max(number) FROM archives n WHERE n.feed_id = archives.feed_id)"
        )

    def feeds_behind(self) -> list[int]:
        """The feeds with documents whose files, or pages, may be out of date."""
        rows = self._db.execute(
            "SELECT feed_id FROM archives WHERE touched > 0"
            " UNION SELECT feed_id FROM archives WHERE page_due = 1"
        )
        return [row["feed_id"] for row in rows]

    def is_behind(self) -> bool:
        """Is there a document whose file, or page, may be out of date?"""
        found = (
            "SELECT 1 FROM archives WHERE touched > 0"
            " UNION ALL SELECT 1 FROM archives WHERE page_due = 1 LIMIT 1"
        )
        return self._db.one(found) is not None


class RemovedFeeds:
    """Feeds that there are no longer: first they are "gone", and once their files are removed they
    are forgotten. Writes run inside a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def remove(self, column: Literal["key", "kind", "topic_id"], value: str | int) -> int:
        """Let the feeds that have this value be gone. Returns how many they are."""
        self._db.write_pending()
        found = self._db.tuples(f"SELECT id FROM feeds WHERE {column} = ?", (value,))  # noqa: S608 -- our own names
        for table in ("entries", "archives"):
            self._db.executemany(f"DELETE FROM {table} WHERE feed_id = ?", found)  # noqa: S608
        self._db.executemany(
            "UPDATE feeds SET kind = 'gone', topic_id = NULL, places = 0, last_withdrawal = NULL,"
            " problem = '', page_due = 0, touched = touched + 1 WHERE id = ?",
            found,
        )
        return len(found)

    def gone(self) -> list[int]:
        """The feeds whose files are to be removed."""
        return [row[0] for row in self._db.execute("SELECT id FROM feeds WHERE kind = 'gone'")]

    def paths(self) -> list[str]:
        """Their files below the public folder."""
        sql = "SELECT path FROM public_files WHERE feed_id IN (SELECT id FROM feeds WHERE kind = ?)"
        return [row[0] for row in self._db.execute(f"{sql} ORDER BY path", ("gone",))]

    def forget(self, feed_ids: Iterable[int]) -> None:
        """Their files are removed; what lists all feeds is due."""
        forget = "DELETE FROM feeds WHERE id = ? AND kind = 'gone'"
        self._db.executemany(forget, [(feed_id,) for feed_id in feed_ids])
        self._db.execute("UPDATE feeds SET page_due = 1 WHERE kind = 'all'")


def _document(row: sqlite3.Row) -> ArchiveDocument:
    return ArchiveDocument(row[0], Position(*row[1:3]), Position(*row[3:5]), *row[5:])
