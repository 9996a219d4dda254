"""The ledger: what was found at each path of the drop folder, and what became of it; and a log
of the last 10,000 verdicts, with how long each file took into the feeds, for monitoring.

A verdict belongs to content: the same bytes are neither judged nor reported a second time.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.core.clock import file_clock, from_text, to_text
from worker.core.fingerprint import Fingerprint, Stamped
from worker.core.paths import join, split
from worker.core.problems import Place, Problem
from worker.core.stages import FileResult
from worker.store.database import Database
from worker.store.mentions import MISSING

_WITH_STATE = """
SELECT l.*, a.state FROM ledger l LEFT JOIN articles a ON a.id = l.article_id
 WHERE l.folder = ? AND l.name = ? AND l.missing_since IS NULL"""
# A path is split at its last slash.
_KNOWN = (
    "SELECT w.value FROM json_each(?) w CROSS JOIN ledger l"
    " ON l.folder = rtrim(rtrim(w.value, replace(w.value, '/', '')), '/')"
    " AND l.name = substr(w.value, 1 + length(rtrim(w.value, replace(w.value, '/', ''))))"
)
# By an index each: one condition for the three of them reads the whole ledger, and a page of the
# articles for each of its rows.
_UNUSUAL = f"""
SELECT l.*, a.state FROM (
 SELECT folder, name FROM ledger WHERE verdict <> 'accepted'
 UNION SELECT folder, name FROM ledger WHERE problems <> ''
 UNION SELECT w.folder, w.name FROM ledger s CROSS JOIN ledger w ON w.article_id = s.article_id
 WHERE s.verdict <> 'accepted' AND s.verdict = 'shadowed'
 UNION SELECT p.folder, p.name FROM mentions m CROSS JOIN ledger p ON p.article_id = m.article_id
 WHERE {MISSING}
 UNION SELECT v.folder, v.name FROM translations t
 CROSS JOIN ledger v ON v.article_id = t.article_id
 WHERE EXISTS (SELECT 1 FROM translations s WHERE s.key = t.key AND s.rank < t.rank)
 UNION SELECT o.folder, o.name FROM articles b CROSS JOIN ledger o ON o.article_id = b.id
 WHERE b.state IN ('held', 'scheduled', 'expired', 'shadowed', 'withdrawn')) AS u
 CROSS JOIN ledger l ON l.folder = u.folder AND l.name = u.name
 LEFT JOIN articles a ON a.id = l.article_id
 WHERE l.missing_since IS NULL"""  # noqa: S608 -- our own text


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What the worker knows of the file at one path.

    ``verdict`` is "accepted", "held", "rejected" (by its content), "refused" (never read: a
    symlink, too large), "quarantined" (its parser died, or the worker failed on it),
    "shadowed" (an older file claims the same article) or "ignored" (it is no article).
    """

    path: str
    fingerprint: Fingerprint
    content_hash: str
    verdict: str
    article_id: int | None
    problems: tuple[Problem, ...] = ()
    missing_since: datetime | None = None


class Ledger:
    """Reads and writes the rows; every write runs inside a transaction of the caller."""

    # Raw SQL: it runs for each file, or over each row of a ledger of a million.

    def __init__(self, database: Database) -> None:
        self._db = database
        self._absent = database.absent(_KNOWN)

    def look_up(self, paths: Iterable[str]) -> None:
        """Look which of these paths have rows, all at once, for the transaction at hand."""
        self._absent.look_up(paths)

    def known(self, paths: Sequence[str]) -> set[str]:
        """Those of these paths that have rows."""
        return {row[0] for row in self._db.tuples(_KNOWN, (json.dumps(paths),))}

    def at(self, path: str) -> LedgerRow | None:
        """The row of one path, or None."""
        if path in self._absent:
            return None
        row = self._db.one("SELECT * FROM ledger WHERE folder = ? AND name = ?", split(path))
        return _ledger_row(row) if row else None

    def present_at(self, path: str) -> tuple[LedgerRow, str] | None:
        """The row of one path whose file was there at the last look, with the state of its
        article, empty where it has none."""
        row = self._db.one(_WITH_STATE, split(path))
        return (_ledger_row(row), row["state"] or "") if row else None

    def paths(self) -> Iterator[str]:
        """The paths of all files that were there at the last look."""
        rows = self._db.execute("SELECT folder, name FROM ledger WHERE missing_since IS NULL")
        return (join(row[0], row[1]) for row in rows)

    def present(self, folder: str, after: str = "", until: str | None = None) -> list[Stamped]:
        """The files of one folder that were there at the last look, by name; of names behind
        ``after`` and up to ``until`` only."""
        end, values = ("", ()) if until is None else (" AND name <= ?", (until,))
        return self._db.tuples(
            "SELECT name, inode, size, mtime_ns, ctime_ns FROM ledger"  # noqa: S608 -- our own text
            f" WHERE folder = ? AND name > ?{end} AND missing_since IS NULL ORDER BY name",
            (folder, after, *values),
        )

    def with_stem(self, folder: str, stem: str) -> list[str]:
        """The paths of the folder's files whose names begin with ``stem`` and a dot."""
        rows = self._db.tuples(
            "SELECT name FROM ledger WHERE folder = ?1 AND name >= ?2 || '.' AND name < ?2 || '/'"
            " AND missing_since IS NULL ORDER BY name",
            (folder, stem),
        )
        return [join(folder, row[0]) for row in rows]

    def folders(self) -> Iterator[str]:
        """The folders that have rows, in order."""
        last = ""
        row = self._db.one("SELECT 1 FROM ledger WHERE folder = ''")
        if row:
            yield ""
        while row := self._db.one("SELECT min(folder) FROM ledger WHERE folder > ?", (last,)):
            if row[0] is None:
                return
            last = row[0]
            yield last

    def write(self, row: LedgerRow, now: datetime) -> None:
        """Store the row; it replaces the last one of its path."""
        verdict = row.content_hash, row.verdict, row.article_id, _told(row.problems)
        values = (*split(row.path), *row.fingerprint, *verdict, to_text(now))
        sql = "INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
        if row.path in self._absent:
            self._absent.discard(row.path)
            self._db.insert_later(f"INSERT {sql}", [values])
        else:
            self._db.execute(f"REPLACE {sql}", values)

    def update_fingerprint(self, path: str, fingerprint: Fingerprint) -> None:
        """The same bytes with a new stat (touch, rename back): only the fingerprint changes."""
        self._db.execute(
            "UPDATE ledger SET inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?,"
            " missing_since = NULL WHERE folder = ? AND name = ?",
            (*fingerprint, *split(path)),
        )

    def update_problems(self, path: str, problems: Sequence[Problem]) -> None:
        """What the author is told changed, but not the verdict."""
        sql = "UPDATE ledger SET problems = ? WHERE folder = ? AND name = ?"
        self._db.execute(sql, (_told(problems), *split(path)))

    def mark_doubtful(self, path: str) -> None:
        """Have the next scan read the path again, whatever its stat."""
        self._db.execute(
            "UPDATE ledger SET ctime_ns = 0 WHERE folder = ? AND name = ?", split(path)
        )

    def mark_missing(self, path: str, since: datetime) -> None:
        """The path's file is not there; keeps the first such moment."""
        self._db.execute(
            "UPDATE ledger SET missing_since = ?"
            " WHERE folder = ? AND name = ? AND missing_since IS NULL",
            (to_text(since), *split(path)),
        )

    def missing(self) -> list[tuple[str, datetime]]:
        """The paths whose files are not there, and since when."""
        rows = self._db.execute(
            "SELECT folder, name, missing_since FROM ledger WHERE missing_since IS NOT NULL"
        )
        # Sorted here: asked for the order, SQLite reads the whole ledger for the sake of it.
        return [(join(row[0], row[1]), from_text(row[2])) for row in sorted(map(tuple, rows))]

    def delete(self, path: str) -> None:
        """Delete the path's row: its file is gone for good, or was filed away."""
        self._db.execute("DELETE FROM ledger WHERE folder = ? AND name = ?", split(path))

    def shadowed_by(self, article_id: int) -> list[str]:
        """The paths whose files gave way to this article."""
        return self._paths("verdict = 'shadowed' ORDER BY folder, name", article_id)

    def held_by(self, article_id: int) -> list[str]:
        """The paths whose files are this article, or its broken newest version."""
        return self._paths("verdict <> 'shadowed'", article_id)

    def _paths(self, where: str, article_id: int) -> list[str]:
        sql = f"SELECT folder, name FROM ledger WHERE article_id = ? AND {where}"  # noqa: S608 -- our own text
        return [join(*row) for row in self._db.execute(sql, (article_id,))]

    def troubled(self) -> Iterator[LedgerRow]:
        """Every row whose verdict is neither "accepted" nor "ignored", by path."""
        rows = self._db.execute(
            "SELECT * FROM ledger WHERE verdict <> 'accepted' AND verdict <> 'ignored'"
            " ORDER BY folder, name"
        )
        return map(_ledger_row, rows)

    def ignored(self) -> dict[str, int]:
        """How many files are no articles, by the code that says why."""
        rows = self._db.execute(
            "SELECT json_extract(problems, '$[0].code') AS code, count(*) FROM ledger"
            " WHERE verdict <> 'accepted' AND verdict = 'ignored' GROUP BY code ORDER BY code"
        )
        return {row[0]: row[1] for row in rows}

    def passed_over(self, folder: str, code: str, most: int) -> tuple[list[tuple[str, str]], int]:
        """The first of a folder's files that are no articles for the reason ``code``, each with its
        message, and how many those are."""
        rows = self._db.tuples(
            "SELECT name, json_extract(problems, '$[0].message'), count(*) OVER () FROM ledger"
            " WHERE verdict <> 'accepted' AND verdict = 'ignored' AND folder = ?"
            " AND missing_since IS NULL AND json_extract(problems, '$[0].code') = ?"
            " ORDER BY name LIMIT ?",
            (folder, code, most),
        )
        return [row[:2] for row in rows], rows[0][2] if rows else 0

    def unusual(self) -> Iterator[tuple[LedgerRow, str]]:
        """The files that are there of which their authors may have to know something: a problem,
        another file that claims the same, an article that is not public. Each with its state, as
        ``present_at`` gives it."""
        return ((_ledger_row(row), row["state"] or "") for row in self._db.execute(_UNUSUAL))

    def count(self) -> int:
        """How many paths the ledger holds."""
        return self._db.tables["ledger"].count

    def counts(self) -> dict[str, int]:
        """How many paths have which verdict. Of a million rows nearly all are accepted, and only
        the others are read."""
        sql = "SELECT verdict, count(*) FROM ledger WHERE verdict <> 'accepted' GROUP BY verdict"
        others = {row[0]: row[1] for row in self._db.execute(sql)}
        accepted = self.count() - sum(others.values())
        return {"accepted": accepted, **others} if accepted else others

    def doubt_all(self) -> None:
        """Have every file read again: what decides a verdict has changed."""
        self._db.execute("UPDATE ledger SET content_hash = '', ctime_ns = 0")


def _ledger_row(row: Any) -> LedgerRow:
    since = row["missing_since"]
    return LedgerRow(
        path=join(row["folder"], row["name"]),
        fingerprint=Fingerprint(row["inode"], row["size"], row["mtime_ns"], row["ctime_ns"]),
        content_hash=row["content_hash"],
        verdict=row["verdict"],
        article_id=row["article_id"],
        problems=_problems(row["problems"]),
        missing_since=from_text(since) if since else None,
    )


def _told(problems: Sequence[Problem]) -> str:
    plain = [problem.plain() for problem in problems]
    return json.dumps(plain, ensure_ascii=False) if plain else ""


def _problems(text: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            code=item["code"],
            message=item["message"],
            place=Place(item["line"], item["column"]) if item["line"] else None,
            hint=item["hint"],
            level=item["level"],
        )
        for item in (json.loads(text) if text else ())
    )


MOST_VERDICTS = 10_000
# The kernel takes a file's time from its last tick, which is up to this old.
TICK_NS = 10_000_000
_NOT_IN_FEEDS = {"scheduled", "expired"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One verdict; ``latency_ms`` is None for what is in no feed, or not yet."""

    path: str
    verdict: str
    codes: tuple[str, ...]
    at: datetime
    latency_ms: int | None


class VerdictLog:
    """Writes and reads the log. ``clock`` gives the time in nanoseconds, as files have it."""

    def __init__(self, database: Database, clock: Callable[[], int] = file_clock) -> None:
        self._db = database
        self._clock = clock
        self._began = clock()

    def add(
        self, told: Iterable[FileResult], prints: Mapping[str, Fingerprint], moment: datetime
    ) -> None:
        """Add verdicts, inside a transaction of the caller. A file from before the start of this
        worker is not timed: its time would be how long no worker ran."""
        rows = []
        for item in told:
            codes = tuple(dict.fromkeys(problem.code for problem in item.problems))
            came = prints[item.path].ctime_ns if item.path in prints else 0
            is_timed = (
                item.verdict == "accepted"
                and came >= self._began - TICK_NS
                and not _NOT_IN_FEEDS.intersection(codes)
            )
            changed = came if is_timed else None
            rows.append((item.path, item.verdict, " ".join(codes), to_text(moment), changed))
        if not rows:
            return
        self._db.executemany(
            "INSERT INTO verdicts (path, verdict, codes, at, changed_ns) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        self._db.execute(
            "DELETE FROM verdicts WHERE id <= (SELECT max(id) FROM verdicts) - ?", (MOST_VERDICTS,)
        )

    def note_published(self) -> None:
        """All that was accepted until now is in its feeds."""
        where = "WHERE changed_ns IS NOT NULL AND latency_ms IS NULL"
        if self._db.one(f"SELECT 1 FROM verdicts {where} LIMIT 1"):  # noqa: S608 -- our own text
            sql = f"UPDATE verdicts SET latency_ms = max(0, (? - changed_ns) / 1000000) {where}"  # noqa: S608
            with self._db.transaction():
                self._db.execute(sql, (self._clock(),))

    def recent(self, most: int) -> list[Entry]:
        """The last verdicts, newest first."""
        return self._entries("id DESC", limit=most)

    def since(self, moment: datetime) -> list[Entry]:
        """The verdicts from this moment on, oldest first."""
        return self._entries("id", where="at >= ?", where_args=(to_text(moment),))

    def _entries(self, order: str, **which: Any) -> list[Entry]:
        columns = "path, verdict, codes, at, latency_ms"
        table = self._db.tables["verdicts"]
        rows = (row.values() for row in table.rows_where(select=columns, order_by=order, **which))
        return [
            Entry(path, verdict, tuple(codes.split()), from_text(at), latency)
            for path, verdict, codes, at, latency in rows
        ]
