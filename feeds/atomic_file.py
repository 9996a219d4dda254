"""Replaces a file in one step: a reader sees the old file or the new one, whole.

The new file is written under a hidden name in the same folder and renamed into place. A crash
leaves that hidden file behind; the next replacement of the same file overwrites it.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

SUFFIX = ".feedmill-new"
"""Ending of the hidden name under which a file is written."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def hidden_name(name: str) -> str:
    """The name under which the file called ``name`` is written."""
    return f".{name}{SUFFIX}"


def replace_file(
    target: Path | str,
    data: bytes,
    beside: Path | str | None = None,
    *,
    mtime: int | None = None,
    flush: bool = False,
    dir_fd: int | None = None,
) -> None:
    """Put ``data`` at ``target``; ``mtime`` is the file's time in POSIX seconds, None for now.

    The other arguments are those of ``replacement``. Raises OSError.
    """
    with (
        replacement(target, beside, flush=flush, dir_fd=dir_fd) as descriptor,
        open(descriptor, "wb", closefd=False) as file,
    ):
        file.write(data)
        file.flush()
        if mtime is not None:
            os.utime(descriptor, (mtime, mtime))


@contextlib.contextmanager
def replacement(
    target: Path | str,
    beside: Path | str | None = None,
    *,
    mode: int = 0o644,
    flush: bool = False,
    dir_fd: int | None = None,
) -> Iterator[int]:
    """The descriptor of an empty file that replaces ``target`` if the block ends without error.

    The file is written as ``beside`` (default: a hidden name) and removed after an error. With
    ``dir_fd`` both are names in that folder. ``mode`` is reduced by the umask. A symlink at
    ``target`` is replaced, not followed. With ``flush`` the data reach the disk before the old
    file goes. Raises OSError.
    """
    if beside is None:
        beside = Path(target).with_name(hidden_name(Path(target).name))
    descriptor = _create(beside, mode, dir_fd)
    try:
        try:
            yield descriptor
            if flush:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(beside, target, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
    except BaseException:
        # On a file system that has become read-only this fails too.
        with contextlib.suppress(OSError):
            os.unlink(beside, dir_fd=dir_fd)
        raise


def _create(path: Path | str, mode: int, dir_fd: int | None) -> int:
    try:
        return os.open(path, _FLAGS, mode, dir_fd=dir_fd)
    except FileExistsError:  # left by a crash
        os.unlink(path, dir_fd=dir_fd)
        return os.open(path, _FLAGS, mode, dir_fd=dir_fd)
