"""What is beside an article and read with it, as one file: Nikola's ``post.meta`` beside
``post.rst``, and the names of sounds (``sounds``).

The fingerprint is of both, so that a change of either is noticed. The two parts of what is read
are separated by ``META_MARK``, which no UTF-8 text holds.
"""

import re
import stat
from collections.abc import Collection

from feeds import at
from worker.core.fingerprint import Fingerprint
from worker.core.paths import META_MARK, SOUND_MARK
from worker.inbox.safe_open import (
    Content,
    Gone,
    Look,
    ReadOutcome,
    Refused,
    Torn,
    Unavailable,
    look_at,
    read_file,
)
from worker.inbox.sounds import sounds_beside, with_sounds

META = ".meta"
MOST_BYTES = 65_536

_WITH_META = re.compile(r"(.+)[.](?:re?st|txt|md|markdown|html?)", re.IGNORECASE | re.DOTALL)
_INTEGER = 2**62 - 1


def meta_name(name: str) -> str:
    """The name that the second file of an article would have; "" if it can have none."""
    found = _WITH_META.fullmatch(name)
    return found[1] + META if found else ""


def meta_beside(
    folder_fd: int, name: str, known: Collection[str] | None = None
) -> Fingerprint | None:
    """The fingerprint of a file's second file; of one among the ``known`` names, if given."""
    other = meta_name(name)
    if not other or (known is not None and other not in known):
        return None
    try:
        found = at.stat(other, dir_fd=folder_fd, follow_symlinks=False)
    except OSError:
        return None
    return None if stat.S_ISDIR(found.st_mode) else Fingerprint.of(found)


def joint(own: Fingerprint, meta: Fingerprint | None) -> Fingerprint:
    """The fingerprint of both files; doubtful if one of them is."""
    if meta is None:
        return own
    is_doubtful = 0 in (own.ctime_ns, meta.ctime_ns)
    return Fingerprint(
        (own.inode * 31 + meta.inode) & _INTEGER,
        (own.size + meta.size) & _INTEGER,
        max(own.mtime_ns, meta.mtime_ns),
        0 if is_doubtful else max(own.ctime_ns, meta.ctime_ns),
    )


def look_with_meta(folder_fd: int, name: str, *, trust_leases: bool) -> Look | Gone | Unavailable:
    """What is seen of a file, together with what is beside it."""
    own = look_at(folder_fd, name, trust_leases=trust_leases)
    if not isinstance(own, Look):
        return own
    return Look(whole(folder_fd, name, own.fingerprint), own.busy)


def whole(
    folder_fd: int,
    name: str,
    own: Fingerprint,
    metas: Collection[str] | None = None,
    sounds: Collection[str] | None = None,
) -> Fingerprint:
    """The fingerprint of a file with what is beside it; ``metas`` are the names of all second
    files of the folder, ``sounds`` the stems of its sounds, if given."""
    beside = sounds_beside(folder_fd, name, sounds)
    return with_sounds(joint(own, meta_beside(folder_fd, name, metas)), beside)


def read_with_meta(
    folder_fd: int, name: str, *, max_bytes: int, looked: Fingerprint | None
) -> ReadOutcome:
    """Read a file, and its second file before it. One that cannot be read is named instead. The
    names of sounds come before both."""
    sounds, seen = sounds_beside(folder_fd, name), meta_beside(folder_fd, name)
    if seen is None and not sounds:
        return read_file(folder_fd, name, max_bytes=max_bytes, looked=looked)
    own = read_file(folder_fd, name, max_bytes=max_bytes)
    if isinstance(own, Refused):
        found = own.fingerprint and with_sounds(joint(own.fingerprint, seen), sounds)
        return Refused(own.problem, found)
    if not isinstance(own, Content):
        return own
    data = own.data
    if seen is not None:
        meta = _read_meta(folder_fd, name)
        if meta is None:
            return Torn()
        data, seen = META_MARK + meta[0] + META_MARK + data, meta[1] or seen
    found = with_sounds(joint(own.fingerprint, seen), sounds)
    if looked is not None and not found.is_same_file(looked):
        return Torn()
    names = SOUND_MARK + b"/".join(map(str.encode, sounds)) + SOUND_MARK if sounds else b""
    return Content(names + data, found)


def _read_meta(folder_fd: int, name: str) -> tuple[bytes, Fingerprint | None] | None:
    """What the second file says, or why it is not read, and its fingerprint; None: it changes."""
    meta = read_file(folder_fd, meta_name(name), max_bytes=MOST_BYTES)
    if isinstance(meta, Content):
        return meta.data, meta.fingerprint
    if isinstance(meta, Refused):
        return META_MARK[:1] + meta.problem.message.encode(), None
    return None
