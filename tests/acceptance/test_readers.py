"""Real feed readers fetch from a running server what the samples hold."""

import subprocess
import urllib.request

import pytest

from tests.acceptance.programs import program
from tests.acceptance.readers import newsboat

pytestmark = pytest.mark.acceptance
FORMATS = ("rss", "atom")


@pytest.mark.parametrize("format_", FORMATS)
def test_newsboat_finds_every_entry_and_none_twice(demo, tmp_path, format_):
    url = f"{demo}all.{format_}"
    newsboat(tmp_path, [url], "-x", "reload")
    expected = entry_count(f"{demo}all.{format_}")
    assert newsboat(tmp_path, [url], "-x", "print-unread").split()[0] == str(expected)
    newsboat(tmp_path, [url], "-x", "reload")
    assert newsboat(tmp_path, [url], "-x", "print-unread").split()[0] == str(expected)


def test_newsboat_imports_the_list_of_feeds(demo, tmp_path):
    opml = tmp_path / "feeds.opml"
    opml.write_bytes(fetch(f"{demo}feeds.opml"))
    newsboat(tmp_path, [], "-i", str(opml))
    urls = (tmp_path / "urls").read_text("utf-8")
    assert f"{demo}all.atom" in urls
    assert urls.count(f"{demo}topics/") == fetch(f"{demo}feeds.opml").count(b"topics/") / 2


@pytest.mark.parametrize("format_", FORMATS)
def test_sfeed_reads_every_entry_with_its_title_link_and_id(demo, format_):
    data = fetch(f"{demo}all.{format_}")
    done = subprocess.run([program("sfeed")], input=data, check=True, capture_output=True)
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert len(rows) == entry_count(f"{demo}all.{format_}")
    for moment, title, _link, content, kind, id_, *_ in rows:
        assert int(moment) > 0
        assert title
        assert content
        assert kind == "html"
        assert id_.startswith(("urn:uuid:", "https://"))


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


def entry_count(url: str) -> int:
    data = fetch(url)
    count = data.count(b"<guid") + data.count(b"<entry")
    assert count > 3
    return count
