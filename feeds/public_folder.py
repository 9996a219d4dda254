"""The public folder: files are written beside, flushed and put in place in one step.

A reader, or a web server, sees the last file or the new one, whole, at any moment. The time of
a file is the time of its last change and is given by the caller, since web servers make ETag
and Last-Modified of it.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from feeds.atomic_file import SUFFIX, replace_file
from feeds.errors import PublishError, fix_for

MOVED = ".moved.json"
"""What was here once, for the embedded server: path of a removed file to null, or feed key to the
key that it has now."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What the folder holds at a path: ``size`` in bytes, ``mtime`` in whole POSIX seconds."""

    size: int
    mtime: int


class PublicFolder:
    """Writes below one folder; paths are relative, with forward slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def look(self, path: str) -> OnDisk | None:
        """Size and time of a published file; None where there is no such regular file, or the
        way to it leads through a symlink."""
        try:
            found = os.lstat(self.root / path)
        except OSError:
            return None
        if not stat.S_ISREG(found.st_mode) or self._link_on_the_way(path):
            return None
        return OnDisk(found.st_size, int(found.st_mtime))

    def write(self, path: str, data: bytes, mtime: int) -> None:
        """Put ``data`` at ``path`` with the time ``mtime`` (POSIX seconds), atomically.

        Raises PublishError, naming the path and the cause; the last file then stays.
        """
        target = self.root / path
        self._refuse_links(path)
        try:
            # A power cut after the rename can leave an empty file in place. Where that would be
            # the end of a good one, its successor reaches the disk first; a new one is written
            # again at the next start, which finds it shorter than it was left.
            self._put(target, data, mtime, flush=os.path.lexists(target))
        except OSError as error:
            raise _refused("public file", target, error, self.root) from error

    def _refuse_links(self, path: str) -> None:
        """What is written through a symlink lands elsewhere, and web servers do not follow it."""
        if link := self._link_on_the_way(path):
            cause = "a symbolic link stands in the folder's place"
            fix = "Remove the link; to have the folder elsewhere, mount it there (mount --bind)."
            raise PublishError("public folder", str(link), cause, fix)

    def _link_on_the_way(self, path: str) -> Path | None:
        """The first folder below the root that is a symlink; the root itself may be one."""
        folders = reversed(PurePosixPath(path).parents[:-1])
        return next((self.root / f for f in folders if (self.root / f).is_symlink()), None)

    def prove(self) -> None:
        """Write a hidden file and remove it, to know that files can be written here. Raises
        PublishError."""
        probe = self.root / f".proof{SUFFIX}"
        try:
            self._put(probe, b"proof\n", 0, flush=True)
            probe.unlink()
        except OSError as error:
            raise _refused("public folder", self.root, error, self.root) from error

    @staticmethod
    def _put(target: Path, data: bytes, mtime: int, *, flush: bool) -> None:
        try:
            replace_file(target, data, mtime=mtime, flush=flush)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, data, mtime=mtime, flush=flush)

    def remove(self, path: str) -> None:
        """Remove a published file; nothing happens where there is none, or where the way to it
        leads through a symlink."""
        if self._link_on_the_way(path):
            return
        try:
            (self.root / path).unlink(missing_ok=True)
        except OSError as error:
            raise PublishError("public file", path, error.strerror or str(error)) from error

    def sweep(self) -> None:
        """Remove what a killed worker left half-written; where the folder cannot be written now,
        the next start does it."""
        for left in self._left_behind():
            with contextlib.suppress(OSError):
                left.unlink()

    def _left_behind(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.root):
            yield from (Path(folder, name) for name in names if name.endswith(SUFFIX))


def _refused(what: str, path: Path, error: OSError, root: Path) -> PublishError:
    cause = error.strerror or str(error)
    return PublishError(what, str(path), cause, fix_for(error, root))
