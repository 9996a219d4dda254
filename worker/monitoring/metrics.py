"""Formats the worker's numbers for Prometheus.

Pure: a snapshot in, bytes out. Names, units and types follow Prometheus' conventions. A test
checks that docs/sysadmins.md, the alert rules and the dashboard name the same metrics.
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
# Each series starts at 0, so that its first increase is visible.
_NO_FILES = dict.fromkeys(
    ("accepted", "held", "rejected", "refused", "quarantined", "shadowed", "ignored"), 0
)
_NO_ARTICLES = dict.fromkeys(("live", "held", "scheduled", "expired", "shadowed", "withdrawn"), 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The numbers of one moment. A time is None if it never happened. ``latency_counts`` has
    one number more than ``latency_bounds``, for longer times than the last bound."""

    version: str
    started: datetime
    at: datetime
    mode: str
    last_self_test: datetime | None = None
    last_probe: datetime | None = None
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


def prometheus_text(snapshot: Snapshot) -> bytes:
    """The snapshot in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_SnapshotCollector(snapshot))
    return generate_latest(registry)


class _SnapshotCollector(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """All metric families, in the order of the file."""
        yield from _timestamps(self._snapshot)
        yield from _gauges(self._snapshot)
        yield from _labelled(self._snapshot)
        yield from _counters(self._snapshot)
        yield _latency(self._snapshot)


def _timestamps(found: Snapshot) -> Iterator[Metric]:
    for name, text, moment in (
        ("start", "When the worker was started.", found.started),
        ("pulse", "When these numbers were written.", found.at),
        ("proof", "When the self-test last passed.", found.last_self_test),
        ("canary", "When a probe article last passed the whole pipeline.", found.last_probe),
        ("scan", "When the whole drop folder was last scanned.", found.last_scan),
        ("publish", "When a public file was last written.", found.last_publish),
    ):
        if moment is not None:
            seconds = moment.timestamp()
            yield GaugeMetricFamily(f"feedmill_{name}_timestamp_seconds", text, seconds)


def _gauges(found: Snapshot) -> Iterator[Metric]:
    for name, text, value in (
        ("queue_depth", "Paths that wait to be checked or read.", found.queue),
        ("scan_duration_seconds", "How long the last scan took.", found.scan_seconds),
        ("feeds", "Number of feeds.", found.feeds),
        ("feeds_waiting", "Feeds with unpublished changes.", found.feeds_waiting),
        ("feeds_refused", "Feeds whose last version failed the audit.", found.feeds_refused),
        ("database_bytes", "Size of the database.", found.database_bytes),
        ("database_wal_bytes", "Size of the database's write-ahead log.", found.wal_bytes),
        ("troubles", "Current troubles.", len(found.troubles)),
    ):
        yield GaugeMetricFamily(f"feedmill_{name}", text, value)


def _labelled(found: Snapshot) -> Iterator[Metric]:
    info = GaugeMetricFamily("feedmill_info", "The running version.", labels=["version"])
    info.add_metric([found.version], 1)
    yield info
    mode = GaugeMetricFamily(
        "feedmill_watcher_mode", "1 for how the drop folder is watched.", labels=["mode"]
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
    trouble = GaugeMetricFamily("feedmill_trouble", "Current troubles by kind.", labels=["what"])
    # Counted by the first word: a series for each file name would be endless.
    yield _filled(trouble, Counter(what.partition(" ")[0] for what in found.troubles))


def _counters(found: Snapshot) -> Iterator[Metric]:
    verdicts = CounterMetricFamily(
        "feedmill_verdicts", "Verdicts since the start.", labels=["verdict"]
    )
    yield _filled(verdicts, {**_NO_FILES, **found.verdicts})
    for name, text, value in (
        ("files_written", "Public files written since the start.", found.writes),
        ("withdrawals", "Articles withdrawn since the start.", found.withdrawn),
        ("parser_deaths", "Files that crashed their parser since the start.", found.parser_deaths),
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
