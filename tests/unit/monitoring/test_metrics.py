"""The worker's numbers: Prometheus reads them as they are meant, and people find them explained."""

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from worker.cloud.mirror.state import MirrorState
from worker.monitoring.heartbeat import Pulse
from worker.monitoring.metrics import Snapshot, prometheus_text
from worker.monitoring.progress import LATENCY_BOUNDS, Latencies, Progress

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PULSE = Pulse(started=NOW, at=NOW, mode="poll", mode_reason="")
EMPTY = Snapshot(version="1.0", pulse=PULSE, progress=Progress())
FULL = replace(
    EMPTY,
    pulse=replace(PULSE, last_self_test=NOW, last_probe=NOW, last_scan=NOW),
    progress=Progress(
        last_publish=NOW,
        verdicts={"accepted": 5},
        troubles=dict.fromkeys(("file a.md", "file b.md", "database"), "why"),
        latencies=Latencies(
            counts=[0, 0, 0, 2, 1, *[0] * (len(LATENCY_BOUNDS) - 5), 1], total=70.0
        ),
    ),
    files={"accepted": 3, "rejected": 1},
    articles={"live": 3},
    mirror=MirrorState("s3://x", NOW, NOW, NOW, objects=7, sent=2, trouble="why"),
)
MONITORING = Path(__file__).parents[3] / "systemd" / "monitoring"


def samples(snapshot: Snapshot) -> dict[tuple[str, ...], float]:
    """(name, label values …) to value."""
    found = {}
    for family in text_string_to_metric_families(prometheus_text(snapshot).decode()):
        for sample in family.samples:
            found[(sample.name, *sample.labels.values())] = sample.value
    return found


def names(snapshot: Snapshot) -> set[str]:
    return {key[0] for key in samples(snapshot)}


def test_every_number_is_where_it_belongs() -> None:
    found = samples(FULL)
    assert found["feedmill_files", "rejected"] == 1
    assert found["feedmill_articles", "live"] == 3
    assert found["feedmill_verdicts_total", "accepted"] == 5
    assert found["feedmill_watcher_mode", "poll"] == 1
    assert found["feedmill_watcher_mode", "inotify"] == 0
    assert found["feedmill_proof_timestamp_seconds",] == NOW.timestamp()


def test_series_that_could_come_later_are_there_from_the_start() -> None:
    found = samples(EMPTY)
    assert found["feedmill_files", "quarantined"] == 0
    assert found["feedmill_verdicts_total", "shadowed"] == 0
    assert found["feedmill_articles", "withdrawn"] == 0


def test_what_never_was_has_no_moment() -> None:
    assert "feedmill_publish_timestamp_seconds" not in names(EMPTY)


def test_a_histogram_adds_up() -> None:
    found = samples(FULL)
    assert [found["feedmill_drop_to_feed_seconds_bucket", le] for le in ("0.5", "1", "+Inf")] == [
        *(2, 3, 4)
    ]
    assert found["feedmill_drop_to_feed_seconds_count",] == 4
    assert found["feedmill_drop_to_feed_seconds_sum",] == 70.0


def test_no_file_makes_a_series_of_its_own() -> None:
    found = samples(FULL)
    assert found["feedmill_trouble", "file"] == 2
    assert found["feedmill_troubles",] == 3
    assert "a.md" not in prometheus_text(FULL).decode()


def test_the_mirrors_numbers_are_there_only_with_a_mirror() -> None:
    found = samples(FULL)
    assert found["feedmill_mirror_objects",] == 7
    assert found["feedmill_mirror_sent_total",] == 2
    assert found["feedmill_mirror_trouble",] == 1
    assert found["feedmill_mirror_equal_timestamp_seconds",] == NOW.timestamp()
    assert not [name for name in names(EMPTY) if "mirror" in name]


def test_every_metric_is_documented_and_no_other() -> None:
    page = (MONITORING.parents[1] / "docs" / "sysadmins.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(feedmill_\w+)", page, re.MULTILINE))
    families = text_string_to_metric_families(prometheus_text(FULL).decode())
    counted = {f.name + ("_total" if f.type == "counter" else "") for f in families}
    assert documented == counted


@pytest.mark.parametrize("name", ["feedmill.rules.yml", "feedmill.grafana.json"])
def test_rules_and_board_ask_for_nothing_that_is_not_there(name: str) -> None:
    text = (MONITORING / name).read_text("utf-8")
    asked = set(re.findall(r"\bfeedmill_\w+", text))
    assert asked
    assert asked - names(FULL) == set()


def test_the_board_has_a_place_for_every_panel() -> None:
    board = json.loads((MONITORING / "feedmill.grafana.json").read_text("utf-8"))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken = set()
    for panel in board["panels"]:
        assert panel["targets"], panel["title"]
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


# Latencies


def test_a_file_counts_in_the_bucket_of_its_time() -> None:
    latencies = Latencies()
    latencies.start([100.0, 99.0, -900.0])
    latencies.finish(100.2)
    assert sum(latencies.counts) == 3
    assert latencies.counts[LATENCY_BOUNDS.index(0.25)] == 1
    assert latencies.counts[LATENCY_BOUNDS.index(2.5)] == 1
    assert latencies.counts[-1] == 1
    assert math.isclose(latencies.total, 0.2 + 1.2 + 1000.2)
    latencies.finish(200.0)
    assert sum(latencies.counts) == 3


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    latencies = Latencies()
    latencies.start([100.0])
    latencies.finish(50.0)
    assert latencies.total == 0.0


def test_what_is_on_the_way_is_bounded() -> None:
    latencies = Latencies()
    for _ in range(3):
        latencies.start([1.0] * 60_000)
    latencies.finish(2.0)
    assert sum(latencies.counts) == 100_000


def test_a_trouble_is_logged_when_it_begins_and_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    progress = Progress()
    with caplog.at_level("INFO", "feedmill"):
        for _ in range(3):
            progress.trouble("database", "locked")
        assert progress.clear_trouble("database")
        assert not progress.clear_trouble("drop-folder")
        progress.clear_trouble("database")
    assert [record.getMessage() for record in caplog.records] == [
        "trouble what=database cause=locked",
        "trouble-over what=database",
    ]
