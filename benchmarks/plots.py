"""The two plots, as SVG: numbers against the number of articles, both axes logarithmic."""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from benchmarks.results import Run

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 110, 40, 50
COLOURS = {
    "Feedmill": "#b3261e",
    "Hugo": "#1a5fb4",
    "Eleventy": "#2b7a3d",
    "Pelican": "#8a5a00",
    "floor": "#777",
}

Points = Mapping[str, list[tuple[int, float, float, float]]]
"""By tool: number of articles, median, least and most, in seconds."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """One axis: decades from ``low`` to ``high``, drawn from ``begin`` to ``end``."""

    low: int
    high: int
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Where ``value`` is drawn."""
        share = (log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def marks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def draw(runs: dict[int, Run], folder: Path) -> None:
    """Write ``latency.svg`` and ``cold.svg`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, what, title in (
        ("latency.svg", "drop", "From the drop of a file to the last of its feeds"),
        ("cold.svg", "cold", "From nothing to all feeds"),
    ):
        points = _points(runs, what)
        if points:
            (folder / name).write_text(_plot(points, title), encoding="utf-8")


def _points(runs: dict[int, Run], what: str) -> Points:
    points: dict[str, list[tuple[int, float, float, float]]] = {}
    for size in sorted(runs):
        for series in runs[size].series:
            if series.what == what and series.samples:
                values = series.samples
                point = (size, statistics.median(values), min(values), max(values))
                points.setdefault(series.tool, []).append(point)
    return points


def _plot(points: Points, title: str) -> str:
    sizes = [point[0] for line in points.values() for point in line]
    values = [value for line in points.values() for point in line for value in point[1:]]
    across = _Scale(*_decades(sizes), LEFT, WIDTH - RIGHT)
    up = _Scale(*_decades(values), HEIGHT - BOTTOM, TOP)
    parts = [*_grid(across, up)]
    for tool, line in points.items():
        parts += _line(tool, line, across, up)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="12">\n<title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _decades(values: list[int] | list[float]) -> tuple[int, int]:
    low = floor(log10(min(values)) + 1e-9)
    return low, max(low + 1, ceil(log10(max(values)) - 1e-9))


def _grid(across: _Scale, up: _Scale) -> Iterator[str]:
    for mark in across.marks():
        x = across.at(mark)
        yield f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>'
        label = f"{mark:,.0f}"
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{label}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">articles</text>'
    for mark in up.marks():
        y = up.at(mark)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        label = f"{mark:g} s" if mark >= 1 else f"{mark * 1e3:g} ms"
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def _line(
    tool: str, line: list[tuple[int, float, float, float]], across: _Scale, up: _Scale
) -> Iterator[str]:
    colour = COLOURS.get(tool, "#444")
    places = [(across.at(point[0]), up.at(point[1])) for point in line]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for (x, y), (_, _, least, most) in zip(places, line, strict=True):
        reach = f"M{x:.1f} {up.at(least):.1f}V{up.at(most):.1f}"
        yield f'<path d="{reach}" stroke="{colour}"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
    x, y = places[-1]
    yield f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{escape(tool)}</text>'
