"""The shipped nginx and Caddy configurations, in the real servers, on really published files."""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import feedparser
import httpx
import pytest

from feeds.server.documents import MEDIA_TYPES, SECURITY
from tests.acceptance.webservers import WEB, caddy, nginx
from tests.e2e.process import Feedmill, article, feedmill
from tests.integration.feeds.server.webfiles import USUAL_ADDRESSES

pytestmark = pytest.mark.acceptance
SERVERS: dict[str, Callable[..., AbstractContextManager[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
}
WARNING = WEB / "Caddyfile"
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def mill(tmp_path_factory) -> Iterator[Feedmill]:
    """Feeds with an archive, pages, and what must never be served."""
    with feedmill(
        tmp_path_factory.mktemp("mill"), feeds={"min_entries": "3", "min_days": "0"}
    ) as found:
        for number in range(12):
            day = f"2026-01-{number + 1:02}T00:00:00Z"
            found.write(f"{number}.md", article(f"n{number}", "text " * 200, topics="X", date=day))
        found.once()
        (found.public / ".hidden").write_text("secret")
        (found.public / "topics" / ".half.rss.feedmill-new").write_text("secret")
        (found.base / "outside.rss").write_text("secret")
        (found.public / "link.rss").symlink_to(found.base / "outside.rss")
        yield found


@pytest.fixture(scope="module", params=SERVERS)
def client(request, mill, tmp_path_factory) -> Iterator[httpx.Client]:
    base = tmp_path_factory.mktemp(request.param)
    with SERVERS[request.param](base, mill.public) as url, httpx.Client(base_url=url) as found:
        found.server = request.param  # type: ignore[attr-defined]
        yield found


@pytest.mark.parametrize(
    "path",
    ["all.rss", "topics/x.atom", "topics/x.json", "feeds.opml", "index.html", "feedmill.css"],
)
def test_each_file_comes_whole_with_its_type_and_validators(client, mill, path):
    answer = client.get(f"/{path}", headers=PLAIN)
    assert answer.status_code == 200
    assert answer.content == (mill.public / path).read_bytes()
    wanted = MEDIA_TYPES[Path(path).suffix]
    assert answer.headers["content-type"].lower().replace(" ", "") == wanted.replace(" ", "")
    assert answer.headers["etag"]
    assert answer.headers["last-modified"].endswith("GMT")


def test_the_front_page_stands_at_the_root(client, mill):
    assert client.get("/").content == (mill.public / "index.html").read_bytes()


@pytest.mark.parametrize("path", ["nothing.html", "no/thing", ".hidden", "404.html", "410.html"])
def test_a_missing_file_is_answered_with_our_page(client, mill, path):
    answer = client.get(f"/{path}")
    assert answer.status_code == 404
    assert answer.text == (mill.public / "404.html").read_text("utf-8")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("path", "feed"), USUAL_ADDRESSES.items())
def test_usual_addresses_lead_to_the_feed_of_all_articles(client, path, feed):
    answer = client.get(path)
    assert answer.status_code == 301
    assert httpx.URL(answer.request.url).join(answer.headers["location"]).path == feed
    assert client.get(path, follow_redirects=True).status_code == 200


@pytest.mark.parametrize("path", ["robots.txt", "favicon.ico", "sitemap.xml", "sitemap/feeds.xml"])
def test_what_every_site_is_asked_for_is_there(client, mill, path):
    answer = client.get(f"/{path}", headers=PLAIN)
    assert (answer.status_code, answer.content) == (200, (mill.public / path).read_bytes())
    kind = "image/vnd.microsoft.icon" if path == "favicon.ico" else MEDIA_TYPES[Path(path).suffix]
    assert answer.headers["content-type"].split(";")[0] in (
        kind.split(";")[0],
        "text/xml",
        "image/x-icon",
    )


@pytest.mark.parametrize("path", ["all.rss", "topics/x.atom", "index.html"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_what_a_reader_has_is_not_sent_again(client, path, coding):
    headers = {"Accept-Encoding": coding}
    first = client.get(f"/{path}", headers=headers)
    for validator in (
        {"If-None-Match": first.headers["etag"]},
        {"If-None-Match": f'"other", {first.headers["etag"]}'},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = client.get(f"/{path}", headers={**headers, **validator})
        assert (again.status_code, again.content) == (304, b""), validator
        assert "cache-control" in again.headers
    other = client.get(f"/{path}", headers={**headers, "If-None-Match": '"other"'})
    assert other.status_code == 200


def test_a_changed_feed_is_seen_at_once_by_both_validators(client, mill):
    first = client.get("/all.atom", headers=PLAIN)
    name = f"later-{client.server}.md"
    mill.write(name, article(f"Later {client.server}", date="2026-02-01T00:00:00Z"))
    mill.once()
    for validator in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        answer = client.get("/all.atom", headers={**PLAIN, **validator})
        assert answer.status_code == 200, validator
        assert f"Later {client.server}" in answer.text


@pytest.mark.parametrize("path", ["all.rss", "topics/x.atom", "topics/x.json", "feeds.opml"])
def test_feeds_are_packed_for_whoever_accepts_it(client, mill, path):
    packed = client.get(f"/{path}", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.content == (mill.public / path).read_bytes()
    raw = client.send(
        client.build_request("GET", f"/{path}", headers={"Accept-Encoding": "gzip"}), stream=True
    )
    body = b"".join(raw.iter_raw())
    assert gzip.decompress(body) == packed.content
    assert len(body) < len(packed.content)
    assert "content-encoding" not in client.get(f"/{path}", headers=PLAIN).headers


@pytest.mark.parametrize("server", SERVERS)
def test_files_that_were_packed_beforehand_are_sent_as_they_are(server, tmp_path):
    public, base = tmp_path / "public", tmp_path / "server"
    public.mkdir()
    base.mkdir()
    plain = b"<rss/>" * 200
    (public / "all.rss").write_bytes(plain)
    packed = gzip.compress(plain, 9, mtime=1)
    (public / "all.rss.gz").write_bytes(packed)
    with (
        SERVERS[server](base, public, packed=True) as url,
        httpx.stream("GET", f"{url}/all.rss", headers={"Accept-Encoding": "gzip"}) as answer,
    ):
        assert b"".join(answer.iter_raw()) == packed
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith("application/rss+xml")
        assert answer.headers["etag"]
        assert httpx.get(f"{url}/all.rss", headers=PLAIN).content == plain


@pytest.mark.parametrize("path", ["all.rss", "topics/x.json", "index.html"])
def test_head_tells_the_same_without_a_body(client, mill, path):
    get, head = client.get(f"/{path}", headers=PLAIN), client.head(f"/{path}", headers=PLAIN)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "etag", "last-modified", "cache-control", "content-length"):
        assert head.headers[name] == get.headers[name], name


def test_archives_and_styles_may_be_kept_for_a_day_feeds_for_minutes(client, mill):
    archive = next(path for path in mill.public.rglob("*.atom") if "archive" in path.parts)
    old = client.get(f"/{archive.relative_to(mill.public)}")
    assert old.headers["cache-control"] == "public, max-age=86400"
    assert client.get("/feedmill.css").headers["cache-control"] == "public, max-age=86400"
    for path in ("all.rss", "index.html", "feeds.opml"):
        assert client.get(f"/{path}").headers["cache-control"] == "public, max-age=300"


def test_feeds_and_nothing_else_may_be_read_by_pages_elsewhere(client):
    origin = {"Origin": "https://reader.example"}
    for path in ("all.rss", "topics/x.json", "feeds.opml"):
        answer = client.get(f"/{path}", headers=origin)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        asked = client.options(f"/{path}", headers=origin)
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "If-None-Match" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in client.get("/index.html", headers=origin).headers


@pytest.mark.parametrize("path", ["index.html", "all.rss", "nothing.rss"])
def test_the_security_headers_are_those_of_the_embedded_server(client, path):
    answer = client.get(f"/{path}")
    for name, value in SECURITY:
        assert answer.headers[name.decode()] == value.decode()
    assert "/" not in answer.headers.get("server", "")


@pytest.mark.parametrize("path", ["topics", "topics/", "archive/", "archive/topics/"])
def test_no_folder_is_listed(client, path):
    answer = client.get(f"/{path}", follow_redirects=True)
    assert answer.status_code == 404
    assert "x.rss" not in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "/.hidden",
        "/topics/.half.rss.feedmill-new",
        "/../outside.rss",
        "/topics/../../outside.rss",
        "/%2e%2e/outside.rss",
        "/topics/%2e%2e/%2e%2e/outside.rss",
        "/..%2foutside.rss",
        "/..%5coutside.rss",
        "//outside.rss",
        "/%00.rss",
        "/feedmill.toml",
        "/feedmill.db",
    ],
)
def test_nothing_hidden_and_nothing_outside_is_served(client, target):
    """By a socket: clients tidy such paths up before they ask."""
    with socket.create_connection((client.base_url.host, client.base_url.port), 10) as connection:
        host = f"{client.base_url.host}:{client.base_url.port}"
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    # Caddy calls a name with a NUL its own error.
    assert answer.split()[1] in (b"400", b"404", b"403", b"308", b"301", b"500"), answer
    assert b"secret" not in answer


def test_a_link_out_of_the_folder_leads_nowhere_or_is_warned_of(client):
    if client.server == "caddy":  # It knows no way to refuse them.
        assert "Caddy follows symlinks: only" in " ".join(WARNING.read_text("utf-8").split())
    else:
        assert client.get("/link.rss").status_code in (403, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nobody_can_change_anything(client, mill, method):
    before = (mill.public / "all.rss").read_bytes()
    assert client.request(method, "/all.rss", content=b"x").status_code in (403, 405)
    assert (mill.public / "all.rss").read_bytes() == before


def test_a_feed_reader_reads_it(client):
    parsed = feedparser.parse(client.get("/topics/x.atom").content)
    assert len(parsed.entries) == 3
