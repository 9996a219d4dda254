"""Replaces the files of a drop folder by what they should not be, as fast as the machine allows.

``python -m tests.attack.swapper DROP OUTSIDE STAGE KEY``, until it is killed or left alone.
"""

import contextlib
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.e2e.process import article

NAMES: Final = ("a.md", "b.txt", "sub/c.html", "sub/deeper/d.md")
FOLDERS: Final = ("sub", "sub/deeper")


class Swapper:
    """``outside`` has files under the same names, that must not be read."""

    def __init__(self, drop: Path, outside: Path, stage: Path, chance: random.Random) -> None:
        self._drop, self._outside, self._stage, self._chance = drop, outside, stage, chance
        self._number = 0

    def swap(self) -> None:
        """Put something in some name's place. Raises OSError where that does not go."""
        self._number += 1
        new, name = self._stage / str(self._number), self._some((*NAMES, *FOLDERS))
        kinds = (self._link, self._folder, self._gone) if name in FOLDERS else self._kinds()
        self._chance.choice(kinds)(new, name)
        target = self._drop / name
        if target.is_dir() and not target.is_symlink():
            target.rename(self._stage / f"{self._number} was")
        elif new.is_dir() or (not new.is_symlink() and not new.exists()):
            target.unlink()
        new.rename(target)

    def _some(self, names: tuple[str, ...]) -> str:
        """A name that no link leads to: behind one stands what nobody may read, which must not
        be moved in."""
        ways = {
            name: [self._drop / f for f in FOLDERS if name.startswith(f"{f}/")] for name in names
        }
        return self._chance.choice([n for n in names if not any(f.is_symlink() for f in ways[n])])

    def _kinds(self) -> tuple[Callable[[Path, str], None], ...]:
        often = (self._file, self._file, self._file)
        rare = (self._pipe, self._socket, self._gone, self._empty_folder, self._hard_link)
        return (*often, self._link, self._link, self._link_to_folder, *rare)

    def _file(self, new: Path, name: str) -> None:
        text = "honest " * self._chance.randint(1, 50)
        new.write_text(article(f"honest {name}", text))

    def _link(self, new: Path, name: str) -> None:
        new.symlink_to(self._outside / name)

    def _link_to_folder(self, new: Path, name: str) -> None:
        new.symlink_to(self._outside)

    def _pipe(self, new: Path, name: str) -> None:
        os.mkfifo(new)

    def _socket(self, new: Path, name: str) -> None:
        os.mknod(new, stat.S_IFSOCK | 0o600)

    def _gone(self, new: Path, name: str) -> None:
        """Nothing is made, so the last renaming fails."""

    def _empty_folder(self, new: Path, name: str) -> None:
        new.mkdir()

    def _hard_link(self, new: Path, name: str) -> None:
        os.link(self._drop / self._some(NAMES), new, follow_symlinks=False)

    def _folder(self, new: Path, name: str) -> None:
        new.mkdir()
        for each in NAMES:
            if each.startswith(f"{name}/"):
                inside = new / each.removeprefix(f"{name}/")
                inside.parent.mkdir(exist_ok=True)
                inside.write_text(article(f"honest {each}", "honest"))


@contextlib.contextmanager
def swapping(drop: Path, outside: Path, key: str) -> Iterator[None]:
    """While files are swapped by another process."""
    stage = drop.parent / "stage"
    stage.mkdir()
    words = [sys.executable, "-m", "tests.attack.swapper", *map(str, (drop, outside, stage)), key]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(words, cwd=root) as process:
        try:
            yield
            assert process.poll() is None, "the swapper ended too early"
        finally:
            process.kill()


def main(drop: str, outside: str, stage: str, key: str) -> None:
    swapper = Swapper(Path(drop), Path(outside), Path(stage), random.Random(key))
    parent = os.getppid()
    while os.getppid() == parent:
        with contextlib.suppress(OSError):
            swapper.swap()


if __name__ == "__main__":
    main(*sys.argv[1:])
