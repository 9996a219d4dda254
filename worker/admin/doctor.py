"""``feedmill doctor``: everything around Feedmill that could keep it from working, and the cure.

Looks with the eyes of the user that the service runs as, where it may; changes nothing.
"""

import contextlib
import os
import pwd
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from feeds.errors import FeedmillError, fix_for
from feeds.public_folder import PublicFolder
from worker.admin.machine_checks import clock, library, limits, parsers, space
from worker.admin.unit_checks import backup_findings, unit_findings, unit_user
from worker.admin.unit_files import HOMES
from worker.config.model import Config
from worker.core.paths import PROBE
from worker.inbox.mounts import is_remote, mount_of, watch_mode
from worker.monitoring.status import read_status
from worker.store.database import load_library, open_for_reading

Level = Literal["ok", "note", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. "bad" keeps Feedmill from working, "warning" will some day."""

    level: Level
    what: str
    text: str
    cure: str = ""

    def plain(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return asdict(self)


def examine(config: Config, now: datetime, root: Path = Path("/")) -> Iterator[Finding]:
    """Every finding, in an order in which they are best cured. ``root`` is where the system's
    own files are."""
    yield Finding("ok", "configuration", _told_config(config))
    user = unit_user(root)
    load_library()
    with acting_as(user) as actor:
        yield Finding("ok", "user", f"looking as {actor}")
        yield from _program(Path(sys.prefix), actor)
        yield from _reached("drop folder", _drop_folder(config))
        yield from _reached("public folder", _public_folder(config))
        yield from _reached("database", _database(config))
    yield from _found(unit_findings(config, root))
    yield from _found(backup_findings(root, now))
    mountinfo = _read(root / "proc/self/mountinfo")
    yield from _mounts(config, mountinfo)
    yield from _found(limits(config.drop.folder, root))
    for what, folder in (
        ("room for the database", config.store_path.parent),
        ("room for the feeds", config.feeds.folder),
    ):
        yield from _found(space(what, folder))
    yield from _found(clock(now))
    yield from _found(library())
    yield from _worker(config, now)
    yield from _found(parsers(config))  # last: it takes the longest


def _reached(what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings, as far as the way to what they are of is open."""
    try:
        yield from findings
    except OSError as error:
        cure = f"Let the worker's user enter every folder above {error.filename}."
        yield Finding("bad", what, f"{error.filename}: {error.strerror}", cure)


def _found(answers: Iterator[tuple[Level, str, str, str]]) -> Iterator[Finding]:
    return (Finding(*answer) for answer in answers)


@contextlib.contextmanager
def acting_as(user: str) -> Iterator[str]:
    """Act as a user for the length of the block, where this process may; gives who acts."""
    me = pwd.getpwuid(os.geteuid()).pw_name if _has_name(os.geteuid()) else str(os.geteuid())
    found = _entry(user)
    if os.geteuid() != 0 or found is None or found.pw_uid == 0:
        yield me
        return
    groups = os.getgroups()
    os.initgroups(user, found.pw_gid)
    os.setegid(found.pw_gid)
    os.seteuid(found.pw_uid)
    try:
        yield user
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _entry(user: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(user) if user else None
    except KeyError:
        return None


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


def _told_config(config: Config) -> str:
    return str(config.path) if config.path else "none: the defaults hold in the current folder"


def _program(prefix: Path, actor: str) -> Iterator[Finding]:
    """A careful root's umask hides a new venv from everybody else. What lies at somebody's home
    is shown to the service by its unit."""
    if any(prefix.is_relative_to(home) for home in HOMES):
        return
    parts = [prefix / "bin" / "feedmill", Path(__file__)]
    hidden = [path for path in parts if not os.access(path, os.R_OK, effective_ids=True)]
    if hidden:
        cure = f"chmod -R go+rX {prefix}, and let everybody enter the folders above it."
        yield Finding("bad", "program", f"{actor} cannot read {hidden[0]}", cure)
    else:
        yield Finding("ok", "program", f"{prefix} can be read by {actor}")


def _mode(path: Path) -> int:
    """What the path is; 0 where nothing is. Raises OSError where the way to it is not open: since
    Python 3.14 ``exists`` and ``is_dir`` take that for absence."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _drop_folder(config: Config) -> Iterator[Finding]:
    what, folder = "drop folder", config.drop.folder
    if not stat.S_ISDIR(_mode(folder)):
        yield Finding("bad", what, f"{folder} is not there", f"mkdir {folder}, or mount it")
        return
    if not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        cure = f"Let the worker's user read {folder}, and enter every folder above it."
        yield Finding("bad", what, f"{folder} cannot be read", cure)
        return
    error = _write_error(folder)
    if error is None:
        yield Finding("ok", what, f"{folder} can be read and written")
    elif config.drop.after == "archive":
        text = f"{folder} cannot be written, and drop.after is archive: {error.strerror}"
        yield Finding("bad", what, text, fix_for(error, folder))
    elif config.drop.receipts != "off" and config.drop.receipts_folder is None:
        text = f"{folder} cannot be written, so that no receipts can stand in it: {error.strerror}"
        yield Finding("warning", what, text, f"{fix_for(error, folder)} Or set receipts_folder.")
    else:
        yield Finding("ok", what, f"{folder} can be read")


def _write_error(folder: Path) -> OSError | None:
    """Why no file can be made there; None where one was made, and removed again."""
    probe = folder / f"{PROBE}doctor.md"
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        probe.unlink()
    except OSError as error:
        return error
    return None


def _public_folder(config: Config) -> Iterator[Finding]:
    what, folder = "public folder", config.feeds.folder
    was_there = stat.S_ISDIR(_mode(folder))
    try:
        PublicFolder(folder).prove()
    except FeedmillError as error:
        cure = error.fix or _cure_of_absence(folder)
        yield Finding("bad", what, f"{folder} cannot be written: {error.cause}", cure)
        return
    finally:
        if not was_there:  # prove() makes it as publishing would
            with contextlib.suppress(OSError):
                folder.rmdir()
    yield Finding("ok", what, f"{folder} can be written")
    if was_there and not _is_open(folder):
        text = f"{folder} can be read by its owner and group only"
        yield Finding("warning", what, text, f"chmod o+rx {folder}, for web servers to read it.")


def _is_open(folder: Path) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH
    return folder.stat().st_mode & wanted == wanted


def _cure_of_absence(folder: Path) -> str:
    return f"Make {folder} for the worker's user, or mount what belongs there."


def _database(config: Config) -> Iterator[Finding]:
    what, path = "database", config.store_path
    if not _mode(path):
        error = _write_error(path.parent)
        if error is None:
            yield Finding("ok", what, f"{path} will be made by the first run")
        else:
            text = f"{path} cannot be made: {error.strerror}"
            cure = fix_for(error, path.parent) or _cure_of_absence(path.parent)
            yield Finding("bad", what, text, cure)
        return
    try:
        with open_for_reading(path) as database:
            number = database.schema_number()
    except FeedmillError as error:
        cure = error.fix or f"feedmill restore puts a backup in the place of {path}."
        yield Finding("bad", what, f"{path}: {error.cause}", cure)
        return
    if os.access(path, os.W_OK, effective_ids=True):
        yield Finding("ok", what, f"{path} can be opened, schema {number}")
    else:
        cure = f"Let the worker's user write {path}, and the files beside it."
        yield Finding("bad", what, f"{path} cannot be written", cure)


def _mounts(config: Config, mountinfo: str) -> Iterator[Finding]:
    what = "mounts"
    path = os.path.realpath(config.drop.folder)
    mode = watch_mode(path, config.drop.poll, mountinfo)
    level: Level = "ok" if mode.mode == "inotify" else "note"
    yield Finding(level, what, f"the drop folder is followed by {mode.mode}: {mode.reason}")
    mount = mount_of(os.path.realpath(config.store_path.parent), mountinfo)
    if mount and is_remote(mount.kind):
        text = f"the database lies on {mount.kind}, where SQLite cannot lock and share memory"
        yield Finding("bad", what, text, "Set store.path to a folder on a local disk.")
    for name, folder in (("database", config.store_path.parent), ("feeds", config.feeds.folder)):
        mount = mount_of(os.path.realpath(folder), mountinfo)
        if mount and mount.kind in ("tmpfs", "ramfs"):
            text = f"the {name} lies in memory ({mount.kind} at {mount.point})"
            yield Finding("warning", what, text, "It is gone with the next start of the machine.")


def _worker(config: Config, now: datetime) -> Iterator[Finding]:
    what = "worker"
    try:
        status = read_status(config, now)
    except FeedmillError as error:
        yield Finding("note", what, f"nothing is known: {error.cause}", error.fix)
        return
    if status.worker == "silent":
        cure = "journalctl -u feedmill says why it ended; systemctl restart feedmill"
        yield Finding("bad", what, f"it was last heard of at {status.since}", cure)
    else:
        since = f" since {status.since}" if status.since else ""
        yield Finding("ok", what, f"{status.worker}{since}")
    for trouble, text in status.troubles.items():
        cure = "It is over when its cause is: feedmill status tells."
        yield Finding("bad", what, f"trouble with {trouble}: {text}", cure)
    for feed in status.feeds:
        if feed.problem:
            cure = "What was good before stays public; `feedmill rebuild` tries again."
            yield Finding("warning", what, f"feed {feed.key}: {feed.problem}", cure)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
