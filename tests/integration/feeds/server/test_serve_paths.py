"""What the embedded server answers for: published files and its endpoints, and nothing else."""

import json

import httpx
import pytest

from tests.integration.feeds.server.webfiles import FEED, SECRET, USUAL_ADDRESSES

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


def test_a_removed_page_leads_to_where_its_article_is_read_now(server, client):
    moved = {
        "articles/a.html": "https://x.org/a?b=1#c",
        "articles/b.html": "https://x org/\r\nb: c",
    }
    server.write(".moved.json", json.dumps(moved))
    answer = client.get("articles/a.html")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://x.org/a?b=1#c")
    assert client.get("articles/b.html").status_code == 404


BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(("path", "status"), [("nothing/here.html", 404), ("a/gone.html", 410)])
def test_browsers_get_a_page_with_the_status_and_programs_a_line(server, client, path, status):
    server.write(".moved.json", '{"a/gone.html": null}')
    assert client.get(path, headers=BROWSER).headers["content-type"].startswith("text/plain")
    server.write(f"{status}.html", "<h1>Not here</h1>")
    page = client.get(path, headers=BROWSER)
    assert (page.status_code, page.text) == (status, "<h1>Not here</h1>")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    head = client.head(path, headers=BROWSER)
    assert (head.status_code, head.content) == (status, b"")
    line = client.get(path)
    assert line.status_code == status
    assert line.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("path", "feed"), USUAL_ADDRESSES.items())
def test_usual_addresses_lead_to_the_feed_of_all_articles(server, client, path, feed):
    server.write(feed[1:], FEED)
    answer = client.get(path)
    assert answer.status_code == 301
    assert httpx.URL(answer.request.url).join(answer.headers["location"]).path == feed


def test_an_owner_s_own_file_has_its_address(server, client):
    server.write("all.rss", FEED)
    server.write("feed.xml", "<own/>")
    answer = client.get("feed.xml")
    (server.folder / "feed.xml").unlink()
    assert (answer.status_code, answer.text) == (200, "<own/>")


def test_no_address_leads_to_another_host(server, client):
    server.write("all.rss", FEED)
    for path in ("//feed", "/x/feed", "/feed//"):
        assert client.get(str(client.base_url).rstrip("/") + path).status_code == 404


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


# -- endpoints


def test_an_extra_answers_at_its_own_path_only(client):
    answer = client.get("extra", params={"a": "1"})
    assert answer.text == "a=1"
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("extra/").status_code == 404


FORGED = [
    {},
    {"host": "127.0.0.1"},
    {"host": "localhost"},
    {"x-real-ip": "127.0.0.1"},
    {"cf-connecting-ip": "127.0.0.1"},
    {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1"},
]


@pytest.mark.parametrize("headers", FORGED)
def test_no_header_opens_what_is_for_this_machine(client, headers):
    assert client.get("local", headers=headers).status_code == 404


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_no_target_opens_what_is_for_this_machine(server, name):
    for target in (f"http://{name}/local", f"http://{name}:{server.port}/local"):
        assert server.get(target).startswith(b"HTTP/1.1 404 ")


def test_what_is_for_this_machine_has_a_listener_of_its_own(server, client):
    assert server.local_url != server.url
    with httpx.Client(base_url=server.local_url) as local:
        assert local.get("local").text == "for this machine"
        assert local.get("extra").status_code == 200
        assert local.get("/").content == client.get("/").content, "and the public files"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8001", 200),
        ("[::1]:8001", 200),
        ("192.0.2.1", 200),
        ("feeds.example.org", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8001", 421),
    ],
)
def test_no_web_page_leads_a_browser_there_under_its_own_name(server, host, status):
    with httpx.Client(base_url=server.local_url) as local:
        assert local.get("local", headers={"host": host}).status_code == status
