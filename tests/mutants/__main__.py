"""``make mutants``: would a test notice? Changes the deciding modules, one thing at a time.

Works on copies of the tree. Takes a sample by its seed, the same number from each module as far
as it has them; ends with 1 where fewer than ``--least`` percent are killed, with 2 where the
sample was not done. A mutant that no test can kill is listed in equivalent.txt, with the reason.
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
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.mutants.mutate import Mutant, mutants
from tests.mutants.table import TESTS

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
ENDLESS_SECONDS = 60
"""What a test may take before it counts as endless, and so as failed."""
COPIED = ("worker", "feeds", "tests", "systemd", "seeds", "docs", "pyproject.toml", "README.md")


@dataclass(slots=True)
class Tally:
    """What became of a module's mutants; ``left`` were not tried, for want of time."""

    killed: int = 0
    survived: list[Mutant] = field(default_factory=list)
    timed_out: list[Mutant] = field(default_factory=list)
    left: int = 0

    @property
    def tried(self) -> int:
        """How many were run."""
        return self.killed + len(self.survived) + len(self.timed_out)


def main() -> int:
    """Sample, kill, report. Exit status 1: too few were killed; 2: the sample was not done."""
    options = _options()
    piles: dict[str, list[Mutant]] = {}
    for mutant in sample(options.sample, options.seed, options.only):
        piles.setdefault(mutant.path, []).append(mutant)
    ends = time.monotonic() + options.minutes * 60
    with ThreadPoolExecutor(options.jobs) as pool:
        found = pool.map(lambda pile: _try_module(pile, ends), piles.values())
        tallies = dict(zip(piles, found, strict=True))
    for line in report(tallies):
        print(line)
    return verdict(tallies, options.least)


def report(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """A line a module, and the sum."""
    yield f"{'tried':>6}{'killed':>7}{'survived':>9}{'timed out':>10}{'not tried':>10}"
    for path, tally in (*tallies.items(), ("in all", _sum(tallies))):
        yield (
            f"{tally.tried:6}{tally.killed:7}{len(tally.survived):9}"
            f"{len(tally.timed_out):10}{tally.left:10}  {path}"
        )


def verdict(tallies: Mapping[str, Tally], least: float) -> int:
    """The exit status, said in a sentence. What timed out was not killed by a test."""
    total = _sum(tallies)
    share = 100 * total.killed / total.tried if total.tried else 0.0
    print(f"{share:.1f} % killed, {least:g} % wanted")
    if total.left or not total.tried:
        print(f"error: {total.left} mutants were not tried: the time was over")
        return 2
    return 0 if share >= least else 1


def _sum(tallies: Mapping[str, Tally]) -> Tally:
    total = Tally()
    for tally in tallies.values():
        total.killed += tally.killed
        total.survived += tally.survived
        total.timed_out += tally.timed_out
        total.left += tally.left
    return total


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--sample", type=int, default=65, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=95.0, help="percent to be killed")
    parser.add_argument("--minutes", type=float, default=60.0, help="at most, in all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="modules at once")
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
    """The mutants that behave like the program, and why: "key  # reason" a line."""
    found = {}
    for line in EQUIVALENT.read_text("utf-8").splitlines():
        key, _, reason = line.partition("  # ")
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


def _try_module(pile: Sequence[Mutant], ends: float) -> Tally:
    """Try a module's mutants, one after the other, on a copy of the tree of its own."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as base:
        tree, path = _copied(Path(base)), pile[0].path
        started = time.monotonic()
        if _run_tests(tree, path, max(0.0, ends - started)) != "passed":
            print(f"{path}: its tests are red, or take too long, without any mutant", flush=True)
            tally.left = len(pile)
            return tally
        # A mutant that turns endless is ended by the limit of its test.
        limit = ENDLESS_SECONDS + 5 * (time.monotonic() - started)
        for number, mutant in enumerate(pile):
            if time.monotonic() >= ends:
                tally.left = len(pile) - number
                break
            (tree / path).write_text(mutant.source, "utf-8")
            match _run_tests(tree, path, limit):
                case "failed":
                    tally.killed += 1
                case "passed":
                    tally.survived.append(mutant)
                    _tell("survived", mutant)
                case _:
                    tally.timed_out.append(mutant)
                    _tell("timed out", mutant)
        return tally


def _tell(how: str, mutant: Mutant) -> None:
    place = f"{mutant.path}:{mutant.line}"
    print(f"{how}: {place}\n  - {mutant.before}\n  + {mutant.after}", flush=True)


def _run_tests(tree: Path, path: str, seconds: float) -> Literal["passed", "failed", "timed out"]:
    """What comes of the module's tests in this tree. Pytest's own errors count as "failed": with
    a mutant that cannot be imported it ends like this before any test."""
    limit = f"--timeout={ENDLESS_SECONDS}"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", limit]
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(tree / ".hypothesis"),
    }
    process = subprocess.Popen(
        [*command, *TESTS[path]],
        cwd=tree,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
        return "timed out"
    return "failed" if status else "passed"


if __name__ == "__main__":
    sys.exit(main())
