"""Finds the files of the public folder, and reads them as they were found.

Files are replaced by renaming, so a folder whose own time is unchanged has the same files as
before and is not read again. A file changed in place is found by ``forget`` only.
"""

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns
from typing import NamedTuple

# The time of a folder changes in steps: one that was changed this recently may change again
# without a new time.
_RECENT_NS = 2_000_000_000


class FileIdentity(NamedTuple):
    """What distinguishes the versions of a file. The change time cannot be set by programs."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file's bytes and the identity of the version that they are."""

    identity: FileIdentity
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def md5(self) -> str:
        """MD5 in hexadecimal: in most stores, what an object's ETag is."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class _FolderListing:
    time_ns: int
    files: dict[str, FileIdentity] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


class PublicScan:
    """The regular files below one folder, without hidden ones and symlinks."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, _FolderListing] = {}

    def scan(self) -> dict[str, FileIdentity]:
        """Every file by its path, with forward slashes. Raises OSError if the folder, or one in
        it, cannot be read; one that is removed meanwhile has no files."""
        found: dict[str, FileIdentity] = {}
        known, self._known = self._known, {}
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                listing = self._listing(folder, known.get(folder))
            except FileNotFoundError:
                if not folder:
                    raise
                continue
            self._known[folder] = listing
            found |= listing.files
            waiting += listing.folders
        return found

    def forget(self) -> None:
        """Read every folder again the next time."""
        self._known.clear()

    def _listing(self, folder: str, known: _FolderListing | None) -> _FolderListing:
        path = self._root / folder
        time = path.stat().st_mtime_ns
        if known is not None and known.time_ns == time:
            return known
        found = _FolderListing(time if time < time_ns() - _RECENT_NS else -1)
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                name = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # removed meanwhile
                    continue
                if stat.S_ISDIR(status.st_mode):
                    found.folders.append(name)
                elif stat.S_ISREG(status.st_mode):
                    found.files[name] = _identity(status)
        return found

    def read(self, path: str) -> FileBytes | None:
        """A file's bytes; None if it is gone."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._root / path, flags)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            identity = _identity(os.fstat(descriptor))
            return FileBytes(identity, file.read())


def _identity(found: os.stat_result) -> FileIdentity:
    return FileIdentity(
        found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )
