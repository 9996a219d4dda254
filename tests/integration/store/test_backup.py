"""Backups: made beside a running worker, never a half one, and put back without a loss."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.house import House, article
from worker.core.errors import BusyError, SchemaError, StoreError
from worker.core.stages import FileResult
from worker.monitoring.systemd_notify import Notifier
from worker.service.runner import IDLE_SECONDS, ProcessState, Runner
from worker.service.side_processes import WebServer
from worker.store.backup import back_up, is_database, kept_aside, restore
from worker.store.database import open_for_reading
from worker.store.ledger import MOST_VERDICTS, VerdictLog
from worker.store.schema import MIGRATIONS

pytestmark = pytest.mark.slow


@pytest.fixture
def full(house: House) -> House:
    """A house with articles that were given dates, topics and ids."""
    for number in range(20):
        house.write(f"{number}.md", article(f"n{number}", topics=f"T{number % 3}"))
    house.write("bad.md", "---\ntitle: [\n---\n")
    house.reconcile()
    return house


@pytest.fixture
def copy(full: House, tmp_path: Path) -> Path:
    back_up(full.config.store_path, tmp_path / "copy.db")
    return tmp_path / "copy.db"


def destroy(house: House) -> None:
    """Everything that Feedmill keeps is gone: database, WAL, feeds."""
    for path in house.base.glob("feedmill.db*"):
        if path.is_file():
            path.unlink()
    for path in sorted(house.public.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def test_the_drill_everything_lost_restored_and_reconciled_gives_the_same(full, copy):
    ids, files = full.ids(), full.public_files()
    full.clock.pass_time(3600)
    full.stop()
    destroy(full)
    restore(full.config.store_path, copy)
    full.start()
    full.reconcile()
    assert full.ids() == ids
    # Bytes and times: readers see no difference at all.
    assert full.public_files() == files


def test_what_changed_since_the_backup_is_taken_in_again(full, copy):
    ids = full.ids()
    full.write("new.md", article("New"))
    full.write("1.md", article("changed", topics="T1"))
    full.delete("2.md")
    full.stop()
    restore(full.config.store_path, copy)
    full.start()
    full.reconcile()
    full.reconcile(11)
    titles = set(full.titles())
    assert {"New", "changed"} <= titles
    assert not {"n1", "n2"} & titles
    assert full.ids()["changed"] == ids["n1"]


def test_the_database_that_was_replaced_is_kept_with_its_last_changes(full, copy):
    full.write("new.md", article("New"))
    full.reconcile()
    full.stop()
    done = restore(full.config.store_path, copy)
    assert done.articles == 20
    old = open_for_reading(kept_aside(full.config.store_path))
    assert old.one("SELECT count(*) FROM articles")[0] == 21
    old.close()


def test_a_backup_is_one_file_for_its_owner_alone(full, tmp_path):
    done = back_up(full.config.store_path, tmp_path / "backups.db")
    assert done.articles == 20
    assert done.size == (tmp_path / "backups.db").stat().st_size
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["backups.db"]
    assert (tmp_path / "backups.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_during_a_transaction_has_all_of_it_or_nothing(full, tmp_path):
    database = full.worker.database
    with database.transaction():
        database.execute("DELETE FROM entries")
        database.execute("DELETE FROM article_topics")
        back_up(full.config.store_path, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM article_topics").fetchone() == (20,)


def test_an_older_backup_is_replaced(full, copy):
    full.write("new.md", article("New"))
    full.reconcile()
    assert back_up(full.config.store_path, copy).articles == 21


@pytest.mark.parametrize("kind", ["text", "empty", "other database", "the database itself"])
def test_nothing_but_a_backup_is_replaced(full, tmp_path, kind):
    target = tmp_path / "important"
    if kind == "text":
        target.write_text("My thesis")
    elif kind == "empty":
        target.touch()
    elif kind == "other database":
        with closing(sqlite3.connect(target)) as other:
            other.execute("CREATE TABLE mine (x)")
    else:
        target = full.config.store_path
    before = target.read_bytes()
    with pytest.raises(StoreError):
        back_up(full.config.store_path, target)
    assert target.read_bytes() == before


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(full, tmp_path):
    with pytest.raises(StoreError, match="No such file"):
        back_up(full.config.store_path, tmp_path / "nowhere" / "copy.db")
    (tmp_path / "nowhere").mkdir()
    back_up(full.config.store_path, tmp_path / "nowhere" / "copy.db")


def test_without_a_database_there_is_no_backup(tmp_path):
    with pytest.raises(StoreError, match="none yet"):
        back_up(tmp_path / "feedmill.db", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_worker_s_database_is_not_replaced_while_it_runs(full, copy):
    before = full.config.store_path.stat()
    with pytest.raises(BusyError):
        restore(full.config.store_path, copy)
    assert full.config.store_path.stat() == before
    assert not kept_aside(full.config.store_path).exists()


@pytest.mark.parametrize("kind", ["cut", "scratched", "other", "newer", "text", "empty"])
def test_what_is_no_sound_backup_is_refused_and_the_database_stays(full, copy, kind):
    data = copy.read_bytes()
    if kind == "cut":
        copy.write_bytes(data[: len(data) // 2])
    elif kind == "scratched":
        copy.write_bytes(data[:8192] + b"\xa5" * 8192 + data[16384:])
    elif kind == "other":
        copy.unlink()
        with closing(sqlite3.connect(copy)) as other:
            other.execute("CREATE TABLE mine (x)")
    elif kind == "newer":
        with closing(sqlite3.connect(copy)) as newer:
            newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    elif kind == "text":
        copy.write_text("no database")
    else:
        copy.write_bytes(b"")
    full.stop()
    before = full.config.store_path.read_bytes()
    with pytest.raises(SchemaError if kind == "newer" else StoreError):
        restore(full.config.store_path, copy)
    assert full.config.store_path.read_bytes() == before


def test_a_restore_into_nothing_makes_the_database(full, copy):
    full.stop()
    destroy(full)
    restore(full.config.store_path, copy)
    assert is_database(full.config.store_path)
    assert not kept_aside(full.config.store_path).exists()


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root restores for somebody else")
SOMEBODY = 65534


@as_root
def test_what_root_restores_belongs_to_whom_it_belonged_before(full, copy):
    full.stop()
    store = full.config.store_path
    store.chmod(0o640)
    os.chown(store, SOMEBODY, SOMEBODY)
    restore(store, copy)
    found = store.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (SOMEBODY, SOMEBODY, 0o640)


@as_root
def test_what_root_backs_up_into_the_worker_s_folder_the_worker_can_replace(full, tmp_path):
    os.chown(full.config.store_path, SOMEBODY, SOMEBODY)
    for name, owner in (("theirs", SOMEBODY), ("roots", 0)):
        (tmp_path / name).mkdir()
        os.chown(tmp_path / name, owner, owner)
        done = back_up(full.config.store_path, tmp_path / name / "copy.db")
        assert done.path.stat().st_uid == owner


@as_root
def test_what_root_restores_into_nothing_belongs_to_the_folder_s_owner(full, copy):
    full.stop()
    destroy(full)
    os.chown(full.base, SOMEBODY, SOMEBODY)
    restore(full.config.store_path, copy)
    made = [path for path in full.base.glob("feedmill.db*") if path.is_file()]
    assert len(made) == 2  # and its lock
    assert {path.stat().st_uid for path in made} == {SOMEBODY}


def test_a_broken_database_is_put_aside_as_it_is(full, copy):
    full.stop()
    full.config.store_path.write_bytes(b"garbage" * 1000)
    restore(full.config.store_path, copy)
    full.start()
    full.reconcile()
    assert len(full.titles()) == 20
    assert kept_aside(full.config.store_path).read_bytes().startswith(b"garbage")


# Care


def wal(house: House) -> int:
    return house.config.store_path.with_name("feedmill.db-wal").stat().st_size


def test_the_wal_of_a_burst_is_bounded_and_cut_afterwards(full):
    database = full.worker.database
    for number in range(40):
        with database.transaction():
            database.set_fact("burst", str(number % 10) * 1_000_000)
    assert 0 < wal(full) <= 16_000_000
    full.worker.database.tidy()
    assert wal(full) == 0


def test_a_reader_does_not_keep_tidying_waiting(full):
    reader = open_for_reading(full.config.store_path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM articles").fetchone()
    full.write("new.md", article("New"))
    full.reconcile()
    full.worker.database.tidy()
    reader.close()
    assert full.worker.database.one("PRAGMA busy_timeout")[0] > 0


def test_a_worker_with_nothing_to_do_cuts_the_wal_by_itself(full):
    web = WebServer(wanted=False)
    state = ProcessState(full.clock, Notifier({}), full.clock.now(), web, pings=False)
    runner = Runner(full.worker, state, lambda: None)

    def turn(seconds: float) -> None:
        full.clock.pass_time(seconds)
        full.worker.loop.turn(runner._probe.without_probes(runner._hints.take(0.1)))
        runner._check()

    try:
        runner._begin()
        full.reconcile()
        while not runner._probe.last_arrival:  # its event comes in its own time
            turn(0.3)
        assert wal(full) > 0
        turn(IDLE_SECONDS + 1)
        assert wal(full) == 0
    finally:
        runner._probe.stop()
        runner._watcher.stop()


def test_the_log_of_verdicts_is_bounded(full):
    database = full.worker.database
    log = VerdictLog(database)
    told = [FileResult(f"{number}.md", "accepted", ()) for number in range(MOST_VERDICTS)]
    for part in (told, told[:100]):
        with database.transaction():
            log.add(part, {}, full.clock.now())
    assert full.rows("SELECT count(*) FROM verdicts") == [(MOST_VERDICTS,)]
    assert log.recent(1)[0].path == "99.md"


def test_files_that_come_and_go_leave_no_lines_behind(house):
    house.write("stays.md", article("Stays"))
    for round_ in range(5):
        for number in range(20):
            house.write(f"{round_}-{number}.md", "---\ntitle: [\n---\n")
        house.reconcile()
        for number in range(20):
            (house.drop / f"{round_}-{number}.md").unlink()
        house.reconcile()
        house.reconcile(11)
    assert house.rows("SELECT name FROM ledger") == [("stays.md",)]


def test_vacuum_gives_room_back_and_changes_nothing(full):
    database = full.worker.database
    before = full.rows("SELECT id, uri FROM articles ORDER BY id")
    with database.transaction():
        database.set_fact("large", "x" * 3_000_000)
    with database.transaction():
        database.execute("DELETE FROM facts WHERE name = 'large'")
    database.tidy()
    size = full.config.store_path.stat().st_size
    database.vacuum()
    assert full.config.store_path.stat().st_size < size / 2
    assert full.rows("SELECT id, uri FROM articles ORDER BY id") == before
    assert database.one("PRAGMA integrity_check")[0] == "ok"
