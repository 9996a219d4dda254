"""Opening and reading files that others control, below one directory descriptor.

Refuses everything but regular files reached without a symlink, never blocks on what it opens,
and tells which errors belong to the file and which will pass.
"""

import errno
import fcntl
import os
import signal
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from worker.core.errors import DropError, RootChanged
from worker.core.fingerprint import Fingerprint
from worker.core.paths import is_text, printable
from worker.core.problems import Problem

MAX_DEPTH = 32
"""Folders within folders; more is a loop of bind mounts or an attack on the walk's time."""

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})
# <linux/time.h> and <linux/fs.h>; Python has no names for them.
_CLOCK_REALTIME_COARSE = 5
_FS_IOC_GETVERSION = 0x80087601
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class RootIdentity(NamedTuple):
    """What tells one drop folder from another one in its place.

    ``generation`` is the inode's, 0 where the file system keeps none: ext4 gives a folder that
    was deleted and made again the same inode number at once.
    """

    device: int
    inode: int
    generation: int


@dataclass(frozen=True, slots=True)
class Content:
    """A file's whole bytes, from one moment.

    ``fingerprint`` is what the ledger may hold against later stats. Where the file changed so
    shortly before that a further change could not be told by its stat, it equals no stat, and
    the file is read once more.
    """

    data: bytes
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Look:
    """What a path is like without reading it; ``busy`` as for ``Settler.observe``."""

    fingerprint: Fingerprint
    busy: bool | None


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no file of that path in the drop folder."""


@dataclass(frozen=True, slots=True)
class Torn:
    """The file changed since it was looked at, or while it was read: try again soon."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The file is never read as it is; only a change of the file can fix that.

    ``fingerprint`` is of the path itself (a symlink's own), None where there is none.
    """

    problem: Problem
    fingerprint: Fingerprint | None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The system would not let it be read now; not the file's fault, worth trying for ever."""

    text: str


ReadOutcome = Content | Gone | Torn | Refused | Unavailable


def error_text(error: OSError) -> str:
    """An OSError without its path, which the caller shows in its own way."""
    return error.strerror or str(error)


@contextmanager
def opened_root(root: Path, expected: RootIdentity | None) -> Iterator[int]:
    """The drop folder's descriptor, for the length of one operation.

    It is not kept open: that would keep a sysadmin from unmounting the file system. The root
    itself may be reached through symlinks; that is the sysadmin's choice, not an author's.
    Raises DropError, or RootChanged if ``expected`` is not what stands there.
    """
    try:
        descriptor = os.open(root, FOLDER_FLAGS & ~os.O_NOFOLLOW)
    except OSError as error:
        raise _root_error(root, error) from error
    try:
        if expected is not None and identity_of(descriptor) != expected:
            raise root_changed(root)
        yield descriptor
    finally:
        os.close(descriptor)


def identity_of(descriptor: int) -> RootIdentity:
    """What an open folder is."""
    status = os.fstat(descriptor)
    try:
        answer = fcntl.ioctl(descriptor, _FS_IOC_GETVERSION, bytes(8))
    except OSError:
        answer = bytes(8)
    # The request says "long", every kernel writes an int.
    return RootIdentity(status.st_dev, status.st_ino, struct.unpack_from("I", answer)[0])


def root_changed(root: Path) -> RootChanged:
    """The error for a drop folder that was replaced."""
    return RootChanged(
        "drop folder",
        printable(str(root)),
        "another folder stands in its place (made again, mounted, or unmounted)",
    )


def _root_error(root: Path, error: OSError) -> DropError:
    fixes = {
        errno.ENOENT: "Make the folder, or set drop.folder in feedmill.toml.",
        errno.ENOTDIR: "Set drop.folder in feedmill.toml to a folder.",
        errno.EACCES: "Give the worker's user the right to read and enter the folder.",
    }
    fix = fixes.get(error.errno or 0, "Check the file system that holds the folder.")
    return DropError("drop folder", printable(str(root)), error_text(error), fix)


@contextmanager
def opened_folder(root_fd: int, folder: str) -> Iterator[int]:
    """The descriptor of a folder below the root, entered part by part.

    ``O_NOFOLLOW`` guards the last part only, so each part is opened by itself: a symlink
    anywhere on the way raises OSError with ELOOP or ENOTDIR. Other errors as from open(2).
    """
    descriptor = os.dup(root_fd)
    try:
        for part in parts_of(folder):
            deeper = os.open(part, FOLDER_FLAGS, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        yield descriptor
    finally:
        os.close(descriptor)


def parts_of(path: str) -> list[str]:
    """The names on the way; OSError with ENOENT for what cannot lie below the root."""
    parts = path.split("/") if path else []
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    if len(parts) > MAX_DEPTH:
        raise OSError(errno.ENAMETOOLONG, f"more than {MAX_DEPTH} folders within each other")
    return parts


def look_at(folder_fd: int, name: str, *, trust_leases: bool) -> Look | Gone | Unavailable:
    """One file's stat, and whether somebody has it open for writing."""
    try:
        status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            return Gone()
        if not stat.S_ISREG(status.st_mode):
            return Look(Fingerprint.of(status), busy=None)
        descriptor = os.open(name, _FILE, dir_fd=folder_fd)
        try:
            busy = held_for_writing(descriptor) if trust_leases else None
            return Look(Fingerprint.of(os.fstat(descriptor)), busy)
        finally:
            os.close(descriptor)
    except OSError as error:
        return missing_or_passing(error)


def held_for_writing(descriptor: int) -> bool | None:
    """Whether any process of this machine has the file open, or mapped, for writing.

    ``descriptor`` is open for reading only. None where the kernel will not tell: a file of
    another user (CAP_LEASE is wanted then), or a file system without leases. See fcntl(2).
    """
    try:
        # A writer that opens the file while the lease is held, some microseconds, makes the
        # kernel signal us: by SIGIO, whose default action ends the process. SIGURG's is to
        # ignore it, and the choice stays with this descriptor.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def read_file(
    folder_fd: int, name: str, *, max_bytes: int, looked: Fingerprint | None = None
) -> ReadOutcome:
    """Read one file whole, at most ``max_bytes``.

    With ``looked``, a file that is not as it was looked at is torn: a writer may have emptied
    it since, and be about to fill it.
    """
    try:
        status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            return Gone()
        # Looked at before it is opened: opening a pipe would wake its writer, opening a device
        # can do anything.
        refusal = _refusal(name, status, max_bytes)
        if refusal is not None:
            return refusal
        descriptor = os.open(name, _FILE, dir_fd=folder_fd)
        try:
            return _read_opened(descriptor, name, max_bytes, looked)
        finally:
            os.close(descriptor)
    except OSError as error:
        # ELOOP: the file gave way to a symlink between the two calls.
        return Torn() if error.errno == errno.ELOOP else missing_or_passing(error)


def _read_opened(
    descriptor: int, name: str, max_bytes: int, looked: Fingerprint | None
) -> ReadOutcome:
    now_ns = time.clock_gettime_ns(_CLOCK_REALTIME_COARSE)
    status = os.fstat(descriptor)
    refusal = _refusal(name, status, max_bytes)
    if refusal is not None:
        return refusal
    before = Fingerprint.of(status)
    if looked is not None and looked != before:
        return Torn()
    data = _read_up_to(descriptor, before.size + 1)
    after = Fingerprint.of(os.fstat(descriptor))
    if after != before or len(data) != before.size:
        return Torn()
    return Content(data, before if before.is_proof(now_ns) else before.doubtful())


def _read_up_to(descriptor: int, limit: int) -> bytes:
    """At most ``limit`` bytes: a file that grows while it is read has no end otherwise."""
    chunks: list[bytes] = []
    while limit > 0 and (chunk := os.read(descriptor, limit)):
        chunks.append(chunk)
        limit -= len(chunk)
    return b"".join(chunks)


def _refusal(name: str, status: os.stat_result, max_bytes: int) -> Refused | None:
    fingerprint = Fingerprint.of(status)
    if not is_text(name):
        return Refused(bad_name(name), fingerprint)
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "a special file")
        return Refused(not_a_file(kind), fingerprint)
    if status.st_size > max_bytes:
        return Refused(too_large(status.st_size, max_bytes), fingerprint)
    return None


def not_a_file(kind: str) -> Problem:
    """The problem of a link, a pipe and the like; ``kind`` says which."""
    hint = "Copy the article itself into the folder."
    return Problem("not-a-file", f"This is {kind}, not a regular file.", hint=hint)


def too_large(size: int, max_bytes: int) -> Problem:
    """The problem of a file with more bytes than are read."""
    return Problem(
        "file-too-large",
        f"The file has {size:,} bytes; the limit is {max_bytes:,}.",
        hint="Shorten it, link to pictures instead of putting them in the text, or ask the "
        "administrator to raise drop.max_bytes in feedmill.toml.",
    )


def bad_name(name: str) -> Problem:
    """The problem of a name whose bytes are no UTF-8."""
    return Problem(
        "name-not-utf8",
        f'The file name "{printable(name)}" is not valid UTF-8, so it cannot be stored.',
        hint="Rename the file, for example with plain letters.",
    )


def missing_or_passing(error: OSError) -> Gone | Unavailable:
    """What an OSError on the way to a file means; ELOOP is the caller's."""
    return Gone() if error.errno in _NOT_THERE else Unavailable(error_text(error))
