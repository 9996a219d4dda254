"""Nikola's ``post.meta`` beside ``post.rst``: both are read together, as one file.

The fingerprint is of both, so that a change of either is noticed. The two parts of what is read
are separated by ``META_MARK``, which no UTF-8 text holds.
"""

import os
import re
import stat
from collections.abc import Collection

from worker.core.fingerprint import Fingerprint
from worker.core.paths import META_MARK
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
        found = os.stat(other, dir_fd=folder_fd, follow_symlinks=False)
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
    """What is seen of a file, together with its second file."""
    own = look_at(folder_fd, name, trust_leases=trust_leases)
    if not isinstance(own, Look):
        return own
    return Look(joint(own.fingerprint, meta_beside(folder_fd, name)), own.busy)


def read_with_meta(
    folder_fd: int, name: str, *, max_bytes: int, looked: Fingerprint | None
) -> ReadOutcome:
    """Read a file, and its second file before it. One that cannot be read is named instead."""
    seen = meta_beside(folder_fd, name)
    if seen is None:
        return read_file(folder_fd, name, max_bytes=max_bytes, looked=looked)
    own = read_file(folder_fd, name, max_bytes=max_bytes)
    if isinstance(own, Refused):
        return Refused(own.problem, own.fingerprint and joint(own.fingerprint, seen))
    if not isinstance(own, Content):
        return own
    meta = read_file(folder_fd, meta_name(name), max_bytes=MOST_BYTES)
    if isinstance(meta, Content):
        part, seen = meta.data, meta.fingerprint
    elif isinstance(meta, Refused):
        part = META_MARK[:1] + meta.problem.message.encode()
    else:
        return Torn()
    found = joint(own.fingerprint, seen)
    if looked is not None and not found.is_same_file(looked):
        return Torn()
    return Content(META_MARK + part + META_MARK + own.data, found)
