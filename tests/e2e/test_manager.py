"""What a service manager is told: the truth about readiness, health, reloading and stopping."""

import contextlib
import json
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.disks import filled, set_writable, small_disk
from tests.e2e.manager import WATCHDOG_SECONDS, Manager, manager
from tests.e2e.process import Feedmill, article, soon

pytestmark = pytest.mark.slow

UNIT = Path(__file__).parents[2] / "systemd" / "feedmill.service"
ALIVE, READY = "WATCHDOG=1", "READY=1"


@pytest.fixture
def boss(tmp_path: Path) -> Iterator[Manager]:
    with manager(tmp_path) as found:
        yield found


@pytest.fixture
def running(mill: Feedmill, boss: Manager) -> Feedmill:
    """A worker that is ready, with one article, and whose first canary has arrived."""
    mill.write("a.md", article("One", topics="X"))
    mill.start(environ=boss.environ)
    boss.wait_for(mill, READY)
    boss.wait_for(mill, ALIVE)
    return mill


def test_ready_is_said_when_everything_found_is_published_and_not_before(mill, boss):
    for number in range(300):
        mill.write(f"{number}.md", article(f"n{number}", topics="X"))
    mill.write("bad.md", "---\ntitle: [\n---\n")
    mill.start(environ=boss.environ)
    heard = boss.wait_for(mill, READY)
    assert mill.rows("SELECT count(*) FROM articles") == [(300,)]
    assert mill.rows("SELECT count(*) FROM feeds WHERE touched > 0 OR page_due > 0") == [(0,)]
    assert len(mill.titles("topics/x")) == 300
    counts = [line for line in heard if line.startswith("STATUS=Reading the drop folder: ")]
    assert "of 301 files" in counts[0]
    assert any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in heard)
    last = [line for line in heard if line.startswith("STATUS=")][-1]
    assert last.startswith(f"STATUS=Watching {mill.drop} (inotify), 301 files, 1 need their author")


def test_a_file_that_nobody_may_read_does_not_hold_readiness_up(mill, boss):
    mill.write("a.md", article("One"))
    (mill.drop / "loop.md").symlink_to("loop.md")
    with (mill.drop / "growing.md").open("w") as file:
        file.write("Still being written")
        file.flush()
        mill.start(environ=boss.environ)
        boss.wait_for(mill, READY)
    assert "One" in mill.titles()


def test_signs_of_life_come_in_time_while_all_is_well(running, boss):
    begin = len(boss.heard)
    boss.listen(2 * WATCHDOG_SECONDS)
    moments = [when for when, line in boss.heard[begin:] if line == ALIVE]
    assert len(moments) >= 4
    gaps = [after - before for before, after in pairwise(moments)]
    assert max(gaps) < WATCHDOG_SECONDS


def test_a_stuck_loop_gives_no_sign_of_life_and_a_restart_cures_it(mill, boss):
    mill.start(environ={**boss.environ, "FEEDMILL_FAULT": "marking-before-commit:2:hang"})
    boss.wait_for(mill, READY)
    boss.wait_for(mill, ALIVE)
    mill.write("a.md", article("One"))
    mill.until(lambda: mill.titles("topics/news") == ["One"], "a feed before its mark")
    boss.listen(0.2)
    assert boss.silent_for(1.5 * WATCHDOG_SECONDS, ALIVE)
    assert mill.is_running()
    # systemd.service(5), WatchdogSec=: "terminated with SIGABRT", then Restart= counts.
    assert mill.stop(signal.SIGABRT) == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in mill.log()
    assert "in _hang" in mill.log()
    since = len(boss.heard)
    mill.start(environ=boss.environ)
    boss.wait_for(mill, READY, since)
    boss.wait_for(mill, ALIVE, since)
    assert mill.titles() == ["One"]


@pytest.mark.parametrize("lost", ["public", "drop", "store"])
def test_no_sign_of_life_while_something_it_needs_is_gone(running, boss, lost):
    place: Path = getattr(running, lost)
    place.rename(place.with_name("away"))
    if lost == "public":
        place.write_text("a file where the folder was")
    boss.wait_for(running, lambda line: "TROUBLE" in line)
    assert boss.silent_for(WATCHDOG_SECONDS, ALIVE)
    assert running.is_running()
    assert running.troubles() or soon(lambda: bool(running.troubles()))
    if lost == "public":
        place.unlink()
    place.with_name("away").rename(place)
    boss.wait_for(running, ALIVE, len(boss.heard))
    assert soon(lambda: running.troubles() == {}), running.troubles()


def test_a_canary_proves_the_whole_way_and_leaves_no_trace(running, boss):
    assert soon(lambda: running.pulse().get("canary") is not None)
    assert [path.name for path in running.drop.iterdir()] == ["a.md"]
    assert running.rows("SELECT title FROM articles") == [("One",)]
    assert running.rows("SELECT name FROM ledger") == [("a.md",)]
    assert "feedmill-canary" not in running.log()


def test_what_a_killed_worker_left_of_a_canary_goes_at_the_next_start(mill, boss):
    left = mill.drop / ".feedmill-canary-1-1.md"
    left.write_text("left")
    mill.start(environ=boss.environ)
    boss.wait_for(mill, READY)
    assert not left.exists()


def test_stopping_is_said_at_once(running, boss):
    assert running.stop() == 0
    boss.wait_for(running, "STOPPING=1")


def test_without_a_manager_nothing_is_missed(mill):
    mill.write("a.md", article("One"))
    mill.start()
    mill.until(lambda: mill.titles() == ["One"], "the entry")
    assert mill.stop() == 0


def test_a_manager_that_has_gone_does_not_stop_the_worker(running, boss):
    boss.socket.close()
    shutil.rmtree(boss.path, ignore_errors=True)
    running.write("b.md", article("Two"))
    running.until(lambda: len(running.titles()) == 2, "the second entry")


def test_nagios_hears_of_a_running_a_killed_and_a_stopped_worker(running, boss):
    def told() -> tuple[int, str]:
        done = running.call("status", "--nagios")
        return done.returncode, done.stdout

    assert soon(lambda: told()[0] == 0), told()
    assert told()[1].startswith("FEEDMILL OK - running since 20")
    running.kill()
    level, line = told()
    assert (level, "is silent since 20" in line) == (2, True)
    running.start(environ=boss.environ)
    running.until(lambda: bool(running.pulse()), "the pulse")
    running.stop()
    level, line = told()
    assert (level, "is stopped since 20" in line) == (2, True)
    running.config.write_text("[nonsense]\n")
    level, line = told()
    assert level == 3
    assert line.startswith("FEEDMILL UNKNOWN - configuration: ")
    assert line.count("\n") == 1


def test_a_worker_that_ended_by_itself_is_not_told_of_as_stopped(running):
    with contextlib.closing(sqlite3.connect(running.store)) as other:
        other.execute("ALTER TABLE verdicts RENAME TO aside")
    running.write("b.md", article("Two"))
    assert running.ended() == 2
    with contextlib.closing(sqlite3.connect(running.store)) as other:
        other.execute("ALTER TABLE aside RENAME TO verdicts")
    found = running.status()
    assert (found["worker"], found["exit"], found["well"]) == ("silent", 1, False)
    assert found["since"].startswith("20")
    assert "no such table: verdicts" in found["troubles"]["worker"]


def test_a_worker_that_may_not_publish_ends_at_its_start_and_names_the_missing_path(mill, boss):
    with small_disk(mill.public, "1m"):
        set_writable(mill.public, False)
        mill.start(environ=boss.environ)
        assert mill.ended() == 3
        assert f"ReadWritePaths={mill.public}" in mill.log()
        boss.listen(0.1)
        assert READY not in boss.lines()


def test_a_folder_that_is_away_ends_a_start_so_that_the_manager_tries_again(mill, boss):
    mill.drop.rmdir()
    mill.start()
    assert mill.ended() == 2  # without a manager, as for any other command
    mill.start(environ=boss.environ)
    assert mill.ended() == 3
    assert str(mill.drop) in mill.log()
    mill.drop.mkdir()
    mill.start(environ=boss.environ)
    boss.wait_for(mill, READY)
    assert "RestartPreventExitStatus=2\n" in UNIT.read_text()


def test_a_worker_on_a_full_disk_starts_and_waits_for_room(mill, boss):
    with small_disk(mill.public, "100k"), filled(mill.public):
        mill.start(environ=boss.environ)
        boss.wait_for(mill, lambda line: "TROUBLE public-folder" in line)
        assert mill.is_running()


def test_programs_get_one_json_object_for_each_event(mill):
    mill.write("a.md", article("One", body="Private words."))
    mill.write("bad.md", "---\ntitle: [\n---\nPrivate words.\n")
    mill.start("run", "--no-serve", "--log-format", "json")
    mill.until(lambda: mill.said('"ready"'), "readiness")
    assert mill.stop() == 0
    events = {found["event"]: found for found in map(json.loads, mill.log().splitlines())}
    assert events.keys() >= {"watching", "file-accepted", "feed-published", "ready"}
    assert events["file-rejected"]["level"] == "warning"
    assert events["file-rejected"]["path"] == "bad.md"
    assert "Private" not in mill.log()
