"""A damaged database is a sentence and a status, whoever asks; the folder heals what is lost."""

import contextlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack.budget import rounds, tell
from tests.e2e.process import Feedmill, article, feedmill

pytestmark = [pytest.mark.attack, pytest.mark.timeout(900)]

COMMANDS = [
    ("once",),
    ("status",),
    ("status", "--json"),
    ("status", "--nagios"),
    ("list",),
    ("search", "text"),
    ("topics",),
    ("rebuild",),
    ("run", "--no-serve"),
    ("withdraw", "urn:uuid:x"),
    ("backup", "copy.db"),
    ("doctor",),
]
PAGE = 4096


def zeroed_page(path: Path, chance: random.Random) -> None:
    """One page of zeros, as after a lost write; the first one more often than others."""
    count = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        file.seek(PAGE * chance.choice((0, 1, chance.randrange(count))))
        file.write(bytes(PAGE))


def many_zeroed_pages(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        for number in range(1, path.stat().st_size // PAGE):
            if chance.random() < 0.5:
                file.seek(PAGE * number)
                file.write(bytes(PAGE))


def flipped_bits(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 20, 2_000))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def shuffled_pages(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    pages = [data[at : at + PAGE] for at in range(PAGE, len(data), PAGE)]
    chance.shuffle(pages)
    path.write_bytes(data[:PAGE] + b"".join(pages))


def cut(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(1, path.stat().st_size))


def noise(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(50_000))


def another_program_s(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.choice((b"%PDF-1.4\n", b"PK\x03\x04", b"# A text\n")) * 1_000)


def wrong_version(path: Path, chance: random.Random) -> None:
    """Of a Feedmill that is not written yet, or of none."""
    with path.open("r+b") as file:
        file.seek(chance.choice((18, 60)))
        file.write(chance.randbytes(4))


def device(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.symlink_to(chance.choice(("/dev/null", "/dev/zero", "/dev/full")))


def folder(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.mkdir()


def loop(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.symlink_to(path.name)


def log_of_another(path: Path, chance: random.Random) -> None:
    """A write-ahead log that belongs to no state of this database."""
    Path(f"{path}-wal").write_bytes(b"\x37\x7f\x06\x82" + chance.randbytes(80_000))
    flipped_bits(path, chance)


DAMAGES: list[Callable[[Path, random.Random], None]] = [
    zeroed_page,
    many_zeroed_pages,
    flipped_bits,
    shuffled_pages,
    cut,
    noise,
    another_program_s,
    wrong_version,
    device,
    folder,
    loop,
    log_of_another,
]
ALWAYS_SEEN = {"noise", "another_program_s", "device", "folder", "loop"}
"""No command can do its work on these; on the others one may, where it does not come to it."""


def test_a_damaged_database_is_a_sentence_and_the_folder_heals(tmp_path: Path) -> None:
    with feedmill(tmp_path / "house") as mill:
        for number in range(40):
            topic = f"Topic {number % 7}"
            mill.write(f"{number}.md", article(f"Title {number}", "Some text. " * 200, tags=topic))
        mill.once()
        whole = mill.store.read_bytes()
        public = mill.public_files()
        tried = 0
        for each in rounds("damage"):
            with each.play() as chance:
                damage = DAMAGES[each.number % len(DAMAGES)]
                clear(mill)
                mill.store.write_bytes(whole)
                damage(mill.store, chance)
                for words in chance.sample(COMMANDS, 4):
                    assert_sentence(mill, damage.__name__, words)
                    tried += 1
                clear(mill)
                mill.once()
                assert mill.public_files() == public
        tell(f"damage: {tried} commands on {each.number + 1} damaged databases")


def clear(mill: Feedmill) -> None:
    """Move the database away, with all that belongs to it, as the message says."""
    for path in mill.base.glob(f"{mill.store.name}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def assert_sentence(mill: Feedmill, damage: str, words: tuple[str, ...]) -> None:
    """Ends with a known status and no traceback; with 2 and a sentence where nothing can work."""
    if words[0] == "run":
        status, said = ran(mill, *words)
    else:
        done = mill.call(*words, seconds=120)
        status, said = done.returncode, done.stdout + done.stderr
    where = f"{' '.join(words)} after {damage}: status {status}\n{said[-3000:]}"
    assert "Traceback" not in said, where
    if words[-1] == "--nagios":
        assert status in (0, 1, 2, 3), where
        assert "FEEDMILL" in said, where
        return
    assert status in (0, 1, 2), where
    if damage in ALWAYS_SEEN and words[0] != "doctor":
        assert status == 2, where
        assert "feedmill: " in said, where


def ran(mill: Feedmill, *words: str) -> tuple[int, str]:
    """``run`` until it ends with an error, or stands at its work and is stopped."""
    before = len(mill.log())
    process = mill.start(*words)
    try:
        for _ in range(600):
            if process.poll() is not None or "watching folder=" in mill.log()[before:]:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        status = mill.stop() if mill.is_running() else mill.ended()
    finally:
        mill.close()
    return status, mill.log()[before:]
