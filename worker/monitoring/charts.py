"""Small charts as inline SVG, for a page without scripts: files by the hour, and how long they
took. Colours come from the page's style sheet, by class.

Pure: numbers in, markup out.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import log10

WIDTH, HEIGHT = 480, 150
_LEFT, _BOTTOM, _TOP, _RIGHT = 44, 20, 10, 6
# Milliseconds: where the lines of the latency chart are drawn, and what is written there.
_LEAST = 10
_MARKS = ((_LEAST, "10 ms"), (100, "0.1 s"), (1_000, "1 s"), (10_000, "10 s"), (100_000, "100 s"))


def bars(columns: Sequence[tuple[str, Mapping[str, int]]], kinds: Sequence[str], title: str) -> str:
    """Stacked bars, one for each column: (what is written below it, or "", count by kind)."""
    most = _round_up(max((sum(counts.values()) for _, counts in columns), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(columns))
    floor, room = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    parts = [_line(floor - room * share, f"{most * share:,.0f}") for share in (0, 0.5, 1)]
    for number, (label, counts) in enumerate(columns):
        x, y = _LEFT + number * step, float(floor)
        for kind in kinds:
            if height := room * counts.get(kind, 0) / most:
                y -= height
                parts.append(
                    f'<rect class="{escape(kind)}" x="{x + step * 0.12:.1f}" y="{y:.1f}"'
                    f' width="{step * 0.76:.1f}" height="{height:.1f}"/>'
                )
        if label:
            parts.append(_text(x + step / 2, HEIGHT - 5, label, "middle"))
    return _svg(parts, title)


def dots(values: Sequence[float], labels: tuple[str, str], title: str) -> str:
    """One dot for each duration in milliseconds, oldest first, on a logarithmic scale;
    ``labels`` stand below the first and the last one."""
    low, high = _LEAST, _top_mark(values)
    floor, room = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP

    def height(value: float) -> float:
        share = log10(min(max(value, low), high) / low) / log10(high / low)
        return floor - room * share

    parts = [_line(height(mark), text) for mark, text in _MARKS if mark <= high]
    step = (WIDTH - _LEFT - _RIGHT - 8) / max(1, len(values) - 1)
    parts += [
        f'<circle cx="{_LEFT + 4 + number * step:.1f}" cy="{height(value):.1f}" r="2.4"/>'
        for number, value in enumerate(values)
    ]
    parts.append(_text(_LEFT, HEIGHT - 5, labels[0], "start"))
    parts.append(_text(WIDTH - _RIGHT, HEIGHT - 5, labels[1], "end"))
    return _svg(parts, title)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of the others does not exceed (nearest rank); 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)] if ordered else 0.0


def _top_mark(values: Sequence[float]) -> int:
    top = max(values, default=0)
    return next((mark for mark, _ in _MARKS[2:] if mark >= top), _MARKS[-1][0])


def _round_up(value: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 …: its half is a whole number."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if step * size >= value:
                return step * size
        size *= 10


def _line(y: float, label: str) -> str:
    line = f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text(_LEFT - 6, y + 3.5, label, "end")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], title: str) -> str:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    head = f'<svg class="chart" {size} role="img" aria-label="{escape(title)}">'
    return f"{head}{''.join(parts)}</svg>"
