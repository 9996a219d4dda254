"""The drop folder on disk: look, scan, read, and move files away.

Everything happens below one root: another folder at its path is refused until ``pin`` accepts it.
Decides nothing, and does not judge what a file contains.
"""

import contextlib
import errno
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from worker.core.fingerprint import Fingerprint
from worker.core.paths import split
from worker.inbox.filing import Place, file_away, filed_as
from worker.inbox.filters import NameFilter
from worker.inbox.meta_files import look_with_meta, read_with_meta
from worker.inbox.safe_open import (
    Gone,
    Look,
    ReadOutcome,
    RootIdentity,
    Unavailable,
    gone_or_unavailable,
    identity_of,
    opened_folder,
    opened_root,
    root_changed,
)
from worker.inbox.scanner import Folder, Unreadable, walk

T = TypeVar("T")


class DropFolder:
    """One drop folder.

    Paths are relative to it, with forward slashes. Every method raises DropError while the
    folder itself is missing or unreadable, and RootChanged (a DropError) while it is not the
    folder that was pinned: what is missing from another folder was not deleted.

    Hard links are read like any file: backup and de-duplicating programs make them, and the
    kernel (fs.protected_hardlinks) keeps authors from linking to what they may not write.
    """

    def __init__(
        self,
        root: Path,
        max_bytes: int,
        names: NameFilter | None = None,
        *,
        trust_leases: bool = True,
    ) -> None:
        """``max_bytes`` is the largest file that is read. With ``trust_leases`` False (network
        and FUSE file systems) the kernel is not asked whether a file is open for writing.
        """
        self.root = root
        self.names = names or NameFilter()
        self.trust_leases = trust_leases
        self.max_bytes = max_bytes
        self._pinned: RootIdentity | None = None

    def identity(self) -> RootIdentity:
        """The folder at the root's path now, pinned or not. Raises DropError."""
        with opened_root(self.root, None) as root_fd:
            return identity_of(root_fd)

    def pin(self) -> RootIdentity:
        """Accept the folder at the root's path now as the drop folder. Raises DropError.

        The first use of any other method does the same if needed.
        """
        self._pinned = self.identity()
        return self._pinned

    def pinned(self) -> RootIdentity:
        """The accepted drop folder, whatever is at its path now. Raises DropError."""
        return self._pinned or self.pin()

    def scan(self, under: str = "") -> Iterator[Folder | Unreadable]:
        """The files in the folder ``under`` and below, one folder at a time, sorted.

        Raises RootChanged at the end if the root was replaced meanwhile: a deleted folder looks
        like an empty one.
        """
        if not self.names.takes_folder_path(under):
            return
        with self.opened() as root_fd:
            yield from walk(root_fd, self.names, under)
            if self.identity() != identity_of(root_fd):
                raise root_changed(self.root)

    def look(self, path: str) -> Look | Gone | Unavailable:
        """A path's stat and whether a process writes to it, without reading it."""
        return self._at(path, partial(look_with_meta, trust_leases=self.trust_leases))

    def read(self, path: str, looked: Fingerprint | None = None) -> ReadOutcome:
        """The whole file, or why not.

        With ``looked`` (from ``look``), a file that has changed since is Torn.
        """
        return self._at(path, partial(read_with_meta, max_bytes=self.max_bytes, looked=looked))

    def _at(self, path: str, work: Callable[[int, str], T]) -> T | Gone | Unavailable:
        folder, name = split(path)
        with self.opened() as root_fd:
            try:
                with opened_folder(root_fd, folder) as folder_fd:
                    return work(folder_fd, name)
            except OSError as error:
                # A folder on the way cannot be opened; one behind a symlink counts as missing.
                return Gone() if error.errno == errno.ELOOP else gone_or_unavailable(error)

    def move_to(self, path: str, place: Place, expected: Fingerprint) -> str | None:
        """Move a read file below ``place``, to the same sub-folders; gives its new path.

        Never overwrites: a name in use gets ``-2``, ``-3`` … before its extension. None if the
        path no longer holds the ``expected`` file (its author saved it again): it stays, to be
        read again. Raises OSError.
        """
        with self.opened() as root_fd:
            return file_away(root_fd, path, place, expected)

    def filed_as(self, path: str, place: Place, expected: Fingerprint) -> str | None:
        """Where ``move_to`` moved the file earlier; None if it is no longer there."""
        with self.opened() as root_fd:
            return filed_as(root_fd, path, place, expected)

    def check(self) -> None:
        """Raises DropError unless the pinned root is at its path and can be opened."""
        with self.opened():
            return

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """The descriptor of the pinned root, for the length of one operation."""
        if self._pinned is None:
            self.pin()
        with opened_root(self.root, self._pinned) as root_fd:
            yield root_fd
