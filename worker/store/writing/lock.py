"""The lock of the one writer: a file beside the database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feeds.errors import fix_for
from worker.core.errors import BusyError, StoreError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """No worker may open the database during the block. Raises BusyError."""
    lock = take_lock(path)
    try:
        yield
    finally:
        os.close(lock)


def take_lock(path: Path) -> int:
    """The descriptor of an flock beside the database; it ends with the process in any case."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        leave_to(path.parent, lock)
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


def leave_to(model: Path, made: Path | int) -> None:
    """What root made belongs to the owner of ``model``, the worker's user: it could not open the
    lock or the database otherwise."""
    if os.geteuid() == 0:
        owner = model.stat()
        os.chown(made, owner.st_uid, owner.st_gid)
