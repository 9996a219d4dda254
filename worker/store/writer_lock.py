"""The lock beside the database: one worker at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feeds.errors import fix_for
from worker.core.errors import BusyError, StoreError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep workers from the database for the length of the block. Raises BusyError."""
    lock = take_lock(path)
    try:
        yield
    finally:
        os.close(lock)


def take_lock(path: Path) -> int:
    """An flock beside the database: it goes with the process, however that ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        _leave_to_owner(lock, path.parent)
    except OSError as error:
        fix = fix_for(error, path.parent)
        raise StoreError("database folder", str(path.parent), str(error.strerror), fix) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        cause = f"another worker{f' (process {owner})' if owner else ''} holds it"
        fix = "Stop that one first, or give this one its own store.path."
        raise BusyError("database", str(path), cause, fix) from error
    with suppress(OSError):  # on a full disk the lock holds all the same
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode("ascii"), 0)
    return lock


def _leave_to_owner(descriptor: int, folder: Path) -> None:
    """What root makes beside the database is the worker's, or the worker could not start."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
