"""The embedded server against clients that are slow, greedy, many, or none at all."""

import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.integration.feeds.server.webserver import WebServer, received, served, wait_until

pytestmark = pytest.mark.slow

HEAD = b"GET /index.html HTTP/1.1\r\nHost: x\r\n"
BODY = b"x" * 5000
ESTABLISHED = "01"  # in /proc/net/tcp
QUICK = {"HEAD_SECONDS": 0.4, "READ_SECONDS": 0.4, "IDLE_SECONDS": 1, "MOST_CONNECTIONS": 20}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    (folder / "index.html").write_bytes(BODY)
    (folder / "large.rss").write_bytes(b"y" * 7_000_000)
    (folder / "largest.rss").write_bytes(b"z" * 30_000_000)
    with served(folder, limits=QUICK) as running:
        yield running


def until_closed(wire: socket.socket) -> tuple[bytes, float]:
    """What comes until the server hangs up, and after how many seconds that is."""
    started = time.monotonic()
    try:
        data = received(wire)
    except ConnectionResetError:
        data = b""
    return data, time.monotonic() - started


def connections(server: WebServer) -> int:
    """How many established connections to the server's port it has not closed yet."""
    local = f":{server.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(local) and row[3] == ESTABLISHED for row in rows)


def test_a_client_that_says_nothing_is_let_go(server):
    with server.connect() as wire:
        data, seconds = until_closed(wire)
    assert data == b""
    assert seconds < 5


def test_a_head_that_trickles_in_is_cut_off(server):
    """One byte at a time, as slow-loris does it: no byte buys more time."""
    with server.connect() as wire:
        until = time.monotonic() + 5
        try:
            for byte in HEAD * 100:
                wire.sendall(bytes([byte]))
                wire.settimeout(0.02)
                try:
                    if answer := wire.recv(1000):
                        break
                except TimeoutError:
                    assert time.monotonic() < until
        except (BrokenPipeError, ConnectionResetError):
            answer = b"HTTP/1.1 408 "
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_empty_lines_do_not_keep_an_idle_connection(server):
    with server.connect() as wire:
        wire.sendall(HEAD + b"\r\n")
        assert wire.recv(10_000).startswith(b"HTTP/1.1 200 OK")
        until = time.monotonic() + 6
        try:
            while time.monotonic() < until:
                wire.sendall(b"\r\n")
                time.sleep(0.02)
        except (BrokenPipeError, ConnectionResetError):
            return
    pytest.fail("the connection is still there")


@pytest.mark.slow
def test_an_idle_connection_is_closed(server):
    with server.connect() as wire:
        wire.sendall(HEAD + b"\r\n")
        data, seconds = until_closed(wire)
    assert data.endswith(BODY)
    assert 0.5 < seconds < 6


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-Long: " + b"a" * 20_000,
        HEAD + b"X: a\r\n" * 6_000,
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n",
        HEAD + b"Cookie: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_a_head_too_large_is_refused(server, head):
    with server.connect() as wire:
        wire.sendall(head)
        try:
            answer, _ = until_closed(wire)
        except ConnectionResetError:
            return
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 "), answer[:100]


@pytest.mark.parametrize(
    "noise", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_what_is_no_http_is_refused(server, noise):
    answer = server.raw(noise)
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_reader_that_stops_reading_is_let_go_and_others_are_not_held_up(server):
    assert wait_until(lambda: connections(server) == 0)
    with server.connect() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(HEAD.replace(b"index.html", b"large.rss") + b"\r\n")
        assert wait_until(lambda: connections(server) == 1)
        assert httpx.get(server.url).status_code == 200
        assert wait_until(lambda: connections(server) == 0)


def test_a_reader_that_is_only_slow_gets_it_all(server):
    with server.connect() as slow:
        slow.sendall(HEAD.replace(b"index.html", b"largest.rss") + b"Connection: close\r\n\r\n")
        count = 0
        while data := slow.recv(400_000):
            count += len(data)
            time.sleep(0.005)
    assert count > 30_000_000


def test_more_clients_than_there_is_room_for_are_told_so(server):
    with httpx.Client(base_url=server.url) as client:
        wires = [server.connect() for _ in range(QUICK["MOST_CONNECTIONS"])]
        try:
            with server.connect() as late:
                answer, _ = until_closed(late)
        finally:
            for wire in wires:
                wire.close()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after" in answer
        assert wait_until(lambda: client.get("/").status_code == 200)


def test_pipelined_requests_are_answered_in_order(server):
    first, second = HEAD + b"\r\n", HEAD.replace(b"GET", b"HEAD") + b"Connection: close\r\n\r\n"
    answer = server.raw(first + second)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(BODY) == 1


def test_thousands_of_pipelined_requests_are_answered_one_after_the_other(server):
    """As they are read, nothing but the next piece waits: memory does not grow with them."""
    count = 3000
    with server.connect() as greedy, httpx.Client(base_url=server.url) as other:
        last = HEAD.replace(b"GET", b"HEAD") + b"Connection: close\r\n\r\n"
        sender = threading.Thread(
            target=greedy.sendall, args=((HEAD.replace(b"GET", b"HEAD") + b"\r\n") * count + last,)
        )
        sender.start()
        try:
            assert other.get("/").status_code == 200, "others have their turn"
            assert received(greedy).count(b"HTTP/1.1 200 OK") == count + 1
        finally:
            sender.join(10)


def test_a_client_that_stopped_sending_still_gets_its_answers(server):
    with server.connect() as wire:
        wire.sendall((HEAD + b"\r\n") * 5)
        wire.shutdown(socket.SHUT_WR)
        assert received(wire).count(b"HTTP/1.1 200 OK") == 5


def test_nothing_is_answered_after_an_ignored_upgrade(server):
    upgrade = HEAD + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    assert server.raw(upgrade + HEAD + b"\r\n").count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /index.html HTTP/1.1\r\n", 400),
        (b"GET /index.html HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
        (b"GET /index.html HTTP/1.1\r\nHost:\r\n", 400),
        (b"GET /index.html HTTP/1.1\r\nHost: a b\r\n", 400),
        (b"GET /index.html HTTP/1.1\r\nHost: a/b\r\n", 400),
        (b"GET /index.html HTTP/1.1\r\nHost: user@a\r\n", 400),
        (b"GET /index.html HTTP/1.1\r\nHost: a:80x\r\n", 400),
        (b"GET /index.html HTTP/1.1\r\nHost: \xe9\r\n", 400),
        (b"GET /index.html HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
        (b"GET http://a/index.html HTTP/1.1\r\n", 400),
        (b"GET /index.html\r\n", 400),
        (b"GET /index.html\r\nHost: a\r\n", 400),
        (b"GET /index.html HTTP/2.0\r\nHost: a\r\n", 505),
        (b"GET /index.html HTTP/1.0\r\n", 200),
        (b"GET /index.html HTTP/1.1\r\nhost:\tfeeds.example.org:8000 \r\n", 200),
        (b"GET /index.html HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n", 200),
        (b"GET /index.html HTTP/1.1\r\nHost: a%20b_c\r\n", 200),
    ],
)
def test_a_request_names_its_version_and_its_host_once(server, head, status):
    """RFC 9112, sections 2.3 and 3.2."""
    closing = b"Connection: close\r\n\r\n"
    answer = server.raw(head + closing)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:100]
    # What follows a refusal is never read as a request.
    again = server.raw(head + b"\r\n" + HEAD + closing)
    assert again.count(b"HTTP/1.1 ") == (1 if status >= 400 or b"HTTP/1.0" in head else 2)


def test_nobody_reads_what_a_request_brings_along(server):
    """The answer comes at once, and with it the end of the connection."""
    head = HEAD + b"Content-Length: 1000000000\r\n\r\n"
    with server.connect() as wire:
        wire.sendall(head + b"a" * 10_000)
        data, seconds = until_closed(wire)
    assert data == b"" or data.startswith(b"HTTP/1.1 200 OK")
    assert seconds < 5


def test_a_stop_does_not_wait_for_those_who_never_finish(tmp_path):
    (tmp_path / "index.html").write_bytes(BODY)
    with served(tmp_path) as server:
        wires = [server.connect() for _ in range(3)]
        wires[0].sendall(HEAD)
        wires[1].sendall(HEAD + b"\r\n")
        wires[1].recv(100)
        started = time.monotonic()
        server.process.terminate()
        assert server.process.wait(10) == 0
        assert time.monotonic() - started < 5
        for wire in wires:
            wire.close()
