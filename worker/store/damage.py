"""Whether a database is damaged, and SQLite's errors in words that help.

SQLite notices damage only where it reads. The check at the start reads what everything depends on:
the header, the length of the file, the schema, the first row of each table. Its cost does not
grow with the number of articles.
"""

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from worker.core.clock import from_text, to_text
from worker.core.errors import DamagedError, PassingError, StoreError

CURE = (
    "Restore a backup (`feedmill backup restore FILE`), or move the database and its -wal file "
    "away: the drop folder fills a new one."
)
PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_CURES = {
    sqlite3.SQLITE_BUSY: "Another program writes to it: try again when it has finished.",
    sqlite3.SQLITE_FULL: "Make room on the disk.",
    sqlite3.SQLITE_CANTOPEN: "Be the worker's user, or let this one read the file and its folder.",
    sqlite3.SQLITE_READONLY: "Be the worker's user, or let this one write to the folder.",
}
# What SQLite and its module raise for what cannot be read; text that is not UTF-8 may be either.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
# What code raises that reads a damaged row: a bad timestamp, JSON that ends too soon.
SUSPECT = (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def kind_of(error: Exception) -> int | None:
    """SQLite's primary result code; None for an error that Python raised itself."""
    code = getattr(error, "sqlite_errorcode", None)
    # The lowest byte is the kind; the others say more of it.
    return None if code is None else code & 0xFF


def stored_time(text: Any) -> datetime:
    """A time from a row. Raises sqlite3.DatabaseError for what ``to_text`` never wrote: the row
    is damaged, and not the file that is being stored."""
    try:
        return from_text(text)
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"{text!r} is no time") from error


def damaged(path: Path, cause: str) -> DamagedError:
    """The error for a damaged database."""
    return DamagedError("database", str(path), f"it is damaged: {cause}", CURE)


def is_damage(error: Exception) -> bool:
    """Does the error, one of ``UNREADABLE``, alone show that the database is damaged?"""
    kind = kind_of(error)
    # Python itself complains of text that is not UTF-8, and gives no code.
    is_undecodable = isinstance(error, (sqlite3.OperationalError, UnicodeDecodeError))
    return kind in _DAMAGE or (kind is None and is_undecodable)


def explained(error: Exception, path: Path) -> StoreError:
    """SQLite's complaint, one of ``UNREADABLE``, as an error of ours, with the fix."""
    kind = kind_of(error)
    if is_damage(error):
        return damaged(path, str(error))
    kind_of_error = PassingError if kind in PASSING else StoreError
    return kind_of_error("database", str(path), str(error), _CURES.get(kind or 0, ""))


def explained_by(
    error: BaseException, connection: sqlite3.Connection, path: Path
) -> StoreError | None:
    """The same for any error that ended work with the database: where a damaged row may be the
    cause, the whole database is checked. None where the database is not the cause."""
    if isinstance(error, sqlite3.DatabaseError):
        told = explained(error, path)
        if type(told) is not StoreError:
            return told
    found = _first_fault(connection) or _first_bad_value(connection)
    if found:
        return damaged(path, found)
    if isinstance(error, sqlite3.DatabaseError) and kind_of(error) is not None:
        return explained(error, path)
    return None


def _first_fault(connection: sqlite3.Connection) -> str:
    """What SQLite's full check finds first; empty where all is well. Reads everything."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.ProgrammingError:
        return ""  # the connection is closed
    except UNREADABLE as error:
        return str(error)
    return "" if found == "ok" else str(found)


def _first_bad_value(connection: sqlite3.Connection) -> str:
    """The first value that no code of ours wrote, in a database that SQLite finds sound. Empty
    where there is none. Reads everything."""
    try:
        for table, column in connection.execute(_TEXTS).fetchall():
            sql = f'SELECT 1 FROM "{table}" WHERE typeof("{column}") = \'blob\''  # noqa: S608 -- our own names
            if connection.execute(sql).fetchone():
                return f"{table}.{column} holds what is no text"
        for table, columns, read in _READ:
            for column in columns:
                sql = f'SELECT CAST("{column}" AS BLOB) FROM "{table}" WHERE "{column}" <> \'\''  # noqa: S608 -- our own names
                for (value,) in connection.execute(sql):
                    if not _is_readable(value, read):
                        return f"{table}.{column} holds {value[:50]!r}"
    except sqlite3.ProgrammingError:
        return ""  # the connection is closed
    except UNREADABLE as error:
        return str(error)
    return ""


def _is_readable(value: bytes, read: Callable[[str], object]) -> bool:
    try:
        read(value.decode())
    except (*SUSPECT, RecursionError):
        return False
    return True


def _read_moment(text: str) -> None:
    if to_text(from_text(text)) != text:
        raise ValueError(text)


def _read_problems(text: str) -> None:
    for item in json.loads(text):
        _ = [item[name] for name in ("code", "message", "line", "column", "hint", "level")]


_TEXTS = (
    "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
    " WHERE m.type = 'table' AND c.type = 'TEXT' AND m.name <> 'kept_entries'"
)
# What is read back from text: by which columns, and how.
_READ: tuple[tuple[str, tuple[str, ...], Callable[[str], object]], ...] = (
    ("articles", ("published", "updated", "public_from", "public_until"), _read_moment),
    ("articles", ("public_since", "first_seen", "due"), _read_moment),
    ("related", ("published",), _read_moment),
    ("entries", ("published", "withdrawn_at"), _read_moment),
    ("feeds", ("last_withdrawal",), _read_moment),
    ("archives", ("first_published", "last_published"), _read_moment),
    ("ledger", ("decided_at", "missing_since"), _read_moment),
    ("verdicts", ("at",), _read_moment),
    ("articles", ("extra",), lambda text: json.loads(text).keys()),
    ("related", ("images",), json.loads),
    ("related", ("extra",), lambda text: json.loads(text).keys()),
    ("ledger", ("problems",), _read_problems),
    ("kept_entries", ("body",), str),
)


def look_at_file(path: Path) -> int | None:
    """The size of the database's file in bytes, None where there is none.

    Raises DamagedError where it is not a regular file or its end is missing; StoreError where it
    cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            cause = "it is not a regular file"
            fix = "Remove what stands there, or set store.path to another path."
            raise DamagedError("database", str(path), cause, fix)
        if not has_wal(path):
            with path.open("rb") as file:
                _check_length(path, file.read(100), status.st_size)
    except FileNotFoundError:
        return None
    except OSError as error:
        fix = "Be the worker's user, or let this one read the file and its folder."
        raise StoreError("database", str(path), error.strerror or str(error), fix) from error
    return status.st_size


def require(path: Path) -> None:
    """Raises StoreError where there is no database."""
    if not look_at_file(path):
        raise StoreError("database", str(path), "there is none yet", "Run `feedmill once` first.")


def is_there(path: Path) -> bool:
    """Is anything there, as far as this user can tell?"""
    try:
        return path.exists()
    except OSError:
        return True


def has_wal(path: Path) -> bool:
    """Are there changes that are only in the write-ahead log?"""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except OSError:
        return False


def _check_length(path: Path, header: bytes, size: int) -> None:
    """SQLite's file format, section 1.3: the header says how many pages there are, if the two
    counters of changes agree."""
    if len(header) < 100 or header[24:28] != header[92:96]:
        return
    page = int.from_bytes(header[16:18], "big")
    wanted = (65_536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    if size < wanted:
        raise damaged(path, f"the file has {size:,} of {wanted:,} bytes")


def look_at_schema(connection: sqlite3.Connection, path: Path, migrations: tuple[str, ...]) -> None:
    """Does the database have all that the migrations make, and can its tables be read? Raises
    DamagedError, and sqlite3.Error for what SQLite finds."""
    rows = connection.execute("SELECT type, name FROM sqlite_master").fetchall()
    there = {(row[0], row[1]) for row in rows}
    for kind, name, columns in _wanted(migrations):
        if (kind, name) not in there:
            raise damaged(path, f"the {kind} {name} is missing")
        if columns:
            cursor = connection.execute(f'SELECT * FROM "{name}" LIMIT 1')  # noqa: S608 -- our own names
            found = tuple(column[0] for column in cursor.description)
            if found != columns:
                raise damaged(path, f"the table {name} has other columns than it should")
            cursor.fetchone()


@cache
def _wanted(migrations: tuple[str, ...]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(type, name, columns of a table) of all that the migrations make."""
    with closing(sqlite3.connect(":memory:")) as blank:
        blank.executescript("\n".join(migrations))
        rows = blank.execute("SELECT type, name FROM sqlite_master").fetchall()
        return tuple((*row, tuple(_columns(blank, *row))) for row in rows)


def _columns(blank: sqlite3.Connection, kind: str, name: str) -> Iterator[str]:
    if kind == "table":
        for column in blank.execute(f'SELECT * FROM "{name}" LIMIT 0').description:  # noqa: S608
            yield column[0]


def will_pass(error: sqlite3.OperationalError) -> bool:
    """Is the cause outside (a lock, a full disk), so that it makes sense to try again?"""
    return kind_of(error) in PASSING
