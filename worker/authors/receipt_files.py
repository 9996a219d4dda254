"""Receipts as files: written, read and removed below the descriptor of one root folder.

Follows no symlink, replaces a receipt in one step, and touches nothing that is not a receipt:
the folder is other people's, and a name is no proof of whose file it is.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator

from feeds.atomic_file import replace_file
from worker.authors.receipt_text import OPENING
from worker.core.paths import RECEIPT, join, split
from worker.inbox.safe_open import FOLDER_FLAGS, opened_folder, parts_of

# A fixed name: what a crash leaves behind is overwritten by the next receipt of the folder. It
# is hidden, and so no event and no article.
_BESIDE = ".feedmill-receipt"
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_LARGEST = 1_000_000
_NAME_BYTES = 255
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


class NotOursError(OSError):
    """What stands in a receipt's place was not written by Feedmill."""


def receipt_path(path: str) -> str:
    """Where the receipt of the file at ``path`` stands: beside it, its name with an ending."""
    folder, name = split(path)
    if len(os.fsencode(name + RECEIPT)) > _NAME_BYTES:
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        room = _NAME_BYTES - len(RECEIPT) - len(digest) - 1
        name = f"{os.fsencode(name)[:room].decode('utf-8', 'ignore')}~{digest}"
    return join(folder, name + RECEIPT)


def put_receipt(root_fd: int, path: str, text: str, *, make_folders: bool = False) -> bool:
    """Let the receipt at ``path`` (as ``receipt_path`` gives it) read ``text``.

    Returns whether it had to be written. Raises OSError; NotOursError where another's file
    stands in its place, which is left alone.
    """
    folder, name = split(path)
    data = text.encode()
    with _opened(root_fd, folder, make=make_folders) as folder_fd:
        if _ours(folder_fd, name) == data:
            return False
        replace_file(name, data, _BESIDE, dir_fd=folder_fd)
    return True


def remove_receipt(root_fd: int, path: str) -> bool:
    """Take the receipt at ``path`` away; False where there is none of ours. Raises OSError."""
    folder, name = split(path)
    try:
        with opened_folder(root_fd, folder) as folder_fd:
            if _ours(folder_fd, name) is None:
                return False
            os.unlink(name, dir_fd=folder_fd)
    except NotOursError:
        return False
    except OSError as error:
        if error.errno in _NOT_THERE:
            return False
        raise
    return True


def receipts_below(root_fd: int, folder: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """(folder, names of receipts, names of other files) of ``folder`` and each one below it."""
    pending = [folder]
    while pending:
        place = pending.pop()
        receipts: list[str] = []
        others: list[str] = []
        try:
            with opened_folder(root_fd, place) as folder_fd, os.scandir(folder_fd) as entries:
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


@contextlib.contextmanager
def _opened(root_fd: int, folder: str, *, make: bool) -> Iterator[int]:
    """The folder's descriptor; with ``make``, folders that are missing are made."""
    if make:
        with contextlib.ExitStack() as stack:
            descriptor = stack.enter_context(opened_folder(root_fd, ""))
            for part in parts_of(folder):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
                descriptor = os.open(part, FOLDER_FLAGS, dir_fd=descriptor)
                stack.callback(os.close, descriptor)
            yield descriptor
    else:
        with opened_folder(root_fd, folder) as descriptor:
            yield descriptor


def _ours(folder_fd: int, name: str) -> bytes | None:
    """The receipt's bytes; None where nothing stands there, or only a symlink.

    An empty file is what a power cut leaves of a receipt, and nobody's loss. Raises OSError;
    NotOursError for anything else.
    """
    try:
        status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise _not_ours()
        with os.fdopen(os.open(name, _OLD, dir_fd=folder_fd), "rb") as file:
            data = file.read(_LARGEST)
    except FileNotFoundError:
        return None
    if data and not data.startswith(OPENING.encode()):
        raise _not_ours()
    return data


def _not_ours() -> NotOursError:
    return NotOursError(errno.EEXIST, "a file that Feedmill did not write has this name")
