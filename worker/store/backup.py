"""Backups of the database: made while a worker runs, checked, and restored.

A file is only replaced once the new one is complete, and a backup only replaces an older backup.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from feeds import at
from feeds.atomic_file import hidden, replacement
from worker.core.errors import StoreError
from worker.store.damage import UNREADABLE
from worker.store.database import check_owner, open_for_reading
from worker.store.writing.lock import leave_to, locked

HEADER = b"SQLite format 3\0"
KEPT = ".before-restore"
# A database is its file and these two beside it, under the same name.
_COMPANIONS = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Copied:
    """A finished copy: its size in bytes, and how many articles it holds."""

    path: Path
    size: int
    articles: int


def back_up(store_path: Path, target: Path) -> Copied:
    """Copy the database to ``target``, as it is at this moment, while a worker may run.

    Raises StoreError where there is no database, where ``target`` is not an older backup, and
    where the copy cannot be written or does not pass SQLite's integrity check.
    """
    if target.exists() and not _is_copy_of_ours(target):
        fix = "Name another file; only an older backup is replaced."
        raise StoreError("backup", str(target), "something else is there", fix)
    if target.exists() and target.samefile(store_path):
        raise StoreError("backup", str(target), "that is the database itself", "Name another file.")
    source = open_for_reading(store_path)
    try:
        with _beside(target) as beside:
            with closing(sqlite3.connect(beside)) as copy:
                source.copy_into(copy)
                articles = _check(copy, target)
            _leave_to_the_worker(beside, store_path)
            return Copied(target, beside.stat().st_size, articles)
    except UNREADABLE as error:
        raise StoreError("backup", str(target), str(error)) from error
    except OSError as error:
        raise StoreError("backup", str(target), error.strerror or str(error)) from error
    finally:
        source.close()


def restore(store_path: Path, backup: Path) -> Copied:
    """Replace the database by the backup; the old one is kept beside it (``kept_aside``).

    Raises BusyError while a worker runs, StoreError where ``backup`` is damaged or no backup (the
    database then stays as it is), SchemaError where a newer Feedmill made it.
    """
    if store_path.exists() and backup.samefile(store_path):
        raise StoreError("backup", str(backup), "that is the database itself", "Name another file.")
    try:
        with closing(_open_copy(backup)) as copy:
            articles = _check(copy, backup)
        with locked(store_path), _beside(store_path) as beside:
            shutil.copyfile(backup, beside)
            _leave_to_its_owner(beside, store_path)
            _put_aside(store_path)
            return Copied(store_path, beside.stat().st_size, articles)
    except UNREADABLE as error:
        raise StoreError("backup", str(backup), str(error)) from error
    except OSError as error:
        raise StoreError("database", str(store_path), error.strerror or str(error)) from error


def is_database(path: Path) -> bool:
    """Is there an SQLite database at the path, of any program?"""
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except OSError:
        return False


def kept_aside(store_path: Path) -> Path:
    """Where ``restore`` moves the database that it replaces."""
    return store_path.with_name(f"{store_path.name}{KEPT}")


def _is_copy_of_ours(path: Path) -> bool:
    if not is_database(path):
        return False
    try:
        with closing(_open_copy(path)):
            return True
    except (StoreError, *UNREADABLE):
        return False


def _open_copy(path: Path) -> sqlite3.Connection:
    """A copy, opened so that nothing is written to it or beside it."""
    if not is_database(path):
        raise StoreError("backup", str(path), "it is no SQLite database")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        if check_owner(connection, path) == 0:
            raise StoreError("backup", str(path), "it is empty")
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """How many articles the copy holds. Raises StoreError where it is damaged."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
    if found != ["ok"]:
        raise StoreError("backup", str(path), f"it is damaged: {'; '.join(found)}")
    return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file beside ``target``, for its owner alone, that takes its place at the end if all
    went well."""
    beside = hidden(target)
    try:
        with replacement(target, beside, mode=0o600, flush=True):
            yield beside
        _flush(target.parent)
    except BaseException:
        for companion in (*_COMPANIONS, "-journal"):
            beside.with_name(beside.name + companion).unlink(missing_ok=True)
        raise


def _leave_to_the_worker(beside: Path, store_path: Path) -> None:
    """The worker's user must be able to replace a backup that root made in the worker's folder."""
    if beside.parent.stat().st_uid == store_path.stat().st_uid:
        leave_to(store_path, beside)


def _leave_to_its_owner(beside: Path, store_path: Path) -> None:
    """A database that root restores belongs to the worker's user, who must open it."""
    model = store_path if store_path.exists() else store_path.parent
    if model == store_path:
        beside.chmod(model.stat().st_mode & 0o777)
    leave_to(model, beside)


def _put_aside(store_path: Path) -> None:
    """Keep the old database, with the changes that are still in its WAL."""
    aside = kept_aside(store_path)
    for companion in _COMPANIONS:
        aside.with_name(aside.name + companion).unlink(missing_ok=True)
    for companion in _COMPANIONS:
        path = store_path.with_name(store_path.name + companion)
        if path.exists():
            path.rename(aside.with_name(aside.name + companion))


def _flush(path: Path) -> None:
    descriptor = at.open_(path, os.O_RDONLY | at.O_DIRECTORY if path.is_dir() else os.O_RDWR)
    try:
        at.fsync(descriptor)
    finally:
        at.close(descriptor)
