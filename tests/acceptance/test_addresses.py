"""Every entry has an address, in every feed reader, and a page of ours answers there."""

import json
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.readers import PARSERS, READERS, Found
from tests.unit.html_check import parse

pytestmark = pytest.mark.acceptance
SEEDS = Path(__file__).parents[2] / "seeds"


@cache
def fetch(url: str) -> httpx.Response:
    return httpx.get(url, timeout=10)


@cache
def feeds(site: str) -> tuple[str, ...]:
    """The address of each feed that the site's OPML names, without the extension."""
    outlines = ET.fromstring(fetch(f"{site}feeds.opml").content).iter("outline")
    urls = {url for outline in outlines if (url := outline.get("xmlUrl"))}
    found = {url.rpartition(".")[0] for url in urls}
    assert f"{site}all" in found
    assert len(found) >= 8
    return tuple(sorted(found))


def entries(feed: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fetch(f"{feed}.json").content)["items"]
    assert found, feed
    return found


def sorted_pairs(found: Found) -> Found:
    return {url: sorted(pairs) for url, pairs in found.items()}


@pytest.mark.keeps_connections
@pytest.mark.parametrize("name", READERS)
def test_a_reader_finds_the_address_of_every_entry(demo, name, tmp_path):
    ask, formats = READERS[name]
    urls = [f"{feed}.{format_}" for feed in feeds(demo) for format_ in formats]
    expected: Found = {
        f"{feed}.{format_}": [(entry["title"], entry["url"]) for entry in entries(feed)]
        for feed in feeds(demo)
        for format_ in formats
    }
    assert sorted_pairs(ask(tmp_path, urls)) == sorted_pairs(expected)


def test_every_address_on_the_site_answers_with_the_article(demo):
    here = {}
    for entry in entries(f"{demo}all"):
        if entry["url"].startswith(demo):
            here[entry["url"]] = entry["title"]
    assert len(here) >= 3
    for url, title in here.items():
        answer = fetch(url)
        assert answer.status_code == 200, url
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        (heading,) = parse(answer.content).all("h1")
        assert heading.text.strip() == title


def test_every_other_address_is_the_article_s_own_link(demo):
    samples = "\n".join(
        path.read_text("utf-8")
        for path in SEEDS.rglob("*")
        if path.suffix in {".md", ".txt", ".html"}
    )
    elsewhere = {entry["url"] for entry in entries(f"{demo}all") if demo not in entry["url"]}
    assert elsewhere
    for url in elsewhere:
        assert url.startswith("https://")
        assert url in samples


def test_the_parsers_are_pinned_without_an_address_to_fetch_them_from():
    lock = json.loads((PARSERS / "package-lock.json").read_text("utf-8"))
    names = {name for name in READERS if f"node_modules/{name}" in lock["packages"]}
    # s3rver is the store that a mirror must refuse.
    assert names == set(lock["packages"][""]["dependencies"]) - {"s3rver"}
    for name, package in lock["packages"].items():
        assert "resolved" not in package
        assert not name or package["integrity"].startswith("sha512-")
