"""The embedded server, by a real client and by raw sockets: RFC 9110, and nothing but files."""

import gzip
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import httpx
import pytest

from tests.integration.webserver import served

FEED = b"<rss>" + b"<item>The wheel turns.</item>" * 200 + b"</rss>"
FEEDS = {
    "topics/mills.rss": "application/rss+xml; charset=utf-8",
    "topics/mills.atom": "application/atom+xml; charset=utf-8",
    "topics/mills.json": "application/feed+json; charset=utf-8",
    "feeds.opml": "text/x-opml; charset=utf-8",
}
PAGES = {
    "index.html": "text/html; charset=utf-8",
    "topics/mills.html": "text/html; charset=utf-8",
    "feedmill.css": "text/css; charset=utf-8",
    "feedmill.js": "text/javascript; charset=utf-8",
    "feedmill.svg": "image/svg+xml; charset=utf-8",
}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SECRET = b"nobody may read this"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the tests that leave its files alone, or have files of their own."""
    base = tmp_path_factory.mktemp("web")
    (base / "secret.txt").write_bytes(SECRET)
    (base / "public-not").mkdir()
    (base / "public-not" / "x.txt").write_bytes(SECRET)
    folder = base / "public"
    folder.mkdir()
    with served(folder) as running:
        for path in (*FEEDS, *PAGES):
            running.write(path, FEED)
        running.write("archive/topics/mills/1.rss", FEED)
        running.write(".hidden.html", SECRET)
        running.write("topics/.git/config", SECRET)
        (folder / "link.html").symlink_to(base / "secret.txt")
        (folder / "linked").symlink_to(base / "public-not")
        (folder / "inner.html").symlink_to("index.html")
        os.mkfifo(folder / "pipe.html")
        yield running


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.url, headers={"accept-encoding": "identity"}) as found:
        yield found


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


# -- what was there once


def test_moved_and_removed_files_are_answered_for(server, client):
    server.write(".moved.json", '{"topics/was": "topics/mills", "topics/mills.xml": null}')
    gone = client.get("topics/mills.xml")
    assert gone.status_code == 410
    for extension in ("rss", "atom", "json", "html"):
        moved = client.get(f"topics/was.{extension}")
        assert moved.status_code == 301
        assert httpx.URL(moved.request.url).join(moved.headers["location"]).path == (
            f"/topics/mills.{extension}"
        )
    assert client.get("topics/was").status_code == 404
    assert client.get(".moved.json").status_code == 404
    server.write(".moved.json", "[not what it should be")
    assert client.get("topics/was.rss").status_code == 404


# -- nothing but published files

ESCAPES = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2E%2E%2Fsecret.txt",
    "/..%2fsecret.txt",
    "/topics/../../secret.txt",
    "/topics/%2e%2e/%2e%2e/secret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "/%252e%252e/secret.txt",
    "/....//secret.txt",
    "/./../secret.txt",
    "//etc/passwd",
    "///etc/passwd",
    "/%2fetc/passwd",
    "/../public-not/x.txt",
    "/linked/x.txt",
    "/link.html",
    "/inner.html",
    "/pipe.html",
    "/.hidden.html",
    "/%2ehidden.html",
    "/topics/.git/config",
    "/secret.txt%00.rss",
    "/index.html%00",
    "/index.html%0a",
    "/index.html%20",
    "/index.html/",
    "/topics",
    "/topics/",
    "/archive",
    "/%c0%ae%c0%ae/secret.txt",
    "/%ff",
    "/" + "a" * 3000,
    "/" + "a/" * 450,
    "/" + "topics/../" * 90 + "secret.txt",
]


@pytest.mark.parametrize("target", ESCAPES)
def test_nothing_is_served_but_published_files(server, target):
    answer = server.get(target)
    status = answer.split(b" ", 2)[1]
    assert status in (b"404", b"400"), answer[:200]
    assert SECRET not in answer
    assert FEED not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE"])
def test_other_methods_are_refused(server, method):
    answer = server.raw(f"{method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 "), answer[:100]
    assert b"allow: GET, HEAD, OPTIONS" in answer


def test_an_unreadable_file_is_not_there_and_the_server_lives(server, client, tmp_path):
    server.write("weird\udcff.rss".encode(errors="surrogateescape").decode("latin-1"), b"x")
    assert client.get("no/such/folder/x.rss").status_code == 404
    assert client.get("/").status_code == 200


# -- extras


def test_an_extra_answers_at_its_own_path_only(client):
    answer = client.get("extra", params={"a": "1"})
    assert answer.text == "a=1"
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("extra/").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "[::1]:8000"}, 200),
        ({"x-forwarded-for": "192.0.2.1"}, 404),
        ({"forwarded": "for=192.0.2.1"}, 404),
        ({"via": "1.1 proxy"}, 404),
        ({"host": "feeds.example.org"}, 404),
        ({"host": "127.0.0.1.evil.example"}, 404),
    ],
)
def test_what_is_for_this_machine_is_not_told_to_others(client, headers, status):
    assert client.get("local", headers=headers).status_code == status


# -- sockets that systemd opened

ACTIVATED = """
os.dup2({descriptor}, 3)
os.environ["LISTEN_PID"] = str(os.getpid() {wrong})
os.environ["LISTEN_FDS"] = "1"
"""


def test_a_handed_over_socket_is_served(tmp_path):
    (tmp_path / "index.html").write_bytes(FEED)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        before = ACTIVATED.format(descriptor=listener.fileno(), wrong="")
        with served(tmp_path, before=before, pass_fds=(listener.fileno(),)) as server:
            assert server.port == listener.getsockname()[1]
            assert httpx.get(server.url).content == FEED


def test_a_handed_over_unix_socket_is_served(tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "index.html").write_bytes(FEED)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "web.socket"))
        listener.listen()
        before = ACTIVATED.format(descriptor=listener.fileno(), wrong="")
        with served(tmp_path / "public", before=before, pass_fds=(listener.fileno(),)) as server:
            assert server.url == f"unix:{tmp_path}/web.socket"
            transport = httpx.HTTPTransport(uds=str(tmp_path / "web.socket"))
            with httpx.Client(transport=transport, base_url="http://x/") as client:
                assert client.get("/").content == FEED
                assert client.get("local").status_code == 404  # who knows who asks


def test_sockets_for_another_process_are_left_alone(tmp_path):
    (tmp_path / "index.html").write_bytes(FEED)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        before = ACTIVATED.format(descriptor=listener.fileno(), wrong="+ 1")
        with served(tmp_path, before=before, pass_fds=(listener.fileno(),)) as server:
            assert server.port != listener.getsockname()[1]
            assert httpx.get(server.url).status_code == 200


def test_a_socket_that_does_not_listen_is_named(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        before = ACTIVATED.format(descriptor=datagrams.fileno(), wrong="")
        with (
            pytest.raises(AssertionError, match="not a listening stream socket"),
            served(tmp_path, before=before, pass_fds=(datagrams.fileno(),)),
        ):
            pass


# -- the log of requests


def test_one_line_for_each_request_where_it_is_asked_for(tmp_path):
    (tmp_path / "index.html").write_bytes(FEED)
    setting = "import logging; logging.basicConfig(level=logging.INFO, format='%(message)s')"
    with served(tmp_path, log=True, before=setting) as server:
        server.get("/", 'User-Agent: a "b" \\ \u00e9')
        server.get("/%0aforged")
    lines = server.said.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith('request status=200 method=GET path="/" bytes=')
    assert lines[0].endswith(r'client=127.0.0.1 agent="a \"b\" \\ \xe9"')
    assert 'status=404 method=GET path="/%0aforged"' in lines[1]


# -- the search box without a script


def test_the_index_is_searched_where_it_is_asked_for(tmp_path):
    cards = "\n".join(f"<li><h3>{name}</h3></li>" for name in ("Mills", "Dams", "Milk"))
    index = f'<ul class="cards" id="cards">\n{cards}\n</ul>'
    (tmp_path / "index.html").write_text(index)
    with served(tmp_path) as server, httpx.Client(base_url=server.url) as client:
        found = client.get("/", params={"q": "mil"})
        assert found.headers["cache-control"] == "no-store"
        assert found.headers["content-type"] == "text/html; charset=utf-8"
        assert "content-security-policy" in found.headers
        assert [name in found.text for name in ("Mills", "Dams", "Milk")] == [True, False, True]
        assert client.get("/", params={"q": ""}).text == index
        assert client.get("/", params={"utm": "x"}).text == index
        assert client.head("/", params={"q": "mil"}).status_code == 200
