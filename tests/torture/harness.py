"""Two Feedmills, one author: one works in peace, the other's worker is killed again and again.

A round is a set of changes to the drop folder. In the tormented house they happen while workers
start, work and die: at a fault point that is chosen (``worker/core/fault_points.py``) or at a
moment that chance chose, as ``run`` or as ``once``. Then a last worker puts the house in order,
and all that is in it must be as in the house of peace, where one ``once`` saw the round's outcome.
What is compared, and what cannot be, stands in ``state.py``.
"""

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from feeds.pages.well_known import SITEMAP
from feeds.public_folder import MOVED
from tests.e2e.process import DEADLINE, Feedmill, feedmill
from tests.torture.author import SCHEDULED_SECONDS, Author, Change
from tests.torture.state import State, broken, differences, state_of
from worker.core.fault_points import POINTS, VARIABLE, Point

AT_RANDOM = "at random"
FAULT_SECONDS = 4.0
LONGEST_LIFE = 1.5
CLOCK_OF_FILES = 5  # CLOCK_REALTIME_COARSE of <linux/time.h>

# Points that not every life passes: tried only where they can be reached.
_FIRST_START = (
    *("schema-before-commit", "schema-after-commit"),
    *("root-before-commit", "root-after-commit"),
)
# The author deletes no topic: tests/integration/store/test_topics.py kills workers at these.
_OF_THE_OWNER = {"404.html", "410.html", "robots.txt", "favicon.ico", SITEMAP}
_DELETING = ("removal-before-commit", "removal-after-commit")
_ARCHIVING = ("move-before", "move-reserved", "move-after", "move-forgotten")
_TAKING = (
    *("missing-before-commit", "missing-after-commit"),
    *("withdrawal-before-commit", "withdrawal-after-commit"),
)
_ADDING = ("timetable-before-commit", "timetable-after-commit")


@dataclass(slots=True)
class Tally:
    """What was survived: kills by fault point, and how much was done meanwhile."""

    kills: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    scenarios: int = 0
    rounds: int = 0
    files: int = 0
    changes: int = 0
    differences: int = 0

    def spared(self) -> list[Point]:
        """The points at which nobody was killed yet."""
        return [point for point in POINTS if not self.kills[point] and point not in _DELETING]

    def lines(self) -> list[str]:
        """The summary, for people."""
        points = [f"  {self.kills[point]:>5}  {point}" for point in (AT_RANDOM, *POINTS)]
        return [
            f"{self.kills.total()} kills survived in {self.scenarios} scenarios:",
            *points,
            f"{self.rounds} rounds, {self.files} files, {self.changes} changes;"
            f" differences from an undisturbed run: {self.differences}",
        ]


class Torment:
    """One scenario, from an empty folder on; the same ``seed`` plans the same."""

    def __init__(
        self, base: Path, seed: int, tally: Tally, after: Literal["keep", "archive"] = "keep"
    ) -> None:
        self._base, self._seed, self._tally, self._after = base, seed, tally, after
        self._chance = random.Random(seed)
        self._author = Author(random.Random(seed + 1), with_rivals=after == "keep")

    def run(self, rounds: int, kills: int) -> list[str]:
        """Go through ``rounds`` with so many ``kills`` in each; gives the differences of the
        first round that has any."""
        settings = {
            "drop": {
                "after": f'"{self._after}"',
                "settle_seconds": "0.2",
                "rescan_seconds": "2",
                "withdraw_share": "1.0",
            },
            "feeds": {"min_entries": "4", "min_days": "0"},
        }
        self._tally.scenarios += 1
        with (
            feedmill(self._base / "peace", **settings) as peace,
            feedmill(self._base / "torment", **settings) as torment,
        ):
            for number in range(rounds):
                lines = self._round(peace, torment, number, kills)
                if lines:
                    return [f"seed {self._seed}, {self._after}, round {number}:", *lines]
        self._tally.files += self._author.dropped
        return []

    def _round(self, peace: Feedmill, torment: Feedmill, number: int, kills: int) -> list[str]:
        grows = self._after == "archive" or number % 2 == 0
        began = time.time()
        if grows:
            now = datetime.fromtimestamp(began, UTC)
            changes = self._author.grow(now, self._chance.randint(4, 12))
        else:
            changes = self._author.shrink()
        self._torment(torment, changes, kills, grows=grows, first=number == 0)
        for change in changes:
            _take(change, peace.drop)
        if grows:  # nothing may become public in a round that takes away
            time.sleep(max(0.0, began + SCHEDULED_SECONDS + 1 - time.time()))
        peace.once()
        self._tally.rounds += 1
        self._tally.changes += len(changes)
        return self._compared(peace, torment)

    def _compared(self, peace: Feedmill, torment: Feedmill) -> list[str]:
        """Differences after a last worker, which must leave nothing for yet another one."""
        expected = state_of(peace.store, peace.public, peace.drop)
        assert broken(peace.store, peace.public) == []
        if self._chance.random() < 0.5:
            torment.once()
        else:
            self._converge(torment, expected)
        lines = differences(state_of(torment.store, torment.public, torment.drop), expected)
        lines += broken(torment.store, torment.public)
        before = torment.stamps()
        torment.once()
        if torment.stamps() != before:
            lines.append("one more run changed the public folder")
        self._tally.differences += len(lines)
        return lines

    def _converge(self, mill: Feedmill, expected: State) -> None:
        """Let a running worker bring the house into order by itself, and stop it."""
        mill.start()
        mill.watching()
        until = time.monotonic() + DEADLINE
        while _differ(mill, expected) and time.monotonic() < until:
            time.sleep(0.2)
        assert mill.stop() == 0, mill.log()[-3000:]

    # -- torment

    def _torment(
        self, mill: Feedmill, changes: list[Change], kills: int, *, grows: bool, first: bool
    ) -> None:
        left = list(changes)
        for number in range(kills):
            if self._chance.random() < 0.5:
                self._some(mill, left)
            if not first and self._chance.random() < 0.1:
                self._damage(mill.public)
            point = self._point(grows=grows, start=first and number == 0)
            self._one_life(mill, left, point)
        while left:
            _take(left.pop(0), mill.drop)

    def _some(self, mill: Feedmill, left: list[Change]) -> None:
        """A few of the changes that are left."""
        for _ in range(min(len(left), self._chance.randint(1, 4))):
            _take(left.pop(0), mill.drop)

    def _one_life(self, mill: Feedmill, left: list[Change], point: Point | None) -> None:
        """Start a worker, let the author go on, and see the worker killed."""
        is_new = point and not self._tally.kills[point]
        number = 1 if is_new or point in _FIRST_START else self._chance.choice((1, 1, 1, 2, 3, 5))
        fault = f"{point}:{number}"
        words = self._chance.choice((("once",), ("run", "--no-serve"), ("run", "--no-serve")))
        process = mill.start(*words, environ={VARIABLE: fault} if point else {})
        life = FAULT_SECONDS if point else self._chance.uniform(0.1, LONGEST_LIFE)
        ends = time.monotonic() + life
        if self._chance.random() < 0.7:
            _wait(process, self._chance.uniform(0.0, 0.6))
            self._some(mill, left)
        if _wait(process, ends - time.monotonic()):
            status = mill.ended()
        else:
            status = mill.kill()
            point = self._miss(point)
        if status == -signal.SIGKILL:
            self._tally.kills[point or AT_RANDOM] += 1
        else:
            # `once` came to its end before the point, or the moment.
            assert words == ("once",), mill.log()[-3000:]
            assert status in (0, 1), mill.log()[-3000:]
            self._miss(point)

    def _miss(self, point: Point | None) -> None:
        if point:
            self._tally.missed[point] += 1

    def _point(self, *, grows: bool, start: bool) -> Point | None:
        """Where to kill next: the least killed at of the points that may be reached now, or
        anywhere (None)."""
        if start:
            return self._least(_FIRST_START)
        if self._chance.random() < 0.4:
            return None
        able = set(POINTS) - set(_FIRST_START) - set(_DELETING)
        if self._after == "keep":
            able -= set(_ARCHIVING)
        able -= set(_TAKING if grows else _ADDING)
        return self._least(able)

    def _least(self, points: "set[Point] | tuple[Point, ...]") -> Point:
        """The least tried one; every other time of those at which nobody was killed yet, or one
        that is hard to hit would be tried no more often than the others."""
        kills, tried = self._tally.kills, self._tally.kills + self._tally.missed
        spared = [point for point in sorted(points) if not kills[point]]
        some = spared if spared and self._chance.random() < 0.5 else sorted(points)
        return min(some, key=lambda point: (tried[point], self._chance.random()))

    def _damage(self, public: Path) -> None:
        """What somebody else does to the public folder."""
        # Not the list of removed files: it cannot be made again.
        files = sorted(path for path in public.rglob("*") if path.is_file() and path.name != MOVED)
        # What the site's owner may put there by hand stays as it is found.
        files = [path for path in files if path.name not in _OF_THE_OWNER]
        if not files:
            return
        victim = self._chance.choice(files)
        match self._chance.randint(0, 2):
            case 0:
                victim.unlink()
            case 1:
                victim.write_bytes(b"not a feed")
            case _:
                for path in public.iterdir():
                    if path.is_dir():
                        shutil.rmtree(path)
                    elif path.name != MOVED:
                        path.unlink()


def _take(change: Change, drop: Path) -> None:
    for step in change:
        step.take(drop)
    # Of two files that came within one tick of the kernel's clock, another one may be the first
    # than in the other house. A tick takes longer than usual on a busy machine.
    before = time.clock_gettime_ns(CLOCK_OF_FILES)
    while time.clock_gettime_ns(CLOCK_OF_FILES) == before:
        time.sleep(0.001)


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether the process ends within so many seconds."""
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        return False
    return True


def _differ(mill: Feedmill, expected: State) -> bool:
    """Looks beside a running worker, which may take away what is being looked at."""
    try:
        return bool(differences(state_of(mill.store, mill.public, mill.drop), expected))
    except (OSError, sqlite3.OperationalError):
        return True
