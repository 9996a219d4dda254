"""The embedded server to those who have a file, or want it packed: RFC 9110."""

import gzip
import os
from email.utils import formatdate

from tests.integration.feeds.server.webfiles import FEED

# -- validators


def test_a_tag_is_made_of_the_content_alone(server, client):
    server.write("same-1.rss", b"<rss/>")
    server.write("same-2.rss", b"<rss/>")
    server.write("other.rss", b"<rss />")
    tags = [client.get(f"{name}.rss").headers["etag"] for name in ("same-1", "same-2", "other")]
    assert tags[0] == tags[1] != tags[2]
    assert tags[0].startswith('"')


def test_a_client_that_has_the_file_gets_304_by_tag_and_by_date(client):
    first = client.get("topics/mills.atom")
    tag, date = first.headers["etag"], first.headers["last-modified"]
    for condition in (
        {"if-none-match": tag},
        {"if-none-match": f'"x", W/{tag}'},
        {"if-none-match": "*"},
        {"if-modified-since": date},
        {"if-none-match": tag, "if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT"},
    ):
        for method in ("GET", "HEAD"):
            again = client.request(method, "topics/mills.atom", headers=condition)
            assert again.status_code == 304, condition
            assert again.content == b""
            assert again.headers["etag"] == tag
            assert again.headers["last-modified"] == date
            assert again.headers["cache-control"] == first.headers["cache-control"]
            assert again.headers["vary"] == first.headers["vary"]
            assert "content-type" not in again.headers


def test_a_client_that_has_another_version_gets_the_file(client):
    date = client.get("topics/mills.atom").headers["last-modified"]
    for condition in (
        {"if-none-match": '"x"'},
        {"if-none-match": '"x"', "if-modified-since": date},
        {"if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"if-modified-since": "soon"},
    ):
        assert client.get("topics/mills.atom", headers=condition).content == FEED


def test_a_failed_precondition_is_412(client):
    tag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-match": '"x"'}).status_code == 412
    assert client.get("/", headers={"if-match": f"W/{tag}"}).status_code == 412
    assert client.get("/", headers={"if-match": tag}).status_code == 200
    past = {"if-unmodified-since": "Sun, 06 Nov 1994 08:49:37 GMT"}
    assert client.get("/", headers=past).status_code == 412


def test_the_date_of_a_file_is_the_time_of_its_last_change(server, client):
    path = server.write("dated.rss", b"<rss/>")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    answer = client.get("dated.rss")
    assert answer.headers["last-modified"] == formatdate(1_700_000_000, usegmt=True)


def test_head_is_get_without_the_body(client):
    for path in ("/", "topics/mills.rss", "nothing.html"):
        got, asked = client.get(path), client.head(path)
        assert asked.status_code == got.status_code
        assert asked.content == b""
        drop = {"date"}
        assert {k: v for k, v in asked.headers.items() if k not in drop} == {
            k: v for k, v in got.headers.items() if k not in drop
        }


def test_a_range_is_answered_with_the_whole(client):
    answer = client.get("/", headers={"range": "bytes=0-9"})
    assert answer.status_code == 200
    assert answer.content == FEED


# -- compression


def test_gzip_goes_to_whom_it_suits_and_is_another_representation(client):
    plain = client.get("topics/mills.rss")
    packed = client.get("topics/mills.rss", headers={"accept-encoding": "gzip;q=0.8, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == FEED  # httpx unpacks
    assert int(packed.headers["content-length"]) < len(FEED) / 5
    assert packed.headers["etag"] != plain.headers["etag"]
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["vary"].split(", ")
    refused = client.get("topics/mills.rss", headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_304_speaks_of_the_representation_that_would_be_sent(client):
    gzipped = {"accept-encoding": "gzip"}
    tag = client.get("/", headers=gzipped).headers["etag"]
    assert client.get("/", headers={**gzipped, "if-none-match": tag}).status_code == 304
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


def test_packed_bytes_are_gzip_and_the_same_each_time(server):
    bodies = set()
    for _ in range(2):
        answer = server.get("/topics/mills.rss", "Accept-Encoding: gzip")
        bodies.add(answer.partition(b"\r\n\r\n")[2])
    (body,) = bodies
    assert gzip.decompress(body) == FEED


def test_what_gains_nothing_is_not_packed(server, client):
    server.write("tiny.rss", b"<rss/>")
    server.write("random.bin", os.urandom(5000))
    for path in ("tiny.rss", "random.bin"):
        answer = client.get(path, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in answer.headers
