"""Decides whether a file system reports changes, or the drop folder must be polled.

Pure: works on the text of /proc/self/mountinfo (proc(5)), which the caller reads.
"""

import re
from dataclasses import dataclass
from typing import Literal

Mode = Literal["inotify", "poll"]

POLL_LEAST = 2.0
POLL_MOST = 60.0
_POLL_SHARE = 10

# inotify(7) reports changes made through this machine's kernel. On these, other machines, a
# hypervisor's host or a daemon can change files without it, and a lease knows only the writers on
# this machine. All of FUSE is listed: anything may be behind it.
_REMOTE = re.compile(
    "9p|afs|beegfs|ceph|cifs|coda|davfs|fakeowner|fuse|fuseblk|gfs2|glusterfs|gpfs|lustre"
    "|ncpfs|nfs|nfs4|ocfs2|orangefs|panfs|prl_fs|pvfs2|smb3|smbfs|sshfs|vboxsf|virtiofs|vmhgfs"
)


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo. ``number`` is the mount ID, which a later mount may take over."""

    number: int
    point: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class WatchMode:
    """How the drop folder is watched, why (for ``status``), and whether leases see all writers."""

    mode: Mode
    reason: str
    trust_leases: bool


def mount_of(path: str, mountinfo: str) -> Mount | None:
    """The mount that a path lies on, or None if the text does not say.

    ``path`` is absolute and without symlinks. The last of several mounts on one point hides the
    others.
    """
    found: Mount | None = None
    for line in mountinfo.splitlines():
        mount = _mount(line)
        if mount is None or not _holds(mount.point, path):
            continue
        if found is None or len(mount.point) >= len(found.point):
            found = mount
    return found


def watch_mode(path: str, poll: Literal["auto", "always", "never"], mountinfo: str) -> WatchMode:
    """How to watch the folder at ``path`` (absolute, without symlinks) under ``drop.poll``."""
    mount = mount_of(path, mountinfo)
    remote = mount is None or is_remote(mount.kind)
    where = "an unknown file system" if mount is None else f"{mount.kind} at {mount.point}"
    if poll == "always":
        return WatchMode("poll", 'drop.poll is "always"', not remote)
    if poll == "never":
        warning = ", where changes made elsewhere are seen by rescans only" if remote else ""
        return WatchMode("inotify", f'drop.poll is "never" ({where}{warning})', not remote)
    if remote:
        return WatchMode("poll", f"{where} does not report every change", trust_leases=False)
    return WatchMode("inotify", f"{where} reports changes", trust_leases=True)


def is_remote(kind: str) -> bool:
    """Whether a file system type can change without this machine's kernel taking part."""
    return _REMOTE.fullmatch(kind.split(".", 1)[0]) is not None


def poll_seconds(scan_seconds: float) -> float:
    """Seconds between two scans when polling: a tenth of one core at most, from 2 to 60."""
    return min(POLL_MOST, max(POLL_LEAST, scan_seconds * _POLL_SHARE))


def _mount(line: str) -> Mount | None:
    """One line: ID, parent, device, root, point, options, optional fields, "-", type, source."""
    left, dash, right = line.partition(" - ")
    before, after = left.split(), right.split()
    if not dash or len(before) < 6 or len(after) < 1 or not before[0].isdigit():
        return None
    source = _unescaped(after[1]) if len(after) > 1 else ""
    return Mount(int(before[0]), _unescaped(before[4]), after[0], source)


def _holds(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescaped(text: str) -> str:
    r"""mountinfo writes space, tab, newline and backslash as \040, \011, \012 and \134."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
