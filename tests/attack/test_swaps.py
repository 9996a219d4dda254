"""Files that become links, pipes, folders and other files between a look and the reading.

Nothing outside the drop folder is ever read: what lies there carries a word that must turn up
nowhere. The swapping is done by a process of its own, as fast as the machine allows.
"""

import contextlib
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.attack.budget import rounds, tell
from tests.e2e.process import article, feedmill
from worker.errors import DropError
from worker.inbox import Content, Inbox, Look

pytestmark = [pytest.mark.attack, pytest.mark.timeout(900)]

SECRET = "zxqsecret"
NAMES = ("a.md", "b.txt", "sub/c.html", "sub/deeper/d.md")
KINDS = ("file", "file", "link", "link to folder", "pipe", "folder", "gone", "hard link", "socket")
READS = 20_000
_SPAWN = multiprocessing.get_context("spawn")


def make(base: Path) -> tuple[Path, Path]:
    """A drop folder, and beside it what nobody may read, under the same names."""
    drop, outside = base / "drop", base / "outside"
    for name in NAMES:
        for folder, text in ((drop, "honest"), (outside, SECRET)):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(article(f"{text} {name}", text))
    return drop, outside


def swap(drop: Path, outside: Path, stage: Path, key: str, stop: Event) -> None:
    """Replace names by what they should not be, until told to stop. Runs as a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    chance, parent = random.Random(key), os.getppid()
    number = 0
    while not stop.is_set() and os.getppid() == parent:
        number += 1
        name = chance.choice((*NAMES, "sub", "sub/deeper"))
        with contextlib.suppress(OSError):
            _swap_one(drop, outside, stage / str(number), name, chance)


def _swap_one(drop: Path, outside: Path, new: Path, name: str, chance: random.Random) -> None:
    kind = chance.choice(KINDS)
    is_folder = name in ("sub", "sub/deeper")
    if is_folder:
        kind = chance.choice(("link", "folder", "gone"))
    target = drop / name
    match kind:
        case "file":
            new.write_text(article(f"honest {name}", "honest " * chance.randint(1, 50)))
        case "link":
            new.symlink_to(outside / name)
        case "link to folder":
            new.symlink_to(outside)
        case "pipe":
            os.mkfifo(new)
        case "folder" if is_folder:
            _folder(new, target, drop)
        case "folder":
            new.mkdir()
        case "hard link":
            os.link(drop / chance.choice(NAMES), new, follow_symlinks=False)
        case "socket":
            os.mknod(new, 0o600 | 0o140000)
    if target.is_dir() and not target.is_symlink() and (is_folder or kind != "folder"):
        target.rename(new.with_suffix(".was"))
    if kind == "gone":
        target.unlink(missing_ok=True)
    else:
        if new.is_dir() and not new.is_symlink() and target.is_symlink():
            target.unlink()
        new.rename(target)


def _folder(new: Path, target: Path, drop: Path) -> None:
    for name in NAMES:
        path = drop / name
        if path.is_relative_to(target):
            inside = new / path.relative_to(target)
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.write_text(article(f"honest {name}", "honest"))


@contextlib.contextmanager
def swapping(drop: Path, outside: Path, key: str) -> Iterator[None]:
    """While files are swapped by another process."""
    stop = _SPAWN.Event()
    stage = drop.parent / f"stage {key}"
    stage.mkdir()
    process = _SPAWN.Process(target=swap, args=(drop, outside, stage, key, stop))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join(20)
        if process.is_alive():
            process.kill()
            process.join()


def test_nothing_outside_is_read_whatever_is_swapped(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for each in rounds("swaps", 0.5):
        with each.play() as chance:
            drop, outside = make(tmp_path / str(each.number))
            with swapping(drop, outside, str(chance.random())):
                read(drop, chance, seen)
    assert seen["Content"] > 0
    assert len(seen) > 2, "nothing was swapped"
    tell(f"swaps: {seen.total()} readings, {dict(seen)}")


def read(drop: Path, chance: random.Random, seen: Counter[str]) -> None:
    inbox = Inbox(drop, 1_000_000)
    until = time.monotonic() + 60
    for _ in range(READS):
        name = chance.choice(NAMES)
        looked = inbox.look(name)
        fingerprint = looked.fingerprint if isinstance(looked, Look) else None
        found = inbox.read(name, fingerprint if chance.random() < 0.5 else None)
        seen[type(found).__name__] += 1
        if isinstance(found, Content):
            assert SECRET.encode() not in found.data
        if chance.random() < 0.01:
            with contextlib.suppress(DropError):
                list(inbox.scan())
        assert time.monotonic() < until, "a reading waits for something"


def test_a_worker_publishes_nothing_from_outside(tmp_path: Path) -> None:
    taken = 0
    for each in rounds("swaps", 0.5):
        with each.play() as chance, feedmill(tmp_path / str(each.number), drop=HASTE) as mill:
            drop, outside = make(mill.base)
            mill.start()
            mill.watching()
            with swapping(drop, outside, str(chance.random())):
                until = time.monotonic() + 8
                while time.monotonic() < until:
                    assert mill.is_running(), mill.log()[-3000:]
                    time.sleep(0.1)
            for name in ("sub", *NAMES):
                honest(drop / name)
            make_honest(drop)
            mill.until(lambda: honest_titles() <= set(mill.titles()), "honest files are published")
            assert mill.stop() == 0
            assert_no_secret(mill.base, outside)
            taken += mill.log().count(" accepted")
    tell(f"swaps: a worker took {taken} files while they were swapped")


HASTE = {"settle_seconds": "0.1", "rescan_seconds": "1", "withdraw_share": "1.0"}


def honest(path: Path) -> None:
    """Take away what is neither a file nor a folder."""
    if path.is_symlink() or (path.exists() and not path.is_dir() and not path.is_file()):
        path.unlink()


def make_honest(drop: Path) -> None:
    for name in NAMES:
        path = drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            path.rename(drop.parent / f"away {name.replace('/', ' ')}")
        beside = drop.parent / "beside"
        beside.write_text(article(f"honest {name} at last", f"Body of {name}."))
        beside.replace(path)


def honest_titles() -> set[str]:
    return {f"honest {name} at last" for name in NAMES}


def assert_no_secret(base: Path, outside: Path) -> None:
    """In no file but those outside, and the links to them, does the word stand."""
    for path in base.rglob("*"):
        if path.is_file() and not path.is_symlink() and not path.is_relative_to(outside):
            assert SECRET.encode() not in path.read_bytes(), path
