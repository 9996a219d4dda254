"""``make bench``: compares Feedmill with other tools for the same job, on this machine.

For each number of articles: the same articles for every tool, all measurements in rounds of all
tools, one table. Uses only 127.0.0.1, except to install the other tools.
"""

import argparse
import os
import shutil
import signal
import sys
import time

from benchmarks import plots, table, web
from benchmarks.eleventy import Eleventy
from benchmarks.feedmill import ROOT, Feedmill
from benchmarks.floor import Floor
from benchmarks.hugo import Hugo
from benchmarks.measure import Limits
from benchmarks.pelican import Pelican
from benchmarks.results import Run, commit, keep, load
from benchmarks.session import Session
from benchmarks.tool import MissingError, Tool

BUILD = ROOT / "build" / "bench"
SITES = BUILD / f"sites-{os.getpid()}"
PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
TOOLS: dict[str, type[Tool]] = {
    tool.name.lower(): tool for tool in (Feedmill, Floor, Hugo, Eleventy, Pelican)
}
HOUSE = Feedmill.name
# Feedmill may take longer than the others for a build: it is what is asked about.
PATIENCE_WITH_HOUSE = 5


def main(argv: list[str]) -> int:
    """Measure, print and keep the results. Gives the exit status."""
    asked = _arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    BUILD.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + 60 * asked.minutes
    tools, missing = _installed(asked.tools)
    kept = BUILD / "results.json"
    runs = load(kept)
    limits = Limits(asked.samples, asked.least, asked.seconds)
    for at, count in enumerate(sorted(asked.n)):
        able, slow = _able(tools, count, runs, asked.longest)
        session = Session(SITES, able, count, asked.topics, is_cold=not slow.get(HOUSE))
        left = deadline - time.monotonic()
        # A small archive is measured in less time than the larger one after it.
        share = left if at == len(asked.n) - 1 else left / 2
        runs[count] = session.measure(limits, time.monotonic() + share)
        runs[count].remarks += [*missing, *slow.values()]
        keep(kept, runs)
    report = table.report(runs, web.ratios(commit()))
    print(f"\n{report}")
    plots.draw(runs, BUILD)
    (BUILD / "report.md").write_text(report, encoding="utf-8")
    if asked.record:
        table.put_into(PAGE, report)
        plots.draw(runs, PLOTS)
    print(f"Kept in {BUILD}")
    return 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("n", nargs="*", type=int, default=[1000, 10_000], help="articles")
    parser.add_argument("--topics", type=int, default=100)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--samples", type=int, default=5, help="at most so many of each")
    parser.add_argument("--least", type=int, default=2, help="at least so many of each")
    parser.add_argument("--seconds", type=float, default=20, help="for more than the least")
    parser.add_argument("--minutes", type=float, default=14, help="begin nothing after these")
    parser.add_argument(
        "--longest", type=float, default=150, help="seconds of a build, judged by smaller ones"
    )
    parser.add_argument("--record", action="store_true", help="put it into docs/performance.md")
    return parser.parse_args(argv)


def _installed(names: list[str]) -> tuple[list[Tool], list[str]]:
    """The tools that can be had, and what is to be said of the others."""
    tools, missing = list[Tool](), list[str]()
    for name in dict.fromkeys(["feedmill", *names]):
        tool = TOOLS[name]()
        try:
            tool.install(BUILD)
        except MissingError as error:
            missing.append(f"{tool.name} could not be installed: {error}")
            print(missing[-1])
            continue
        print(f"{tool.name} {tool.version}")
        tools.append(tool)
    return tools, missing


def _able(
    tools: list[Tool], count: int, runs: dict[int, Run], longest: float
) -> tuple[list[Tool], dict[str, str]]:
    """The tools for which ``count`` articles are not too many, and what is to be said of those
    that will not build so many. Feedmill is always among the first."""
    able, slow = list[Tool](), dict[str, str]()
    for tool in tools:
        smaller = [size for size in runs if size < count and runs[size].find(tool.name, "cold")]
        last = runs[max(smaller)].find(tool.name, "cold") if smaller else None
        expected = min(last.samples) * count / last.articles if last else 0.0
        most = longest * (PATIENCE_WITH_HOUSE if tool.name == HOUSE else 1)
        if expected > most:
            slow[tool.name] = f"{tool.name}: not built; it would take {expected:.0f} s or more"
        if expected <= most or tool.name == HOUSE:
            able.append(tool)
    return able, slow


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    finally:
        shutil.rmtree(SITES, ignore_errors=True)
