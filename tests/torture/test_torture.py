"""At least 500 kills, at every fault point and at random moments: not one leaves a trace."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.torture.harness import Tally, Torment

# FEEDMILL_TORTURE=5000 looks longer still; FEEDMILL_TORTURE_SEED begins elsewhere.
KILLS = int(os.environ.get("FEEDMILL_TORTURE", "500"))
SEED = int(os.environ.get("FEEDMILL_TORTURE_SEED", "1"))
ROUNDS, KILLS_A_ROUND = 6, 6


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_no_kill_leaves_a_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally, began, seed = Tally(), time.monotonic(), SEED
    while tally.kills.total() < KILLS or tally.spared():
        assert tally.kills.total() < max(3 * KILLS, 1500), f"never killed at {tally.spared()}"
        after = "archive" if seed % 3 == 0 else "keep"
        lines = Torment(tmp_path / str(seed), seed, tally, after).run(ROUNDS, KILLS_A_ROUND)
        with capsys.disabled():
            so_far = f"{tally.kills.total()} kills, {len(lines)} differences"
            left = ", ".join(tally.spared()[:4])
            sys.stdout.write(f"seed {seed} {after}: {so_far}; still to come: {left or '-'}\n")
            sys.stdout.flush()
        assert not lines, "\n".join(lines)
        seed += 1
    with capsys.disabled():
        lines = [*tally.lines(), f"{time.monotonic() - began:.0f} s"]
        sys.stdout.write("\n".join(["", *lines, ""]))
