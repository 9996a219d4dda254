"""Formats results as Markdown, for a terminal and docs/performance.md."""

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks import goals
from benchmarks.goals import HOUSE
from benchmarks.measure import Series
from benchmarks.results import Run

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

WHAT = {
    "cold": "cold, to the last topic's RSS and Atom",
    "whole": "cold, the whole command with pages and history",
    "drop": "a new file, to its last feed, after a rest",
    "drop, again": "a new file, a second after the last one's work is done",
    "edit": "an edit, to its last feed",
    "one by one": "one by one, each file as soon as the last is in its feeds",
    "burst": "1,000 new files at once, to the last feed",
    "burst, cold": "– a cold start with 1,000, in turn with these",
    "restart": "the whole command with nothing changed",
    "restart, look": "– of it, the look at the folder",
    "restart, bare": "– a bare `scandir` with `stat`, for comparison",
    "version": "`feedmill --version`",
    "check": "`feedmill check` of one file",
}
"""The measurements in their order, and what each is from and to."""
ONCE = ("version", "check")
"""What does not depend on the number of articles."""


def report(runs: dict[int, Run], rates: goals.Rates) -> str:
    """The goals, then all that was measured, in one table."""
    lines = [
        *goals.table(runs, rates),
        "",
        *_circumstances([runs[size] for size in sorted(runs)]),
        "",
        "| | articles | tool | Feedmill's time / its | median | least to most | samples"
        " | peak memory | CPU, ms an article | its children's |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|",
        *_rows(runs),
    ]
    remarks = [f"- {size:,}: {text}" for size in sorted(runs) for text in runs[size].remarks]
    return "\n".join([*lines, "", *remarks]).rstrip() + "\n"


def put_into(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a page. Raises ValueError where it has none."""
    old = page.read_text(encoding="utf-8")
    head, _, rest = old.partition(BEGIN)
    if END not in rest:
        raise ValueError(f"{page} has no place for what was measured")
    tail = rest.partition(END)[2]
    page.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}", encoding="utf-8")


def _circumstances(runs: list[Run]) -> Iterator[str]:
    """When, with what and on what; each once where it is the same for all runs."""
    for what in dict.fromkeys((run.commit, run.machine) for run in runs):
        yield f"Commit {what[0]}; {what[1]}."
    tools = dict.fromkeys(pair for run in runs for pair in run.tools.items())
    yield f"{', '.join(f'{name} {version}' for name, version in tools)}."
    for run in runs:
        load = " and ".join(f"{value:.1f}" for value in run.load)
        yield f"{run.articles:,} on {run.topics} topics: {run.begun}, load {load} at begin and end."


def _rows(runs: dict[int, Run]) -> Iterator[str]:
    for what, label in WHAT.items():
        found = [
            (runs[size], series)
            for size in sorted(runs)
            for tool in runs[size].tools
            if (series := runs[size].find(tool, what))
        ]
        for at, (run, series) in enumerate(found[:1] if what in ONCE else found):
            yield _row(run, series, "" if at else label)


def _row(run: Run, series: Series, label: str) -> str:
    samples, costs = series.samples, series.costs
    middle = statistics.median(samples)
    house = run.find(HOUSE, series.what)
    ratio = f"{statistics.median(house.samples) / middle:.3g}" if house else ""
    least, most, show = min(samples), max(samples), RATES.get(series.what, seconds)
    if series.what in RATES:
        least, most = most, least
    peak = max((cost.peak for cost in costs), default=0)
    cells = [
        label,
        f"{run.articles:,}",
        series.tool + "".join(f"; {key}: {value:g}" for key, value in series.notes.items()),
        "" if series.tool == HOUSE else ratio,
        show(middle),
        f"{show(least)} to {show(most)}",
        str(len(samples)),
        f"{peak / 2**20:.0f} MiB" if peak else "",
        *_processor(run, series),
    ]
    return f"| {' | '.join(cells)} |"


def _processor(run: Run, series: Series) -> tuple[str, str]:
    """Of whole builds only: of what was stopped, it says nothing."""
    if series.what != "whole":
        return "", ""
    own = statistics.median(cost.own for cost in series.costs) / run.articles
    children = statistics.median(cost.children for cost in series.costs) / run.articles
    return f"{own * 1e3:.2f}", f"{children * 1e3:.2f}"


def rate(each: float) -> str:
    """How many a second, of seconds for each."""
    return f"{1 / each:.0f} a second"


def seconds(value: float) -> str:
    """A duration with three digits."""
    if value < 0.0995:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.0f} s" if value >= 99.5 else f"{value:.3g} s"


RATES = {"one by one": rate}
"""What is shown as how many a second."""
