"""The proofs behind a sign of life: each finds what it is for, and leaves nothing behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.public_folder import PublicFolder
from tests.integration.house import FakeClock, House, article
from worker.core.paths import PROBE
from worker.inbox.hint_queue import Hints
from worker.inbox.watcher import Watcher
from worker.service.self_test import AGAIN_SECONDS, HEARD_SECONDS, PROBE_SECONDS, Probe, SelfTest


@pytest.fixture
def watcher(house: House) -> Iterator[Watcher]:
    found = Watcher(house.drop, house.worker.inbox.names, lambda *_: None)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def proof(house: House, watcher: Watcher) -> SelfTest:
    house.write("a.md", article("One"))
    house.reconcile()
    folder = PublicFolder(house.public)
    return SelfTest(watcher, house.worker.inbox, house.worker.database, folder)


def snapshot(house: House) -> tuple[object, ...]:
    tables = ("articles", "ledger", "feeds", "facts", "topics")
    rows = [house.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]
    return rows, house.public_files(), sorted(house.drop.iterdir())


def test_all_is_proven_and_nothing_changes(house, proof):
    before = snapshot(house)
    assert proof.failing() == {}
    assert snapshot(house) == before


def test_a_lost_drop_folder_is_found_and_told_of_once(house, proof):
    house.drop.rename(house.base / "away")
    assert proof.failing().keys() == {"drop-folder"}
    house.drop.mkdir()
    assert proof.failing().keys() == {"drop-folder"}


def test_a_dead_watcher_is_found(house, proof, watcher):
    watcher.stop()
    assert proof.failing() == {"watcher": "not watching"}


def test_a_removed_or_replaced_database_is_found(house, proof):
    store: Path = house.config.store_path
    aside = store.rename(store.with_name("aside"))
    assert "removed" in proof.failing()["database"]
    store.write_bytes(aside.read_bytes())
    assert "replaced" in proof.failing()["database"]


def test_a_database_that_others_keep_locked_is_found(house, proof):
    from worker.store import database

    other = database.open_for_reading(house.config.store_path)
    other.execute("PRAGMA query_only = OFF")
    other.execute("BEGIN IMMEDIATE")
    house.worker.database.execute("PRAGMA busy_timeout = 10")
    assert "locked" in proof.failing()["database"]
    other.close()
    assert proof.failing() == {}


def test_a_public_folder_that_cannot_be_written_is_found(house, proof):
    house.public.rename(house.base / "away")
    house.public.write_text("a file")
    assert proof.failing().keys() == {"public-folder"}


# The canary


@pytest.fixture
def clock(house: House) -> FakeClock:
    return house.clock


@pytest.fixture
def canary(house: House) -> Probe:
    house.write("a.md", article("One"))
    house.reconcile()
    elsewhere = house.base / "elsewhere"
    return Probe(house.worker.inbox, house.worker.ingestor, elsewhere, house.clock, 1.0)


def laid(house: House) -> list[str]:
    return [path.name for path in house.drop.iterdir() if path.name.startswith(PROBE)]


def fly(canary: Probe, clock: FakeClock) -> None:
    """One flight that needs no event, to its end."""
    canary.tend(hears=False)
    clock.pass_time(2)
    canary.tend(hears=False)


def test_it_goes_the_whole_way_and_changes_nothing(house, canary, clock):
    before = snapshot(house)
    fly(canary, clock)
    assert (canary.failing, canary.deaf) == ("", False)
    assert canary.proven is not None
    assert canary.next_due > clock.monotonic() + PROBE_SECONDS - 5
    assert snapshot(house) == before
    house.reconcile()
    assert house.titles() == ["One"]


def test_it_waits_for_its_event_and_takes_it_from_the_letters(house, canary, clock):
    canary.tend(hears=True)
    (name,) = laid(house)
    clock.pass_time(5)
    canary.tend(hears=True)
    assert canary.proven is None
    letters = canary.hear(Hints({name: "ready", "b.md": "ready"}, frozenset({"x"})))
    assert letters == Hints({"b.md": "ready"}, frozenset({"x"}))
    fly(canary, clock)
    assert canary.proven is not None
    assert laid(house) == []


def test_an_event_that_never_comes_means_a_deaf_watcher(house, canary, clock):
    canary.tend(hears=True)
    clock.pass_time(HEARD_SECONDS + 1)
    canary.tend(hears=True)
    assert canary.deaf
    assert "no event" in canary.failing
    assert laid(house) == []
    clock.pass_time(AGAIN_SECONDS + 1)
    fly(canary, clock)
    assert canary.failing == ""


def test_where_the_drop_folder_cannot_be_written_it_flies_elsewhere(
    house, canary, clock, monkeypatch
):
    from worker.service import self_test as module

    real = module._lay

    def refuse(inbox, name):
        if inbox is house.worker.inbox:
            raise PermissionError(13, "Permission denied")
        real(inbox, name)

    monkeypatch.setattr(module, "_lay", refuse)
    fly(canary, clock)
    assert canary.failing == ""
    assert canary.proven is not None
    assert list((house.base / "elsewhere").iterdir()) == []


def test_a_parser_that_dies_of_it_fails_it(house, canary, clock, monkeypatch):
    from worker.parsing.sandbox.pool import Crashed

    monkeypatch.setattr(
        house.worker.readers, "read", lambda jobs: iter([Crashed("no") for _ in jobs])
    )
    fly(canary, clock)
    assert canary.failing == "its parser died"
    assert canary.proven is None


def test_a_drop_folder_that_is_away_is_not_the_canary_s_affair(house, canary, clock):
    house.drop.rename(house.base / "away")
    fly(canary, clock)
    assert canary.failing == ""
    (house.base / "away").rename(house.drop)
    clock.pass_time(AGAIN_SECONDS + 1)
    fly(canary, clock)
    assert canary.proven is not None


def test_somebody_who_removes_it_is_told_of(house, canary, clock):
    canary.tend(hears=True)
    (name,) = laid(house)
    (house.drop / name).unlink()
    canary.hear(Hints({name: "gone"}, frozenset()))
    fly(canary, clock)
    assert "removed" in canary.failing


def test_left_over_canaries_are_swept(house, canary):
    (house.drop / f"{PROBE}77-1.md").write_text("left")
    canary.sweep()
    assert laid(house) == []


def test_a_stop_removes_the_one_on_its_way(house, canary):
    canary.tend(hears=True)
    assert laid(house)
    canary.stop()
    assert laid(house) == []
