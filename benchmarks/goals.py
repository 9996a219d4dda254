"""The goals, and whether a result meets them: computed from the runs, never written by hand."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.measure import Series
from benchmarks.results import Run

HOUSE = "Feedmill"
MEBIBYTE = 2**20

Runs = Mapping[int, Run]
Rates = Mapping[str, float]
"""What ``make bench-http`` found: by case, our processor time for a request over Caddy's."""


@dataclass(frozen=True, slots=True)
class Goal:
    """``value`` is None where it was not measured. ``show`` spells a value and the limit."""

    what: str
    limit: float
    value: Callable[[Runs], float | None]
    show: Callable[[float], str]
    is_least: bool = False
    more: Callable[[float], str] = lambda _: ""

    def row(self, runs: Runs) -> str:
        """A line of the table."""
        wanted = f"{'at least' if self.is_least else 'at most'} {self.show(self.limit)}"
        found = self.value(runs)
        if found is None:
            return f"| {self.what} | {wanted} | not measured | |"
        is_met = found >= self.limit if self.is_least else found <= self.limit
        verdict = "met" if is_met else "**missed**"
        return f"| {self.what} | {wanted} | {self.show(found)}{self.more(found)} | {verdict} |"


def goals(rates: Rates) -> Iterator[Goal]:
    """All goals in their order."""
    for size in (1_000, 10_000):
        yield _against("cold", size, "Hugo", 1.5)
        yield _against("cold", size, "Eleventy", 1)
        yield _against("cold", size, "Pelican", 1)
        yield _against("cold", size, "floor", 2)
    yield _against("whole", 10_000, "Hugo", 3)
    yield _against("cold", 100_000, "Hugo", 1.5)
    own, share = partial(_each, size=10_000), partial(_serial_share, size=10_000)
    yield Goal("worker's own processor time an article, cold, 10,000", 0.8e-3, own, _milliseconds)
    yield Goal("serial share, cold, 10,000", 0.25, share, _percent, more=_speed_ups)
    for what, when in (("drop", "after a rest"), ("drop, again", "after another one")):
        time = partial(_median, size=10_000, what=what)
        yield Goal(f"a new file at 10,000, {when}", 0.020, time, _milliseconds)
        growth = partial(_growth, what=what)
        yield Goal(f"a new file at 1,000,000, {when}, of that", 1.2, growth, _times)
    for size in (1_000, 10_000):
        rate = partial(_rate, size=size)
        yield Goal(f"one by one, 100 topics, {size:,}", 60, rate, _a_second, is_least=True)
    for size, limit in ((10_000, 150), (1_000_000, 250)):
        peak = partial(_peak, size=size)
        yield Goal(f"peak memory, {size:,}", limit * MEBIBYTE, peak, _mebibytes)
    version, check = partial(_first, what="version"), partial(_first, what="check")
    yield Goal("`feedmill --version`", 0.15, version, _milliseconds)
    yield Goal("`feedmill check` of one file", 0.35, check, _milliseconds)
    for case in ("304 by If-None-Match", "200, a whole feed"):
        label = f"embedded server, {case}: processor time, of Caddy's"
        yield Goal(label, 1.1, partial(_found, rates.get(case)), _times)


def table(runs: Runs, rates: Rates) -> list[str]:
    """The goals with what was measured, as lines of Markdown."""
    head = ["| goal | wanted | measured | |", "|---|---|---|---|"]
    return head + [goal.row(runs) for goal in goals(rates)]


def serial_share(series: Series) -> float | None:
    """The worker's own part of all processor time, by medians. None where nothing was kept."""
    own = statistics.median(cost.own for cost in series.costs) if series.costs else 0.0
    children = statistics.median(cost.children for cost in series.costs) if series.costs else 0.0
    return own / (own + children) if own + children else None


def speed_up(share: float, cores: int) -> float:
    """Amdahl's law: how many times as fast as on one core."""
    return 1 / (share + (1 - share) / cores)


def _against(what: str, size: int, tool: str, limit: float) -> Goal:
    label = {"cold": "to the last topic's RSS and Atom", "whole": "the whole command"}[what]

    def ratio(runs: Runs) -> float | None:
        ours, theirs = _median(runs, size, what), _median(runs, size, what, tool)
        return ours / theirs if ours and theirs else None

    return Goal(f"cold, {size:,}, {label}, of {tool}'s time", limit, ratio, _times)


def _series(runs: Runs, size: int, what: str, tool: str = HOUSE) -> Series | None:
    return runs[size].find(tool, what) if size in runs else None


def _median(runs: Runs, size: int, what: str, tool: str = HOUSE) -> float | None:
    series = _series(runs, size, what, tool)
    return statistics.median(series.samples) if series else None


def _found(value: float | None, _: Runs) -> float | None:
    return value


def _first(runs: Runs, what: str) -> float | None:
    """Of the smallest archive: what does not depend on its size."""
    found = (_median(runs, size, what) for size in sorted(runs))
    return next((value for value in found if value is not None), None)


def _growth(runs: Runs, what: str) -> float | None:
    small, large = _median(runs, 10_000, what), _median(runs, 1_000_000, what)
    return large / small if small and large else None


def _rate(runs: Runs, size: int) -> float | None:
    each = _median(runs, size, "one by one")
    return 1 / each if each else None


def _each(runs: Runs, size: int) -> float | None:
    series = _series(runs, size, "whole")
    if series is None or not series.costs:
        return None
    return statistics.median(cost.own for cost in series.costs) / size


def _serial_share(runs: Runs, size: int) -> float | None:
    series = _series(runs, size, "whole")
    return serial_share(series) if series else None


def _peak(runs: Runs, size: int) -> float | None:
    series = runs[size].series if size in runs else []
    peaks = [cost.peak for one in series if one.tool == HOUSE for cost in one.costs]
    return max(peaks, default=None)


def _times(value: float) -> str:
    return f"{value:.2f}"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _milliseconds(value: float) -> str:
    return f"{value * 1e3:.3g} ms" if value < 0.9995 else f"{value:.3g} s"


def _a_second(value: float) -> str:
    return f"{value:.0f} a second"


def _mebibytes(value: float) -> str:
    return f"{value / MEBIBYTE:.0f} MiB"


def _speed_ups(share: float) -> str:
    found: Sequence[str] = [f"{speed_up(share, cores):.1f} with {cores}" for cores in (2, 4, 8)]
    return f" (predicted, of one core's speed: {', '.join(found)})"
