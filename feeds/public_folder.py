"""Writes files below the public folder atomically.

Readers and web servers always see a complete file, the old or the new one. The caller gives the
modification time, because web servers make ETag and Last-Modified from it.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from feeds.atomic_file import SUFFIX, hidden, replacement, write_all
from feeds.errors import PublishError, fix_for

MOVED = ".moved.json"
"""Moved and removed files, for the embedded server: the path of a removed file to null or to
the URL of what took its place, or an old feed key to the new one."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A published file: ``size`` in bytes, ``mtime`` in whole POSIX seconds."""

    size: int
    mtime: int


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be written: its path below the folder, its bytes, its time in POSIX seconds."""

    path: str
    data: bytes
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
        self.write_all([NewFile(path, data, mtime)])

    def write_all(self, files: Sequence[NewFile]) -> None:
        """``write`` for several files, which reach the disk together: flushing the first commits
        what all of them changed in the file system, and the others wait for little.

        Raises PublishError; those before the file that failed are new then, the others stay.
        """
        with contextlib.ExitStack() as stack:
            for file in reversed(files):  # the last one to be entered is replaced first
                descriptor = stack.enter_context(self._replacing(file.path, file.mtime))
                write_all(descriptor, file.data)

    def copy(self, path: str, pieces: Iterable[bytes], mtime: int) -> None:
        """``write`` for a file that is larger than should be in memory. What ``pieces`` raises
        leaves the old file, or none."""
        with self._replacing(path, mtime) as descriptor:
            for piece in pieces:
                write_all(descriptor, piece)

    @contextlib.contextmanager
    def _replacing(self, path: str, mtime: int) -> Iterator[int]:
        """The descriptor of the file that replaces what is at ``path`` after the block."""
        target = self.root / path
        self._refuse_links(path)
        try:
            # A power cut after the rename can leave an empty file. Flush if this would destroy
            # a good file; a new file is written again at the next start, which compares sizes.
            with self._new_file(target, mtime, flush=os.path.lexists(target)) as descriptor:
                yield descriptor
        except OSError as error:
            raise _refused("public file", target, error, self.root) from error

    def names(self, folder: str) -> list[str]:
        """The names in a folder; none where there is no such folder."""
        try:
            return sorted(path.name for path in (self.root / folder).iterdir())
        except OSError:
            return []

    def _refuse_links(self, path: str) -> None:
        """A file written through a symlink lands elsewhere, and web servers do not follow it."""
        if link := self._symlink_above(path):
            cause = "it is a symbolic link instead of a folder"
            fix = "Remove the link. To keep the folder elsewhere, use mount --bind."
            raise PublishError("public folder", str(link), cause, fix)

    def _symlink_above(self, path: str) -> Path | None:
        """The first folder below the root that is a symlink; the root itself may be one."""
        folders = reversed(PurePosixPath(path).parents[:-1])
        return next((self.root / f for f in folders if (self.root / f).is_symlink()), None)

    def check_writable(self) -> None:
        """Check that the folder is writable: write a hidden file and remove it. Raises
        PublishError."""
        probe = self.root / f".proof{SUFFIX}"
        try:
            with self._new_file(probe, 0, flush=True) as descriptor:
                write_all(descriptor, b"proof\n")
            probe.unlink()
        except OSError as error:
            raise _refused("public folder", self.root, error, self.root) from error

    @staticmethod
    @contextlib.contextmanager
    def _new_file(target: Path, mtime: int, *, flush: bool) -> Iterator[int]:
        if not target.parent.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
        with replacement(target, hidden(target), flush=flush) as descriptor:
            yield descriptor
            os.utime(descriptor, (mtime, mtime))

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
            yield from (Path(folder, name) for name in names if name.endswith(SUFFIX))


def _refused(what: str, path: Path, error: OSError, root: Path) -> PublishError:
    cause = error.strerror or str(error)
    return PublishError(what, str(path), cause, fix_for(error, root))
