"""Moves files that were read to archive/ or rejected/ in the drop folder.

Never overwrites a file, and never moves a version that was not read.
"""

import contextlib
import errno
import os
import stat
from pathlib import PurePosixPath
from typing import Literal

from feeds import at
from worker.core.fault_points import reach
from worker.core.fingerprint import Fingerprint
from worker.core.paths import join, split
from worker.inbox.meta_files import meta_beside, meta_name, whole
from worker.inbox.safe_open import opened_folder

Place = Literal["archive", "rejected"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | at.O_NOFOLLOW | at.O_CLOEXEC
_NAME_BYTES = 255


def file_away(root_fd: int, path: str, place: Place, expected: Fingerprint) -> str | None:
    """Move a file to the same sub-folders below ``place``; gives its new path.

    None if ``path`` does not hold the ``expected`` file any more. Raises OSError.
    """
    folder, name = split(path)
    try:
        with opened_folder(root_fd, folder) as source:
            own = Fingerprint.of(at.stat(name, dir_fd=source, follow_symlinks=False))
            meta = meta_beside(source, name)
            seen = whole(source, name, own)
    except FileNotFoundError:
        return None
    if not seen.is_same_file(expected):
        return None
    moved = _file_one(root_fd, path, place, own)
    if moved is not None and meta is not None:
        _file_one(root_fd, join(folder, meta_name(name)), place, meta)
    return moved


def _file_one(root_fd: int, path: str, place: Place, expected: Fingerprint) -> str | None:
    folder, name = split(path)
    goal = join(place, folder) if folder else place
    with contextlib.ExitStack() as opened:
        try:
            source = opened.enter_context(opened_folder(root_fd, folder))
            if not _holds(source, name, expected):
                return None
        except FileNotFoundError:
            return None
        target = opened.enter_context(opened_folder(root_fd, goal, make=True))
        taken = _reserved(target, name)
        reach("move-reserved")
        try:
            # Over an empty file of our own: between link and unlink the author's next version
            # could be deleted unread. renameat2(RENAME_NOREPLACE), which would
            # spare the empty file, is missing from Python and from some file systems.
            at.rename(name, taken, src_dir_fd=source, dst_dir_fd=target)
        except OSError as error:
            at.unlink(taken, dir_fd=target)
            if error.errno == errno.ENOENT:
                return None
            raise
        if _holds(target, taken, expected):
            return join(goal, taken)
        _put_back(target, taken, source, name)
        return None


def filed_as(root_fd: int, path: str, place: Place, expected: Fingerprint) -> str | None:
    """Where ``file_away`` moved a file that had been at ``path``, known by its inode."""
    folder = split(path)[0]
    goal = join(place, folder) if folder else place
    try:
        with opened_folder(root_fd, goal) as target, at.scandir(target) as entries:
            names = sorted(it.name for it in entries if _holds(target, it.name, expected))
    except FileNotFoundError:
        return None
    return join(goal, names[0]) if names else None


def _holds(folder_fd: int, name: str, expected: Fingerprint) -> bool:
    status = at.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    return stat.S_ISREG(status.st_mode) and Fingerprint.of(status).is_same_file(expected)


def _reserved(folder_fd: int, name: str) -> str:
    """A free name, reserved by an empty file: ``name``, else with -2, -3 … added."""
    number = 1
    candidate = name
    while not _reserve(folder_fd, candidate):
        number += 1
        candidate = _numbered(name, number)
    return candidate


def _reserve(folder_fd: int, name: str) -> bool:
    try:
        at.close(at.open_(name, _NEW, 0o644, dir_fd=folder_fd))
    except FileExistsError:
        # A crash between reserving and renaming leaves an empty file; it holds no work.
        status = at.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        return stat.S_ISREG(status.st_mode) and status.st_size == 0
    return True


def _numbered(name: str, number: int) -> str:
    stem, tail = PurePosixPath(name).stem, f"-{number}{PurePosixPath(name).suffix}"
    while len(os.fsencode(stem + tail)) > _NAME_BYTES:
        stem = stem[:-1]
    return stem + tail


def _put_back(source_fd: int, taken: str, target_fd: int, name: str) -> None:
    """Move an unread version back, unless its author saved a newer one."""
    with contextlib.suppress(FileExistsError):
        at.close(at.open_(name, _NEW, 0o644, dir_fd=target_fd))
        at.rename(taken, name, src_dir_fd=source_fd, dst_dir_fd=target_fd)
