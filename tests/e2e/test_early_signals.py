"""Signals that arrive under the imports of a program that was started a moment ago."""

import signal
import subprocess
import sys

import pytest

from tests.e2e.process import DEADLINE, environment

# Sends the signal to itself when the module is about to be loaded.
PROGRAM = """
import os, sys
from importlib.abc import MetaPathFinder

class Sender(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), number)

module, number, sys.argv[1:] = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
sys.meta_path.insert(0, Sender())
from worker.__main__ import main
main()
"""

MODULES = [
    "worker.service.daemon",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in ("click", "worker.config.loading", "watchdog.observers")
    ),
]


def started(mill, module, number, *words):
    program = [sys.executable, "-c", PROGRAM, module, str(int(number))]
    with mill.log_path.open("ab") as log:
        return subprocess.Popen(
            [*program, "--config", str(mill.config), *words],
            cwd=mill.base,
            env=environment({}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_stopped_under_its_imports_ends_well(mill, module, number):
    mill.process = started(mill, module, number, "run", "--no-serve")
    assert mill.ended() == 0, mill.log()
    assert "Traceback" not in mill.log()


@pytest.mark.parametrize("module", MODULES)
def test_a_worker_that_is_reloaded_under_its_imports_reloads_once_it_runs(mill, module):
    mill.process = started(mill, module, signal.SIGHUP, "run", "--no-serve")
    mill.until(lambda: mill.said("reloading config="), "the reload")
    assert mill.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_another_command_ends_by_the_signal_as_programs_do(mill, number):
    mill.process = started(mill, "click", number, "once")
    assert mill.ended(DEADLINE) == -number
    assert not mill.store.exists()
