"""Opens the files that articles show, below the drop folder or ``drop.assets``, never elsewhere.

No symlink is followed below the two, and no path leaves them. What cannot be opened is a value,
not an exception; only a drop folder that is not there raises DropError.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feeds import at
from worker.core.errors import DropError
from worker.core.fingerprint import Fingerprint
from worker.core.paths import is_text, join, printable, split
from worker.core.problems import Problem
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import (
    Gone,
    Look,
    Unavailable,
    gone_or_unavailable,
    kind_of,
    look_at,
    opened_file,
    opened_folder,
    opened_root,
)
from worker.store.public_files import MediaKey

_MOST_NAMES = 10_000


class Sources:
    """The two folders."""

    def __init__(self, inbox: DropFolder, assets: Path | None) -> None:
        self._inbox = inbox
        self._assets = assets
        self._by_name: dict[str, list[str]] = {}

    def forget_names(self) -> None:
        """The drop folder may have other files than before."""
        self._by_name = {}

    def _placed(self, key: MediaKey) -> MediaKey:
        """Where a file is that only the end of its path is known of: of several, the one with the
        shortest path. Raises DropError."""
        if key.kind != "named":
            return key
        name = split(key.path)[1]
        if not self._by_name:
            self._by_name = self._names()
        ends = [p for p in self._by_name.get(name, ()) if f"/{p}".endswith(f"/{key.path}")]
        return MediaKey("media", min(ends, key=lambda path: (len(path), path), default=key.path))

    def _names(self) -> dict[str, list[str]]:
        """The paths of all media files of the drop folder, by name."""
        found: dict[str, list[str]] = {"": []}
        names = self._inbox.names
        with self._inbox.opened() as root_fd:
            pending = [""]
            while pending:
                under = pending.pop()
                with (
                    suppress(OSError),
                    opened_folder(root_fd, under) as folder_fd,
                    at.scandir(folder_fd) as entries,
                ):
                    for entry in entries:
                        path = join(under, entry.name)
                        if entry.is_dir(follow_symlinks=False):
                            pending += [path] if names.takes_folder_path(path) else []
                        elif names.is_media_name(entry.name):
                            found.setdefault(entry.name, []).append(path)
        return found

    def look(self, key: MediaKey) -> Look | Problem | Gone | Unavailable:
        """The stat of a regular file, or what is there instead. Raises DropError."""
        key = self._placed(key)
        folder, name = split(key.path)
        if not self._is_allowed(key, folder):
            return Gone()
        try:
            with self._folder(key.kind, folder) as folder_fd:
                if kind := kind_of(folder_fd, name):
                    return _not_a_file(key, kind)
                return look_at(folder_fd, name, trust_leases=self._inbox.trust_leases)
        except OSError as error:
            return Gone() if error.errno == errno.ELOOP else gone_or_unavailable(error)

    @contextmanager
    def opened(self, key: MediaKey) -> Iterator[int]:
        """The descriptor of the file. Raises OSError and DropError."""
        key = self._placed(key)
        folder, name = split(key.path)
        with self._folder(key.kind, folder) as folder_fd, opened_file(folder_fd, name) as file_fd:
            yield file_fd

    def other_case(self, key: MediaKey) -> str:
        """The name beside a missing file that differs in upper and lower case only, or empty."""
        key = self._placed(key)
        folder, name = split(key.path)
        try:
            with self._folder(key.kind, folder) as folder_fd, at.scandir(folder_fd) as entries:
                for _, entry in zip(range(_MOST_NAMES), entries, strict=False):
                    if entry.name.casefold() == name.casefold() and is_text(entry.name):
                        return entry.name
        except (OSError, DropError):
            pass
        return ""

    def _is_allowed(self, key: MediaKey, folder: str) -> bool:
        """Hidden files and folders, and those that the worker moves files to, are not shown."""
        if any(part.startswith(".") for part in key.path.split("/")):
            return False
        return key.kind == "asset" or self._inbox.names.takes_folder_path(folder)

    @contextmanager
    def _folder(self, kind: str, folder: str) -> Iterator[int]:
        with self._root(kind) as root_fd, opened_folder(root_fd, folder) as folder_fd:
            yield folder_fd

    @contextmanager
    def _root(self, kind: str) -> Iterator[int]:
        if kind == "media":
            with self._inbox.opened() as root_fd:
                yield root_fd
            return
        if self._assets is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        try:
            with opened_root(self._assets, None) as root_fd:
                yield root_fd
        except DropError as error:  # its own trouble, not that of the drop folder
            raise OSError(errno.EIO, f"drop.assets: {error.cause}") from error


def shown(key: MediaKey) -> str:
    """The file as its author knows it."""
    return printable(key.path)


def fingerprint_of(found: Look | Problem | Gone | Unavailable) -> Fingerprint | None:
    """What to compare with the last look: zeros where there is no file to read; None if that is
    unknown now."""
    if isinstance(found, Look):
        return found.fingerprint
    return None if isinstance(found, Unavailable) else Fingerprint(0, 0, 0, 0)


def _not_a_file(key: MediaKey, kind: str) -> Problem:
    return Problem(
        "bad-media",
        f"“{shown(key)}” is {kind}, not a regular file.",
        hint="Copy the picture, sound or film itself to that place.",
        level="warning",
    )
