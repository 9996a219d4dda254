"""The embedded server, by a real client: types, headers, and files that change."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.integration.feeds.server.webfiles import FEED, FEEDS, PAGES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


# -- types, caching, headers


@pytest.mark.parametrize(("path", "kind"), [*FEEDS.items(), *PAGES.items()])
def test_every_file_has_its_type_and_is_safe_to_show(client, path, kind):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content == FEED
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-length"] == str(len(FEED))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in answer.headers


def test_the_root_is_the_index(client):
    answer = client.get("/")
    assert answer.content == FEED
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", FEEDS)
def test_pages_elsewhere_may_read_feeds(client, path):
    assert client.get(path).headers["access-control-allow-origin"] == "*"
    asked = client.options(
        path,
        headers={
            "origin": "https://reader.example",
            "access-control-request-method": "GET",
            "access-control-request-headers": "if-none-match",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in asked.headers["access-control-allow-headers"]


def test_pages_are_not_shared(client):
    assert "access-control-allow-origin" not in client.get("/").headers


def test_caches_keep_feeds_for_minutes_and_archives_for_a_day(client):
    assert client.get("topics/mills.rss").headers["cache-control"] == "public, max-age=300"
    assert client.get("/").headers["cache-control"] == "public, max-age=300"
    archived = client.get("archive/topics/mills/1.rss")
    assert archived.headers["cache-control"] == "public, max-age=86400"
    assert client.get("feedmill.css").headers["cache-control"] == "public, max-age=86400"


def test_a_browser_gets_a_feed_as_xml_that_it_can_show(client):
    plain, shown = client.get("topics/mills.rss"), None
    shown = client.get("topics/mills.rss", headers={"accept": BROWSER})
    assert shown.headers["content-type"] == "application/xml; charset=utf-8"
    assert shown.content == plain.content
    assert shown.headers["etag"] != plain.headers["etag"]
    assert "Accept" in shown.headers["vary"].split(", ")
    assert "Accept" in plain.headers["vary"].split(", ")


# -- a feed that changes


def test_a_replaced_file_is_seen_by_the_next_request(server, client):
    for number in range(50):
        body = f"<rss>{number % 2}</rss>".encode()
        server.write("changing.rss", body)  # the same size, often in the same second
        assert client.get("changing.rss").content == body


def test_no_reader_sees_half_of_a_feed(server):
    """Two versions of a large feed take turns while readers fetch it."""
    versions = [bytes([letter]) * 600_000 for letter in b"ab"]
    server.write("torn.rss", versions[0])
    done, counts = threading.Event(), [0, 0, 0]

    def read(reader: int) -> None:
        with httpx.Client(base_url=server.url) as client:
            while not done.is_set():
                answer = client.get("torn.rss")
                assert answer.content in versions
                assert int(answer.headers.get("content-length", 0)) > 0
                counts[reader] += 1

    with ThreadPoolExecutor(len(counts)) as pool:
        readers = [pool.submit(read, number) for number in range(len(counts))]
        for number in range(2000):
            server.write("torn.rss", versions[number % 2])
            # On a busy machine a reader may come late.
            if number >= 60 and (min(counts) > 0 or any(reader.done() for reader in readers)):
                break
        done.set()
        for reader in readers:
            reader.result()
    assert min(counts) > 0


def test_a_file_too_large_to_keep_is_sent_whole_from_its_own_version(server):
    first, second = b"1" * 9_000_000, b"2" * 9_000_000
    server.write("large.rss", first)
    with httpx.Client(base_url=server.url) as reader:
        with reader.stream("GET", "large.rss") as answer:
            tag = answer.headers["etag"]
            server.write("large.rss", second)
            assert answer.read() == first
        again = reader.get("large.rss", headers={"if-none-match": tag})
        assert again.content == second
        assert reader.get("large.rss", headers={"if-none-match": again.headers["etag"]}).is_redirect


def test_a_removed_file_is_gone(server, client):
    path = server.write("short-lived.rss", b"<rss/>")
    assert client.get("short-lived.rss").status_code == 200
    path.unlink()
    assert client.get("short-lived.rss").status_code == 404
