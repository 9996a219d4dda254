"""Raw bytes at the embedded server: each gets a right answer, and others are answered meanwhile."""

import contextlib
import random
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.server.limits import PIECE
from tests.attack.budget import rounds, tell
from tests.attack.httpcases import (
    CLOSE,
    END,
    GET,
    HIDDEN,
    HOST,
    LINE,
    TRAVERSALS,
    Case,
    cases,
    smuggled,
)
from tests.e2e.process import LOOK_AGAIN
from tests.integration.feeds.server.webserver import WebServer, served

pytestmark = [pytest.mark.attack, pytest.mark.timeout(600)]

BODY, SECRET, SECOND = b"<p>published</p>", b"nobody must read this", b"<p>hidden</p>"
LIMITS = {"HEAD_SECONDS": 0.5, "READ_SECONDS": 0.5, "IDLE_SECONDS": 1, "MOST_CONNECTIONS": 200}
DEADLINE = 15.0
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[WebServer]:
    base = tmp_path_factory.mktemp("web")
    folder = base / "public"
    folder.mkdir()
    (base / "secret.txt").write_bytes(SECRET)
    (folder / "index.html").write_bytes(BODY)
    (folder / "hidden.html").write_bytes(SECOND)
    (folder / ".hidden").write_bytes(SECRET)
    (folder / "link").symlink_to(base)
    (folder / "link.txt").symlink_to(base / "secret.txt")
    (folder / "large.rss").write_bytes(b"y" * 5_000_000)
    with served(folder, limits=LIMITS) as running:
        yield running


def answered(server: WebServer, sent: bytes, *, is_last: bool = True) -> bytes:
    """All that comes until the server hangs up, which it must do in time."""
    ends = time.monotonic() + DEADLINE
    parts = []
    with server.connect(DEADLINE) as wire:
        try:
            wire.sendall(sent)
            if is_last:
                wire.shutdown(socket.SHUT_WR)
            while part := wire.recv(65536):
                parts.append(part)
                assert time.monotonic() < ends, "the answer has no end"
        except TimeoutError:
            raise AssertionError("neither an answer nor an end") from None
        except OSError:  # it was closed while there was something to send
            pass
    return b"".join(parts)


def status(answer: bytes) -> int | None:
    found = _STATUS.match(answer)
    assert found or not answer, answer[:200]
    return int(found[1]) if found else None


def assert_alive(server: WebServer) -> None:
    """The server lives, and answers a client that did nothing wrong."""
    assert server.process.poll() is None
    answer = server.raw(GET)
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
    assert answer.endswith(BODY)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_request_gets_a_right_status_or_an_end(server: WebServer, case: Case) -> None:
    answer = answered(server, case.sent, is_last=False)
    assert status(answer) in case.statuses, answer[:200]
    assert SECRET not in answer
    assert_alive(server)


@pytest.mark.parametrize(("name", "sent"), smuggled(), ids=lambda value: str(value)[:40])
def test_no_request_hides_in_another(server: WebServer, name: str, sent: bytes) -> None:
    answer = answered(server, sent, is_last=False)
    assert status(answer) in {200, 400, 405, 411, 413, 501, None}
    assert SECOND not in answer, name
    assert len(_STATUS.findall(answer)) <= 2
    assert_alive(server)


@pytest.mark.parametrize("target", TRAVERSALS)
def test_no_way_leads_out_of_the_public_folder(server: WebServer, target: str) -> None:
    answer = server.get(target)
    assert status(answer) in {400, 404}, answer[:200]
    assert SECRET not in answer
    assert_alive(server)


def test_requests_in_a_row_are_all_answered_one_after_the_other(server: WebServer) -> None:
    request = LINE + HOST + END
    answer = answered(server, request * 500 + GET, is_last=False)
    assert answer.count(BODY) == 501
    assert set(_STATUS.findall(answer)) == {b"200"}
    assert_alive(server)


def test_of_requests_that_wait_two_pieces_are_taken_at_most(server: WebServer) -> None:
    """The others stay where they are, with their client: the limit on pipelining itself."""
    request = LINE.replace(b"index.html", b"large.rss") + HOST + END
    with served(server.folder) as patient, patient.connect() as wire:
        wire.setblocking(False)
        sent = pushed(wire, request * 50_000)
        assert sent > 8 * PIECE, "too little was sent to tell"
        seen = []
        until = time.monotonic() + DEADLINE
        while len(seen) < 25 and time.monotonic() < until:
            seen += [took for took in (taken(wire, sent),) if took]
            time.sleep(LOOK_AGAIN)
        assert seen, "the server took nothing"
        assert min(seen[-5:]) <= 2 * PIECE  # bytes on their way are in no queue for a moment


def pushed(wire: socket.socket, data: bytes) -> int:
    """Send as much as there is room for on the way; gives how many bytes."""
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < len(data):
            sent += wire.send(data[sent : sent + 65_536])
    return sent


def taken(wire: socket.socket, sent: int) -> int:
    """How many of the bytes the server has read: those that wait nowhere on the way, by what the
    kernel tells of both ends of the connection."""
    ends = {wire.getsockname()[1], wire.getpeername()[1]}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, _, queues = line.split()[1:5]
        if {int(end.rpartition(":")[2], 16) for end in (local, remote)} == ends:
            sending, waiting = (int(count, 16) for count in queues.split(":"))
            ours = int(local.rpartition(":")[2], 16) == wire.getsockname()[1]
            sent -= sending if ours else waiting
    return sent


def test_requests_in_a_row_cost_little_memory(server: WebServer) -> None:
    """250 kB of requests from each of twenty clients, of which none takes an answer."""
    before = memory(server)
    wires = [server.connect() for _ in range(20)]
    try:
        for wire in wires:
            wire.settimeout(0.2)
            with contextlib.suppress(OSError):
                wire.sendall((LINE + HOST + END) * 6_000)
        assert_alive(server)
        assert memory(server) - before < 100_000_000
    finally:
        for wire in wires:
            wire.close()


def memory(server: WebServer) -> int:
    """The most bytes that the server ever held."""
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) * 1000


def test_many_slow_clients_keep_nobody_out(server: WebServer) -> None:
    """Heads without an end, answers that are not read, silent connections."""
    wires = [server.connect() for _ in range(90)]
    try:
        for number, wire in enumerate(wires):
            if number % 3 == 0:
                wire.sendall(LINE)
            elif number % 3 == 1:
                wire.sendall(LINE.replace(b"index.html", b"large.rss") + HOST + END)
        for _ in range(20):
            assert_alive(server)
    finally:
        for wire in wires:
            wire.close()


def test_made_up_requests_harm_nobody(server: WebServer) -> None:
    tried = 0
    for each in rounds("http"):
        with each.play() as chance:
            sent = made_up(chance)
            answer = answered(server, sent, is_last=chance.random() < 0.8)
            assert SECRET not in answer
            assert b"Traceback" not in answer
            assert not {s for s in _STATUS.findall(answer) if s.startswith(b"50")} - {
                b"501",
                b"505",
            }
            tried += 1
            if tried % 20 == 0:
                assert_alive(server)
    assert_alive(server)
    tell(f"http: {len(cases())} cases, {len(smuggled())} smuggled, {tried} made-up requests")


def made_up(chance: random.Random) -> bytes:
    """Pieces of requests in a row, and some bytes changed."""
    pieces = [case.sent for case in cases() if len(case.sent) < 3_000]
    pieces += [LINE, HOST, CLOSE, END, GET, HIDDEN, b" ", b"\t", b":", b"\x00", b"\xff", b"\n"]
    pieces += [sent for _, sent in smuggled()]
    sent = bytearray(b"".join(chance.choices(pieces, k=chance.choice((1, 1, 2, 5)))))
    for _ in range(chance.choice((0, 1, 1, 3, 10))):
        at = chance.randrange(len(sent) + 1)
        match chance.randint(0, 2):
            case 0:
                sent[at : at + chance.choice((1, 3, 20))] = b""
            case 1:
                sent[at:at] = chance.choice(
                    (b"\r", b"\n", b" ", b":", bytes([chance.randrange(256)]))
                )
            case _:
                sent[at:at] = sent[:at][-30:]
    return bytes(sent) + (END + END if chance.random() < 0.5 else b"")
