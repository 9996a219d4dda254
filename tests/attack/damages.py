"""Ways to damage a database file, each with the same call: path and chance."""

import os
import random
from collections.abc import Callable
from pathlib import Path

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
