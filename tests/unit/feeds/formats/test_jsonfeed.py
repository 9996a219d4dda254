"""JSON Feed 1.1: the keys that stand in it, and the form that they have."""

import json
from dataclasses import replace
from typing import Any

import pytest

from feeds.formats.jsonfeed import render_item
from feeds.formats.render import render_feed
from feeds.model import Entry, Feed, Image, Person
from tests.unit.feeds.feed_samples import (
    ARCHIVE,
    BARE,
    EMPTY,
    ENTRIES,
    EXCERPT,
    NEWS,
    ODD,
    PROSE,
    RICH,
)


def item(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_item(entry))
    return found


def document(feed: Feed, *entries: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_feed(feed, [render_item(e) for e in entries], "json"))
    return found


def test_a_feed_names_its_version_its_addresses_its_author_and_its_hub() -> None:
    found = document(NEWS, *ENTRIES)
    assert [entry["id"] for entry in found.pop("items")] == [entry.id for entry in ENTRIES]
    assert found == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Mills & Dams",
        "home_page_url": "https://feeds.example.org/topics/mills-and-dams.html",
        "feed_url": "https://feeds.example.org/topics/mills-and-dams.json",
        "description": "Everything that turns, from <wheels> to weirs",
        "next_url": "https://feeds.example.org/archive/topics/mills-and-dams/2.json",
        "icon": "https://feeds.example.org/icon.png",
        "authors": [{"name": "The Miller's Desk"}],
        "language": "en",
        "hubs": [{"type": "WebSub", "url": "https://hub.example.org/?ping=1&all=1"}],
    }


def test_a_feed_without_entries_has_an_empty_list_of_items() -> None:
    assert document(EMPTY)["items"] == []
    assert set(document(EMPTY)) == {"version", "title", "home_page_url", "feed_url", "items"}


def test_the_next_page_of_an_archive_document_is_the_older_one() -> None:
    assert document(ARCHIVE)["next_url"].endswith("archive/topics/mills-and-dams/1.json")


def test_an_item_has_all_that_its_article_says() -> None:
    assert item(RICH) == {
        "id": RICH.id,
        "url": RICH.link,
        "title": RICH.title,
        "content_html": RICH.content_html,
        "summary": RICH.summary,
        "image": "https://mills.example.com/wheel.jpg",
        "date_published": "2023-05-04T06:30:00Z",
        "date_modified": "2023-05-06T18:00:05Z",
        "authors": [
            {"name": "Ada Müller", "url": "https://mills.example.com/ada"},
            {"name": "Jón Þór"},
        ],
        "tags": ["Mills & Dams", "Rivers"],
        "language": "en",
        "attachments": [{"url": "https://mills.example.com/dam.png", "mime_type": "image/png"}],
        "_feedmill": {
            "source": {
                "name": "The Mill Post",
                "url": "https://mills.example.com/",
                "feed_url": "https://mills.example.com/rss",
            },
            "via": "https://village.example.net/board/17",
            "images": [
                {
                    "url": "https://mills.example.com/wheel.jpg",
                    "width": 1200,
                    "height": 800,
                    "title": "The wheel & its keeper",
                },
                {"url": "https://mills.example.com/dam.png", "width": 640, "height": 360},
                {"url": "https://mills.example.com/keeper"},
            ],
            "related": [
                {"url": "https://rivers.example.net/lauter", "title": "The Lauter in spring"},
                {
                    "url": "https://fluss.example.net/wehr?jahr=2023",
                    "title": "Das Wehr",
                    "language": "de",
                },
            ],
        },
    }


@pytest.mark.parametrize(
    ("entry", "key", "text"),
    [
        (PROSE, "content_html", PROSE.content_html),
        (EXCERPT, "content_text", EXCERPT.summary),
        (BARE, "content_text", BARE.title),
    ],
)
def test_an_item_has_exactly_one_content(entry: Entry, key: str, text: str) -> None:
    found = item(entry)
    assert {name: found[name] for name in found if name.startswith("content_")} == {key: text}


def test_an_author_without_a_page_is_reached_by_mail() -> None:
    entry = replace(BARE, authors=(Person("Ada", "ada@mills.example.com"), Person(" ")))
    assert item(entry)["authors"] == [{"name": "Ada", "url": "mailto:ada@mills.example.com"}]


def test_a_picture_that_cannot_be_fetched_is_left_out() -> None:
    entry = replace(BARE, images=(Image("/relative.png"), Image("https://x.example/a.png", 0, -5)))
    assert item(entry)["image"] == "https://x.example/a.png"
    assert item(entry)["_feedmill"]["images"] == [{"url": "https://x.example/a.png"}]


def test_text_stands_in_it_as_it_is_without_control_characters() -> None:
    data = render_item(ODD)
    assert "الطاحونة <القديمة> &  שלום 🐟".encode() in data
    assert b"\\u00" not in data


def test_a_document_has_one_item_to_a_line() -> None:
    items = [render_item(entry) for entry in ENTRIES]
    lines = render_feed(NEWS, items, "json").splitlines()
    for found in items:
        assert b"\n" not in found
        assert found in [line.rstrip(b",") for line in lines]
