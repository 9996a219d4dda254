"""``make demo``, as a newcomer meets it: the real script, the real worker, a real second file."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest


@pytest.fixture
def demo_script(project_root: Path, tmp_path: Path) -> Path:
    """The demo in a place of its own: it makes its scratch folder beside ``seeds/``."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project_root / "seeds", tmp_path / "seeds", ignore=ignored)
    return tmp_path / "seeds" / "demo.py"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(script: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """The demo as the leader of a session, so that whatever it starts can be found again."""
    with (script.parent.parent / "demo.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, str(script)],
            env={**os.environ, "FEEDMILL_DEMO_PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def said_when_live(process: "subprocess.Popen[str]") -> str:
    """What the demo prints, up to the line that says how to end it."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Press Ctrl-C"):
            break
    return "".join(lines)


def in_session(leader: int) -> list[str]:
    """The processes of the session that ``leader`` began."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if int(text.rpartition(")")[2].split()[3]) == leader:
            found.append(text)
    return found


def soon(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition comes true in time."""
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.05)
    return met


def test_the_demo_serves_the_samples_and_a_dropped_file_until_interrupted(
    demo_script: Path, free_port: int
) -> None:
    with started(demo_script, free_port) as process:
        said = said_when_live(process)
        urls = re.findall(r"^ +\d+  (\S+)$", said, re.MULTILINE)
        assert f"http://127.0.0.1:{free_port}/all.rss" in urls
        for url in urls:
            answer = httpx.get(url)
            assert answer.status_code == 200, url
            assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
            assert answer.text.count("<item>") > 0, url

        (command,) = re.findall(r"^  (printf .*)$", said, re.MULTILINE)
        (feed,) = re.findall(r"the article is in (\S+)", said)
        assert "<title>Hello</title>" not in httpx.get(feed).text
        subprocess.run(["/bin/sh", "-c", command], check=True)
        assert soon(lambda: "<title>Hello</title>" in httpx.get(feed).text, seconds=5)

        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
    assert in_session(process.pid) == []


@pytest.mark.slow
def test_what_the_last_demo_left_is_swept_away(demo_script: Path, free_port: int) -> None:
    scratch = demo_script.parent.parent / ".demo"
    left = scratch / "drop" / "left-over.md"
    left.parent.mkdir(parents=True)
    left.write_text("# Left over")
    (scratch / "made-by-the-demo").touch()
    with started(demo_script, free_port) as process:
        said_when_live(process)
        assert not left.exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_a_taken_port_is_named_with_the_way_out(demo_script: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = [sys.executable, str(demo_script), "--port", str(port)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr
    assert "FEEDMILL_DEMO_PORT=" in done.stderr
    assert not (demo_script.parent.parent / ".demo").exists()


def test_a_folder_that_the_demo_did_not_make_is_left_alone(
    demo_script: Path, free_port: int
) -> None:
    precious = demo_script.parent.parent / ".demo" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    run = [sys.executable, str(demo_script), "--port", str(free_port)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{precious.parent} was not made by the demo" in done.stderr
    assert precious.read_text() == "mine"
