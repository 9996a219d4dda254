"""HUP: another configuration without a restart, or the old one and every reason why."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.manager import Manager, manager
from tests.e2e.process import Feedmill, article, free_port, soon

pytestmark = pytest.mark.slow

READY, RELOADING = "READY=1", "RELOADING=1"


@pytest.fixture
def boss(tmp_path: Path) -> Iterator[Manager]:
    with manager(tmp_path) as found:
        yield found


@pytest.fixture
def running(mill: Feedmill, boss: Manager) -> Feedmill:
    """A worker that is ready, with three articles."""
    for name in ("a", "b", "c"):
        mill.write(f"{name}.md", article(name.upper(), topics="X", date="2025-01-01"))
    mill.start(environ=boss.environ)
    boss.wait_for(mill, READY)
    return mill


def change(mill: Feedmill, old: str, new: str) -> None:
    text = mill.config.read_text()
    assert old in text
    mill.config.write_text(text.replace(old, new))


def reload(mill: Feedmill, boss: Manager) -> list[str]:
    """Send HUP; gives what was said from then until READY."""
    since = len(boss.heard)
    assert mill.process
    mill.process.send_signal(signal.SIGHUP)
    heard = boss.wait_for(mill, READY, since)
    assert RELOADING in heard
    assert any(line.startswith("MONOTONIC_USEC=") for line in heard)
    return heard


def title_of_feed(mill: Feedmill, key: str = "all") -> str:
    return (mill.public / f"{key}.atom").read_text().partition("<title>")[2].partition("<")[0]


def test_texts_and_windows_follow_and_nothing_else_changes(running, boss):
    pid, ids = running.process.pid, running.ids()
    change(running, 'title = "House"', 'title = "Mansion"')
    change(running, 'folder = "public"', 'folder = "public"\nmin_entries = 1\nmin_days = 0')
    reload(running, boss)
    assert title_of_feed(running) == "Mansion"
    assert len(running.titles()) == 1
    assert running.ids().items() <= ids.items()
    assert running.process.pid == pid
    # Of two that were written in one second, either may be the newest.
    running.write("d.md", article("D", date="2026-01-01"))
    running.until(lambda: running.titles() == ["D"], "an article after the reload")


def test_a_reload_that_changes_nothing_writes_nothing(running, boss):
    before = running.stamps()
    reload(running, boss)
    assert running.stamps() == before


def test_topics_follow(running, boss):
    running.config.write_text(
        running.config.read_text() + '[topics."Y"]\naliases = ["X"]\ndescription = "Why"\n'
    )
    reload(running, boss)
    assert sorted(running.titles("topics/y")) == ["A", "B", "C"]
    assert running.titles("topics/x") == []


def test_the_drop_folder_follows_with_the_files_that_were_moved_there(running, boss):
    ids = running.ids()
    running.drop.rename(running.base / "inbox")
    running.drop.mkdir()
    change(running, "[drop]", '[drop]\nfolder = "inbox"')
    reload(running, boss)
    assert running.ids() == ids
    (running.base / "inbox/d.md").write_text(article("D"))
    running.until(lambda: len(running.titles()) == 4, "an article in the new folder")
    running.write("e.md", article("E"))
    (running.base / "inbox/f.md").write_text(article("F"))
    running.until(lambda: len(running.titles()) == 5, "another article")
    assert "E" not in running.titles()


def test_another_empty_drop_folder_does_not_empty_the_feeds(running, boss):
    (running.base / "inbox").mkdir()
    change(running, "[drop]", '[drop]\nfolder = "inbox"')
    reload(running, boss)
    running.until(lambda: "withdrawal" in running.troubles(), "the guard")
    assert len(running.titles()) == 3


def test_the_public_folder_follows(running, boss):
    before = running.public_files()
    change(running, 'folder = "public"', 'folder = "site"')
    reload(running, boss)
    running.public = running.base / "site"
    assert running.public_files() == before


def test_the_database_follows_and_the_old_one_is_free(running, boss):
    ids = running.ids()
    change(running, 'path = "feedmill.db"', 'path = "other.db"')
    reload(running, boss)
    assert running.ids() == ids
    old, running.store = running.store, running.base / "other.db"
    assert running.rows("SELECT count(*) FROM articles") == [(3,)]
    change(running, 'path = "other.db"', f'path = "{old.name}"')
    assert running.call("rebuild").returncode == 0


def test_every_problem_of_a_wrong_configuration_is_logged_and_the_old_one_stays(running, boss):
    good = running.config.read_text()
    running.config.write_text('[drop]\nafter = "eat"\nsetle_seconds = 1\n[site]\nurl = 5\n')
    reload(running, boss)
    for problem in ("drop.after", "setle_seconds", "site.url"):
        assert problem in running.log()
    assert "reload-refused problems=3" in running.log()
    running.write("d.md", article("D"))
    running.until(lambda: len(running.titles()) == 4, "an article under the old configuration")
    running.config.write_text(good)
    reload(running, boss)
    assert title_of_feed(running) == "House"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[drop]", '[drop]\nfolder = "nowhere"', "nowhere"),
        ('folder = "public"', 'folder = "feedmill.toml/public"', "public"),
        ('path = "feedmill.db"', 'path = "note.txt"', "note.txt"),
    ],
)
def test_what_cannot_be_used_is_refused_like_what_is_written_wrong(running, boss, old, new, said):
    (running.base / "note.txt").write_text("This is not a database, whatever the name says." * 50)
    change(running, old, new)
    reload(running, boss)
    assert running.said("reload-refused cause=")
    assert said in running.log().rpartition("reload-refused")[2]
    running.write("d.md", article("D"))
    running.until(lambda: len(running.titles()) == 4, "an article under the old configuration")


def test_the_lock_is_held_through_a_reload(running, boss):
    change(running, 'title = "House"', 'title = "Mansion"')
    reload(running, boss)
    assert running.call("rebuild").returncode == 2
    assert running.stop() == 0


def test_a_configuration_file_that_is_gone_is_no_reason_to_stop(running, boss):
    running.config.unlink()
    reload(running, boss)
    assert running.is_running()


def test_the_web_server_is_started_anew_only_where_it_would_serve_otherwise(mill, boss):
    mill.write("a.md", article("One"))
    mill.start("run", environ=boss.environ)
    boss.wait_for(mill, READY)
    mill.until(lambda: answers(mill.port), "the server")
    first = server_of(mill)
    mill.config.write_text(mill.config.read_text().replace("[drop]", "[drop]\nundo_minutes = 0", 1))
    reload(mill, boss)
    assert server_of(mill) == first
    port = free_port()
    change(mill, f"port = {mill.port}", f"port = {port}")
    reload(mill, boss)
    mill.until(lambda: answers(port), "the server at its new address")
    assert server_of(mill) != first
    assert not answers(mill.port)
    local = free_port()
    text = f'local_port = {local}\n[metrics]\nserve = "local"\n'
    mill.config.write_text(mill.config.read_text() + text)
    reload(mill, boss)
    mill.until(lambda: answers(local, "metrics"), "the numbers, now that they are allowed")
    assert not answers(port, "metrics")


def test_an_address_that_is_taken_is_refused_and_the_old_one_stays(mill, boss):
    mill.start("run", environ=boss.environ)
    boss.wait_for(mill, READY)
    mill.until(lambda: answers(mill.port), "the server")
    first = server_of(mill)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        change(mill, f"port = {mill.port}", f"port = {taken.getsockname()[1]}")
        reload(mill, boss)
    assert mill.said("reload-refused cause=")
    assert mill.said("Address already in use")
    assert server_of(mill) == first
    assert answers(mill.port)


def answers(port: int, path: str = "all.rss") -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{path}").status_code == 200
    except httpx.TransportError:
        return False


def server_of(mill: Feedmill) -> list[int]:
    """The worker's children that serve."""
    assert mill.process
    task = f"/proc/{mill.process.pid}/task/{mill.process.pid}/children"
    children = [int(pid) for pid in Path(task).read_text().split()]
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    return [pid for pid, line in lines.items() if b"\0serve\0" in line]


def test_hup_before_readiness_does_not_end_the_worker(mill, boss):
    for number in range(200):
        mill.write(f"{number}.md", article(f"n{number}"))
    mill.start(environ=boss.environ)
    mill.until(lambda: mill.said("watching folder="), "the worker has begun")
    change(mill, 'title = "House"', 'title = "Mansion"')
    os.kill(mill.process.pid, signal.SIGHUP)
    boss.wait_for(mill, READY)
    assert soon(lambda: title_of_feed(mill) == "Mansion")
