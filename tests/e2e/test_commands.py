"""The contract of the commands: what they print, how they end, what they leave alone."""

import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import Feedmill, article, environment, feedmill, soon

BROKEN = "---\ntitle: Bad\ndate: 2026-02-30\n---\n"


def test_once_ingests_publishes_and_ends_with_0(mill):
    mill.write("a.md", article("One", topics="X"))
    done = mill.call("once")
    assert done.returncode == 0
    assert "1 accepted" in done.stdout
    assert done.stderr == ""
    assert mill.titles("topics/x") == mill.titles() == ["One"]


def test_once_run_twice_writes_nothing_the_second_time(mill):
    mill.write("a.md", article("One", topics="[X, Y]"))
    mill.write("bad.md", BROKEN)
    mill.once()
    before = mill.stamps()
    done = mill.once()
    assert "0 files written" in done.stdout
    assert mill.stamps() == before


def test_once_ends_with_1_while_a_file_is_rejected_and_names_line_and_column(mill):
    mill.write("good.md", article("Good"))
    mill.write("bad.md", BROKEN)
    first = mill.call("once")
    assert first.returncode == 1
    assert "rejected bad.md" in first.stdout
    assert "bad.md:3:1: error: " in first.stdout
    assert mill.titles() == ["Good"]
    mill.write("bad.md", article("Cured"))
    assert mill.call("once").returncode == 0
    assert sorted(mill.titles()) == ["Cured", "Good"]


def test_once_json_lists_every_file_however_many(mill):
    for number in range(250):
        mill.write(f"{number}.md", article(f"Note {number}"))
    found = json.loads(mill.call("once", "--json").stdout)
    assert list(found) == ["verdicts", "withdrawn", "written", "troubles", "files"]
    assert {file["path"] for file in found["files"]} == {f"{n}.md" for n in range(250)}
    assert json.loads(mill.call("once", "--json").stdout)["files"] == []


@pytest.mark.slow
def test_once_json_tells_programs_the_same(mill):
    mill.write("good.md", article("Good"))
    mill.write("bad.md", BROKEN)
    done = mill.call("once", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["verdicts"] == {"accepted": 1, "rejected": 1}
    assert {file["path"]: file["verdict"] for file in found["files"]} == {
        "good.md": "accepted",
        "bad.md": "rejected",
    }
    (problem,) = [file["problems"][0] for file in found["files"] if file["path"] == "bad.md"]
    assert (problem["line"], problem["column"]) == (3, 1)
    later = {path for path in found["written"] if path == "search.json" or "sitemap" in path}
    assert set(found["written"]) - later == set(mill.public_files())
    assert later
    assert found["troubles"] == {}


@pytest.mark.slow
def test_once_withdraws_a_deleted_file_after_the_grace_period(mill):
    for name in ("a", "b", "c"):
        mill.write(f"{name}.md", article(name))
    mill.once()
    (mill.drop / "a.md").unlink()
    done = mill.once()
    assert "1 withdrawn" in done.stdout
    assert sorted(mill.titles()) == ["b", "c"]


@pytest.mark.slow
def test_once_asks_before_it_empties_the_library(mill):
    for number in range(10):
        mill.write(f"{number}.md", article(f"n{number}"))
    mill.once()
    for number in range(6):
        (mill.drop / f"{number}.md").unlink()
    done = mill.call("once")
    assert "6 of 10" in done.stdout
    assert "--allow-mass-withdrawal" in done.stdout
    assert len(mill.titles()) == 10
    assert mill.call("once", "--allow-mass-withdrawal").returncode == 0
    assert len(mill.titles()) == 4


@pytest.mark.slow
def test_once_that_cannot_publish_ends_with_2_and_says_why(mill):
    mill.write("a.md", article("One"))
    mill.public.write_text("a file where a folder should be")
    done = mill.call("once")
    assert done.returncode == 2
    assert "Not a directory" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    mill.public.unlink()
    assert mill.call("once").returncode == 0
    assert mill.titles() == ["One"]


@pytest.mark.slow
def test_check_gives_the_verdict_and_touches_nothing(mill):
    good, bad = mill.base / "good.md", mill.base / "bad.md"
    good.write_text(article("Good"))
    bad.write_text(BROKEN)
    before = sorted(mill.base.rglob("*"))
    done = mill.call("check", str(good), str(bad))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{bad}:3:1: error: ")
    found = json.loads(mill.call("check", "--json", str(good), str(bad)).stdout)
    assert [item["verdict"] for item in found] == ["accepted", "rejected"]
    assert sorted(mill.base.rglob("*")) == before


@pytest.mark.slow
def test_check_of_a_good_file_ends_with_0(mill):
    good = mill.base / "good.md"
    good.write_text(article("Good"))
    done = mill.call("check", str(good))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
def test_check_of_a_file_that_is_not_there_ends_with_1(mill):
    done = mill.call("check", str(mill.base / "nowhere.md"))
    assert done.returncode == 1
    assert "nowhere.md" in done.stdout
    assert "no such file" in done.stdout


@pytest.mark.slow
def test_check_without_a_file_is_wrong_usage(mill):
    assert mill.call("check").returncode == 2


def test_status_before_the_first_run_says_what_to_do(mill):
    done = mill.call("status")
    assert done.returncode == 2
    assert "feedmill once" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("manager", [{}, {"NOTIFY_SOCKET": "/nowhere"}])
def test_run_on_a_damaged_database_ends_with_2_and_the_fix(mill, manager):
    """2 is what systemd does not start again (RestartPreventExitStatus)."""
    mill.write("a.md", article("One"))
    mill.once()
    data = mill.store.read_bytes()
    mill.store.write_bytes(bytes(4096) + data[4096:])
    mill.start("run", "--no-serve", environ=manager)
    assert mill.ended() == 2
    assert mill.log().count("Restore a backup") == 1
    assert "Traceback" not in mill.log()


def test_damage_that_a_running_worker_meets_ends_it_with_2_and_the_fix(mill):
    mill.write("a.md", article("One"))
    mill.start()
    mill.until(lambda: mill.said("ready files=1"), "the first feeds")
    with sqlite3.connect(mill.store) as other:
        other.execute("DROP TABLE verdicts")
    other.close()
    mill.write("b.md", article("Two"))
    assert mill.ended() == 2
    assert mill.log().splitlines()[-1].startswith("feedmill: database: ")
    assert "Traceback" not in mill.log()
    status = mill.call("status", "--nagios")
    assert status.returncode == 2
    assert status.stdout.startswith("FEEDMILL CRITICAL - the worker is silent since")


def test_status_after_once_is_well(mill):
    mill.write("a.md", article("One"))
    mill.write("bad.md", BROKEN)
    mill.once()
    found = mill.status()
    assert (found["worker"], found["exit"]) == ("never ran", 0)
    assert found["files"] == {"accepted": 1, "rejected": 1}
    said = mill.call("status").stdout
    assert "bad.md" in said
    assert "https://house.example/all" in said


@pytest.mark.slow
@pytest.mark.parametrize("command", ["once", "check x.md"])
def test_a_wrong_configuration_ends_with_2_and_names_every_problem(mill, command):
    mill.config.write_text('[drop]\nafter = "eat"\nsetle_seconds = 1\n[site]\nurl = 5\n')
    done = mill.call(*command.split())
    assert done.returncode == 2
    for problem in ("drop.after", "setle_seconds", "settle_seconds", "site.url"):
        assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert not mill.store.exists()


def test_a_configuration_that_is_missing_ends_with_2(mill):
    mill.config.unlink()
    done = mill.call("once")
    assert done.returncode == 2
    assert str(mill.config) in done.stderr


@pytest.mark.slow
def test_a_configured_drop_folder_that_is_missing_is_not_made(mill):
    mill.drop.rmdir()
    done = mill.call("once")
    assert done.returncode == 2
    assert str(mill.drop) in done.stderr
    assert "Traceback" not in done.stderr
    assert not mill.drop.exists()


@pytest.mark.slow
def test_rebuild_restores_a_lost_public_folder_with_the_same_bytes(mill):
    mill.write("a.md", article("One", topics="X"))
    mill.once()
    before = mill.public_files()
    for path in before:
        (mill.public / path).unlink()
    assert mill.call("rebuild").returncode == 0
    assert mill.public_files() == before


@pytest.mark.parametrize(
    "words",
    [
        "run",
        "once",
        "rebuild",
        "db vacuum",
        "withdraw x",
        "topics rename a b",
        "check x.md",
        "new x",
    ],
)
def test_a_command_in_an_empty_folder_makes_nothing(tmp_path: Path, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker", *words.split()],
        cwd=tmp_path,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == (1 if words.startswith("check") else 2)
    assert list(tmp_path.iterdir()) == []
    if words in ("run", "once"):
        assert "neither feedmill.toml nor a drop folder" in done.stderr
        assert "feedmill init" in done.stderr


def test_run_on_any_free_port_opens_the_site_and_keeps_the_ids(mill: Feedmill) -> None:
    text = mill.config.read_text()
    mill.config.write_text(text.replace('url = "https://house.example/"\n', ""))
    mill.write("a.md", article("One", topics="X"))
    mill.once()
    ids, before = mill.ids(), (mill.public / "all.rss").read_text()
    opened = mill.base / "opened"
    browser = mill.base / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    mill.start("run", "--port", "0", "--open", environ={"BROWSER": f"{browser} %s"})
    mill.until(opened.is_file, "the browser")
    url = opened.read_text()
    assert url != f"http://127.0.0.1:{mill.port}/"
    assert httpx.get(f"{url}all.rss").status_code == 200
    mill.until(lambda: f"{url}all.atom" in (mill.public / "all.atom").read_text(), "its address")
    assert mill.said(f"site-url url={url}")
    assert mill.ids() == ids
    assert mill.stop() == 0
    mill.store.unlink()
    mill.once()
    assert (mill.ids(), (mill.public / "all.rss").read_text()) == (ids, before)


def test_run_serves_the_feeds_with_their_types(mill):
    mill.write("a.md", article("One", topics="X"))
    mill.start("run")
    mill.until(lambda: mill.titles() == ["One"], "the entry")
    mill.until(lambda: answers(mill), "the server")
    types = {
        "all.rss": "application/rss+xml",
        "topics/x.atom": "application/atom+xml",
        "topics/x.json": "application/feed+json",
        "feeds.opml": "text/x-opml",
    }
    for path, media_type in types.items():
        answer = httpx.get(f"http://127.0.0.1:{mill.port}/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(media_type), path
        assert answer.content == (mill.public / path).read_bytes()
    for path in ("nothing.rss", "../feedmill.toml", "%2e%2e/feedmill.toml", ".hidden", "topics"):
        answer = httpx.get(f"http://127.0.0.1:{mill.port}/{path}")
        assert answer.status_code == 404, path
    assert mill.stop() == 0
    assert not answers(mill)


def answers(mill: Feedmill) -> bool:
    try:
        return bool(httpx.get(f"http://127.0.0.1:{mill.port}/all.rss").status_code)
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_serve_alone_serves_until_stopped(mill):
    mill.write("a.md", article("One"))
    mill.once()
    mill.start("serve")
    mill.until(lambda: answers(mill), "the server")
    assert mill.stop() == 0
    assert soon(lambda: not answers(mill), 5)


@pytest.mark.slow
def test_init_makes_a_house_that_once_and_status_work_in(tmp_path: Path, mill):
    house = tmp_path / "new"
    made = mill.call("init", str(house))
    assert made.returncode == 0
    mill.config = house / "feedmill.toml"
    (house / "drop" / "a.md").write_text(article("One"))
    assert mill.call("once").returncode == 0
    assert (house / "public" / "all.rss").exists()
    assert mill.status()["articles"] == {"live": 1}


@pytest.mark.slow
def test_doctor_ends_with_1_for_what_must_be_cured_and_says_the_cure(mill):
    mill.once()
    done = mill.call("doctor", "--feeds")
    assert (done.returncode, "3 files were read back" in done.stdout) == (0, True)
    (mill.public / "all.rss").write_text("")
    assert mill.call("doctor").returncode == 0
    done = mill.call("doctor", "--feeds")
    assert (done.returncode, "all.rss: cannot be read back" in done.stdout) == (1, True)
    mill.drop.rmdir()
    done = mill.call("doctor")
    assert done.returncode == 1
    assert f"fix: mkdir {mill.drop}" in done.stdout
    findings = json.loads(mill.call("doctor", "--json").stdout)
    (drop,) = [finding for finding in findings if finding["what"] == "drop folder"]
    assert (drop["level"], drop["cure"].startswith("mkdir")) == ("bad", True)


@pytest.mark.slow
def test_backup_and_restore_take_the_house_back(mill):
    mill.write("a.md", article("One", topics="X"))
    mill.once()
    ids, copy = mill.ids(), mill.base / "copy.db"
    done = mill.call("backup", str(copy))
    assert (done.returncode, "1 articles" in done.stdout) == (0, True)
    for path in (*mill.base.glob("feedmill.db*"), *mill.public.rglob("*.*")):
        path.unlink() if path.is_file() else None
    done = mill.call("backup", "restore", str(copy))
    assert (done.returncode, done.stderr) == (0, "")
    assert ": 1 articles." in done.stdout
    old_form = mill.call("restore", str(copy))
    assert (old_form.returncode, ": 1 articles." in old_form.stdout) == (0, True)
    assert "feedmill backup restore" in old_form.stderr
    mill.once()
    assert mill.ids() == ids


@pytest.mark.slow
def test_backup_with_the_day_in_its_name(mill):
    mill.once()
    assert mill.call("backup", "--dated", str(mill.base / "copy-%Y.db")).returncode == 0
    assert [path.name[:7] for path in mill.base.glob("copy-*.db")] == ["copy-20"]


@pytest.mark.slow
def test_backup_and_restore_refuse_what_would_be_a_loss(mill):
    mill.once()
    note = mill.base / "note.txt"
    note.write_text("mine")
    assert mill.call("backup", str(note)).returncode == 2
    assert note.read_text() == "mine"
    copy = mill.base / "copy.db"
    mill.call("backup", str(copy))
    mill.start()
    mill.watching()
    done = mill.call("restore", str(copy))
    assert done.returncode == 2
    assert "another worker" in done.stderr
    assert mill.call("backup", str(copy)).returncode == 0


@pytest.mark.slow
def test_db_shows_the_tables_and_vacuum_needs_the_worker_stopped(mill):
    mill.write("a.md", article("One"))
    mill.once()
    said = mill.call("db").stdout
    assert "1 articles\n" in said
    assert "bytes now" in mill.call("db", "vacuum").stdout
    mill.start()
    mill.watching()
    assert mill.call("db", "vacuum").returncode == 2


@pytest.mark.slow
def test_install_service_refuses_places_where_no_service_could_work(tmp_path):
    """A service has a /tmp of its own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as base, feedmill(Path(base)) as mill:
        for words in (["--dry-run"], ["--root", str(tmp_path)]):
            refused = mill.call("install-service", *words)
            assert refused.returncode == 2
            assert "PrivateTmp" in refused.stderr
            assert list(tmp_path.iterdir()) == []
