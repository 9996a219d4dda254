"""Opens and reads files that others control, below one directory descriptor.

Refuses everything but regular files reached without a symlink, never blocks on what it opens,
and separates a file's own errors from temporary ones.
"""

import errno
import os
import signal
import stat
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from feeds import at
from worker.core.errors import DropError, RootChanged
from worker.core.fingerprint import Fingerprint
from worker.core.paths import is_text, printable
from worker.core.problems import Problem
from worker.inbox.filters import is_unread

MAX_DEPTH = 32
"""Nested folders; more is a loop of bind mounts or an attack on the scan's time."""

FOLDER_FLAGS = os.O_RDONLY | at.O_DIRECTORY | at.O_NOFOLLOW | at.O_NONBLOCK | at.O_CLOEXEC
_FILE = os.O_RDONLY | at.O_NOFOLLOW | at.O_NONBLOCK | at.O_CLOEXEC | at.O_NOCTTY
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})
# <linux/time.h> and <linux/fs.h>; Python has no names for them.
_CLOCK_REALTIME_COARSE = 5
_LONGEST_TICK_NS = 20_000_000  # Windows' clock ticks every 16 ms
_FS_IOC_GETVERSION = 0x80087601
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class RootIdentity(NamedTuple):
    """What identifies a drop folder.

    ``generation`` is the inode's, 0 if the file system has none: ext4 gives a folder that was
    deleted and made again the same inode number.
    """

    device: int
    inode: int
    generation: int


@dataclass(frozen=True, slots=True)
class Content:
    """A file's whole bytes, from one moment.

    ``fingerprint`` is for comparison with later stats. If the file changed so shortly before that
    its stat might hide a further change, it equals no stat, and the file is read once more.
    """

    data: bytes
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Look:
    """A path's stat, without reading it; ``busy`` as for ``Settler.observe``."""

    fingerprint: Fingerprint
    busy: bool | None


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no file at that path in the drop folder."""


@dataclass(frozen=True, slots=True)
class Torn:
    """The file changed since the look, or while it was read: try again soon."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The file is not read until its author changes it.

    ``fingerprint`` is of the path itself (a symlink's own), None if there is none.
    """

    problem: Problem
    fingerprint: Fingerprint | None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The system cannot read it now; not the file's fault, so it is tried for ever."""

    text: str


ReadOutcome = Content | Gone | Torn | Refused | Unavailable


def error_text(error: OSError) -> str:
    """An OSError's text without its path, which the caller adds."""
    return error.strerror or str(error)


@contextmanager
def opened_root(root: Path, expected: RootIdentity | None) -> Iterator[int]:
    """The drop folder's descriptor, for the length of one operation.

    Not kept open: nobody could unmount the file system. The root itself may be reached through
    symlinks; that is the sysadmin's choice, not an author's. Raises DropError, or RootChanged if
    another folder than ``expected`` is there.
    """
    try:
        descriptor = at.open_(root, FOLDER_FLAGS & ~at.O_NOFOLLOW)
    except OSError as error:
        raise _root_error(root, error) from error
    try:
        if expected is not None and identity_of(descriptor) != expected:
            raise root_changed(root)
        yield descriptor
    finally:
        at.close(descriptor)


def identity_of(descriptor: int) -> RootIdentity:
    """The identity of an open folder."""
    status = at.fstat(descriptor)
    try:
        import fcntl

        answer = fcntl.ioctl(descriptor, _FS_IOC_GETVERSION, bytes(8))
    except (ImportError, OSError):
        answer = bytes(8)
    # The request is declared as "long"; every kernel writes an int.
    return RootIdentity(status.st_dev, status.st_ino, struct.unpack_from("I", answer)[0])


def root_changed(root: Path) -> RootChanged:
    """The error for a drop folder that was replaced."""
    return RootChanged(
        "drop folder",
        printable(str(root)),
        "another folder is at its path (made again, mounted, or unmounted)",
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
def opened_folder(root_fd: int, folder: str, *, make: bool = False) -> Iterator[int]:
    """The descriptor of a folder below the root, entered part by part; ``make`` makes what is
    missing.

    ``O_NOFOLLOW`` guards the last part only, so each part is opened by itself: a symlink
    anywhere on the way raises OSError with ELOOP or ENOTDIR. Other errors as from open(2).
    """
    descriptor = at.dup(root_fd)
    try:
        for part in _parts_of(folder):
            if make:
                with suppress(FileExistsError):
                    at.mkdir(part, dir_fd=descriptor)
            deeper = at.open_(part, FOLDER_FLAGS, dir_fd=descriptor)
            at.close(descriptor)
            descriptor = deeper
        yield descriptor
    finally:
        at.close(descriptor)


def _parts_of(path: str) -> list[str]:
    """The names on the way; OSError with ENOENT for what cannot lie below the root."""
    parts = path.split("/") if path else []
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    if len(parts) > MAX_DEPTH:
        raise OSError(errno.ENAMETOOLONG, f"more than {MAX_DEPTH} folders within each other")
    return parts


def look_at(folder_fd: int, name: str, *, trust_leases: bool) -> Look | Gone | Unavailable:
    """One file's stat, and whether a process has it open for writing."""
    try:
        status = at.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            return Gone()
        if not stat.S_ISREG(status.st_mode):
            return Look(Fingerprint.of(status), busy=None)
        descriptor = at.open_(name, _FILE, dir_fd=folder_fd)
        try:
            busy = held_for_writing(descriptor) if trust_leases else None
            return Look(Fingerprint.of(at.fstat(descriptor)), busy)
        finally:
            at.close(descriptor)
    except OSError as error:
        return gone_or_unavailable(error)


@contextmanager
def opened_file(folder_fd: int, name: str) -> Iterator[int]:
    """The descriptor of a regular file, for reading in pieces; ``look_at`` came before. Raises
    OSError, with ELOOP for anything that is not a regular file."""
    status = at.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    descriptor = at.open_(name, _FILE, dir_fd=folder_fd)
    try:
        if not stat.S_ISREG(at.fstat(descriptor).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        yield descriptor
    finally:
        at.close(descriptor)


def kind_of(folder_fd: int, name: str) -> str:
    """What is there instead of a regular file, in words; empty for a regular file. Raises
    OSError."""
    mode = at.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        return "a folder"
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "a special file")


def held_for_writing(descriptor: int) -> bool | None:
    """Whether any process of this machine has the file open, or mapped, for writing.

    ``descriptor`` is open for reading only. None if the kernel does not say: a file of another
    user (that needs CAP_LEASE), or a file system without leases. See fcntl(2).
    """
    try:
        import fcntl

        # If a writer opens the file in the microseconds while we hold the lease, the kernel
        # sends SIGIO, which ends the process by default. SIGURG is ignored by default.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except (ImportError, AttributeError, OSError):
        return None
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def read_file(
    folder_fd: int, name: str, *, max_bytes: int, looked: Fingerprint | None = None
) -> ReadOutcome:
    """Read one file whole, at most ``max_bytes``.

    With ``looked``, a file that changed since the look is Torn: a writer may have emptied it to
    fill it again. Of a file for other programs no byte is read.
    """
    try:
        status = at.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            return Gone()
        if is_unread(name) and is_text(name) and stat.S_ISREG(status.st_mode):
            return Content(b"", Fingerprint.of(status))
        # Checked before it is opened: opening a pipe wakes its writer, opening a device can do
        # anything.
        refusal = _refusal(name, status, max_bytes)
        if refusal is not None:
            return refusal
        descriptor = at.open_(name, _FILE, dir_fd=folder_fd)
        try:
            return _read_opened(descriptor, name, max_bytes, looked)
        finally:
            at.close(descriptor)
    except OSError as error:
        # ELOOP: a symlink replaced the file between the two calls.
        return Torn() if error.errno == errno.ELOOP else gone_or_unavailable(error)


def _read_opened(
    descriptor: int, name: str, max_bytes: int, looked: Fingerprint | None
) -> ReadOutcome:
    now_ns = kernel_now_ns()
    status = at.fstat(descriptor)
    refusal = _refusal(name, status, max_bytes)
    if refusal is not None:
        return refusal
    before = Fingerprint.of(status)
    if looked is not None and looked != before:
        return Torn()
    data = _read_up_to(descriptor, before.size + 1)
    after = Fingerprint.of(at.fstat(descriptor))
    if after != before or len(data) != before.size:
        return Torn()
    return Content(data, before if before.is_proof(now_ns) else before.doubtful())


def kernel_now_ns() -> int:
    """The clock that gives files their times, or one that is behind it for certain."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(_CLOCK_REALTIME_COARSE)
    return time.time_ns() - _LONGEST_TICK_NS


def _read_up_to(descriptor: int, limit: int) -> bytes:
    """At most ``limit`` bytes: a file that grows while it is read would have no end."""
    chunks: list[bytes] = []
    while limit > 0 and (chunk := os.read(descriptor, limit)):
        chunks.append(chunk)
        limit -= len(chunk)
    return b"".join(chunks)


def _refusal(name: str, status: os.stat_result, max_bytes: int) -> Refused | None:
    if not is_text(name):
        problem = bad_name(name)
    elif not stat.S_ISREG(status.st_mode):
        problem = not_a_file(_KINDS.get(stat.S_IFMT(status.st_mode), "a special file"))
    elif status.st_size > max_bytes:
        problem = too_large(status.st_size, max_bytes)
    else:
        return None
    return Refused(problem, Fingerprint.of(status))


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


def gone_or_unavailable(error: OSError) -> Gone | Unavailable:
    """What an OSError on the way to a file means; the caller handles ELOOP."""
    return Gone() if error.errno in _NOT_THERE else Unavailable(error_text(error))
