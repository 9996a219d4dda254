"""Troubles that pass: each is told of, harms nothing, and is over by itself once its cause is."""

import contextlib
import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.disks import filled, set_writable, small_disk
from tests.e2e.process import article, soon

pytestmark = pytest.mark.slow

PROMISED_STOP_SECONDS = 5.0


def started(mill, *names: str) -> dict[str, bytes]:
    """A worker that has published an article for each name; gives the public files."""
    for name in names:
        mill.write(f"{name}.md", article(name, topics="X"))
    mill.start()
    mill.watching()
    mill.until(lambda: sorted(mill.titles()) == sorted(names), "the first entries")
    mill.until(lambda: mill.rows("SELECT sum(touched + page_due) FROM feeds") == [(0,)], "peace")
    files: dict[str, bytes] = mill.public_files()
    return files


def is_well(mill) -> bool:
    return bool(mill.pulse()) and not mill.troubles()


def test_a_full_public_disk_leaves_the_old_feeds_and_is_made_good_when_there_is_space(mill):
    with small_disk(mill.public, "1m"):
        before = started(mill, "One")
        with filled(mill.public):
            mill.write("two.md", article("Two", topics="X"))
            mill.until(lambda: "public-folder" in mill.troubles(), "the trouble in status")
            assert "No space left" in mill.troubles()["public-folder"]
            assert {path: mill.public_files()[path] for path in before} == before
            found = mill.status()
            assert (found["well"], found["exit"]) == (False, 1)
            assert [f for f in mill.public_files() if "feedmill-new" in f] == []
        mill.until(lambda: sorted(mill.titles("topics/x")) == ["One", "Two"], "the new entry")
        mill.until(lambda: is_well(mill), "the end of the trouble")
        assert mill.stop() == 0
    assert mill.log().count("what=public-folder") == 2  # its beginning and its end


def test_a_full_database_disk_is_waited_for(make_mill):
    mill = make_mill(store="db/feedmill.db")
    with small_disk(mill.base / "db", "8m"):
        before = started(mill, "One")
        with filled(mill.base / "db"):
            for number in range(10):
                mill.write(f"{number}.md", article(f"n{number}", "Word. " * 3000))
            mill.until(lambda: mill.said("what=database"), "the trouble in the log")
            # Said by the heartbeat file too, for which there is no room but its own.
            mill.until(lambda: "full" in mill.troubles().get("database", ""), "in the status")
            assert mill.call("status", "--nagios").returncode == 2
            assert mill.titles() == ["One"]
            assert mill.public_files() == before
        mill.until(lambda: mill.rows("SELECT count(*) FROM articles") == [(11,)], "all articles")
        mill.until(lambda: len(mill.titles()) == 11, "all entries")
        mill.until(lambda: is_well(mill), "the end of the trouble")
        assert mill.stop() == 0
        assert mill.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_public_disk_that_is_read_only_is_waited_for(mill):
    with small_disk(mill.public, "1m"):
        before = started(mill, "One")
        set_writable(mill.public, False)
        mill.write("two.md", article("Two"))
        mill.until(lambda: "public-folder" in mill.troubles(), "the trouble in status")
        assert mill.public_files() == before
        set_writable(mill.public, True)
        mill.until(lambda: len(mill.titles()) == 2, "the new entry")
        mill.until(lambda: is_well(mill), "the end of the trouble")
        assert mill.stop() == 0


def test_a_worker_on_a_full_disk_stops_in_time(mill):
    with small_disk(mill.public, "1m"):
        started(mill, "One")
        with filled(mill.public):
            mill.write("two.md", article("Two"))
            mill.until(lambda: mill.said("what=public-folder"), "the trouble in the log")
            assert mill.stop(seconds=PROMISED_STOP_SECONDS) == 0
        mill.once()
        assert len(mill.titles()) == 2


@contextlib.contextmanager
def locked(store: Path):
    """Another program writes to the database and takes its time."""
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def test_a_database_that_another_program_has_locked_is_waited_for(mill):
    started(mill, "One")
    with locked(mill.store):
        mill.write("two.md", article("Two"))
        assert not soon(lambda: len(mill.titles()) > 1, 2)
        assert mill.is_running()
    mill.until(lambda: len(mill.titles()) == 2, "the new entry")
    mill.until(lambda: is_well(mill), "the end of the trouble")
    assert mill.stop() == 0


def test_a_worker_that_waits_for_a_locked_database_stops_in_time(mill):
    started(mill, "One")
    with locked(mill.store):
        mill.write("two.md", article("Two"))
        assert not soon(lambda: len(mill.titles()) > 1, 1)
        assert mill.stop(seconds=PROMISED_STOP_SECONDS) == 0
    mill.once()
    assert len(mill.titles()) == 2
    assert "Traceback" not in mill.log()


def test_a_drop_folder_that_was_made_again_is_watched_and_empties_nothing(mill):
    started(mill, "One", "Two", "Three")
    away = mill.drop.rename(mill.base / "away")
    mill.drop.mkdir()
    mill.until(lambda: mill.said("trouble-over what=watcher"), "the watcher built anew")
    mill.write("four.md", article("Four"))
    mill.until(lambda: "Four" in mill.titles(), "the new folder's entry")
    mill.until(lambda: "withdrawal" in mill.troubles(), "the guard")
    assert "not the one it was" in mill.troubles()["withdrawal"]
    assert len(mill.titles()) == 4

    (mill.drop / "four.md").rename(away / "four.md")
    mill.drop.rmdir()
    away.rename(mill.drop)
    mill.until(lambda: is_well(mill), "the old folder's return")
    mill.write("five.md", article("Five"))
    mill.until(lambda: len(mill.titles()) == 5, "a later entry")
    assert mill.rows("SELECT count(*) FROM articles") == [(5,)]


def test_a_drop_folder_that_vanishes_and_returns_is_waited_for(mill):
    before = started(mill, "One")
    away = mill.drop.rename(mill.base / "away")
    mill.until(lambda: "No such file" in str(mill.troubles()), "the trouble in status")
    assert mill.public_files() == before
    away.rename(mill.drop)
    mill.until(lambda: is_well(mill), "the end of the trouble")
    mill.write("two.md", article("Two"))
    mill.until(lambda: len(mill.titles()) == 2, "the new entry")
    assert mill.public_files().keys() >= before.keys()


def test_what_was_lost_when_the_kernels_queue_overflowed_is_found_by_a_scan(mill):
    started(mill, "One")
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    mill.process.send_signal(signal.SIGSTOP)
    try:
        # Two hidden files in turn: events for one file in a row would be merged to one.
        for _ in range(most // 2 + 1000):
            for name in (".left", ".right"):
                os.close(os.open(mill.drop / name, os.O_WRONLY | os.O_CREAT, 0o644))
        mill.write("two.md", article("Two"))
    finally:
        mill.process.send_signal(signal.SIGCONT)
    mill.until(lambda: len(mill.titles()) == 2, "the entry whose event was lost")


@pytest.mark.parametrize("damage", ["delete a file", "tamper with a file", "delete the folder"])
def test_a_public_folder_that_somebody_damaged_is_made_whole_while_the_worker_runs(
    make_mill, damage
):
    mill = make_mill(drop={"rescan_seconds": "1.5"})
    before = started(mill, "One")
    if damage == "delete the folder":
        # Moved first: the worker's own checks write into a folder that is being emptied.
        shutil.rmtree(mill.public.rename(mill.public.with_name("gone")))
    elif damage == "delete a file":
        (mill.public / "topics/x.rss").unlink()
    else:
        (mill.public / "topics/x.rss").write_text("hacked")
    mill.until(lambda: mill.public_files() == before, "the same files as before")


def test_the_way_through_the_guard_is_open_while_the_worker_runs(mill):
    started(mill, "One", "Two", "Three")
    for path in mill.drop.glob("*.md"):
        path.unlink()
    mill.until(lambda: "withdrawal" in mill.troubles(), "the guard")
    assert len(mill.titles()) == 3
    done = mill.call("once", "--allow-mass-withdrawal")
    assert done.returncode == 0, done.stderr
    assert "3 missing files" in done.stdout
    mill.until(lambda: mill.titles() == [], "the withdrawal")
    mill.until(lambda: is_well(mill), "the end of the trouble")


def test_the_only_article_is_not_withdrawn_because_another_folder_stands_there(make_mill):
    mill = make_mill(drop={"withdraw_after_seconds": "4"})  # longer than between two looks
    started(mill, "One")
    mill.drop.rename(mill.base / "away")
    mill.drop.mkdir()
    mill.until(lambda: "withdrawal" in mill.troubles(), "the guard")
    assert mill.titles() == ["One"]
