"""What the machine gives: inotify's limits, room on disks, a clock, libraries, parsers.

Each answer is (level, what was looked at, what was found, the cure).
"""

import ctypes
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from worker.config.model import Config
from worker.core.errors import ReadersError
from worker.ingest.verdicts import reading_rules
from worker.parsing.sandbox.pool import Crashed, Job, ParserPool
from worker.store.full_text import is_available

Answer = tuple[Literal["ok", "note", "warning", "bad"], str, str, str]

MIB = 1024 * 1024
LEAST_ROOM, SOME_ROOM = 20 * MIB, 500 * MIB
LEAST_INODES = 1000
LEAST_QUEUE = 16_384
MOST_COUNTED = 200_000
# adjtimex(2): the state of a clock that nobody sets.
_TIME_ERROR = 5
_TIMEX_BYTES = 512
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)


def limits(drop: Path, root: Path) -> Iterator[Answer]:
    """inotify's limits, which all programs of a user share, against the drop folder's size."""
    what = "inotify"
    watches = _number(root / "proc/sys/fs/inotify/max_user_watches")
    queue = _number(root / "proc/sys/fs/inotify/max_queued_events")
    if watches is None or queue is None:
        yield "note", what, "its limits cannot be read", ""
        return
    folders = _folders(drop)
    if folders * 2 > watches:
        cure = f"sysctl fs.inotify.max_user_watches={max(4 * folders, 65_536)}, and the same line "
        cure += "in /etc/sysctl.d/feedmill.conf"
        text = f"{folders:,} folders to watch, and {watches:,} watches for all programs together"
        yield "warning", what, text, cure
    else:
        yield "ok", what, f"{folders:,} folders to watch, of {watches:,}", ""
    if queue < LEAST_QUEUE:
        cure = f"sysctl fs.inotify.max_queued_events={LEAST_QUEUE}"
        text = f"only {queue:,} events are queued; after a larger burst the folder is scanned"
        yield "note", what, text, cure


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _folders(root: Path) -> int:
    """How many folders there are, as far as that matters."""
    count = 0
    for _ in os.walk(root):
        count += 1
        if count >= MOST_COUNTED:
            break
    return count


def space(what: str, folder: Path) -> Iterator[Answer]:
    """Room and inodes for whoever is not root."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        found = os.statvfs(folder)
    except OSError as error:
        yield "bad", what, f"{folder}: {error.strerror}", f"Mount {folder}, or make it readable."
        return
    room = found.f_bavail * found.f_frsize
    text = f"{room // MIB:,} MiB at {folder}"
    cure = f"Make room on the disk of {folder}."
    if room < LEAST_ROOM:
        yield "bad", what, text, cure
    elif room < SOME_ROOM:
        yield "warning", what, text, cure
    else:
        yield "ok", what, text, ""
    if found.f_files and found.f_favail < LEAST_INODES:
        yield "warning", what, f"only {found.f_favail:,} more files can be made", cure


def clock(now: datetime) -> Iterator[Answer]:
    """Articles without a date are dated by it, and scheduled ones wait for it."""
    what = "clock"
    if now < _RELEASED:
        yield "bad", what, f"it says {now:%Y-%m-%d}", "timedatectl set-time, or set-ntp true"
    elif is_synchronised():
        yield "ok", what, f"it says {now:%Y-%m-%d %H:%M:%SZ} and is kept right", ""
    else:
        cure = "timedatectl set-ntp true, or whatever keeps this machine's clock"
        yield "warning", what, f"it says {now:%Y-%m-%d %H:%M:%SZ}, and nothing keeps it right", cure


def is_synchronised() -> bool:
    """Does anything keep the system's clock right? (adjtimex(2), asked, not set.)"""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    return bool(ctypes.CDLL(None).adjtimex(buffer) != _TIME_ERROR)


def library() -> Iterator[Answer]:
    """SQLite as Python brings it."""
    what = "SQLite"
    if is_available():
        yield "ok", what, f"{sqlite3.sqlite_version}, with full-text search", ""
    else:
        cure = "Use a Python whose SQLite has FTS5, such as Debian's."
        yield "bad", what, f"{sqlite3.sqlite_version} without full-text search (FTS5)", cure


def parsers(config: Config) -> Iterator[Answer]:
    """A parser child takes a file, and limits itself."""
    what = "parsers"
    try:
        with ParserPool(reading_rules(config), count=1) as readers:
            result = next(readers.read([Job("doctor.md", b"# Doctor\n\nAll is well.\n")]))
            is_limited = readers.health().limited
    except ReadersError as error:
        yield "bad", what, str(error), error.fix
        return
    if isinstance(result, Crashed):
        cure = "Under systemd: compare MemoryMax= and SystemCallFilter= with the shipped unit."
        yield "bad", what, f"a parser did not survive a harmless file: {result.reason}", cure
    elif not is_limited:
        cure = "Under systemd: SystemCallFilter= must allow prlimit64 and setrlimit."
        yield "warning", what, "the system refuses their memory limit", cure
    else:
        yield "ok", what, "a file was read by a child with limits", ""
