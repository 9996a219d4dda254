"""The seed first, what was tried last."""

from typing import Any

from tests.attack.budget import SECONDS, SEED, TOLD


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if TOLD:
        terminalreporter.section(f"attacks of {SECONDS:.0f} s, seed {SEED}")
        for line in TOLD:
            terminalreporter.write_line(line)
