"""Walks the drop folder: which files are where, folder by folder, without reading any.

Holds the names of one folder in memory at a time, follows no symlink, and reports what it could
not see, so that this does not count as deleted.
"""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass

from feeds import at
from worker.core.fingerprint import Fingerprint, Stamped, stamp_of
from worker.core.paths import RECEIPT, is_text, join, printable
from worker.core.problems import Problem
from worker.inbox.filters import NameFilter
from worker.inbox.meta_files import META, whole
from worker.inbox.safe_open import bad_name, error_text, opened_folder
from worker.inbox.sounds import is_sound, stem

PART_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder's files that may be articles, sorted by name; a part of a very large one.

    Includes symlinks, pipes and the like if their names are an article's: reading refuses them.
    ``refused`` holds (printable path, problem) of names that are not UTF-8; a folder with such a
    name is not entered. ``receipts`` are the names that look like receipts. Both come with a
    folder's first part.

    ``until`` is the last name of a part that others follow, at once and in order; None where
    this is the last one.
    """

    path: str
    files: list[Stamped]
    refused: tuple[tuple[str, Problem], ...] = ()
    receipts: tuple[str, ...] = ()
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder or a file that exists but could not be looked at.

    What the ledger has at this path or below is unknown now, not deleted.
    """

    path: str
    error: str


@dataclass(slots=True)
class _Listing:
    files: list[str]
    folders: list[str]
    unreadable: list[Unreadable]
    refused: list[tuple[str, Problem]]
    receipts: list[str]
    metas: set[str]
    sounds: set[str]


def walk(root_fd: int, names: NameFilter, under: str = "") -> Iterator[Folder | Unreadable]:
    """Every folder from ``under`` down, each before its sub-folders, in the order of names.

    Skips a folder that disappears meanwhile, and ``under`` if it does not exist.
    """
    pending = [under]
    while pending:
        path = pending.pop()
        try:
            with opened_folder(root_fd, path) as folder_fd:
                listing = _listed(folder_fd, path, names)
                yield from _parts(folder_fd, path, listing)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                yield Unreadable(path, error_text(error))
            continue
        yield from sorted(listing.unreadable, key=lambda item: item.path)
        pending.extend(join(path, name) for name in reversed(listing.folders))


def _listed(folder_fd: int, path: str, names: NameFilter) -> _Listing:
    listing = _Listing([], [], [], [], [], set(), set())
    with at.scandir(folder_fd) as entries:
        for entry in entries:
            _add_entry(listing, entry, path, names)
    listing.files.sort()
    listing.folders.sort()
    listing.refused.sort(key=lambda item: item[0])
    return listing


def _parts(folder_fd: int, path: str, listing: _Listing) -> Iterator[Folder]:
    """The folder in parts of ``PART_FILES``, each with stats made when it is asked for: those of
    a million files take more memory than the rest of the worker."""
    refused, receipts = tuple(listing.refused), tuple(listing.receipts)
    for start in range(0, max(1, len(listing.files)), PART_FILES):
        names = listing.files[start : start + PART_FILES]
        files = _stamped(folder_fd, path, names, listing)
        until = names[-1] if start + PART_FILES < len(listing.files) else None
        yield Folder(path, files, refused, receipts, until)
        refused = receipts = ()


def _stamped(folder_fd: int, path: str, names: list[str], listing: _Listing) -> list[Stamped]:
    files: list[Stamped] = []
    for name in names:
        try:
            found = at.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except OSError as error:
            listing.unreadable.append(Unreadable(join(path, name), error_text(error)))
            continue
        stamp = stamp_of(found)
        if listing.metas or listing.sounds:
            own = Fingerprint(*stamp)
            stamp = whole(folder_fd, name, own, listing.metas, listing.sounds)
        files.append((name, *stamp))
    return files


def _add_entry(listing: _Listing, entry: os.DirEntry[str], path: str, names: NameFilter) -> None:
    name = entry.name
    try:
        if entry.is_dir(follow_symlinks=False):
            is_taken, kind = names.takes_folder(path, name), listing.folders
        elif names.takes_file(path, name):
            is_taken, kind = True, listing.files
        else:
            is_taken, kind = name.endswith(RECEIPT), listing.receipts
            if name.endswith(META):
                listing.metas.add(name)
            elif is_sound(name):
                listing.sounds.add(stem(name))
    except FileNotFoundError:
        return
    except OSError as error:
        listing.unreadable.append(Unreadable(join(path, name), error_text(error)))
        return
    if not is_taken:
        return
    if kind is listing.receipts or is_text(name):
        kind.append(name)
    else:
        listing.refused.append((printable(join(path, name)), bad_name(name)))
