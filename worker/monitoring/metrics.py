"""Formats the worker's numbers for Prometheus.

Pure: a snapshot in, bytes out. Names, units and types follow Prometheus' conventions. A test
checks that docs/sysadmins.md, the alert rules and the dashboard name the same metrics.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from worker.cloud.mirror.state import MirrorState
from worker.core.stages import STATES
from worker.monitoring.heartbeat import Pulse
from worker.monitoring.progress import LATENCY_BOUNDS, Progress

MODES = ("inotify", "poll")
# Each series starts at 0, so that its first increase is visible.
_NO_FILES = dict.fromkeys(
    ("accepted", "held", "rejected", "refused", "quarantined", "shadowed", "ignored"), 0
)
_NO_ARTICLES = dict.fromkeys(STATES, 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The numbers of one moment. ``feeds``: how many there are, wait and were refused.
    ``mirror`` is None without [mirror]."""

    version: str
    pulse: Pulse
    progress: Progress
    queue: int = 0
    parser_deaths: int = 0
    database_bytes: int = 0
    wal_bytes: int = 0
    feeds: tuple[int, int, int] = (0, 0, 0)
    mirror: MirrorState | None = None
    files: Mapping[str, int] = field(default_factory=dict)
    articles: Mapping[str, int] = field(default_factory=dict)


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
        if self._snapshot.mirror is not None:
            yield from _mirror(self._snapshot.mirror)


def _timestamps(found: Snapshot) -> Iterator[Metric]:
    for name, text, moment in (
        ("start", "When the worker was started.", found.pulse.started),
        ("pulse", "When these numbers were written.", found.pulse.at),
        ("proof", "When the self-test last passed.", found.pulse.last_self_test),
        ("canary", "When a probe article last passed the whole pipeline.", found.pulse.last_probe),
        ("scan", "When the whole drop folder was last scanned.", found.pulse.last_scan),
        ("publish", "When a public file was last written.", found.progress.last_publish),
    ):
        if moment is not None:
            seconds = moment.timestamp()
            yield GaugeMetricFamily(f"feedmill_{name}_timestamp_seconds", text, seconds)


def _gauges(found: Snapshot) -> Iterator[Metric]:
    for name, text, value in (
        ("queue_depth", "Paths that wait to be checked or read.", found.queue),
        ("scan_duration_seconds", "How long the last scan took.", found.progress.scan_seconds),
        ("feeds", "Number of feeds.", found.feeds[0]),
        ("feeds_waiting", "Feeds with unpublished changes.", found.feeds[1]),
        ("feeds_refused", "Feeds whose last version failed the audit.", found.feeds[2]),
        ("database_bytes", "Size of the database.", found.database_bytes),
        ("database_wal_bytes", "Size of the database's write-ahead log.", found.wal_bytes),
        ("troubles", "Current troubles.", len(found.progress.troubles)),
    ):
        yield GaugeMetricFamily(f"feedmill_{name}", text, value)


def _labelled(found: Snapshot) -> Iterator[Metric]:
    modes = {name: int(name == found.pulse.mode) for name in MODES}
    # Counted by the first word: a series for each file name would be endless.
    troubles = Counter(what.partition(" ")[0] for what in found.progress.troubles)
    for name, text, label, values in (
        ("info", "The running version.", "version", {found.version: 1}),
        ("watcher_mode", "1 for how the drop folder is watched.", "mode", modes),
        ("files", "Files in the drop folder by verdict.", "verdict", {**_NO_FILES, **found.files}),
        ("articles", "Articles by state.", "state", {**_NO_ARTICLES, **found.articles}),
        ("trouble", "Current troubles by kind.", "what", troubles),
    ):
        yield _filled(GaugeMetricFamily(f"feedmill_{name}", text, labels=[label]), values)


def _counters(found: Snapshot) -> Iterator[Metric]:
    verdicts = CounterMetricFamily(
        "feedmill_verdicts", "Verdicts since the start.", labels=["verdict"]
    )
    yield _filled(verdicts, {**_NO_FILES, **found.progress.verdicts})
    for name, text, value in (
        ("files_written", "Public files written since the start.", found.progress.writes),
        ("withdrawals", "Articles withdrawn since the start.", found.progress.withdrawn),
        ("parser_deaths", "Files that crashed their parser since the start.", found.parser_deaths),
    ):
        yield CounterMetricFamily(f"feedmill_{name}", text, value)


def _latency(found: Snapshot) -> Metric:
    latencies = found.progress.latencies
    bounds = [*(f"{bound:g}" for bound in LATENCY_BOUNDS), "+Inf"]
    return HistogramMetricFamily(
        "feedmill_drop_to_feed_seconds",
        "From a file's last change in the drop folder until its feeds were written.",
        buckets=list(zip(bounds, accumulate(latencies.counts), strict=True)),
        sum_value=latencies.total,
    )


def _mirror(found: MirrorState) -> Iterator[Metric]:
    for name, text, value in (
        ("objects", "Objects in the bucket that the mirror sent.", found.objects),
        ("waiting", "Public files that are not in the bucket yet.", found.waiting),
        ("trouble", "1 if something is wrong with the mirror.", int(bool(found.trouble))),
        ("pulse_timestamp_seconds", "When the mirror last told its state.", found.at.timestamp()),
        (
            "equal_timestamp_seconds",
            "When the bucket last equalled the public folder.",
            found.equal_at.timestamp() if found.equal_at else 0,
        ),
    ):
        yield GaugeMetricFamily(f"feedmill_mirror_{name}", text, value)
    for name, text, count in (
        ("sent", "Files sent since the mirror's start.", found.sent),
        ("sent_bytes", "Bytes sent since the mirror's start.", found.bytes),
        ("deleted", "Objects deleted since the mirror's start.", found.deleted),
        ("conflicts", "Objects that somebody else had written.", found.conflicts),
    ):
        yield CounterMetricFamily(f"feedmill_mirror_{name}", text, count)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, int]) -> Metric:
    for label, value in sorted(values.items()):
        family.add_metric([label], value)
    return family
