"""However many files wait, and however long one takes: no feed waits longer than is stated."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.integration.house import House, InProcessParsers, article
from worker.ingest import batches
from worker.ingest.verdicts import reading_rules
from worker.parsing.sandbox.pool import Job
from worker.service.pacing import LONGEST_HOLD

SECONDS_A_FILE = 9.0


class SlowReaders(InProcessParsers):
    """Parsers that come near their limit with every file."""

    def __init__(self, house: House) -> None:
        super().__init__(reading_rules(house.config))
        self.house = house

    def read(self, jobs: Iterable[Job]) -> Iterator[Any]:
        for reading in super().read(jobs):
            self.house.clock.pass_time(SECONDS_A_FILE)
            yield reading


@pytest.fixture
def slow_house(house, monkeypatch):
    """A house in which each file takes long, so that each is a batch of its own."""
    monkeypatch.setattr(batches, "BATCH_FILES", 1)
    monkeypatch.setattr(House, "open_readers", lambda self, _: SlowReaders(self))
    house.restart()
    return house


def test_files_that_take_long_keep_no_other_from_the_feeds(slow_house):
    house, seen = slow_house, []
    house.write("0.md", article("First", topics="first"))
    for number in range(1, 20):
        house.write(f"{number}.md", article(f"n{number}", topics="slow"))
    began = house.clock.monotonic()

    def look() -> None:
        if (house.public / "topics/first.atom").exists():
            seen.append(house.clock.monotonic() - began)

    house.between = look
    house.reconcile()
    assert house.titles("topics/first") == ["First"]
    assert seen[0] <= LONGEST_HOLD + 3 * SECONDS_A_FILE
    assert len(house.titles("topics/slow")) == 19
