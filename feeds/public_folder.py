"""Writes files below the public folder atomically.

Readers and web servers always see a complete file, the old or the new one. The caller gives the
modification time, because web servers make ETag and Last-Modified from it.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from feeds.errors import PublishError, cure_of

_SUFFIX = ".feedmill-new"

MOVED = ".moved.json"
"""Moved and removed files, for the embedded server: the path of a removed file to null, or an old
feed key to the new one."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A published file: ``size`` in bytes, ``mtime`` in whole POSIX seconds."""

    size: int
    mtime: int


class PublicFolder:
    """Writes below one folder; paths are relative, with forward slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def stat(self, path: str) -> FileInfo | None:
        """Size and time of a published file; None if it is not a regular file, or if a folder
        above it is a symlink."""
        try:
            found = os.lstat(self.root / path)
        except OSError:
            return None
        if not stat.S_ISREG(found.st_mode) or self._symlink_above(path):
            return None
        return FileInfo(found.st_size, int(found.st_mtime))

    def write(self, path: str, data: bytes, mtime: int) -> None:
        """Write ``data`` to ``path`` atomically, with the time ``mtime`` (POSIX seconds).

        Raises PublishError with the path and the cause; the old file then stays.
        """
        target = self.root / path
        beside = target.with_name(f".{target.name}{_SUFFIX}")
        self._refuse_links(path)
        try:
            # A power cut after the rename can leave an empty file. Flush if this would destroy
            # a good file; a new file is written again at the next start, which compares sizes.
            self._write_beside(beside, data, mtime, flush=os.path.lexists(target))
            beside.replace(target)
        except OSError as error:
            # On a file system that became read-only this fails as well.
            with contextlib.suppress(OSError):
                beside.unlink()
            raise _refused("public file", target, error, self.root) from error

    def _refuse_links(self, path: str) -> None:
        """A file written through a symlink lands elsewhere, and web servers do not follow it."""
        if link := self._symlink_above(path):
            cause = "it is a symbolic link instead of a folder"
            cure = "Remove the link. To keep the folder elsewhere, use mount --bind."
            raise PublishError("public folder", str(link), cause, cure)

    def _symlink_above(self, path: str) -> Path | None:
        """The first folder below the root that is a symlink; the root itself may be one."""
        folders = reversed(PurePosixPath(path).parents[:-1])
        return next((self.root / f for f in folders if (self.root / f).is_symlink()), None)

    def check_writable(self) -> None:
        """Check that the folder is writable: write a hidden file and remove it. Raises
        PublishError."""
        probe = self.root / f".proof{_SUFFIX}"
        try:
            self._write_beside(probe, b"proof\n", 0)
            probe.unlink()
        except OSError as error:
            raise _refused("public folder", self.root, error, self.root) from error

    def _write_beside(self, beside: Path, data: bytes, mtime: int, *, flush: bool = True) -> None:
        try:
            descriptor = self._create(beside)
        except FileNotFoundError:
            beside.parent.mkdir(parents=True, exist_ok=True)
            descriptor = self._create(beside)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if flush:
                os.fsync(file.fileno())
            os.utime(file.fileno(), (mtime, mtime))

    @staticmethod
    def _create(beside: Path) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(beside, flags, 0o644)

    def remove(self, path: str) -> None:
        """Remove a published file. Does nothing if there is none, or if a folder above it is a
        symlink. Raises PublishError."""
        if self._symlink_above(path):
            return
        try:
            (self.root / path).unlink(missing_ok=True)
        except OSError as error:
            raise PublishError("public file", path, error.strerror or str(error)) from error

    def remove_leftovers(self) -> None:
        """Remove the temporary files of a killed worker; ignores a folder that cannot be
        written."""
        for left in self._left_behind():
            with contextlib.suppress(OSError):
                left.unlink()

    def _left_behind(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.root):
            yield from (Path(folder, name) for name in names if name.endswith(_SUFFIX))


def _refused(what: str, path: Path, error: OSError, root: Path) -> PublishError:
    cause = error.strerror or str(error)
    return PublishError(what, str(path), cause, cure_of(error, root))
