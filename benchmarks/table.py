"""Formats results as Markdown, for a terminal and docs/performance.md."""

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Series
from benchmarks.results import Run

HOUSE = "Feedmill"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

WHAT = {
    "cold": "cold, to the last topic's RSS and Atom",
    "whole": "cold, to the end of the command",
    "drop": "one new file, to its last feed, after the other tools' turns",
    "drop, again": "one new file a second after the last one's work is done",
    "edit": "one edit, to its last feed",
    "burst": "1,000 new files at once, to the last feed",
    "burst, cold": "– a cold start with 1,000 files, in turn with these",
    "restart": "whole command with nothing changed",
    "restart, open": "– of it, opening everything",
    "restart, look": "– of it, the look at the folder",
    "restart, bare": "bare `scandir` with `stat`, for comparison",
}
"""The measurements in their order, and what each is from and to."""


def report(runs: dict[int, Run]) -> str:
    """All runs, the smallest first."""
    return "\n\n".join(_of_one(runs[size]) for size in sorted(runs)) + "\n"


def put_into(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a page. Raises ValueError where it has none."""
    old = page.read_text(encoding="utf-8")
    head, _, rest = old.partition(BEGIN)
    if END not in rest:
        raise ValueError(f"{page} has no place for what was measured")
    tail = rest.partition(END)[2]
    page.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}", encoding="utf-8")


def _of_one(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.tools.items())
    lines = [
        f"### {run.articles:,} articles on {run.topics} topics",
        "",
        f"{run.begun}; {run.machine}; {versions}.{_load(run)}",
        "",
        "| | tool | median | min | max | samples | ratio | peak memory | CPU |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
        *_rows(run),
    ]
    if run.floors:
        lines += ["", "What the libraries alone take per article, in the same run:", ""]
        lines += ["| | ms |", "|---|--:|"]
        lines += [f"| {kind} | {seconds * 1e3:.3f} |" for kind, seconds in run.floors.items()]
    if run.remarks:
        lines += ["", *(f"- {remark}" for remark in run.remarks)]
    return "\n".join(lines)


def _load(run: Run) -> str:
    values = " and ".join(f"{value:.1f}" for value in run.load)
    return f" Load at its begin and end: {values}." if values else ""


def _rows(run: Run) -> Iterator[str]:
    for what, label in WHAT.items():
        first = True
        for tool in run.tools:
            series = run.find(tool, what)
            if series is not None:
                yield _row(run, series, label if first else "")
                first = False


def _row(run: Run, series: Series, label: str) -> str:
    samples = series.samples
    middle = statistics.median(samples)
    house = run.find(HOUSE, series.what)
    ratio = f"{middle / statistics.median(house.samples):.3g}" if house else ""
    peak = max((cost.peak for cost in series.costs), default=0)
    cpu = statistics.median(cost.cpu for cost in series.costs) if series.costs else 0
    spent = cpu and series.what != "drop"
    cells = [
        label,
        series.tool + "".join(f"; {key}: {value:g}" for key, value in series.notes.items()),
        seconds(middle),
        seconds(min(samples)),
        seconds(max(samples)),
        str(len(samples)),
        ratio,
        f"{peak / 2**20:.0f} MiB" if peak else "",
        seconds(cpu) if spent else "",
    ]
    return f"| {' | '.join(cells)} |"


def seconds(value: float) -> str:
    """A duration with three digits."""
    if value < 0.0995:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.0f} s" if value >= 99.5 else f"{value:.3g} s"
