"""What Nagios is told of a status: how bad it is, and why, on one line."""

from dataclasses import replace

import pytest

from worker.monitoring.status import Status
from worker.store.queries import FeedState

WELL = Status(
    worker="running",
    since="2026-05-01T12:00:00Z",
    watching="inotify: ext4",
    articles={"live": 3},
    files={"accepted": 3, "rejected": 1},
    troubled=[],
    feeds=[FeedState("All", "all", "https://x/all.rss", 3, False, "")],
)


def test_a_well_worker_is_ok_with_its_numbers_and_authors_mistakes_do_not_count() -> None:
    line = "FEEDMILL OK - running since 2026-05-01T12:00:00Z"
    data = "articles_live=3 files_accepted=3 files_rejected=1"
    assert WELL.nagios() == (0, f"{line} | {data}")


@pytest.mark.parametrize("worker", ["silent", "stopped"])
def test_a_worker_that_does_not_work_is_critical_and_says_since_when(worker: str) -> None:
    level, line = replace(WELL, worker=worker).nagios()
    assert level == 2
    assert f"CRITICAL - the worker is {worker} since 2026-05-01T12:00:00Z |" in line


def test_a_worker_that_never_ran_is_unknown() -> None:
    assert replace(WELL, worker="never ran").nagios()[0] == 3


def test_what_keeps_news_from_readers_is_critical_the_rest_a_warning() -> None:
    light = replace(WELL, troubles={"file a|b.md": "Permission denied"})
    assert light.nagios()[0] == 1
    # A second bar would begin performance data.
    assert light.nagios()[1].count("|") == 1
    grave = replace(WELL, troubles={**light.troubles, "database": "disk is full"})
    level, line = grave.nagios()
    assert level == 2
    assert "CRITICAL - database: disk is full |" in line


def test_a_refused_feed_is_a_warning() -> None:
    feeds = [replace(WELL.feeds[0], problem="no title")]
    assert replace(WELL, feeds=feeds).nagios()[0] == 1
