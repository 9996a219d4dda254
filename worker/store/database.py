"""The SQLite file: opening, migrations and transactions.

The only module that imports sqlite-utils. It knows no table but ``facts``: the other modules
take an open ``Database``.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from worker.core.errors import FeedmillError, SchemaError, StoreError
from worker.store.damage import (
    SUSPECT,
    UNREADABLE,
    explained,
    explained_by,
    has_wal,
    kind_of,
    look_at_file,
    look_at_schema,
    require,
)
from worker.store.schema import APPLICATION_ID, MIGRATIONS
from worker.store.writing.absent import Absent
from worker.store.writing.late_rows import LateRows
from worker.store.writing.lock import take_lock
from worker.store.writing.transactions import InMemory, Transactions

if TYPE_CHECKING:
    import sqlite_utils

BUSY_SECONDS = 10.0


class Database:
    """One connection, for one thread.

    As a context manager it closes itself, and raises what SQLite says of a damaged, locked or
    full database as a StoreError.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        lock: int | None,
        path: Path,
        *,
        is_still: bool = False,
    ) -> None:
        """``is_still``: opened without locks, because no worker seemed to write to it."""
        import sqlite_utils  # here: authors' commands do without

        self._connection, self._lock, self._path = connection, lock, path
        self._is_still, self._leaves_wal = is_still, False
        self._file = _identity(path)
        self._transactions = Transactions(connection)
        self._late = LateRows(connection)
        self.tell(self._late)
        self._absent: dict[str, Absent] = {}
        self._tables = sqlite_utils.Database(connection)

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        try:
            self.explain(error)
        finally:
            self.close()

    def explain(self, error: BaseException | None) -> None:
        """Raise a StoreError where the state of the database caused ``error``; may read all of the
        database to find out. Does nothing for any other error."""
        if isinstance(error, FeedmillError) or not isinstance(error, SUSPECT):
            return
        if self._is_still and has_wal(self._path):
            cause = "a worker was started while it was read"
            raise StoreError("database", str(self._path), cause, "Try again.") from error
        told = explained_by(error, self._connection, self._path)
        if told is not None:
            raise told from error

    @property
    def tables(self) -> "sqlite_utils.Database":
        """The same as sqlite-utils has it."""
        self._late.write()
        return self._tables

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement. The fast way: for what runs for each article."""
        self._late.write_before(sql)
        return self._connection.execute(sql, parameters)

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an INSERT of one row; gives the new row's id."""
        return int(self.execute(sql, parameters).lastrowid or 0)

    def insert_later(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run an INSERT for each row before anything is read that depends on it."""
        self._late.add(sql, rows)

    def run_later(self, sql: str, row_id: int) -> None:
        """The same, once with the ids of many rows as a JSON array."""
        self._late.add_id(sql, row_id)

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        if rows:
            self._late.write_before(sql)
            self._connection.executemany(sql, rows)

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first row as a ``sqlite3.Row``, or None."""
        return self.execute(sql, parameters).fetchone()

    def tuples(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows at once, as plain tuples: for very many rows."""
        self._late.write_before(sql)
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, parameters).fetchall()

    def transaction(self, name: str = "") -> AbstractContextManager[None]:
        """All or nothing; one with a ``name`` has its two fault points. BEGIN IMMEDIATE: a deferred
        one (that of sqlite-utils) fails as "locked" in the middle when another program wrote."""
        return self._transactions.begin("IMMEDIATE", name)

    def snapshot(self) -> AbstractContextManager[None]:
        """What is read within it is of one moment."""
        return self._transactions.begin("DEFERRED", "")

    def savepoint(self) -> AbstractContextManager[None]:
        """A part of a transaction; undone alone where it raises."""
        return self._transactions.savepoint()

    def is_in_transaction(self) -> bool:
        """Is a transaction open? One that failed may have been undone as a whole."""
        return self._connection.in_transaction

    def rehearsal(self) -> AbstractContextManager[None]:
        """A transaction that is always undone: it shows whether it could be done."""
        return self._transactions.rehearsal()

    def absent(self, sql: str) -> Absent:
        """The values that no row has, of those that ``sql`` looks up; one for each statement."""
        if sql not in self._absent:
            self._absent[sql] = Absent(self.tuples, sql)
            self.tell(self._absent[sql])
        return self._absent[sql]

    def tell(self, kept: InMemory) -> None:
        """Tell it of the end of each transaction from now on."""
        self._transactions.tell(kept)

    def write_pending(self) -> None:
        """Write now what is otherwise written before the commit."""
        self._transactions.write()

    def is_in_place(self) -> bool:
        """Is the open file still the one of its name? SQLite goes on writing to one that was
        removed, and all of it is lost with the process."""
        return self._file == _identity(self._path)

    def changes(self) -> int:
        """A number that differs whenever this connection has written, undone or not."""
        return self._connection.total_changes

    def set_writing(self, *, durable: bool, leaves_wal: bool = False) -> None:
        """``durable`` makes each transaction outlive a power cut. ``leaves_wal`` is for a database
        that Litestream replicates: only that may write the WAL back, or its copy is damaged."""
        self._leaves_wal = leaves_wal
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {0 if leaves_wal else 1000}")

    def copy_into(self, other: sqlite3.Connection) -> None:
        """Copy everything as it is at one moment (SQLite's backup API) to a file without a WAL."""
        self._connection.backup(other)
        other.execute("PRAGMA journal_mode = DELETE")

    def tidy(self) -> None:
        """Update SQLite's statistics, write the WAL back and cut it; never waits for readers."""
        waiting = self.one("PRAGMA busy_timeout")[0] / 1000
        self.wait_for_others(0.0)
        try:
            self._connection.execute("PRAGMA optimize")
            if not self._leaves_wal:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self.wait_for_others(waiting)

    def vacuum(self) -> None:
        """Rewrite the database without its gaps. Raises sqlite3.Error on a full disk."""
        self._connection.execute("VACUUM")
        self.tidy()

    def schema_number(self) -> int:
        """The number of the last migration."""
        return int(self.one("PRAGMA user_version")[0])

    def row_counts(self) -> dict[str, int]:
        """How many rows each of our tables has."""
        names = self.tables.table_names()
        ours = (name for name in names if not name.startswith(("articles_fts", "_")))
        return {name: self.tables[name].count for name in sorted(ours)}

    def wait_for_others(self, seconds: float) -> None:
        """How long a transaction waits while another program writes, before it is an error."""
        self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def fact(self, name: str) -> str:
        """A value kept by name; empty where there is none."""
        row = self.one("SELECT value FROM facts WHERE name = ?", (name,))
        return row["value"] if row else ""

    def set_fact(self, name: str, value: str) -> None:
        """Keep a value by name."""
        self.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the connection and release the lock."""
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def load_library() -> None:
    """Load what sqlite-utils loads with its first database: a process that changes its user
    afterwards may not be able to read our packages."""
    with closing(sqlite3.connect(":memory:")) as connection:
        Database(connection, None, Path())


def open_for_work(path: Path, *, durable: bool = False, leaves_wal: bool = False) -> Database:
    """Open the database as its one writer; create or migrate it first where needed.

    Without ``durable`` a power cut may lose the last transactions, which are repeated from the
    drop folder as long as the articles' files stay in it. ``leaves_wal`` as in ``set_writing``.
    Raises BusyError where another worker holds it, SchemaError where a newer Feedmill made it,
    StoreError where it is no database of ours or cannot be opened (DamagedError where it is
    damaged, PassingError where that may pass).
    """
    with ExitStack() as undo:
        lock = take_lock(path)
        undo.callback(os.close, lock)
        try:
            look_at_file(path)
            connection = _connect(f"file:{_quoted(path)}?mode=rwc")
            undo.callback(connection.close)
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            _migrate(connection, path)
            look_at_schema(connection, path, MIGRATIONS)
            _settings(connection)
            database = Database(connection, lock, path)
            database.set_writing(durable=durable, leaves_wal=leaves_wal)
        except UNREADABLE as error:
            raise explained(error, path) from error
        undo.pop_all()
        return database


def open_for_reading(path: Path, patience: float = BUSY_SECONDS) -> Database:
    """Open an existing database for reading, while a worker may write to it; wait so many seconds
    for a lock.

    Raises StoreError where there is none or it cannot be opened (DamagedError where it is
    damaged), SchemaError where a newer Feedmill made it.
    """
    require(path)
    try:
        try:
            return Database(_reader(path, "mode=rw", patience), None, path)
        except sqlite3.OperationalError as error:
            # Without a worker SQLite makes its files: not every user may. With no WAL, the file
            # alone is the whole database.
            is_shut = kind_of(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
            if has_wal(path) or not is_shut:
                raise
            found = _reader(path, "mode=ro&immutable=1", patience)
            return Database(found, None, path, is_still=True)
    except UNREADABLE as error:
        raise explained(error, path) from error


def _reader(path: Path, mode: str, patience: float) -> sqlite3.Connection:
    connection = _connect(f"file:{_quoted(path)}?{mode}", patience)
    try:
        if check_owner(connection, path) == len(MIGRATIONS):
            look_at_schema(connection, path, MIGRATIONS)
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _connect(uri: str, patience: float = BUSY_SECONDS) -> sqlite3.Connection:
    """``isolation_level=None`` leaves every BEGIN to ``Database.transaction``."""
    connection = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _settings(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute("PRAGMA journal_size_limit = 16000000")
    connection.execute("PRAGMA analysis_limit = 400")


def check_owner(connection: sqlite3.Connection, path: Path) -> int:
    """The schema's number; 0 for an empty file. Raises StoreError for another program's
    database, SchemaError where a newer Feedmill made it."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if owner != APPLICATION_ID and (
        owner or version or connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    ):
        cause = "it belongs to another program"
        raise StoreError("database", str(path), cause, "Choose another store.path.")
    if version > len(MIGRATIONS):
        cause = f"its schema is number {version}, this Feedmill knows up to {len(MIGRATIONS)}"
        raise SchemaError("database", str(path), cause, "Install the newer Feedmill again.")
    return version


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to date, all of it or nothing (docs/decisions/011-migrations.md)."""
    version = check_owner(connection, path)
    if version == len(MIGRATIONS):
        return
    if version == 0:
        connection.execute("PRAGMA journal_mode = WAL")
    with Transactions(connection).begin("EXCLUSIVE", "schema"):
        _apply_migrations(connection, version)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _apply_migrations(connection: sqlite3.Connection, version: int) -> None:
    """Apply the numbered migrations. Those that a Feedmill without a list of them made, up to
    number ``version``, have nothing left to do: they are only put on the list."""
    import sqlite_utils
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("feedmill")
    for number, script in enumerate(MIGRATIONS, start=1):
        todo = script if number > version else ""
        migrations(name=f"{number:03}")(lambda database, todo=todo: database.executescript(todo))
    migrations.apply(sqlite_utils.Database(connection))
