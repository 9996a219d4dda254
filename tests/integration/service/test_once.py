"""``once`` comes to an end, whatever cannot be read or published."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.house import House, article
from worker.core.errors import StoreError
from worker.inbox.folder import DropFolder
from worker.inbox.hint_queue import HintQueue, Hints
from worker.inbox.safe_open import Gone, Look, Refused, Unavailable
from worker.publishing.publisher import Publisher
from worker.service.once import once
from worker.service.pacing import RETRY_SECONDS

MOST_WAITS = 2_000


@pytest.fixture
def timeless(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house in which waiting takes no time, and cannot go on for ever."""
    waits = iter(range(MOST_WAITS))

    def take(_: HintQueue, seconds: float) -> Hints:
        assert next(waits, None) is not None, "it comes to no end"
        house.clock.pass_time(seconds)
        return Hints()

    monkeypatch.setattr(HintQueue, "take", take)
    return house


def forbid(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system refuse to open the file."""
    look = DropFolder.look

    def refusing(inbox: DropFolder, name: str) -> Look | Refused | Gone | Unavailable:
        return Unavailable("Permission denied") if name == path else look(inbox, name)

    monkeypatch.setattr(DropFolder, "look", refusing)


def test_a_file_that_may_not_be_read_is_given_up_and_the_others_are_published(
    timeless: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeless.write("a.md", article("A"))
    timeless.write("b.md", article("B"))
    forbid("b.md", monkeypatch)
    report = once(timeless.worker)
    assert report.troubles == {"file b.md": "Permission denied"}
    assert timeless.titles() == ["A"]
    assert "Permission denied" in (timeless.drop / "b.md.feedmill.txt").read_text()


def test_an_unreadable_file_that_is_deleted_is_no_trouble_any_more(
    timeless: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeless.write("b.md", article("B"))
    with monkeypatch.context() as patch:
        forbid("b.md", patch)
        assert once(timeless.worker).troubles
    (timeless.drop / "b.md").unlink()
    timeless.reconcile(seconds=60)
    assert timeless.worker.loop.progress.troubles == {}


def test_an_index_that_says_more_than_its_table_is_damage_and_no_endless_work(
    timeless: House,
) -> None:
    overfilled(timeless)
    # Not every SQLite's check finds this.
    with pytest.raises(StoreError, match=r"archives_touched|publishing comes to no end"):
        once(timeless.worker)


def overfilled(house: House) -> None:
    """A started house whose database says for ever that archive documents are due."""
    house.restart(feeds=replace(house.config.feeds, min_entries=5, min_days=0))
    for number in range(20):
        house.write(f"{number}.md", article(f"Title {number}", date=f"2026-03-{1 + number:02}"))
    once(house.worker)
    house.stop()
    overfill(house.config.store_path, "archives_touched")
    house.start()


def test_a_worker_goes_on_beside_endless_publishing_says_so_and_keeps_a_pace(
    timeless: House,
) -> None:
    overfilled(timeless)
    loop = timeless.worker.loop
    troubles = loop.progress.troubles

    def takes(turns: int) -> bool:
        for _ in range(turns):
            timeless.clock.pass_time(max(0.0, loop.next_due() - timeless.clock.monotonic()))
            loop.turn(Hints())
            if "publishing" in troubles:
                return True
        return False

    assert takes(1000), "the bound"
    assert "comes to no end" in troubles["publishing"]
    assert "Restore a backup" in troubles["publishing"]
    assert loop.next_due() >= timeless.clock.monotonic() + RETRY_SECONDS - 0.001
    timeless.write("news.md", article("News", date="2026-04-01"))
    loop.rescan()
    for _ in range(6):  # one of them writes the index of the search page
        timeless.clock.pass_time(RETRY_SECONDS)
        loop.turn(Hints())
    assert timeless.titles()[0] == "News"
    assert "publishing" in troubles, "it did not end meanwhile"
    timeless.worker.database.execute("REINDEX archives_touched")
    timeless.clock.pass_time(RETRY_SECONDS)
    loop.turn(Hints())
    assert "publishing" not in troubles


def test_feeds_that_stay_due_for_ever_keep_a_pace_and_no_start_waiting(
    timeless: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publisher, "is_due", lambda _: True)
    loop, clock = timeless.worker.loop, timeless.clock
    loop.turn(Hints())
    assert not loop.is_caught_up()
    for _ in range(MOST_WAITS):
        if "publishing" in loop.progress.troubles:
            break
        clock.pass_time(max(0.0, loop.next_due() - clock.monotonic()))
        loop.turn(Hints())
    assert loop.is_caught_up(), "the service manager waits for it"
    assert loop.next_due() >= clock.monotonic() + RETRY_SECONDS - 0.001


def overfill(store: Path, index: str) -> None:
    """Let the partial index hold rows that its condition leaves out."""
    for condition in (">= 0", "> 0"):
        with closing(sqlite3.connect(store)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            sql = "UPDATE sqlite_master SET sql = substr(sql, 1, instr(sql, '>') - 1) || ?"
            connection.execute(f"{sql} WHERE name = ?", (condition, index))
            connection.commit()
        if condition == ">= 0":
            with closing(sqlite3.connect(store)) as connection:
                connection.execute(f"REINDEX {index}")
                connection.commit()


def test_publishing_without_end_in_a_sound_database_is_a_sentence_too(
    timeless: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publisher, "is_due", lambda _: True)
    with pytest.raises(StoreError, match="publishing comes to no end"):
        once(timeless.worker)
