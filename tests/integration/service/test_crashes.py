"""Killed at every single fault point of a life, one after the other: the next start repairs it.

The kills are exceptions that nobody catches, so that hundreds of lives fit into seconds; what
a real ``kill -9`` does to a real process is the business of ``tests/torture``.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from tests.integration.house import START, House, article, build
from tests.torture.state import State, broken, differences, state_of
from worker.config.model import Search
from worker.core import fault_points

Step = Callable[[House], object]
After = Literal["keep", "archive"]


class Killed(BaseException):
    """The process is gone, as far as its parts can tell."""


class Executioner:
    """Counts how often each fault point is reached, and kills at the point that it was sent for:
    at the given reaching of it and at the next one, which is often the repairing worker's."""

    def __init__(self, point: str = "", first: int = 0) -> None:
        self.reached: Counter[str] = Counter()
        self.kills = 0
        self._point, self._numbers = point, (first, first + 1)

    def __call__(self, point: str) -> None:
        self.reached[point] += 1
        if point == self._point and self.reached[point] in self._numbers:
            self.kills += 1
            raise Killed(point)


def _delete(path: str) -> Step:
    return lambda house: (house.drop / path).unlink()


def _move(path: str, to: str) -> Step:
    return lambda house: (house.drop / path).rename(house.drop / to)


def _write(path: str, text: str, age: float = 60.0) -> Step:
    """A file of a fixed time: a kill makes the clock of its house go another way."""
    stamp = START.timestamp() - age

    def write(house: House) -> None:
        os.utime(house.write(path, text), (stamp, stamp))

    return write


KEEP: list[list[Step]] = [
    [
        _write("a.md", article("A", topics="X", date="2026-01-01")),
        _write("b.md", article("B", topics="[X, Y]", date="2026-01-02")),
        _write("sub/c.md", article("C", id="c", date="2026-01-03")),
        _write("bad.md", "---\ntitle: [\n---\n"),
        _write("draft.md", article("D", draft="true", topics="Z")),
        _write("later.md", article("L", topics="Y", date="2026-05-01T12:30:00Z")),
        _write("brief.md", article("E", topics="Y", expires="2026-05-01T12:30:00Z")),
    ],
    [_write("a.md", article("A2", topics="X", date="2026-01-01"), 50), _move("b.md", "e.md")],
    [_write("bad.md", article("Good", topics="X", date="2026-01-04"), 40)],
    [_delete("sub/c.md")],
    [_write("draft.md", article("D", topics="Z", date="2026-01-05"), 30)],
]
ARCHIVE: list[list[Step]] = [
    [
        _write("a.md", article("A", topics="X", date="2026-01-01")),
        _write("sub/b.md", article("B", topics="Y", date="2026-01-02")),
        _write("bad.md", "---\ntitle: [\n---\n"),
    ],
    [_write("a.md", article("A2", topics="X", date="2026-01-01"), 50)],
]
LIVES: dict[After, list[list[Step]]] = {"keep": KEEP, "archive": ARCHIVE}


@contextmanager
def made_house(after: After, *, is_new: bool) -> Iterator[House]:
    """A house, not started, in memory where the machine allows it; a new one has no database."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as base:
        house = build(Path(base) / "house", after=after)
        if is_new:
            house.config.store_path.unlink()
        feeds = replace(house.config.feeds, min_entries=2, min_days=0, formats=("atom",))
        searches = (Search("Everything", "text"),)
        house.config = replace(house.config, feeds=feeds, searches=searches)
        try:
            yield house
        finally:
            house.stop()


def _start(house: House) -> None:
    """Start a worker; if that is the end of it, another one."""
    while True:
        try:
            house.start()
        except Killed:
            house.stop()
        else:
            return


def _reconcile(house: House, seconds: float) -> None:
    """Let time pass; if that is the end of the worker, let another one go on."""
    while True:
        try:
            house.reconcile(seconds)
        except Killed:
            house.stop()
            _start(house)
            seconds = 0.0
        else:
            return


def _live(house: House, life: list[list[Step]]) -> State:
    """Step by step, each until the grace period and the timetable have nothing left to do."""
    _start(house)
    for steps in life:
        for step in steps:
            step(house)
        for seconds in (0.0, 1200.0, 1200.0):
            _reconcile(house, seconds)
    house.stop()
    assert broken(house.config.store_path, house.public) == []
    return state_of(house.config.store_path, house.public, house.drop)


# The whole of it takes minutes: each point at every second of its moments. In `make test` each
# point has its turn at a few of them.
@pytest.mark.parametrize(
    ("after", "part", "parts"),
    [
        ("archive", 0, 6),
        ("keep", 0, 12),
        *(pytest.param("archive", part, 6, marks=pytest.mark.torture) for part in range(1, 6)),
        *(pytest.param("keep", part, 12, marks=pytest.mark.torture) for part in range(1, 12)),
    ],
)
def test_a_kill_at_any_fault_point_changes_nothing(
    after: After, part: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made_house(after, is_new=True) as house:
        monkeypatch.setattr(fault_points, "_armed", counted := Executioner())
        expected = _live(house, LIVES[after])
    most = counted.reached.items()
    victims = [(point, first) for point, number in most for first in range(1, number + 1, 2)]
    kills = 0
    for victim in victims[part::parts]:
        with made_house(after, is_new=victim[0].startswith("schema")) as house:
            monkeypatch.setattr(fault_points, "_armed", executioner := Executioner(*victim))
            lines = differences(_live(house, LIVES[after]), expected)
        assert not lines, "\n".join([f"killed at {victim}:", *lines])
        kills += executioner.kills
    # How often a file is read depends a little on the time of day; hardly anything else does.
    assert kills > 1.5 * len(victims) / parts
