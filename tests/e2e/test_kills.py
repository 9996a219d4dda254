"""A short piece of ``make torture``: killed again and again, a worker leaves no trace of it."""

from pathlib import Path
from typing import Literal

import pytest

from tests.torture.harness import Tally, Torment


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("after", "seed", "rounds", "kills"),
    [
        ("keep", 9, 1, 2),
        ("keep", 7, 2, 3),
        ("archive", 8, 1, 4),
    ],
)
def test_a_worker_killed_again_and_again_ends_where_an_undisturbed_one_does(
    tmp_path: Path, after: Literal["keep", "archive"], seed: int, rounds: int, kills: int
) -> None:
    tally = Tally()
    assert Torment(tmp_path, seed, tally, after).run(rounds, kills) == []
    assert tally.kills.total() >= rounds * kills / 2
