"""The list of all feeds, as readers import it."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from feeds.formats.opml import Group, Outline, render_opml
from tests.unit.feeds.feed_samples import FEEDS

GOLDEN = Path(__file__).parents[3] / "golden" / "feeds" / "feeds.opml"

OUTLINES = [
    Outline(feed.title, feed.url(feed.key, "atom"), feed.home) for feed, _ in FEEDS.values()
]


def test_the_list_is_byte_for_byte_the_golden_file() -> None:
    data = render_opml("The Miller's <feeds>", OUTLINES)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_bytes(data)
    assert data.decode() == GOLDEN.read_bytes().decode()


def test_every_feed_is_an_outline_that_readers_can_subscribe_to() -> None:
    root = ElementTree.fromstring(render_opml("Mills", OUTLINES))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "Mills"
    assert [outline.attrib for outline in root.findall("body/outline")] == [
        {
            "type": "rss",
            "text": outline.title,
            "title": outline.title,
            "htmlUrl": outline.page_url,
            "xmlUrl": outline.feed_url,
        }
        for outline in OUTLINES
    ]


def test_groups_are_folders_and_empty_ones_are_left_out() -> None:
    groups = [Group("Topics & co", OUTLINES), Group("None", [])]
    root = ElementTree.fromstring(render_opml("Mills", [OUTLINES[0], *groups]))
    feed, folder = root.findall("body/outline")
    assert feed.get("xmlUrl") == OUTLINES[0].feed_url
    assert folder.attrib == {"text": "Topics & co", "title": "Topics & co"}
    assert [it.get("xmlUrl") for it in folder.findall("outline")] == [
        outline.feed_url for outline in OUTLINES
    ]


def test_the_list_says_nothing_of_when_it_was_made() -> None:
    assert b"date" not in render_opml("Mills", OUTLINES).lower()


def test_odd_characters_in_a_name_do_not_break_the_list() -> None:
    odd = Outline('Q&A "<\x07שלום>" 🐟\n', "https://x.example/ü.atom", "https://x.example/")
    (outline,) = ElementTree.fromstring(render_opml("A\x00", [odd])).findall("body/outline")
    assert outline.get("text") == 'Q&A "<שלום>" 🐟'
    assert outline.get("xmlUrl") == "https://x.example/%C3%BC.atom"


def test_a_list_of_no_feeds_is_refused_because_opml_has_none() -> None:
    with pytest.raises(ValueError, match="at least one feed"):
        render_opml("Mills", [])
