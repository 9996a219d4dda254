"""Checks of the machine: inotify limits, disk space, the clock, SQLite, parsers."""

import ctypes
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from worker.admin.findings import Finding
from worker.config.model import Config
from worker.core.errors import ReadersError
from worker.ingest.verdicts import reading_rules
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer
from worker.parsing.sandbox.pool import Crashed, Job, ParserPool
from worker.store.queries import is_available

MIB = 1024 * 1024
LEAST_ROOM, SOME_ROOM = 20 * MIB, 500 * MIB
LEAST_INODES = 1000
LEAST_QUEUE = 16_384
MOST_COUNTED = 200_000
# adjtimex(2): the state of a clock that is not synchronised.
_TIME_ERROR = 5
_TIMEX_BYTES = 512
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)


def limits(drop: Path, root: Path) -> Iterator[Finding]:
    """inotify's limits, which all programs of a user share, against the number of folders."""
    what = "inotify"
    watches = _number(root / "proc/sys/fs/inotify/max_user_watches")
    queue = _number(root / "proc/sys/fs/inotify/max_queued_events")
    if watches is None or queue is None:
        yield Finding("note", what, "its limits cannot be read from /proc")
        return
    folders = _folders(drop)
    if folders * 2 > watches:
        cure = f"sysctl fs.inotify.max_user_watches={max(4 * folders, 65_536)}, and the same "
        cure += "setting in /etc/sysctl.d/feedmill.conf"
        text = f"{folders:,} folders to watch, but only {watches:,} watches for all programs"
        yield Finding("warning", what, text, cure)
    else:
        yield Finding("ok", what, f"{folders:,} folders to watch, {watches:,} watches allowed")
    if queue < LEAST_QUEUE:
        cure = f"sysctl fs.inotify.max_queued_events={LEAST_QUEUE}"
        text = f"only {queue:,} events fit into the queue; a larger burst causes a scan"
        yield Finding("note", what, text, cure)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _folders(root: Path) -> int:
    return sum(1 for _ in islice(os.walk(root), MOST_COUNTED))


def space(what: str, folder: Path) -> Iterator[Finding]:
    """Free space and inodes for users other than root."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        found = os.statvfs(folder)
    except OSError as error:
        cure = f"Mount {folder} or make it readable."
        yield Finding("bad", what, f"{folder}: {error.strerror}", cure)
        return
    room = found.f_bavail * found.f_frsize
    text = f"{room // MIB:,} MiB free at {folder}"
    cure = f"Free some space on the disk of {folder}."
    if room < LEAST_ROOM:
        yield Finding("bad", what, text, cure)
    elif room < SOME_ROOM:
        yield Finding("warning", what, text, cure)
    else:
        yield Finding("ok", what, text)
    if found.f_files and found.f_favail < LEAST_INODES:
        yield Finding("warning", what, f"only {found.f_favail:,} more files can be created", cure)


def clock(now: datetime) -> Iterator[Finding]:
    """The system clock, which dates articles and starts scheduled ones."""
    what = "clock"
    text = f"it says {now:%Y-%m-%d %H:%M:%SZ}"
    if now < _RELEASED:
        yield Finding("bad", what, text, "timedatectl set-ntp true, or timedatectl set-time.")
    elif is_synchronised():
        yield Finding("ok", what, f"{text} and is synchronised")
    else:
        cure = "timedatectl set-ntp true, or start this machine's time service."
        yield Finding("warning", what, f"{text} and is not synchronised", cure)


def is_synchronised() -> bool:
    """Whether the system clock is synchronised (adjtimex(2), read only)."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    return bool(ctypes.CDLL(None).adjtimex(buffer) != _TIME_ERROR)


def library() -> Iterator[Finding]:
    """Whether Python's SQLite has full-text search."""
    what = "SQLite"
    if is_available():
        yield Finding("ok", what, f"{sqlite3.sqlite_version}, with full-text search")
    else:
        fix = "Use a Python whose SQLite has FTS5, for example Debian's."
        yield Finding("bad", what, f"{sqlite3.sqlite_version} has no full-text search (FTS5)", fix)


def parsers(config: Config) -> Iterator[Finding]:
    """Whether a parser process reads a file and can limit its own memory."""
    what = "parsers"
    try:
        with (
            ForkServer(PARSERS) as server,
            ParserPool(server, reading_rules(config), count=1) as readers,
        ):
            result = next(readers.read([Job("doctor.md", b"# Doctor\n\nAll is well.\n")]))
            is_limited = readers.health().limited
    except ReadersError as error:
        yield Finding("bad", what, str(error), error.fix)
        return
    if isinstance(result, Crashed):
        cure = "Under systemd, compare MemoryMax= and SystemCallFilter= with the shipped unit."
        yield Finding("bad", what, f"a parser crashed on a harmless file: {result.reason}", cure)
    elif not is_limited:
        cure = "Under systemd, SystemCallFilter= must allow prlimit64 and setrlimit."
        yield Finding("warning", what, "the system does not let them limit their memory", cure)
    else:
        yield Finding("ok", what, "a parser with a memory limit read a file")
