"""Replaces a file in one step: a reader sees the old file or the new one, whole.

The new file is written under a hidden name in the same folder and renamed into place. A crash
leaves that hidden file behind; the next replacement of the same file overwrites it.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from feeds import at

SUFFIX = ".feedmill-new"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | at.O_NOFOLLOW | at.O_CLOEXEC


def replace_file(target: Path, data: bytes) -> None:
    """Put ``data`` at ``target``. Raises OSError."""
    with replacement(target, hidden(target)) as descriptor:
        write_all(descriptor, data)


def hidden(target: Path) -> Path:
    """The hidden file beside ``target`` that replaces it."""
    return target.with_name(f".{target.name}{SUFFIX}")


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``: one system call may write a part. Raises OSError."""
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)


@contextlib.contextmanager
def replacement(
    target: Path | str,
    beside: Path | str,
    *,
    mode: int = 0o644,
    flush: bool = False,
    dir_fd: int | None = None,
) -> Iterator[int]:
    """The descriptor of the new file ``beside``, which replaces ``target`` after the block.

    After an error ``beside`` is removed. A symlink at ``target`` is replaced, not followed. With
    ``flush`` the data reach the disk first. With ``dir_fd`` both are names in that folder.
    Raises OSError.
    """
    try:
        descriptor = at.open_(beside, _FLAGS, mode, dir_fd=dir_fd)
    except FileExistsError:  # left by a crash
        at.unlink(beside, dir_fd=dir_fd)
        descriptor = at.open_(beside, _FLAGS, mode, dir_fd=dir_fd)
    try:
        try:
            yield descriptor
            if flush:
                at.fsync(descriptor)
        finally:
            at.close(descriptor)
        at.replace(beside, target, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
    except BaseException:
        with contextlib.suppress(OSError):  # a file system can become read-only
            at.unlink(beside, dir_fd=dir_fd)
        raise
