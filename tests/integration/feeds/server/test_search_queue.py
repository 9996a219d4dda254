"""Searches: few at once, and never in the way of other answers."""

import asyncio
import threading

import pytest

from feeds.server import search_queue
from feeds.server.app import Endpoint, EndpointResponse, PublicApp

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
    """Each search lasts until it is let go."""

    def __init__(self) -> None:
        self.go, self.lock = threading.Event(), threading.Lock()
        self.now = self.most = self.done = 0

    def __call__(self, query: str) -> EndpointResponse:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go.wait(SECONDS), "nobody let the search go on"
        with self.lock:
            self.now -= 1
            self.done += 1
        return EndpointResponse(200, "text/html", query.encode(), ((b"x-robots-tag", b"noindex"),))


@pytest.fixture
def slow():
    search = Slow()
    yield search
    search.go.set()


@pytest.fixture
def app(tmp_path, slow):
    (tmp_path / "index.html").write_bytes(b"<p>Home</p>")
    (tmp_path / "search.html").write_bytes(b"<p>For servers of files</p>")
    return lambda: PublicApp(tmp_path, {"/search.html": Endpoint(slow, is_search=True)})


def run(story):
    return asyncio.run(asyncio.wait_for(story(), SECONDS))


def test_fifty_searches_hold_nobody_up_and_are_two_at_a_time(app, slow):
    async def story() -> list:
        served = app()
        clients = [asyncio.create_task(asked(served, f"/search.html?q={n}")) for n in range(50)]
        while sum(client.done() for client in clients) < 50 - 2 - search_queue.MOST_WAITING:
            await asyncio.sleep(0)
        assert (await asked(served, "/index.html"))[0] == 200, "an answer amid the searches"
        slow.go.set()
        return await asyncio.gather(*clients)

    answers = run(story)
    assert slow.most == search_queue.MOST_AT_ONCE == 2
    found = [answer for answer in answers if answer[0] == 200]
    refused = [answer for answer in answers if answer[0] == 503]
    assert len(found) == 2 + search_queue.MOST_WAITING
    assert len(found) + len(refused) == 50
    assert all(headers[b"x-robots-tag"] == b"noindex" for _, headers, _ in found)
    assert all(headers[b"cache-control"] == b"no-store" for _, headers, _ in answers)
    assert all(headers[b"retry-after"] == b"5" for _, headers, _ in refused)
    assert all(b"Too many searches" in body for _, _, body in refused)


def test_nobody_waits_for_ever(app, slow, monkeypatch):
    monkeypatch.setattr(search_queue, "WAIT_SECONDS", 0.0)

    async def story() -> list[int]:
        served = app()
        clients = [asyncio.create_task(asked(served, "/search.html?q=x")) for _ in range(3)]
        await asyncio.wait(clients, return_when=asyncio.FIRST_COMPLETED)
        slow.go.set()
        return sorted([(await client)[0] for client in clients])

    assert run(story) == [200, 200, 503]


def test_a_search_that_cannot_be_ended_is_not_waited_for_and_keeps_its_turn(app, slow, monkeypatch):
    monkeypatch.setattr(search_queue, "LONGEST_SECONDS", 0.0)
    monkeypatch.setattr(search_queue, "WAIT_SECONDS", 0.0)

    async def story() -> list[int]:
        served = app()
        given_up = [(await asked(served, "/search.html?q=x"))[0] for _ in range(2)]
        refused = (await asked(served, "/search.html?q=x"))[0]
        slow.go.set()
        while slow.done < 2:
            await asyncio.sleep(0)
        monkeypatch.setattr(search_queue, "LONGEST_SECONDS", SECONDS)
        monkeypatch.setattr(search_queue, "WAIT_SECONDS", SECONDS)
        return [*given_up, refused, (await asked(served, "/search.html?q=x"))[0]]

    assert run(story) == [503, 503, 503, 200]
    assert slow.most <= search_queue.MOST_AT_ONCE


def test_a_search_keeps_its_turn_after_its_client_is_gone(app, slow, monkeypatch):
    async def story() -> list[int]:
        served = app()
        gone = [asyncio.create_task(asked(served, "/search.html?q=x")) for _ in range(2)]
        while slow.now < 2:
            await asyncio.sleep(0)
        for client in gone:
            client.cancel()
        await asyncio.wait(gone)
        monkeypatch.setattr(search_queue, "WAIT_SECONDS", 0.0)
        refused = await asked(served, "/search.html?q=x")
        slow.go.set()
        monkeypatch.setattr(search_queue, "WAIT_SECONDS", SECONDS)
        return [refused[0], (await asked(served, "/search.html?q=x"))[0]]

    assert run(story) == [503, 200]
    assert slow.most == search_queue.MOST_AT_ONCE


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("q=mills+%26++dams", b"search.html?q=mills+%26+dams"),
        ("q=%0d%0aset-cookie:x", b"search.html?q=set-cookie%3Ax"),
        ("q=%ff", b"search.html?q=%EF%BF%BD"),
    ],
)
def test_bookmarks_of_the_front_page_s_search_lead_to_the_search_page(app, query, location):
    status, headers, _ = run(lambda: asked(app(), f"/?{query}"))
    assert status == 301
    assert headers[b"location"] == location


def test_the_front_page_without_words_is_the_front_page(app):
    assert run(lambda: asked(app(), "/?q=+"))[::2] == (200, b"<p>Home</p>")
    assert run(lambda: asked(app(), "/?x=1"))[::2] == (200, b"<p>Home</p>")


def test_without_the_endpoint_the_published_page_is_served(tmp_path, app):
    del app
    served = PublicApp(tmp_path)
    assert run(lambda: asked(served, "/search.html?q=x"))[::2] == (
        200,
        b"<p>For servers of files</p>",
    )
    assert run(lambda: asked(served, "/?q=x"))[0] == 200
