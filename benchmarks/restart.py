"""The parts of a restart with nothing changed, in a process of its own: a bare walk over the
drop folder with a stat of each file, and a worker that is opened and finds nothing to do.

Prints seconds by part as JSON. Which of the two comes first alternates with the process's
number, so that neither always finds the folder in memory.
"""

import json
import os
import sys
import time
from pathlib import Path

from worker.config.loading import load_config
from worker.service.composition import open_worker
from worker.service.once import once


def bare(folder: Path) -> float:
    """Seconds of ``scandir`` with ``stat``."""
    began = time.perf_counter()
    with os.scandir(folder) as entries:
        for entry in entries:
            entry.stat(follow_symlinks=False)
    return time.perf_counter() - began


def work(site: Path) -> dict[str, float]:
    """Seconds until the worker stands, and of its look at the whole folder."""
    config = load_config(site / "feedmill.toml")
    began = time.perf_counter()
    with open_worker(config) as worker:
        opened = time.perf_counter()
        report = once(worker)
        done = time.perf_counter()
    return {"open": opened - began, "look": done - opened, "written": len(report.written)}


def main(site: Path) -> None:
    """Measure, and print."""
    if os.getpid() % 2:
        parts = work(site) | {"bare": bare(site / "drop")}
    else:
        parts = {"bare": bare(site / "drop")} | work(site)
    print(json.dumps(parts))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
