"""The worker's numbers in Prometheus' text format.

Pure: a snapshot in, bytes out. Names, units and types follow Prometheus' conventions; a test
holds docs/sysadmins.md, the alert rules and the board to what is here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

MODES = ("inotify", "poll")
# A series that is there from the start, as 0, is one whose first increase can be seen.
_NO_FILES = dict.fromkeys(("accepted", "held", "rejected", "refused", "quarantined", "shadowed"), 0)
_NO_ARTICLES = dict.fromkeys(("live", "held", "scheduled", "expired", "shadowed", "withdrawn"), 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A worker at one moment. Moments that never were are None; ``latency_counts`` has one
    number more than ``latency_bounds``, for what took longer than the last of them."""

    version: str
    started: datetime
    at: datetime
    mode: str
    last_proof: datetime | None = None
    last_canary: datetime | None = None
    last_scan: datetime | None = None
    last_publish: datetime | None = None
    scan_seconds: float = 0.0
    queue: int = 0
    writes: int = 0
    withdrawn: int = 0
    feeds: int = 0
    feeds_waiting: int = 0
    feeds_refused: int = 0
    database_bytes: int = 0
    wal_bytes: int = 0
    parser_deaths: int = 0
    files: Mapping[str, int] = field(default_factory=dict)
    articles: Mapping[str, int] = field(default_factory=dict)
    verdicts: Mapping[str, int] = field(default_factory=dict)
    troubles: frozenset[str] = frozenset()
    latency_bounds: tuple[float, ...] = ()
    latency_counts: tuple[int, ...] = (0,)
    latency_total: float = 0.0


def exposition(snapshot: Snapshot) -> bytes:
    """The snapshot as a textfile collector, or a scraper, reads it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(snapshot))
    return generate_latest(registry)


class _Once(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Every family, in the order of the file."""
        yield from _moments(self._snapshot)
        yield from _gauges(self._snapshot)
        yield from _labelled(self._snapshot)
        yield from _counters(self._snapshot)
        yield _latency(self._snapshot)


def _moments(found: Snapshot) -> Iterator[Metric]:
    for name, text, moment in (
        ("start", "When the worker was started.", found.started),
        ("pulse", "When these numbers were written.", found.at),
        ("proof", "When everything the worker needs was last proven to work.", found.last_proof),
        ("canary", "When a file of its own last went the whole way.", found.last_canary),
        ("scan", "When the whole drop folder was last scanned.", found.last_scan),
        ("publish", "When a file was last written for readers.", found.last_publish),
    ):
        if moment is not None:
            seconds = moment.timestamp()
            yield GaugeMetricFamily(f"feedmill_{name}_timestamp_seconds", text, seconds)


def _gauges(found: Snapshot) -> Iterator[Metric]:
    for name, text, value in (
        ("queue_depth", "Paths that wait to be looked at or read.", found.queue),
        ("scan_duration_seconds", "How long the last scan took.", found.scan_seconds),
        ("feeds", "Feeds there are.", found.feeds),
        ("feeds_waiting", "Feeds with changes that are not published yet.", found.feeds_waiting),
        ("feeds_refused", "Feeds whose last version failed the audit.", found.feeds_refused),
        ("database_bytes", "Size of the database.", found.database_bytes),
        ("database_wal_bytes", "Size of its write-ahead log.", found.wal_bytes),
        ("troubles", "Things that are in the worker's way now.", len(found.troubles)),
    ):
        yield GaugeMetricFamily(f"feedmill_{name}", text, value)


def _labelled(found: Snapshot) -> Iterator[Metric]:
    info = GaugeMetricFamily("feedmill_info", "The running version.", labels=["version"])
    info.add_metric([found.version], 1)
    yield info
    mode = GaugeMetricFamily(
        "feedmill_watcher_mode", "1 for the way the drop folder is followed.", labels=["mode"]
    )
    for name in MODES:
        mode.add_metric([name], name == found.mode)
    yield mode
    files = GaugeMetricFamily(
        "feedmill_files", "Files in the drop folder by verdict.", labels=["verdict"]
    )
    yield _filled(files, {**_NO_FILES, **found.files})
    articles = GaugeMetricFamily("feedmill_articles", "Articles by state.", labels=["state"])
    yield _filled(articles, {**_NO_ARTICLES, **found.articles})
    trouble = GaugeMetricFamily(
        "feedmill_trouble", "How many things of a kind are in the way.", labels=["what"]
    )
    # "file a.md" and "file b.md" are two troubles with files: names would make endless series.
    yield _filled(trouble, Counter(what.partition(" ")[0] for what in found.troubles))


def _counters(found: Snapshot) -> Iterator[Metric]:
    verdicts = CounterMetricFamily(
        "feedmill_verdicts", "Verdicts on files since the start.", labels=["verdict"]
    )
    yield _filled(verdicts, {**_NO_FILES, **found.verdicts})
    for name, text, value in (
        ("files_written", "Files written for readers since the start.", found.writes),
        ("withdrawals", "Articles withdrawn since the start.", found.withdrawn),
        ("parser_deaths", "Files that their parser did not survive.", found.parser_deaths),
    ):
        yield CounterMetricFamily(f"feedmill_{name}", text, value)


def _latency(found: Snapshot) -> Metric:
    buckets: list[tuple[str, float]] = []
    total = 0
    bounds = [*(f"{bound:g}" for bound in found.latency_bounds), "+Inf"]
    for bound, count in zip(bounds, found.latency_counts, strict=True):
        total += count
        buckets.append((bound, total))
    return HistogramMetricFamily(
        "feedmill_drop_to_feed_seconds",
        "From a file's last change in the drop folder until its feeds were written.",
        buckets=buckets,
        sum_value=found.latency_total,
    )


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, int]) -> Metric:
    for label, value in sorted(values.items()):
        family.add_metric([label], value)
    return family
