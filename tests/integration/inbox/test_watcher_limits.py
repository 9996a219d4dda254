"""The watcher where limits and mounts of the kernel change, in namespaces of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

IN_A_NAMESPACE = """
import errno, os, subprocess, sys, time
from pathlib import Path
from worker.inbox.hint_queue import HintQueue
from worker.inbox.filters import NameFilter
from worker.inbox.watcher import Watcher

root, queue = Path(sys.argv[1]), HintQueue()

def run(*command):
    subprocess.run(command, check=True)

def limit(name, value):
    Path("/proc/sys/user", name).write_text(str(value))

def started():
    watcher = Watcher(root, NameFilter(), queue.put, poll="never")
    watcher.start()
    return watcher

def until(satisfied):
    deadline = time.monotonic() + 5
    while not satisfied():
        assert time.monotonic() < deadline
"""


def in_a_namespace(script: str, root: Path) -> None:
    """Run a script as root of namespaces of its own, where limits and mounts hurt nobody."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*unshare, "true"], check=False).returncode
    ):
        pytest.skip("no namespaces of one's own here")
    command = [*unshare, sys.executable, "-c", IN_A_NAMESPACE + script, str(root)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


def test_without_inotify_instances_the_folder_is_polled(root: Path) -> None:
    in_a_namespace(
        """
limit("max_inotify_instances", 0)
before = len(os.listdir("/proc/self/fd"))
watcher = started()
assert watcher.mode.mode == "poll", watcher.mode
assert "fs.inotify.max_user_instances" in watcher.mode.reason
assert watcher.mode.trust_leases
assert watcher.failure() is None
assert len(os.listdir("/proc/self/fd")) == before
""",
        root,
    )


def test_without_inotify_watches_the_folder_is_polled(root: Path) -> None:
    in_a_namespace(
        """
limit("max_inotify_watches", 0)
before = len(os.listdir("/proc/self/fd"))
watcher = started()
assert watcher.mode.mode == "poll", watcher.mode
assert "fs.inotify.max_user_watches" in watcher.mode.reason
assert len(os.listdir("/proc/self/fd")) == before
""",
        root,
    )


def test_sub_folders_that_no_watch_was_left_for_are_told_of(root: Path) -> None:
    for name in ("a", "b", "c"):
        (root / name).mkdir()
    in_a_namespace(
        """
limit("max_inotify_watches", 2)
watcher = started()
assert watcher.mode.mode == "inotify"
assert watcher.failure() is None
assert "2 folders are not watched" in watcher.unwatched()
assert "fs.inotify.max_user_watches" in watcher.unwatched()
(root / "d").mkdir()
until(lambda: "3 folders" in watcher.unwatched())
limit("max_inotify_watches", 9)
watcher.restart()
assert watcher.unwatched() is None
watcher.stop()
""",
        root,
    )


def test_an_unmounted_file_system_is_noticed(root: Path) -> None:
    in_a_namespace(
        """
run("mount", "-t", "tmpfs", "tmpfs", root)
watcher = started()
run("umount", root)
assert watcher.failure() == "another folder is at the drop folder's path"
watcher.stop()
""",
        root,
    )


def test_a_file_system_mounted_over_the_root_is_noticed(root: Path) -> None:
    in_a_namespace(
        """
watcher = started()
run("mount", "-t", "tmpfs", "tmpfs", root)
assert watcher.failure() == "another folder is at the drop folder's path"
watcher.restart()
assert watcher.failure() is None
(root / "a.md").write_text("text")
until(lambda: "a.md" in queue.take(1).hints)
watcher.stop()
""",
        root,
    )


def test_the_same_folder_mounted_anew_is_noticed(root: Path) -> None:
    in_a_namespace(
        """
watcher = started()
run("mount", "--bind", root, root)
assert watcher.failure() == "the file system that holds the drop folder was mounted again"
watcher.restart()
assert watcher.failure() is None
watcher.stop()
""",
        root,
    )
