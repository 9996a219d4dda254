"""``make mutants``: would a test notice? Changes the deciding modules, one thing at a time.

Works on a copy of the tree. Takes a sample by its seed, the same number from each module as far
as it has them; ends with 1 where fewer than ``--least`` percent are killed. A mutant that no
test can kill is listed in equivalent.txt, with the reason.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.mutate import Mutant, mutants
from tests.mutants.table import TESTS

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
COPIED = ("worker", "feeds", "tests", "systemd", "seeds", "docs", "pyproject.toml", "README.md")


def main() -> int:
    """Sample, kill, report. Exit status 1: too many survived, or a module's tests are red."""
    options = _options()
    chosen = sample(options.sample, options.seed, options.only)
    ends = time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory() as base:
        tree = _copied(Path(base))
        tested, survived = _try_all(tree, chosen, options.seconds, ends)
    killed = tested - len(survived)
    share = 100 * killed / tested if tested else 0.0
    print(f"{killed} of {tested} mutants killed ({share:.1f} %), seed {options.seed}")
    if tested < len(chosen):
        print(f"{len(chosen) - tested} were left out: {options.minutes} minutes are over")
    return 0 if share >= options.least else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--sample", type=int, default=65, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=95.0, help="percent to be killed")
    parser.add_argument("--seconds", type=float, default=90.0, help="at most, for each mutant")
    parser.add_argument("--minutes", type=float, default=30.0, help="at most, in all")
    parser.add_argument("--only", default="", help="modules whose path contains this")
    return parser.parse_args()


def sample(size: int, seed: int, only: str = "") -> list[Mutant]:
    """``size`` mutants, equally many of each module, less those that are known to be equivalent."""
    chance = random.Random(seed)
    known = equivalent()
    piles = []
    for path in TESTS:
        pile = [one for one in mutants(path, (ROOT / path).read_text("utf-8")) if only in path]
        pile = [one for one in pile if one.key not in known]
        chance.shuffle(pile)
        piles.append(pile)
    chosen: list[Mutant] = []
    while len(chosen) < size and any(piles):
        chosen += [pile.pop() for pile in piles if pile][: size - len(chosen)]
    return sorted(chosen, key=lambda one: (one.path, one.line))


def equivalent() -> dict[str, str]:
    """The mutants that behave like the program, and why: "key # reason" a line."""
    found = {}
    for line in EQUIVALENT.read_text("utf-8").splitlines():
        key, _, reason = line.partition(" # ")
        if reason:
            found[key.strip()] = reason
    return found


def _copied(base: Path) -> Path:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, base / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, base / name)
    return base


def _try_all(
    tree: Path, chosen: list[Mutant], seconds: float, ends: float
) -> tuple[int, list[Mutant]]:
    survived: list[Mutant] = []
    sound: set[str] = set()
    for number, mutant in enumerate(chosen):
        if time.monotonic() >= ends:
            return number, survived
        if mutant.path not in sound:
            if not _passes(tree, mutant.path, seconds):
                message = f"{mutant.path}: its tests are red without any mutant"
                raise SystemExit(message)
            sound.add(mutant.path)
        original = (tree / mutant.path).read_text("utf-8")
        (tree / mutant.path).write_text(mutant.source, "utf-8")
        alive = _passes(tree, mutant.path, seconds)
        (tree / mutant.path).write_text(original, "utf-8")
        if alive:
            survived.append(mutant)
            print(f"survived: {mutant.path}:{mutant.line}", flush=True)
            print(f"  - {mutant.before}\n  + {mutant.after}", flush=True)
    return len(chosen), survived


def _passes(tree: Path, path: str, seconds: float) -> bool:
    """Do all tests of the module pass? Whatever does not end in time is dead."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", *TESTS[path]]
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(tree / ".hypothesis"),
    }
    process = subprocess.Popen(
        command,
        cwd=tree,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
        return False


if __name__ == "__main__":
    sys.exit(main())
