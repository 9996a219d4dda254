"""The lock of the one writer: a file beside the database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feeds import at
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
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | at.O_CLOEXEC, 0o644)
        leave_to(path.parent, lock)
    except OSError as error:
        fix = fix_for(error, path.parent)
        raise StoreError("database folder", str(path.parent), str(error.strerror), fix) from error
    try:
        at.lock(lock)
    except BlockingIOError as error:
        owner = at.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        cause = f"another worker{f' (process {owner})' if owner else ''} holds it"
        fix = "Stop that one first, or give this one its own store.path."
        raise BusyError("database", str(path), cause, fix) from error
    with suppress(OSError):  # on a full disk the lock holds all the same
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode("ascii"))
    return lock


def leave_to(model: Path, made: Path | int) -> None:
    """What root made belongs to the owner of ``model``, the worker's user: it could not open the
    lock or the database otherwise."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = model.stat()
        os.chown(made, owner.st_uid, owner.st_gid)
