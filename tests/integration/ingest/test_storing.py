"""Storing has a time budget: no transaction keeps a stop, a sign of life or a reader waiting."""

from contextlib import closing

import pytest

from tests.integration.house import article
from worker.ingest.storing import PART_SECONDS
from worker.store.articles import Articles
from worker.store.database import open_for_reading

FILES = 12


@pytest.fixture
def slow(house, monkeypatch):
    """A house with files of which each takes a second to store; counts what it does."""

    class Counts:
        stored: list[str]
        commits: list[int]
        between: list[int]

    counts = Counts()
    counts.stored, counts.commits, counts.between, counts.on_stored = [], [], [], lambda: None
    save = Articles.save

    def slow_save(self, version, article_id):
        house.clock.pass_time(1.0)
        counts.stored.append(version.claim.path)
        counts.on_stored()
        return save(self, version, article_id)

    monkeypatch.setattr(Articles, "save", slow_save)
    for number in range(FILES):
        house.write(f"{number:02}.md", article(f"Number {number}"))
    return counts


def committed(house):
    """How many articles another connection sees."""
    with closing(open_for_reading(house.config.store_path)) as other:
        return other.one("SELECT count(*) FROM articles")[0]


def test_a_transaction_ends_with_the_file_at_which_its_time_is_over(house, slow):
    slow.on_stored = lambda: slow.commits.append(committed(house))
    house.reconcile()
    most = int(PART_SECONDS)
    assert slow.commits == [number // most * most for number in range(FILES)]
    assert len(house.titles()) == FILES


def test_signs_of_life_are_given_between_transactions_and_never_within(house, slow):
    def step():
        assert not house.worker.database.is_in_transaction()
        slow.between.append(len(slow.stored))

    house.between = step
    house.reconcile()
    assert {5, 10, 12} <= set(slow.between)


def test_a_stop_ends_storing_with_the_file_at_hand_and_loses_nothing(house, slow):
    readers = house.worker.ingestor._readers
    slow.on_stored = lambda: len(slow.stored) == 3 and readers.hurry()
    house.turn()
    assert len(slow.stored) == committed(house) == 3
    house.restart()
    house.reconcile()
    assert len(house.titles()) == FILES
    assert len(slow.stored) == FILES


def test_what_is_stored_of_a_batch_is_filed_away_and_the_rest_follows(make_house, monkeypatch):
    house = make_house("archiving", after="archive")
    save = Articles.save

    def slow_save(self, version, article_id):
        house.clock.pass_time(PART_SECONDS)
        return save(self, version, article_id)

    monkeypatch.setattr(Articles, "save", slow_save)
    for number in range(3):
        house.write(f"{number}.md", article(f"Number {number}"))
    house.reconcile()
    assert sorted(path.name for path in (house.drop / "archive").iterdir()) == [
        "0.md",
        "1.md",
        "2.md",
    ]
    assert len(house.titles()) == 3
