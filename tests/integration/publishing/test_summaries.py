"""Feeds with summaries only, beside feeds with the whole text."""

import json
from dataclasses import replace

import pytest

from tests.integration.house import House, article
from worker.config.model import Content, Search, TopicRule

BODY = "The beginning.\n\nThe whole text."


def filled(house: House) -> House:
    house.write(
        "a.md", article("One", BODY, summary="In short.", topics="[Mills, Dams]", date="2026-01-02")
    )
    house.reconcile()
    return house


def is_whole(house: House, key: str) -> set[str]:
    """The formats in which the feed has the whole text."""
    found = {name: (house.public / f"{key}.{name}").read_text() for name in ("rss", "atom", "json")}
    assert all("In short." in text for text in found.values())
    assert all("articles/a-" in text for text in found.values())
    return {name for name, text in found.items() if "The whole text." in text}


EVERY = {"rss", "atom", "json"}


@pytest.mark.parametrize(
    ("general", "own", "whole"),
    [
        ("summary", None, set()),
        ("summary", "full", {"topics/mills", "searches/it"}),
        ("full", "summary", {"all", "topics/dams"}),
    ],
)
def test_all_feeds_or_one_have_summaries_only_and_pages_are_whole(
    house: House, general: Content, own: Content | None, whole: set[str]
) -> None:
    keys = ("all", "topics/mills", "topics/dams", "searches/it")
    searches = (Search("It", "beginning"),)
    house.restart(searches=searches)
    filled(house)
    before = {key: house.feed(key) for key in keys}
    assert all(is_whole(house, key) == EVERY for key in keys)
    house.clock.pass_time(1000)
    house.restart(
        feeds=replace(house.config.feeds, content=general),
        topics=(TopicRule("mills", content=own),),
        searches=(replace(searches[0], content=own),),
    )
    house.reconcile()
    for key in keys:
        assert is_whole(house, key) == (EVERY if key in whole else set()), key
        feed = house.feed(key)
        assert feed.feed.updated == before[key].feed.updated
        assert feed.entries[0].updated == before[key].entries[0].updated
        assert feed.entries[0].id == before[key].entries[0].id
    assert "The whole text." in next(house.public.glob("articles/a-*.html")).read_text()
    files = house.public_files()
    house.restart()
    house.reconcile()
    assert house.public_files() == files


def test_a_summary_is_an_entry_without_content(house: House) -> None:
    house.restart(feeds=replace(house.config.feeds, content="summary"))
    filled(house)
    (atom,) = house.feed("all", "atom").entries
    (rss,) = house.feed("all", "rss").entries
    (item,) = json.loads((house.public / "all.json").read_bytes())["items"]
    assert "content" not in atom
    assert "content" not in rss
    assert atom.summary == rss.summary == item["summary"] == item["content_text"]
    assert atom.link == rss.link == item["url"]
    assert "content_html" not in item
