"""Searches in the index: few at once, and never in the way of other answers."""

import asyncio
import threading

import pytest

from feeds.server import search_queue
from feeds.server.app import PublicApp

INDEX = b'<div id="cards">\n<li><h3>Mills</h3></li>\n<li><h3>Dams</h3></li>\n</div>'
SECONDS = 20.0


async def asked(app: PublicApp, target: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """What the application answers to a GET."""
    path, _, query = target.partition("?")
    sent: list = []
    scope = {
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
        "client": ("127.0.0.1", 1),
    }

    async def send(message) -> None:
        sent.append(message)

    async def receive():
        return {"type": "http.disconnect"}

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body


class Slow:
    """Stands for the cards of a large index: each search lasts until it is let go."""

    def __init__(self) -> None:
        self.go, self.lock = threading.Event(), threading.Lock()
        self.now = self.most = 0

    def matching(self, words: str) -> bytes:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go.wait(SECONDS), "nobody let the search go on"
        with self.lock:
            self.now -= 1
        return words.encode()


@pytest.fixture
def app(tmp_path):
    (tmp_path / "index.html").write_bytes(INDEX)
    return lambda: PublicApp(tmp_path)


def test_fifty_searches_hold_nobody_up_and_are_two_at_a_time(app, monkeypatch):
    slow = Slow()
    monkeypatch.setattr(search_queue, "index_cards", lambda _: slow)

    async def story() -> list:
        served = app()
        clients = [asyncio.create_task(asked(served, f"/?q={n}")) for n in range(50)]
        while sum(client.done() for client in clients) < 50 - 2 - search_queue.MOST_WAITING:
            await asyncio.sleep(0)
        assert (await asked(served, "/index.html"))[0] == 200, "an answer amid the searches"
        slow.go.set()
        return await asyncio.gather(*clients)

    answers = asyncio.run(asyncio.wait_for(story(), SECONDS))
    assert slow.most == search_queue.MOST_AT_ONCE == 2
    found = [answer for answer in answers if answer[0] == 200]
    refused = [answer for answer in answers if answer[0] == 503]
    assert len(found) == 2 + search_queue.MOST_WAITING
    assert len(found) + len(refused) == 50
    assert all(headers[b"retry-after"] == b"5" for _, headers, _ in refused)
    assert all(b"Too many searches" in body for _, _, body in refused)


def test_nobody_waits_for_ever(app, monkeypatch):
    slow = Slow()
    monkeypatch.setattr(search_queue, "index_cards", lambda _: slow)
    monkeypatch.setattr(search_queue, "WAIT_SECONDS", 0.0)

    async def story() -> list[int]:
        served = app()
        clients = [asyncio.create_task(asked(served, "/?q=x")) for _ in range(3)]
        await asyncio.wait(clients, return_when=asyncio.FIRST_COMPLETED)
        slow.go.set()
        return sorted([(await client)[0] for client in clients])

    assert asyncio.run(asyncio.wait_for(story(), SECONDS)) == [200, 200, 503]


def test_the_index_is_taken_apart_once_for_each_version(app, tmp_path, monkeypatch):
    taken, index_cards = [], search_queue.index_cards
    monkeypatch.setattr(
        search_queue, "index_cards", lambda index: taken.append(1) or index_cards(index)
    )

    async def story() -> None:
        served = app()
        for _ in range(3):
            assert b"Mills" in (await asked(served, "/?q=mil"))[2]
        assert len(taken) == 1
        (tmp_path / "new").write_bytes(INDEX.replace(b"Mills", b"Milk"))
        (tmp_path / "new").rename(tmp_path / "index.html")
        found = (await asked(served, "/?q=mil"))[2]
        assert b"Milk" in found
        assert b"Dams" not in found
        assert len(taken) == 2

    asyncio.run(asyncio.wait_for(story(), SECONDS))


def test_an_index_too_large_to_keep_is_searched_all_the_same(app, monkeypatch):
    monkeypatch.setattr("feeds.server.documents.LARGEST_KEPT", 10)
    status, _, body = asyncio.run(asyncio.wait_for(asked(app(), "/?q=dams"), SECONDS))
    assert status == 200
    assert b"Dams" in body
    assert b"Mills" not in body


def test_a_page_without_cards_stays_as_it_is(app, tmp_path):
    (tmp_path / "index.html").write_bytes(b"<p>Mine</p>")
    assert asyncio.run(asyncio.wait_for(asked(app(), "/?q=dams"), SECONDS))[2] == b"<p>Mine</p>"


def test_a_search_keeps_its_turn_and_its_file_after_its_client_is_gone(app, monkeypatch):
    monkeypatch.setattr("feeds.server.documents.LARGEST_KEPT", 10)  # read by the search itself
    slow, pieces = Slow(), search_queue.pieces
    read: list[bytes] = []

    def slow_pieces(file):
        slow.matching("")
        read.append(b"".join(pieces(file)))
        return read[-1:]

    monkeypatch.setattr(search_queue, "index_cards", lambda _: None)

    async def story() -> list:
        served = app()
        await asked(served, "/?q=x")
        monkeypatch.setattr(search_queue, "pieces", slow_pieces)
        gone = [asyncio.create_task(asked(served, "/?q=x")) for _ in range(2)]
        while slow.now < 2:
            await asyncio.sleep(0)
        for client in gone:
            client.cancel()
        await asyncio.wait(gone)
        monkeypatch.setattr(search_queue, "WAIT_SECONDS", 0.0)
        refused = await asked(served, "/?q=x")
        slow.go.set()
        while len(read) < 2:
            await asyncio.sleep(0)
        monkeypatch.setattr(search_queue, "WAIT_SECONDS", SECONDS)
        return [refused[0], (await asked(served, "/?q=x"))[0]]

    assert asyncio.run(asyncio.wait_for(story(), SECONDS)) == [503, 200]
    assert slow.most == search_queue.MOST_AT_ONCE
    assert set(read) == {INDEX}
