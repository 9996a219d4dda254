"""From the address of a page to a subscription, as feed readers find the way."""

import os
import subprocess
import urllib.request
from urllib.parse import urljoin

import pytest
from reader import make_reader

from tests.acceptance.programs import program
from tests.unit.html_check import parse

pytestmark = pytest.mark.acceptance
FEED_TYPES = {"application/atom+xml", "application/rss+xml", "application/feed+json"}


def discovered(page: str) -> list[str]:
    """The feeds that a page offers, in its order."""
    with urllib.request.urlopen(page, timeout=10) as answer:
        document = parse(answer.read())
    return [
        urljoin(page, link.attributes["href"])
        for link in document.all("link", rel="alternate")
        if link.attributes["type"] in FEED_TYPES
    ]


@pytest.mark.parametrize(
    ("page", "key"),
    [
        ("", "all"),
        ("topics/tidal-energy.html", "topics/tidal-energy"),
        ("searches/salt.html", "searches/salt"),
    ],
)
def test_a_page_leads_to_its_feed(site, page, key):
    found = discovered(site + page)
    assert found == [f"{site}{key}.{extension}" for extension in ("atom", "rss", "json")]
    for url in found:
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.headers["content-type"].partition(";")[0] in FEED_TYPES


@pytest.mark.keeps_connections
def test_the_reader_library_subscribes_from_a_topic_s_page(site):
    found = discovered(f"{site}topics/tidal-energy.html")
    assert len(found) == 3
    with make_reader(":memory:") as reader:
        for url in found:
            reader.add_feed(url)
        reader.update_feeds()
        for url in found:
            feed = reader.get_feed(url)
            assert feed.last_exception is None
            assert feed.title == "Tidal Energy – The Tidemill"
            entries = {entry.id for entry in reader.get_entries(feed=url)}
            assert len(entries) == 3
        ids = [{entry.id for entry in reader.get_entries(feed=url)} for url in found]
        assert ids[0] == ids[1] == ids[2]
        for result in reader.update_feeds_iter():
            assert result.value is None, "nothing is new the second time"


def test_newsboat_subscribes_from_a_topic_s_page(site, tmp_path):
    (url, *_) = discovered(f"{site}topics/harbours.html")
    (tmp_path / "urls").write_text(f"{url}\n", encoding="utf-8")
    (tmp_path / "config").touch()
    command = [program("newsboat"), "-q", "-u", str(tmp_path / "urls")]
    command += ["-c", str(tmp_path / "cache.db"), "-C", str(tmp_path / "config"), "-x"]
    environment = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    subprocess.run([*command, "reload"], check=True, env=environment, timeout=60)
    done = subprocess.run(
        [*command, "print-unread"], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.split()[0] == "3"
