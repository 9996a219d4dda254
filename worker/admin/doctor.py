"""``feedmill doctor``: finds what could stop Feedmill from working, with a fix for each.

Run as root, it checks files as the service's user. It changes nothing.
"""

import contextlib
import os
import pwd
import stat
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from feeds.errors import FeedmillError, fix_for
from feeds.public_folder import PublicFolder
from worker.admin.cloud_checks import litestream_findings, mirror_findings, unbuilt_findings
from worker.admin.findings import Finding, Level
from worker.admin.machine_checks import clock, library, limits, parsers, space
from worker.admin.podcast_checks import podcast_findings
from worker.admin.unit_checks import backup_findings, unit_findings, unit_user
from worker.admin.unit_files import HOMES
from worker.config.model import Config
from worker.core.paths import PROBE
from worker.inbox.mounts import is_remote, mount_of, watch_mode
from worker.monitoring.status import read_status
from worker.store.database import load_library, open_for_reading
from worker.store.topics import unknown_topics


def examine(
    config: Config, now: datetime, root: Path = Path("/"), *, with_feeds: bool = False
) -> Iterator[Finding]:
    """Every finding, in the order in which to fix them. ``root`` is where the system's own files
    are; tests pass another one. ``with_feeds``: every feed is read back, too."""
    which = str(config.path or "none: using the defaults in the current folder")
    yield Finding("ok", "configuration", which)
    user = unit_user(root)
    load_library()
    with acting_as(user) as actor:
        yield Finding("ok", "user", f"checking as {actor}")
        yield from _program(Path(sys.prefix), actor)
        yield from _guarded("drop folder", _drop_folder(config))
        yield from _guarded("assets", _assets(config))
        yield from _guarded("public folder", _public_folder(config))
        yield from _guarded("database", _database(config))
        if with_feeds:
            from worker.admin.feed_checks import feeds

            yield from _guarded("feeds", feeds(config))
    yield from unit_findings(config, root)
    yield from backup_findings(root, now)
    mountinfo = _read(root / "proc/self/mountinfo")
    yield from _mounts(config, mountinfo)
    yield from limits(config.drop.folder, root)
    for what, folder in (
        ("room for the database", config.store_path.parent),
        ("room for the feeds", config.feeds.folder),
    ):
        yield from space(what, folder)
    yield from clock(now)
    yield from library()
    yield from _worker(config, now)
    yield from litestream_findings(config)
    yield from unbuilt_findings(config)
    yield from mirror_findings(config, now)
    yield from podcast_findings(config)
    yield from _topics(config)
    yield from parsers(config)  # last: it takes the longest


def _guarded(what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings, up to the first path that cannot be reached; that becomes the last finding."""
    try:
        yield from findings
    except OSError as error:
        cure = f"Let the worker's user enter every folder above {error.filename}: chmod o+x."
        yield Finding("bad", what, f"{error.filename}: {error.strerror}", cure)


@contextlib.contextmanager
def acting_as(user: str) -> Iterator[str]:
    """Become ``user`` inside the block if this process is root; gives the name of who acts."""
    me, found = str(os.geteuid()), None
    with contextlib.suppress(KeyError):
        me = pwd.getpwuid(os.geteuid()).pw_name
    with contextlib.suppress(KeyError):
        found = pwd.getpwnam(user) if user else None
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


def _program(prefix: Path, actor: str) -> Iterator[Finding]:
    """A strict umask of root hides a new venv from other users. A program in a home directory is
    fine: its unit makes it visible to the service."""
    if any(prefix.is_relative_to(home) for home in HOMES):
        return
    parts = [prefix / "bin" / "feedmill", Path(__file__)]
    hidden = [path for path in parts if not os.access(path, os.R_OK, effective_ids=True)]
    if hidden:
        cure = f"chmod -R go+rX {prefix}, and chmod o+x the folders above it."
        yield Finding("bad", "program", f"{actor} cannot read {hidden[0]}", cure)
    else:
        yield Finding("ok", "program", f"{actor} can read {prefix}")


def _mode(path: Path) -> int:
    """The file mode of the path; 0 if nothing is there. Raises OSError if a folder above it is
    not accessible: since Python 3.14 ``exists`` and ``is_dir`` report that as missing."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _drop_folder(config: Config) -> Iterator[Finding]:
    what, folder = "drop folder", config.drop.folder
    if not stat.S_ISDIR(_mode(folder)):
        yield Finding("bad", what, f"{folder} does not exist", f"mkdir {folder}, or mount it.")
        return
    if not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        cure = f"Let the worker's user read {folder} and enter every folder above it."
        yield Finding("bad", what, f"{folder} cannot be read", cure)
        return
    error = _write_error(folder)
    if error is None:
        yield Finding("ok", what, f"{folder} is readable and writable")
    elif config.drop.after == "archive":
        text = f'{folder} cannot be written, but drop.after is "archive": {error.strerror}'
        yield Finding("bad", what, text, fix_for(error, folder))
    elif config.drop.receipts != "off" and config.drop.receipts_folder is None:
        text = f"{folder} cannot be written, so authors get no receipts: {error.strerror}"
        cure = f"{fix_for(error, folder)} Or set drop.receipts_folder."
        yield Finding("warning", what, text, cure)
    else:
        yield Finding("ok", what, f"{folder} is readable")


def _assets(config: Config) -> Iterator[Finding]:
    what, folder = "assets", config.drop.assets
    if folder is None:
        return
    if not stat.S_ISDIR(_mode(folder)):
        cure = f"mkdir {folder}, or mount it, or correct drop.assets."
        yield Finding("warning", what, f"{folder} does not exist: no article shows its files", cure)
    elif not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        cure = f"Let the worker's user read {folder} and enter every folder above it."
        yield Finding("warning", what, f"{folder} cannot be read", cure)
    else:
        yield Finding("ok", what, f"{folder} is readable")


def _write_error(folder: Path) -> OSError | None:
    """Why no file can be created there; None if one was created and removed again."""
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
        PublicFolder(folder).check_writable()
    except FeedmillError as error:
        cure = error.fix or _fix_missing(folder)
        yield Finding("bad", what, f"{folder} cannot be written: {error.cause}", cure)
        return
    finally:
        if not was_there:  # prove() creates it as publishing would
            with contextlib.suppress(OSError):
                folder.rmdir()
    yield Finding("ok", what, f"{folder} is writable")
    wanted = stat.S_IROTH | stat.S_IXOTH
    if was_there and folder.stat().st_mode & wanted != wanted:
        text = f"{folder} is readable only by its owner and group"
        cure = f"chmod o+rx {folder}, so that web servers can read it."
        yield Finding("warning", what, text, cure)


def _fix_missing(folder: Path) -> str:
    return f"Create {folder} for the worker's user, or mount it."


def _database(config: Config) -> Iterator[Finding]:
    what, path = "database", config.store_path
    if not _mode(path):
        error = _write_error(path.parent)
        if error is None:
            yield Finding("ok", what, f"the first run creates {path}")
        else:
            text = f"{path} cannot be created: {error.strerror}"
            cure = fix_for(error, path.parent) or _fix_missing(path.parent)
            yield Finding("bad", what, text, cure)
        return
    try:
        with open_for_reading(path) as database:
            number = database.schema_number()
    except FeedmillError as error:
        cure = error.fix or f"Replace {path} with a backup: feedmill backup restore FILE."
        yield Finding("bad", what, f"{path}: {error.cause}", cure)
        return
    if os.access(path, os.W_OK, effective_ids=True):
        yield Finding("ok", what, f"{path} opens, schema {number}")
    else:
        cure = f"Let the worker's user write {path} and the files beside it."
        yield Finding("bad", what, f"{path} cannot be written", cure)


def _mounts(config: Config, mountinfo: str) -> Iterator[Finding]:
    what = "mounts"
    path = os.path.realpath(config.drop.folder)
    mode = watch_mode(path, config.drop.poll, mountinfo)
    level: Level = "ok" if mode.mode == "inotify" else "note"
    yield Finding(level, what, f"the drop folder is watched by {mode.mode}: {mode.reason}")
    mount = mount_of(os.path.realpath(config.store_path.parent), mountinfo)
    if mount and is_remote(mount.kind):
        text = f"the database is on {mount.kind}, where SQLite cannot lock files or share memory"
        yield Finding("bad", what, text, "Set store.path to a file on a local disk.")
    for name, folder in (("database", config.store_path.parent), ("feeds", config.feeds.folder)):
        mount = mount_of(os.path.realpath(folder), mountinfo)
        if mount and mount.kind in ("tmpfs", "ramfs"):
            text = f"the {name} folder is in memory ({mount.kind} at {mount.point})"
            yield Finding("warning", what, text, "Use a disk: memory is lost at a restart.")


def _worker(config: Config, now: datetime) -> Iterator[Finding]:
    what = "worker"
    try:
        status = read_status(config, now)
    except FeedmillError as error:
        yield Finding("note", what, f"its state is unknown: {error.cause}", error.fix)
        return
    if status.worker == "silent":
        cure = "See why it stopped: journalctl -u feedmill. Then: systemctl restart feedmill"
        yield Finding("bad", what, f"no sign of life since {status.since}", cure)
    else:
        since = f" since {status.since}" if status.since else ""
        yield Finding("ok", what, f"{status.worker}{since}")
    for trouble, text in status.troubles.items():
        cure = "Fix the cause; feedmill status shows when it is over."
        yield Finding("bad", what, f"trouble with {trouble}: {text}", cure)
    for feed in status.feeds:
        if feed.problem:
            cure = "The last good version stays public; feedmill rebuild tries again."
            yield Finding("warning", what, f"feed {feed.key}: {feed.problem}", cure)


def _topics(config: Config) -> Iterator[Finding]:
    with contextlib.suppress(FeedmillError), open_for_reading(config.store_path) as database:
        for setting, name, meant in unknown_topics(database, config):
            text = f'there is no topic "{name}" ({setting})'
            cure = f'Did you mean "{meant}"? ' if meant else ""
            cure += "An article on it creates it."
            yield Finding("warning", "topics", text, cure)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
