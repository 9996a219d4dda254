"""Files that become links, pipes, folders and other files between a look and the reading.

Nothing outside the drop folder is ever read: what lies there carries a word that must turn up
nowhere. The swapping is done by a process of its own, as fast as the machine allows.
"""

import contextlib
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.attack.budget import rounds, tell
from tests.attack.swapper import NAMES, swapping
from tests.e2e.process import article, feedmill
from worker.core.errors import DropError
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, Look

pytestmark = [pytest.mark.attack, pytest.mark.timeout(900)]

SECRET = "zxqsecret"
READS = 20_000


def make(base: Path) -> tuple[Path, Path]:
    """A drop folder, and beside it what nobody may read, under the same names."""
    drop, outside = base / "drop", base / "outside"
    for name in NAMES:
        for folder, text in ((drop, "honest"), (outside, SECRET)):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(article(f"{text} {name}", text))
    return drop, outside


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
    inbox = DropFolder(drop, 1_000_000)
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
            assert mill.stop() == 0, mill.log()[-3000:]
            assert_no_secret(mill.base, outside)
            taken += mill.log().count("accepted")
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
