"""Walking the drop folder: what lies where, folder by folder, without reading any file.

Holds one folder in memory at a time, follows no symlink, and tells what it could not see, so
that nobody takes it for deleted.
"""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass

from worker.names import RECEIPT, Names, is_text, join, printable
from worker.openread import bad_name, error_text, opened_folder
from worker.problem import Problem
from worker.settle import Fingerprint


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder's files that may be articles, by name.

    Symlinks, pipes and the like are among them if their names are an article's: reading
    refuses them. ``refused`` holds (printable path, problem) of names that are not UTF-8;
    of a folder with such a name nothing else is told. ``receipts`` are the names of what looks
    like the worker's own notes to authors.
    """

    path: str
    files: list[tuple[str, Fingerprint]]
    refused: tuple[tuple[str, Problem], ...] = ()
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder, or a single file, that is there but could not be looked at: whatever was known
    at this path or below it is unknown now, not deleted.
    """

    path: str
    error: str


@dataclass(slots=True)
class _Listing:
    files: list[tuple[str, Fingerprint]]
    folders: list[str]
    unreadable: list[Unreadable]
    refused: list[tuple[str, Problem]]
    receipts: list[str]


def walk(root_fd: int, names: Names, under: str = "") -> Iterator[Folder | Unreadable]:
    """Every folder from ``under`` down, each before its sub-folders, in the order of names.

    A folder that vanishes meanwhile is passed over, as is ``under`` itself if it is not there.
    """
    pending = [under]
    while pending:
        path = pending.pop()
        try:
            listing = _listed(root_fd, path, names)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                yield Unreadable(path, error_text(error))
            continue
        yield Folder(path, listing.files, tuple(listing.refused), tuple(listing.receipts))
        yield from listing.unreadable
        pending.extend(join(path, name) for name in reversed(listing.folders))


def _listed(root_fd: int, path: str, names: Names) -> _Listing:
    listing = _Listing([], [], [], [], [])
    with opened_folder(root_fd, path) as folder_fd, os.scandir(folder_fd) as entries:
        for entry in entries:
            _sort_in(listing, entry, path, names)
    listing.files.sort()
    listing.folders.sort()
    listing.unreadable.sort(key=lambda item: item.path)
    listing.refused.sort(key=lambda item: item[0])
    return listing


def _sort_in(listing: _Listing, entry: os.DirEntry[str], path: str, names: Names) -> None:
    name = entry.name
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and name.endswith(RECEIPT):
            listing.receipts.append(name)
            return
        if not (names.takes_folder if is_folder else names.takes_file)(path, name):
            return
        if not is_text(name):
            listing.refused.append((printable(join(path, name)), bad_name(name)))
        elif is_folder:
            listing.folders.append(name)
        else:
            listing.files.append((name, Fingerprint.of(entry.stat(follow_symlinks=False))))
    except FileNotFoundError:
        return
    except OSError as error:
        listing.unreadable.append(Unreadable(join(path, name), error_text(error)))
