"""Fault points: they kill when asked to, at the right moment, and else do nothing."""

import os
import signal
import subprocess
import sys

import pytest

from worker.core.fault_points import POINTS, armed

WALK = """
from worker.core.fault_points import reach
for number in range(3):
    print(number, flush=True)
    reach("file-read")
    reach("write-after")
"""


def walk(fault: str | None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "FEEDMILL_FAULT"}
    environ = kept if fault is None else {**kept, "FEEDMILL_FAULT": fault}
    command = [sys.executable, "-c", WALK]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_nothing_happens_at_any_point_unless_asked_for():
    done = walk(None)
    assert (done.returncode, done.stdout) == (0, "0\n1\n2\n")


def test_the_process_ends_at_the_nth_reaching_of_its_point():
    done = walk("file-read:2")
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "0\n1\n")


@pytest.mark.parametrize("fault", ["nowhere:1", "file-read", "file-read:0", "file-read:x", ":1"])
def test_a_fault_that_could_never_happen_is_refused(fault):
    with pytest.raises(ValueError, match="expected POINT:N"):
        armed({"FEEDMILL_FAULT": fault})


def test_the_points_have_names_of_their_own():
    assert len(set(POINTS)) == len(POINTS)
