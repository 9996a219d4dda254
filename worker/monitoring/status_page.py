"""The status page: health, charts, files that need their author, last verdicts, feeds.

Rendered for each request, from ``status.read_status`` and the verdict log. The charts are SVG
inside the page.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from importlib.resources import files
from itertools import count
from math import log10
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from feeds.errors import FeedmillError
from feeds.pages.site import DisplayTime
from feeds.pages.templating import Templates, markup
from feeds.server.app import EndpointResponse
from worker.config.model import Config
from worker.core.clock import from_text
from worker.monitoring.status import Status, read_status
from worker.store.database import open_for_reading
from worker.store.ledger import Entry, VerdictLog
from worker.store.queries import FeedState

STYLE_PATH = "/status.css"
REFRESH_SECONDS = 10
HOURS = 24
MOST_PROBLEM_FILES, MOST_RECENT, MOST_TIMED = 50, 30, 200
KINDS = ("accepted", "held", "rejected", "other")

# The charts, in SVG units.
WIDTH, HEIGHT = 480, 150
_LEFT, _BOTTOM, _TOP, _RIGHT = 44, 20, 10, 6
# The lines of the latency chart, in milliseconds, and their labels.
_LEAST = 10
_MARKS = ((_LEAST, "10 ms"), (100, "0.1 s"), (1_000, "1 s"), (10_000, "10 s"), (100_000, "100 s"))

_HTML = "text/html; charset=utf-8"
_TEMPLATES = Templates("worker.monitoring")


class _State(NamedTuple):
    """The worker's state as a word, a colour and a sentence."""

    word: str
    colour: str
    text: str


def status_style() -> EndpointResponse:
    """The page's style sheet, which is not in the public folder."""
    data = files("worker.monitoring").joinpath("static", "status.css").read_bytes()
    return EndpointResponse(200, "text/css; charset=utf-8", data)


def status_page(config: Config, now: datetime, query: str) -> EndpointResponse:
    """The current page; ``pause`` in the query switches its automatic reload off."""
    try:
        status = read_status(config, now)
        with open_for_reading(config.store_path) as database:
            log = VerdictLog(database)
            recent, day = log.recent(MOST_RECENT), log.since(now - timedelta(hours=HOURS - 1))
    except FeedmillError as error:
        return EndpointResponse(503, "text/plain; charset=utf-8", f"{error}\n".encode())
    html = render_status(config, status, recent, day, now, reloads="pause" not in query)
    return EndpointResponse(200, _HTML, html.encode())


def render_status(
    config: Config,
    status: Status,
    recent: Sequence[Entry],
    day: Sequence[Entry],
    now: datetime,
    *,
    reloads: bool,
) -> str:
    """The page's HTML. ``recent`` holds the last verdicts, newest first; ``day`` those of the last
    ``HOURS`` hours, oldest first."""
    zone = ZoneInfo(config.site.timezone)
    timed = [entry.latency_ms for entry in day if entry.latency_ms is not None][-MOST_TIMED:]
    return _TEMPLATES.render(
        "status.html",
        site_title=config.site.title,
        style_path=STYLE_PATH.removeprefix("/"),
        refresh=REFRESH_SECONDS if reloads else 0,
        now=_time(now, zone),
        zone_name=config.site.timezone,
        state=_state(status, zone),
        troubles=sorted(status.troubles.items()),
        figures=_figures(status),
        kinds=KINDS,
        hours_chart=markup(_hours_chart(day, now, zone)),
        latency_chart=markup(_latency_chart(timed)),
        timed=len(timed),
        half=_duration(percentile(timed, 0.5)),
        most=_duration(percentile(timed, 0.95)),
        problem_files=[
            {"path": line.path, "verdict": line.verdict, "problems": map(str, line.problems)}
            for line in status.troubled[:MOST_PROBLEM_FILES]
        ],
        hidden=max(0, len(status.troubled) - MOST_PROBLEM_FILES),
        recent=[_row(entry, zone) for entry in recent],
        feeds=[_feed(feed) for feed in status.feeds],
    )


def _time(moment: datetime, zone: ZoneInfo) -> DisplayTime:
    """For a log's column: digits only. The page is for administrators and stays English."""
    local = moment.astimezone(zone)
    return DisplayTime(local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}")


def _state(status: Status, zone: ZoneInfo) -> _State:
    since = _time(from_text(status.since), zone).text if status.since else ""
    match status.worker:
        case "running":
            watching = f"Watching by {status.watching}." if status.watching else ""
            colour, word = ("green", "Running") if status.is_well else ("red", "In trouble")
            return _State(word, colour, f"Since {since}. {watching}".strip())
        case "silent":
            text = f"No sign of life from the worker since {since}. The feeds stay as they are."
            return _State("Silent", "red", text)
        case "stopped":
            return _State("Stopped", "amber", f"Since {since}. The feeds stay as they are.")
    return _State("Never ran", "amber", "No worker has run on this database yet.")


def _figures(status: Status) -> list[dict[str, str]]:
    """The counts above zero, and always the number of live articles."""
    articles, troubled = status.articles, status.files
    found = [("articles live", articles.get("live", 0))]
    found += [(state, articles.get(state, 0)) for state in ("scheduled", "held", "expired")]
    found += [
        (f"files {verdict}", troubled.get(verdict, 0))
        for verdict in ("rejected", "refused", "quarantined", "shadowed")
    ]
    found.append(("feeds", len(status.feeds)))
    return [
        {"label": label, "value": f"{number:,}"}
        for label, number in found
        if number or label == "articles live"
    ]


def _hours_chart(day: Iterable[Entry], now: datetime, zone: ZoneInfo) -> str:
    """Files per hour by verdict, for the last ``HOURS`` hours; the current hour is the last bar."""
    counts: defaultdict[datetime, Counter[str]] = defaultdict(Counter)
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in reversed(range(HOURS))]
    for entry in day:
        hour = entry.at.replace(minute=0, second=0, microsecond=0)
        counts[hour][entry.verdict if entry.verdict in KINDS else "other"] += 1
    total = sum(found.total() for found in counts.values())
    labels = [
        f"{hour.astimezone(zone):%H}:00" if number % 6 == 5 else ""
        for number, hour in enumerate(hours)
    ]
    columns = [(label, counts[hour]) for label, hour in zip(labels, hours, strict=True)]
    return bars(columns, KINDS, f"{total} files in the last {HOURS} hours")


def _latency_chart(timed: Sequence[int]) -> str:
    if not timed:
        return ""
    title = f"{len(timed)} files, half of them within {_duration(percentile(timed, 0.5))}"
    return dots(timed, ("older", "now"), title)


def _duration(milliseconds: float) -> str:
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"


def _row(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "when": _time(entry.at, zone),
        "path": entry.path,
        "verdict": entry.verdict,
        "codes": entry.codes,
        "took": "" if entry.latency_ms is None else _duration(entry.latency_ms),
    }


def _feed(feed: FeedState) -> dict[str, Any]:
    return {
        "name": feed.name or "All articles",
        "url": f"{feed.key}.html",
        "entries": f"{feed.entries:,}",
        "waiting": feed.waiting,
        "problem": feed.problem,
    }


def bars(columns: Sequence[tuple[str, Mapping[str, int]]], kinds: Sequence[str], title: str) -> str:
    """Stacked bars as SVG. A column is a label, which may be empty, and its counts by kind."""
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
    """A dot per duration as SVG, oldest first. Values are milliseconds on a logarithmic scale;
    ``labels`` are below the first and the last dot."""
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
    """The percentile of ``values`` by nearest rank, ``share`` from 0 to 1; 0 for no values."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)] if ordered else 0.0


def _top_mark(values: Sequence[float]) -> int:
    top = max(values, default=0)
    return next((mark for mark, _ in _MARKS[2:] if mark >= top), _MARKS[-1][0])


def _round_up(value: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 …, whose half is a whole number."""
    steps: Iterator[int] = (step * 10**power for power in count() for step in (2, 4, 10))
    return next(step for step in steps if step >= value)


def _line(y: float, label: str) -> str:
    line = f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text(_LEFT - 6, y + 3.5, label, "end")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], title: str) -> str:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    head = f'<svg class="chart" {size} role="img" aria-label="{escape(title)}">'
    return f"{head}{''.join(parts)}</svg>"
