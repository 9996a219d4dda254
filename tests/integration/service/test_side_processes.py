"""The web server beside a worker: real processes, the clock in the test's hand."""

import dataclasses
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from feeds.errors import ListenError
from tests.integration.feeds.server.webserver import wait_until
from worker.config.loading import load_config
from worker.config.model import Config
from worker.service import side_processes
from worker.service.side_processes import Pinger, WebServer


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "drop").mkdir()
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "index.html").write_text("here")
    path = tmp_path / "feedmill.toml"
    path.write_text("[serve]\nport = 0\n")
    return load_config(path)


@pytest.fixture
def web() -> Iterator[WebServer]:
    found = WebServer(wanted=True)
    yield found
    found.stop()


def comes(web: WebServer, now: float = 0.0) -> bool:
    """Whether it answers in time; ``now`` stands still."""
    return wait_until(
        lambda: not web.advance(now) and web.next_due == now + side_processes.CHECK_SECONDS, 30.0
    )


def serving_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.getMessage().startswith("serving")]


def end(web: WebServer, number: signal.Signals = signal.SIGKILL) -> int:
    pid = web.pid
    assert pid is not None
    os.kill(pid, number)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def test_it_says_that_it_serves_only_once_it_answers(web, config, caplog):
    caplog.set_level(logging.INFO, "feedmill")
    web.follow(config)
    assert not serving_lines(caplog), "the socket is open, but nobody answers"
    assert comes(web)
    assert serving_lines(caplog) == [f"serving url={web.urls[0]}"]
    assert httpx.get(web.urls[0]).text == "here"


def test_one_that_was_killed_is_started_again_and_no_client_is_lost(web, config, caplog):
    caplog.set_level(logging.INFO, "feedmill")
    web.follow(config)
    assert comes(web, 100.0)
    first = end(web)
    trouble = web.advance(101.0)
    assert "SIGKILL" in trouble
    assert "1 s" in trouble
    assert web.pid is None, "not at once"
    assert web.advance(101.9) == trouble
    assert web.next_due == 102.0
    host, port = "127.0.0.1", httpx.URL(web.urls[0]).port
    with socket.create_connection((host, port), 10.0) as waiting:  # it is in the backlog
        waiting.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert web.advance(102.0) == trouble, "healed only when it answers"
        assert comes(web, 102.1)
        assert waiting.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert web.pid not in (None, first)
    assert len(serving_lines(caplog)) == 2


def test_the_death_of_a_process_is_due_to_be_noticed_within_seconds(web, config):
    """Without a finite time of its own, a loop with nothing else to do would sleep past it."""
    web.follow(config)
    assert comes(web, 100.0)
    end(web)
    assert "SIGKILL" in web.advance(web.next_due)
    config = dataclasses.replace(
        config, site=dataclasses.replace(config.site, hub="https://hub.example/")
    )
    pinger = Pinger(config, wanted=True)
    pinger.advance(100.0)
    assert pinger.next_due == 100.0 + side_processes.CHECK_SECONDS
    assert Pinger(config, wanted=False).next_due == float("inf")


def test_the_pauses_grow_while_it_ends_soon_and_shrink_again(web, config, monkeypatch):
    monkeypatch.setattr(side_processes, "LONGEST_PAUSE_SECONDS", 3.0)
    web.follow(config)
    now, pauses = 0.0, []
    for lasts in (0.0, 0.0, 0.0, 0.0, side_processes.STEADY_SECONDS):
        assert comes(web, now)
        end(web)
        now += lasts
        assert web.advance(now)
        pauses.append(web.next_due - now)
        now = web.next_due
    assert pauses == [1.0, 2.0, 3.0, 3.0, 1.0]


def test_one_that_cannot_start_says_so_and_is_tried_again(web, config, capfd):
    web.follow(config)
    assert config.path
    config.path.write_text("[serve]\nport = 'wrong'\n")
    assert wait_until(lambda: "status 2" in web.advance(0.0), 30.0)
    assert "port" in capfd.readouterr().err
    config.path.write_text("[serve]\nport = 0\n")
    assert comes(web, web.next_due)


def hangs_until_killed(web: WebServer, now: float) -> str:
    """Stop the process; gives what is said once it was found to hang and is gone."""
    assert web.pid
    os.kill(web.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, web.pid, os.WSTOPPED | os.WNOWAIT)
    web.advance(now)  # reads what it wrote before
    until = now + side_processes.SILENCE_SECONDS
    while now < until:
        assert web.advance(now) == ""
        assert web.pid
        now = web.next_due
    assert "no sign of life" in web.advance(until), "at once, not only when it is gone"
    assert wait_until(lambda: "next start" in web.advance(until))
    assert web.pid is None
    return web.advance(until)


def test_it_logs_in_the_format_of_its_worker(config, capfd):
    web = WebServer(wanted=True, words=("--log-format", "json"))
    try:
        web.follow(config)
        assert config.path
        config.path.write_text("[serve]\nport = 'wrong'\n")
        assert wait_until(lambda: "status 2" in web.advance(0.0), 30.0)
    finally:
        web.stop()
    (line,) = capfd.readouterr().err.splitlines()
    found = json.loads(line)
    assert (found["level"], found["event"]) == ("error", "not-serving")
    assert "serve.port" in found["cause"]


def test_one_that_hangs_at_its_start_is_killed(web, config):
    web.follow(config)
    web.advance(0.0)
    assert "no sign of life for 30 s" in hangs_until_killed(web, 0.0)


def test_one_that_hangs_while_it_serves_is_killed_and_started_again(web, config):
    web.follow(config)
    assert comes(web, 100.0)
    first = web.pid
    trouble = hangs_until_killed(web, 100.0)
    assert trouble == "it gave no sign of life for 30 s; the next start is after 1 s"
    assert comes(web, web.next_due)
    assert web.pid != first
    assert httpx.get(web.urls[0]).text == "here"


@pytest.mark.slow
def test_one_that_serves_is_not_taken_for_hanging(web, config):
    web.follow(config)
    assert comes(web, 100.0)
    now, first = 100.0, web.pid

    def is_heard() -> bool:
        assert web.advance(now) == ""
        return web._heard == now

    for _ in range(3):
        now += side_processes.SILENCE_SECONDS - 1
        assert wait_until(is_heard)
    assert web.pid == first


@pytest.mark.slow
def test_what_this_process_could_not_hear_is_no_silence(web, config):
    """A machine or a container that was paused stops both."""
    web.follow(config)
    assert comes(web, 100.0)
    assert web.pid
    os.kill(web.pid, signal.SIGSTOP)
    web.advance(100.0)
    assert web.advance(100.0 + 10 * side_processes.SILENCE_SECONDS) == ""


def test_a_port_that_is_taken_is_said_before_anything_is_started(web, config):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = dataclasses.replace(config, port=taken.getsockname()[1])
        for refused in (web.prove, web.follow):
            with pytest.raises(ListenError, match=f"127.0.0.1:{busy.port}: Address already in use"):
                refused(busy)
        assert web.pid is None
        metrics = dataclasses.replace(config.metrics, serve="local")
        local = dataclasses.replace(config, local_port=busy.port, metrics=metrics)
        with pytest.raises(ListenError, match="local_port"):
            web.follow(local)
    web.follow(busy)
    assert comes(web)


def test_another_port_is_listened_at_and_the_old_one_no_more(web, config):
    web.follow(config)
    assert comes(web)
    (old,) = web.urls
    metrics = dataclasses.replace(config.metrics, serve="local")
    web.follow(dataclasses.replace(config, port=httpx.URL(old).port, host="0.0.0.0"))
    assert web.urls != [old], "the same port, another address"
    web.follow(dataclasses.replace(config, metrics=metrics, local_port=0))
    assert comes(web)
    assert len(web.urls) == 2
    with pytest.raises(httpx.ConnectError):
        httpx.get(old)


def test_nothing_is_served_where_nobody_wants_it(config):
    web = WebServer(wanted=False)
    web.follow(config)
    assert web.advance(time.monotonic()) == ""
    assert (web.pid, web.urls, web.next_due) == (None, [], float("inf"))
