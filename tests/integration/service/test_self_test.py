"""The self-test and the probe: each finds what it is for, and leaves nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.public_folder import PublicFolder
from tests.integration.house import FakeClock, House, article
from worker.core.paths import PROBE
from worker.inbox.hint_queue import Hints
from worker.inbox.watcher import Watcher
from worker.service.self_test import (
    EVENT_SECONDS,
    PROBE_SECONDS,
    RETRY_PROBE_SECONDS,
    Probe,
    self_test,
)


@pytest.fixture
def watcher(house: House) -> Iterator[Watcher]:
    found = Watcher(house.drop, house.worker.inbox.names, lambda *_: None)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def failing(house: House, watcher: Watcher) -> Callable[[], dict[str, str]]:
    house.write("a.md", article("One"))
    house.reconcile()
    folder = PublicFolder(house.public)
    return lambda: self_test(watcher, house.worker.inbox, house.worker.database, folder)


def snapshot(house: House) -> tuple[object, ...]:
    tables = ("articles", "ledger", "feeds", "facts", "topics")
    rows = [house.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]
    return rows, house.public_files(), sorted(house.drop.iterdir())


def test_all_is_proven_and_nothing_changes(house, failing):
    before = snapshot(house)
    assert failing() == {}
    assert snapshot(house) == before


def test_a_lost_drop_folder_is_found_and_told_of_once(house, failing):
    house.drop.rename(house.base / "away")
    assert failing().keys() == {"drop-folder"}
    house.drop.mkdir()
    assert failing().keys() == {"drop-folder"}


def test_a_dead_watcher_is_found(house, failing, watcher):
    watcher.stop()
    assert failing() == {"watcher": "not watching"}


def test_a_removed_or_replaced_database_is_found(house, failing):
    store: Path = house.config.store_path
    aside = store.rename(store.with_name("aside"))
    assert "removed" in failing()["database"]
    store.write_bytes(aside.read_bytes())
    assert "replaced" in failing()["database"]


def test_a_database_that_others_keep_locked_is_found(house, failing):
    from worker.store import database

    other = database.open_for_reading(house.config.store_path)
    other.execute("PRAGMA query_only = OFF")
    other.execute("BEGIN IMMEDIATE")
    house.worker.database.execute("PRAGMA busy_timeout = 10")
    assert "locked" in failing()["database"]
    other.close()
    assert failing() == {}


def test_a_public_folder_that_cannot_be_written_is_found(house, failing):
    house.public.rename(house.base / "away")
    house.public.write_text("a file")
    assert failing().keys() == {"public-folder"}


# The probe


@pytest.fixture
def clock(house: House) -> FakeClock:
    return house.clock


@pytest.fixture
def probe(house: House) -> Probe:
    house.write("a.md", article("One"))
    house.reconcile()
    elsewhere = house.base / "elsewhere"
    return Probe(house.worker.inbox, house.worker.ingestor, elsewhere, house.clock, 1.0)


def laid(house: House) -> list[str]:
    return [path.name for path in house.drop.iterdir() if path.name.startswith(PROBE)]


def run_probe(probe: Probe, clock: FakeClock) -> None:
    """One probe that needs no event, to its end."""
    probe.advance(expects_event=False)
    clock.pass_time(2)
    probe.advance(expects_event=False)


def test_it_goes_the_whole_way_and_changes_nothing(house, probe, clock):
    before = snapshot(house)
    run_probe(probe, clock)
    assert (probe.failing, probe.missed_event) == ("", False)
    assert probe.last_arrival is not None
    assert probe.next_due > clock.monotonic() + PROBE_SECONDS - 5
    assert snapshot(house) == before
    house.reconcile()
    assert house.titles() == ["One"]


def test_it_waits_for_its_event_and_takes_it_from_the_hints(house, probe, clock):
    probe.advance(expects_event=True)
    (name,) = laid(house)
    clock.pass_time(5)
    probe.advance(expects_event=True)
    assert probe.last_arrival is None
    hints = probe.without_probes(Hints({name: "ready", "b.md": "ready"}, frozenset({"x"})))
    assert hints == Hints({"b.md": "ready"}, frozenset({"x"}))
    run_probe(probe, clock)
    assert probe.last_arrival is not None
    assert laid(house) == []


def test_an_event_that_never_comes_means_a_deaf_watcher(house, probe, clock):
    probe.advance(expects_event=True)
    clock.pass_time(EVENT_SECONDS + 1)
    probe.advance(expects_event=True)
    assert probe.missed_event
    assert "no event" in probe.failing
    assert laid(house) == []
    clock.pass_time(RETRY_PROBE_SECONDS + 1)
    run_probe(probe, clock)
    assert probe.failing == ""


def test_where_the_drop_folder_cannot_be_written_it_flies_elsewhere(
    house, probe, clock, monkeypatch
):
    from worker.service import self_test as module

    real = module._write

    def refuse(inbox, name):
        if inbox is house.worker.inbox:
            raise PermissionError(13, "Permission denied")
        real(inbox, name)

    monkeypatch.setattr(module, "_write", refuse)
    run_probe(probe, clock)
    assert probe.failing == ""
    assert probe.last_arrival is not None
    assert list((house.base / "elsewhere").iterdir()) == []


def test_a_parser_that_dies_of_it_fails_it(house, probe, clock, monkeypatch):
    from worker.parsing.sandbox.pool import Crashed

    monkeypatch.setattr(
        house.worker.readers, "read", lambda jobs: iter([Crashed("no") for _ in jobs])
    )
    run_probe(probe, clock)
    assert probe.failing == "its parser died"
    assert probe.last_arrival is None


def test_a_missing_drop_folder_does_not_fail_the_probe(house, probe, clock):
    house.drop.rename(house.base / "away")
    run_probe(probe, clock)
    assert probe.failing == ""
    (house.base / "away").rename(house.drop)
    clock.pass_time(RETRY_PROBE_SECONDS + 1)
    run_probe(probe, clock)
    assert probe.last_arrival is not None


def test_somebody_who_removes_it_is_told_of(house, probe, clock):
    probe.advance(expects_event=True)
    (name,) = laid(house)
    (house.drop / name).unlink()
    probe.without_probes(Hints({name: "gone"}, frozenset()))
    run_probe(probe, clock)
    assert "removed" in probe.failing


def test_left_over_probes_are_deleted(house, probe):
    (house.drop / f"{PROBE}77-1.md").write_text("left")
    probe.sweep()
    assert laid(house) == []


def test_a_stop_removes_the_one_on_its_way(house, probe):
    probe.advance(expects_event=True)
    assert laid(house)
    probe.stop()
    assert laid(house) == []
