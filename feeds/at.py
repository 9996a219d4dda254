"""The system's calls on names in an open folder (openat(2)); by paths where it has none.

Windows has no descriptors of folders. There, a number stands for a folder's path, and what
another program puts in a folder's place between two calls is not noticed. Everywhere else these
are the functions of ``os``.
"""

import errno
import os
from typing import TYPE_CHECKING, Any

HAS_FOLDERS = os.open in os.supports_dir_fd

O_CLOEXEC: int = getattr(os, "O_CLOEXEC", 0)
O_NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)
O_NOCTTY: int = getattr(os, "O_NOCTTY", 0)
# Bits that no flag of Windows has: `_open` looks at them.
O_DIRECTORY: int = os.O_DIRECTORY if HAS_FOLDERS else 1 << 28
O_NOFOLLOW: int = os.O_NOFOLLOW if HAS_FOLDERS else 1 << 29
_OURS = O_DIRECTORY | O_NOFOLLOW

_paths: dict[int, str] = {}


def _join(name: Any, folder: int | None) -> Any:
    return name if folder is None else os.path.join(_paths[folder], name)  # noqa: PTH118


def _open(name: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    path = os.fspath(_join(name, dir_fd))
    if flags & O_NOFOLLOW and os.path.islink(path):  # noqa: PTH114
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    if not flags & O_DIRECTORY:
        return os.open(path, flags & ~_OURS | getattr(os, "O_BINARY", 0), mode)
    if not os.path.isdir(path):  # noqa: PTH112
        code = errno.ENOTDIR if os.path.lexists(path) else errno.ENOENT
        raise OSError(code, os.strerror(code), path)
    number = os.open(os.devnull, os.O_RDONLY)
    _paths[number] = path
    return number


def _close(fd: int) -> None:
    _paths.pop(fd, None)
    os.close(fd)


def _dup(fd: int) -> int:
    number = os.dup(fd)
    if fd in _paths:
        _paths[number] = _paths[fd]
    return number


def _fstat(fd: int) -> os.stat_result:
    return os.stat(_paths[fd]) if fd in _paths else os.fstat(fd)  # noqa: PTH116


def _stat(name: Any, *, dir_fd: int | None = None, **more: bool) -> os.stat_result:
    return os.stat(_join(name, dir_fd), **more)  # noqa: PTH116


def _access(name: Any, mode: int, *, dir_fd: int | None = None, **more: bool) -> bool:
    del more
    return os.access(_join(name, dir_fd), mode)


def _mkdir(name: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
    os.mkdir(_join(name, dir_fd), mode)  # noqa: PTH102


def _unlink(name: Any, *, dir_fd: int | None = None) -> None:
    os.unlink(_join(name, dir_fd))  # noqa: PTH108


def _rename(
    old: Any, new: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None
) -> None:
    os.replace(_join(old, src_dir_fd), _join(new, dst_dir_fd))  # noqa: PTH105


def _scandir(folder: int) -> Any:
    return os.scandir(_paths[folder])


def _fsync(fd: int) -> None:
    if fd not in _paths:
        os.fsync(fd)


def _pread(fd: int, size: int, offset: int) -> bytes:
    os.lseek(fd, offset, os.SEEK_SET)
    return os.read(fd, size)


def lock(fd: int) -> None:
    """Lock an open file for this process. Raises BlockingIOError where another has."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows, where a lock is on bytes: on one after the text
        import msvcrt

        os.lseek(fd, 1_000, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError as error:
            raise BlockingIOError from error
        os.lseek(fd, 0, os.SEEK_SET)
    else:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


if TYPE_CHECKING or HAS_FOLDERS:
    from os import access, close, dup, fstat, fsync, mkdir, rename, replace, scandir, stat, unlink
    from os import open as open_
else:
    access, close, dup, fstat, fsync, mkdir = _access, _close, _dup, _fstat, _fsync, _mkdir
    rename = replace = _rename
    scandir, stat, unlink, open_ = _scandir, _stat, _unlink, _open
pread = getattr(os, "pread", _pread)

__all__ = ["access", "close", "dup", "fstat", "fsync", "mkdir", "open_", "rename", "replace"]
__all__ += ["scandir", "stat", "unlink"]
