"""Whether a database is damaged, and the sentence that says so.

SQLite notices damage where it reads it. The look at the start reads what everything depends on:
the header, the length of the file, the schema, the first row of each table. Its cost does not
grow with the number of articles.
"""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from worker.core.errors import DamagedError, PassingError, StoreError

CURE = (
    "Restore a backup (`feedmill restore FILE`), or move the database and its -wal file away: "
    "the drop folder fills a new one."
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
# What code meets that reads a damaged row: a moment that is none, JSON that ends too soon.
SUSPECT = (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def kind_of(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code; None for an error that Python raised itself."""
    code = getattr(error, "sqlite_errorcode", None)
    # The lowest byte is the kind; the others say more of it.
    return None if code is None else code & 0xFF


def damaged(path: Path, cause: str) -> DamagedError:
    """The error for a damaged database."""
    return DamagedError("database", str(path), f"it is damaged: {cause}", CURE)


def explained(error: sqlite3.Error, path: Path) -> StoreError:
    """SQLite's complaint as an error of ours, with the fix."""
    kind = kind_of(error)
    # Python itself complains of text that is not UTF-8, and gives no code.
    is_undecodable = kind is None and isinstance(error, sqlite3.OperationalError)
    if kind in _DAMAGE or is_undecodable:
        return damaged(path, str(error))
    kind_of_error = PassingError if kind in PASSING else StoreError
    return kind_of_error("database", str(path), str(error), _CURES.get(kind or 0, ""))


def explained_by(
    error: BaseException, connection: sqlite3.Connection, path: Path
) -> StoreError | None:
    """The same for any error that work with the database ended with: where it could be a damaged
    row's fault, all of the database is looked over. None where it is another matter."""
    if isinstance(error, sqlite3.DatabaseError):
        told = explained(error, path)
        if type(told) is not StoreError:
            return told
    found = _first_fault(connection)
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
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else str(found)


def look_at_file(path: Path) -> int | None:
    """The size of the database's file, None where there is none.

    Raises DamagedError for what is no file, and for one that lost its end; StoreError where it
    cannot be looked at.
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


def is_there(path: Path) -> bool:
    """Is anything there, as far as this user can tell?"""
    try:
        return path.exists()
    except OSError:
        return True


def has_wal(path: Path) -> bool:
    """Are there changes that stand in the write-ahead log only?"""
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
    """Is all there that the migrations make, and can the tables be read? Raises DamagedError;
    sqlite3.Error for what SQLite finds itself."""
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
    """Does the cause lie outside (a lock, a full disk), so that trying again makes sense?"""
    return kind_of(error) in PASSING
