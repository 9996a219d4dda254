"""What was measured, by the number of articles: kept as JSON, with the commit, the machine and the
versions that it was measured with. Measuring a size again replaces that size, and no other; a
run of another commit is dropped."""

import json
import os
import platform
import sqlite3
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.feedmill import ROOT
from benchmarks.measure import Series
from benchmarks.tool import Cost

MEASURED = ("worker", "feeds", "benchmarks", "requirements", "pyproject.toml")
CHANGED = " with changes"


@dataclass(slots=True)
class Run:
    """One run at one size: all its ratios are between neighbours in time. ``load`` is how many
    programs wanted a core, ours included: the average of five minutes at its begin and end."""

    articles: int
    topics: int
    begun: str
    commit: str
    machine: str
    tools: dict[str, str]
    series: list[Series] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    load: list[float] = field(default_factory=list)

    def find(self, tool: str, what: str) -> Series | None:
        """A tool's samples of a measurement, if it has any."""
        found = (s for s in self.series if (s.tool, s.what) == (tool, what) and s.samples)
        return next(found, None)


def begun(articles: int, topics: int, tools: dict[str, str]) -> Run:
    """A run that begins now, on this machine."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Run(articles, topics, moment, commit(), machine(), tools)


def commit() -> str:
    """The last commit that changed what is measured, or what measures it."""
    try:
        last = _git("log", "-1", "--format=%h")
        return last + CHANGED if _git("status", "--porcelain") else last
    except (OSError, subprocess.CalledProcessError):
        return "unknown" + CHANGED


def _git(*words: str) -> str:
    argv = ("git", *words, "--", *MEASURED)
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def machine() -> str:
    """What a reader has to know of the machine to compare with his own."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{len(os.sched_getaffinity(0))} cores ({model}), {memory:.0f} GiB, Linux "
        f"{platform.release().partition('-')[0]}, Python {python}, SQLite {sqlite3.sqlite_version}"
    )


def load(path: Path) -> dict[int, Run]:
    """The kept runs of this commit, by number of articles; none of a commit with changes."""
    now = commit()
    if not path.exists() or now.endswith(CHANGED):
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    runs = [_run(raw) for raw in rows if raw.get("commit") == now]
    return {run.articles: run for run in runs}


def keep(path: Path, runs: dict[int, Run]) -> None:
    """Keep them."""
    rows = [asdict(runs[size]) for size in sorted(runs)]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _run(raw: dict[str, object]) -> Run:
    run = Run(**raw)  # type: ignore[arg-type] # as ``keep`` wrote it
    run.series = [Series(**series) for series in raw["series"]]  # type: ignore[attr-defined]
    for series in run.series:
        series.costs = [Cost(**cost) for cost in series.costs]  # type: ignore[arg-type]
    return run
