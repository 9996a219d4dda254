"""Writes, reads and removes receipt files below the descriptor of a root folder.

Follows no symlink, replaces a receipt in one step, and never touches a file that Feedmill did
not write: the folder belongs to authors, and a name does not prove who wrote a file.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator

from feeds import at
from feeds.atomic_file import replacement, write_all
from worker.authors.receipt_text import OPENING
from worker.core.paths import RECEIPT, join, split
from worker.inbox.safe_open import opened_folder

# A fixed name: the next receipt in the folder replaces what a crash left. It is hidden, so it
# causes no event and is no article.
_BESIDE = ".feedmill-receipt"
_OLD = os.O_RDONLY | at.O_NOFOLLOW | at.O_NONBLOCK | at.O_CLOEXEC | at.O_NOCTTY
_LARGEST = 1_000_000
_NAME_BYTES = 255
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


class NotOursError(OSError):
    """A file with a receipt's name was not written by Feedmill."""


def receipt_path(path: str) -> str:
    """The path of a file's receipt: beside the file, its name plus an ending."""
    folder, name = split(path)
    if len(os.fsencode(name + RECEIPT)) > _NAME_BYTES:
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        room = _NAME_BYTES - len(RECEIPT) - len(digest) - 1
        name = f"{os.fsencode(name)[:room].decode('utf-8', 'ignore')}~{digest}"
    return join(folder, name + RECEIPT)


def put_receipt(root_fd: int, path: str, text: str, *, make_folders: bool = False) -> bool:
    """Write ``text`` as the receipt at ``path`` (as ``receipt_path`` gives it).

    Returns False if it already had this text. Raises OSError; NotOursError if a file that
    Feedmill did not write has this name, and leaves that file alone.
    """
    folder, name = split(path)
    data = text.encode()
    with opened_folder(root_fd, folder, make=make_folders) as folder_fd:
        if _ours(folder_fd, name) == data:
            return False
        with replacement(name, _BESIDE, dir_fd=folder_fd) as descriptor:
            write_all(descriptor, data)
    return True


def remove_receipt(root_fd: int, path: str) -> bool:
    """Remove the receipt at ``path``; False if there is none. Raises OSError."""
    folder, name = split(path)
    try:
        with opened_folder(root_fd, folder) as folder_fd:
            if _ours(folder_fd, name) is None:
                return False
            at.unlink(name, dir_fd=folder_fd)
    except NotOursError:
        return False
    except OSError as error:
        if error.errno in _NOT_THERE:
            return False
        raise
    return True


def receipts_below(root_fd: int, folder: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """(folder, receipts, other files) for ``folder`` and each folder below it."""
    pending = [folder]
    while pending:
        place = pending.pop()
        receipts: list[str] = []
        others: list[str] = []
        try:
            with opened_folder(root_fd, place) as folder_fd, at.scandir(folder_fd) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(join(place, entry.name))
                    elif entry.name.endswith(RECEIPT):
                        receipts.append(entry.name)
                    else:
                        others.append(entry.name)
        except OSError:
            continue
        yield place, receipts, others


def _ours(folder_fd: int, name: str) -> bytes | None:
    """The receipt's bytes; None if nothing or only a symlink has this name.

    An empty file counts as a receipt: a power cut can leave one. Raises OSError; NotOursError
    for anything else.
    """
    try:
        status = at.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise _not_ours()
        with os.fdopen(at.open_(name, _OLD, dir_fd=folder_fd), "rb") as file:
            data = file.read(_LARGEST)
    except FileNotFoundError:
        return None
    if data and not data.startswith(OPENING.encode()):
        raise _not_ours()
    return data


def _not_ours() -> NotOursError:
    return NotOursError(errno.EEXIST, "a file that Feedmill did not write has this name")
