"""``feedmill run`` as authors, readers and sysadmins meet it: a process, real files, real feeds."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import Feedmill, article, soon
from tests.integration.media.files import png

PROMISED_STOP_SECONDS = 5.0


def test_a_file_moved_in_appears_then_its_edit_then_leaves_after_its_deletion(mill):
    mill.write("other.md", article("Other"))
    mill.start()
    mill.watching()
    mill.write("a.md", article("One", topics="Harbours"))
    mill.until(lambda: mill.titles("topics/harbours") == ["One"], "the new file's entry")
    for extension in ("rss", "json"):
        file = mill.public / f"topics/harbours.{extension}"
        mill.until(file.exists, f"the feed as {extension}")
    first = mill.ids("topics/harbours")["One"]

    mill.write("a.md", article("Two", topics="Harbours"))
    mill.until(lambda: mill.titles("topics/harbours") == ["Two"], "the edit")
    assert mill.ids("topics/harbours")["Two"] == first

    (mill.drop / "a.md").unlink()
    mill.until(lambda: mill.titles("topics/harbours") == [], "the withdrawal")
    mill.until(lambda: mill.titles() == ["Other"], "the withdrawal from all")


def test_what_was_dropped_while_nothing_ran_is_found_at_the_start(mill):
    mill.write("deep/er/a.md", article("One", topics="X"))
    mill.start()
    mill.until(lambda: mill.titles("topics/x") == ["One"], "the entry")


@pytest.mark.slow
def test_a_sound_that_comes_later_is_the_enclosure_until_it_goes(make_mill):
    mill = make_mill(drop={"rescan_seconds": "3600"})
    mill.write("episode-7.md", article("Seven"))
    mill.write("night/index.md", article("Night"))
    mill.start()
    mill.until(lambda: len(mill.titles()) == 2, "the articles")
    mill.watching()
    sound = b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00" + bytes(2000)

    def lengths():
        return {
            entry.title: [link.length for link in entry.links if link.rel == "enclosure"]
            for entry in mill.entries(extension="rss")
        }

    mill.write("episode-7.mp3", sound)
    mill.write("night/call.mp3", sound + b"more")
    mill.until(lambda: lengths() == {"Seven": ["2014"], "Night": ["2018"]}, "both enclosures")
    assert len(list((mill.public / "media").iterdir())) == 2
    (mill.drop / "episode-7.mp3").unlink()
    (mill.drop / "night/call.mp3").rename(mill.drop / "night/call.txt.bak")
    mill.until(lambda: lengths() == {"Seven": [], "Night": []}, "none")
    mill.until(lambda: not list((mill.public / "media").iterdir()), "the removal of the copies")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_rename_keeps_the_id(mill, kind):
    mill.write("old/a.md", article("One", topics="X"))
    mill.start()
    mill.until(lambda: mill.titles() == ["One"], "the entry")
    before = mill.ids()["One"]
    if kind == "file":
        (mill.drop / "old/a.md").rename(mill.drop / "b.md")
    else:
        (mill.drop / "old").rename(mill.drop / "new")
    place = "b.md" if kind == "file" else "new/a.md"
    mill.until(lambda: mill.rows("SELECT path FROM articles") == [(place,)], "the new path")
    # The old path's line goes in the same step, so there is nothing left to withdraw.
    assert mill.rows("SELECT count(*) FROM ledger") == [(1,)]
    assert mill.ids() == {"One": before}


@pytest.mark.slow
def test_a_sub_folder_made_and_filled_at_once_is_taken_whole(mill):
    mill.start()
    mill.watching()
    for number in range(40):
        mill.write(f"new/deep{number % 4}/{number}.md", article(f"n{number}"))
    mill.until(lambda: len(mill.titles()) == 40, "40 entries")


def test_a_file_that_is_written_slowly_is_never_read_half(make_mill):
    mill = make_mill(drop={"settle_seconds": "20"})
    mill.start()
    mill.watching()
    with (mill.drop / "slow.md").open("w") as file:
        file.write(article("Half", "The first part."))
        file.flush()
        # Another file's way through the house shows that the worker has had its chance.
        mill.write("quick.md", article("Quick"))
        mill.until(lambda: mill.titles() == ["Quick"], "the quick one")
        file.write("\nThe second part.\n")
    mill.until(lambda: "Half" in mill.titles(), "the slow one")
    (entry,) = [entry for entry in mill.entries() if entry.title == "Half"]
    assert "The second part." in entry.content[0].value
    assert mill.log().count("path=slow.md") == 1


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_stopped_worker_publishes_what_is_touched_and_exits_0(mill, number):
    for count in range(150):
        mill.write(f"{count}.md", article(f"n{count}", topics="X"))
    mill.start()
    mill.until(lambda: mill.said("file-accepted"), "the first verdicts")
    began = time.monotonic()
    assert mill.stop(number) == 0
    assert time.monotonic() - began < PROMISED_STOP_SECONDS
    assert mill.rows("SELECT count(*) FROM feeds WHERE touched > 0") == [(0,)]
    ((stored,),) = mill.rows("SELECT count(*) FROM articles")
    assert len(mill.titles()) == stored > 0
    assert "Traceback" not in mill.log()


def test_a_worker_stopped_before_it_has_begun_ends_quietly(mill):
    mill.start()
    # No condition to wait for: the point is a signal at whatever moment.
    assert mill.stop() in (0, -signal.SIGTERM)
    assert "Traceback" not in mill.log()


@pytest.mark.slow
def test_what_a_stopped_worker_left_undone_the_next_one_does(mill):
    for count in range(150):
        mill.write(f"{count}.md", article(f"n{count}"))
    mill.start()
    mill.until(lambda: mill.said("file-accepted"), "the first verdicts")
    mill.stop()
    mill.start()
    mill.until(lambda: mill.rows("SELECT count(*) FROM articles") == [(150,)], "all the articles")


@pytest.mark.slow
def test_a_second_worker_on_the_database_is_refused(mill):
    mill.start()
    mill.watching()
    for words in (["run", "--no-serve"], ["once"]):
        done = mill.call(*words)
        assert done.returncode == 2, words
        assert "another worker" in done.stderr
        assert str(mill.process.pid) in done.stderr
        assert "Traceback" not in done.stderr
    assert mill.is_running()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
def test_a_web_server_that_fails_is_a_trouble_until_it_serves_again(mill, number):
    mill.start("run")
    mill.until(lambda: mill.said("serving url="), "the web server")
    (server,) = web_servers(mill)
    os.kill(server, number)
    mill.until(lambda: mill.said("trouble what=web-server"), "the trouble in the log", 90.0)
    mill.until(lambda: mill.said("trouble-over what=web-server"), "the end of the trouble")
    assert mill.log().count("serving url=") == 2
    assert web_servers(mill) not in ([], [server])
    assert httpx.get(f"http://127.0.0.1:{mill.port}/", timeout=10).status_code == 200


@pytest.mark.slow
def test_status_and_nagios_tell_while_the_web_server_is_down(mill):
    """It cannot start again, since its configuration is wrong by now."""
    mill.start("run")
    mill.until(lambda: mill.said("serving url="), "the web server")
    # The worker's own is wrong until all was asked: it starts again whenever it can.
    theirs, text = mill.config, mill.config.read_text()
    mill.config = mill.base / "whole.toml"
    mill.config.write_text(text)
    theirs.write_text(f"{text}\n[nonsense]\n")
    (server,) = web_servers(mill)
    os.kill(server, signal.SIGKILL)
    mill.until(lambda: mill.said("it ended with status 2"), "the failed start")
    assert "web-server" in mill.status()["troubles"]
    alarm = mill.call("status", "--nagios")
    assert alarm.returncode == 2
    assert "CRITICAL - web-server: " in alarm.stdout
    theirs.write_text(text)
    mill.until(lambda: mill.said("trouble-over what=web-server"), "the end of the trouble")
    assert mill.call("status", "--nagios").returncode == 0


@pytest.mark.slow
def test_the_web_server_logs_in_the_format_of_its_worker(mill):
    mill.start("run", "--log-format", "json")
    mill.until(lambda: mill.said('"serving"'), "the web server")
    mill.config.write_text(f"{mill.config.read_text()}\n[nonsense]\n")
    (server,) = web_servers(mill)
    os.kill(server, signal.SIGKILL)
    mill.until(lambda: mill.said("it ended with status 2"), "the failed start")
    assert mill.stop() == 0
    events = [json.loads(line)["event"] for line in mill.log().splitlines()]
    assert "not-serving" in events


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_port_that_is_taken_ends_the_worker_before_its_first_scan(mill, form):
    mill.write("a.md", article("One"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", mill.port))
        taken.listen()
        done = mill.call("run", "--log-format", form)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    if form == "json":
        found = json.loads(line)
        assert (found["level"], found["event"]) == ("error", "not-serving")
    assert f"127.0.0.1:{mill.port}: Address already in use" in line
    assert mill.rows("SELECT count(*) FROM articles") == [(0,)]


def web_servers(mill) -> list[int]:
    """The children of the worker that serve."""
    pids = [int(line.split()[0]) for line in in_session(mill.process.pid)]
    return [pid for pid in pids if b"--until-eof" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.slow
def test_status_knows_a_running_a_stopped_and_a_killed_worker(mill):
    mill.write("a.md", article("One", topics="X"))
    mill.write("bad.md", "---\ntitle: [\n---\n")
    mill.start()
    mill.until(lambda: mill.titles() == ["One"], "the entry")
    mill.until(lambda: bool(mill.pulse()), "the pulse")
    found = mill.status()
    assert (found["worker"], found["exit"], found["well"]) == ("running", 0, True)
    assert found["articles"] == {"live": 1}
    assert found["files"] == {"accepted": 1, "rejected": 1}
    assert found["watching"].startswith("inotify: ")
    assert [line["path"] for line in found["troubled"]] == ["bad.md"]
    assert {feed["key"]: feed["entries"] for feed in found["feeds"]} == {"all": 1, "topics/x": 1}

    assert mill.stop() == 0
    assert (mill.status()["worker"], mill.status()["exit"]) == ("stopped", 0)

    mill.start()
    mill.until(lambda: bool(mill.pulse()), "the next worker's pulse")
    assert mill.kill() == -signal.SIGKILL
    found = mill.status()
    assert (found["worker"], found["exit"], found["well"]) == ("silent", 1, False)


@pytest.mark.slow
def test_a_killed_worker_leaves_no_process_behind(mill):
    mill.write("a.md", article("One"))
    process = mill.start("run")
    mill.until(lambda: mill.titles() == ["One"], "the entry")
    assert len(in_session(process.pid)) >= 3  # worker, parser child, web server
    mill.kill()
    assert soon(lambda: in_session(process.pid) == [], 10), in_session(process.pid)


def in_session(leader: int) -> list[str]:
    """The processes of the session that ``leader`` began."""
    listed = subprocess.run(
        ["ps", "-s", str(leader), "-o", "pid=,stat=,args="],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (line.split(maxsplit=2) for line in listed.stdout.splitlines())
    return [" ".join(words) for words in lines if not words[1].startswith("Z")]


@pytest.mark.slow
def test_the_log_has_one_line_for_a_verdict_and_none_for_a_rescan(
    make_mill: Callable[..., Feedmill],
) -> None:
    mill = make_mill(drop={"settle_seconds": "0.05", "rescan_seconds": "0.1"})
    mill.write("a.md", article("One"))
    mill.write("bad.md", "---\ntitle: [\n---\n")
    mill.start()
    mill.until(lambda: mill.titles() == ["One"], "the entry")
    mill.write("b.md", article("Two"))
    mill.until(lambda: len(mill.titles()) == 2, "the second entry")
    mill.stop()
    for path in ("a.md", "b.md", "bad.md"):
        assert mill.log().count(f"path={path}") == 1


@pytest.mark.slow
def test_a_picture_of_the_assets_folder_is_taken_at_once(make_mill, tmp_path):
    assets = tmp_path / "static"
    assets.mkdir()
    mill = make_mill(drop={"assets": f'"{assets}"', "rescan_seconds": "3600"})
    mill.start()
    mill.watching()
    mill.write("a.md", article("One", body="![A boat](/boat.png)"))
    mill.until(lambda: "One" in mill.titles(), "the article")
    for shade in (0, 1):
        (assets / "boat.png").write_bytes(png(3, 2, shade))
        name = hashlib.sha256(png(3, 2, shade)).hexdigest()[:32]
        mill.until((mill.public / f"media/{name}.png").exists, "the picture")
