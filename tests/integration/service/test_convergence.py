"""The folder is the truth, events are hints: losing or doubling them changes nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.house import House, build
from tests.integration.inbox.folders import IDS, LINKS, File, folders
from tests.integration.logical import dump, feed_bytes, standing_feeds

# FEEDMILL_EXAMPLES=1000 looks longer than a test suite may.
EXAMPLES = int(os.environ.get("FEEDMILL_EXAMPLES", "8"))


@contextmanager
def small_house(min_entries: int = 50) -> Iterator[House]:
    """A started house, in memory where the machine has room for files there."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as base:
        house = build(Path(base) / "house", unpublished="hold")
        feeds = replace(house.config.feeds, min_entries=min_entries, min_days=0)
        house.config = replace(house.config, feeds=feeds)
        house.start()
        try:
            yield house
        finally:
            house.stop()


def put(house: House, files: list[File]) -> None:
    for file in files:
        target = house.drop / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        os.utime(target, (file.stamp, file.stamp))


def hear(house: House, files: list[File], rounds: list[list[int]]) -> None:
    """One turn for each round of events, then the scan that makes up for the lost ones."""
    for events in rounds:
        house.turn(*(files[number % len(files)].path for number in events))
        house.clock.pass_time(0.7)
    house.reconcile(60)
    house.reconcile(5)


AFTER_ALL = datetime(2190, 1, 1, tzinfo=UTC)
rounds = st.lists(st.lists(st.integers(0, 7), max_size=4), max_size=8)


@settings(max_examples=EXAMPLES)
@given(files=folders(), events=rounds)
def test_any_events_and_a_scan_give_the_database_and_feeds_of_a_scan_alone(files, events):
    with small_house(min_entries=2) as told, small_house(min_entries=2) as untold:
        for house, heard in ((told, events), (untold, [])):
            put(house, files)
            hear(house, files, heard)
        assert dump(told, ever=True) == dump(untold, ever=True)
        assert feed_bytes(told) == feed_bytes(untold)


@settings(max_examples=EXAMPLES)
@given(files=folders(links=LINKS, ids=IDS), events=rounds)
def test_rivals_for_one_id_or_link_end_the_same_whoever_was_seen_first(files, events):
    """Who stood first is told by when the files came, as the kernel has it, not by the order in
    which the worker meets them."""
    with small_house() as told, small_house() as untold:
        put(told, files)
        untold.config = replace(untold.config, drop=told.config.drop)
        for house, heard in ((told, events), (untold, [])):
            # The files' ctimes are real: they lie behind only a clock that is ahead of them.
            house.clock.moment = AFTER_ALL
            house.restart()
            hear(house, files, heard)
        assert dump(told, ever=False) == dump(untold, ever=False)
        assert standing_feeds(told) == standing_feeds(untold)
