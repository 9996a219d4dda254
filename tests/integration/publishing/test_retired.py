"""A format that is published no longer leaves no stale feed behind."""

import json
from dataclasses import replace

from tests.integration.house import article


def files(house, *extensions: str) -> set[str]:
    return {path for path in house.public_files() if path.endswith(extensions)}


def formats(house, *wanted: str) -> None:
    house.restart(feeds=replace(house.config.feeds, formats=wanted))
    house.reconcile()


def test_the_files_of_a_dropped_format_are_removed_and_remembered(house):
    house.write("a.md", article("A", topics="Mills"))
    house.reconcile()
    dropped = files(house, ".json") - {"search.json"}  # no feed
    assert dropped == {"all.json", "topics/mills.json"}
    formats(house, "rss", "atom")
    assert files(house, ".json") == {".moved.json", "search.json"}
    assert json.loads((house.public / ".moved.json").read_bytes()) == dict.fromkeys(dropped)
    assert files(house, ".rss", ".atom")
    assert "json" not in (house.public / "topics/mills.html").read_text().replace("ld+json", "")
    before = house.public_files()
    house.restart()
    house.reconcile()
    assert house.public_files() == before


def test_a_format_that_returns_is_published_again(house):
    house.write("a.md", article("A", topics="Mills"))
    house.reconcile()
    formats(house, "rss")
    formats(house, "rss", "atom", "json")
    assert files(house, ".json", ".atom") >= {"all.json", "topics/mills.json", "all.atom"}


def test_an_administrator_s_own_redirects_stay(house):
    house.write("a.md", article("A", topics="Mills"))
    house.reconcile()
    (house.public / ".moved.json").write_text('{"topics/old": "topics/mills"}')
    formats(house, "rss", "atom")
    moved = json.loads((house.public / ".moved.json").read_bytes())
    assert moved["topics/old"] == "topics/mills"
    assert moved["all.json"] is None


def test_a_folder_that_cannot_be_written_is_tried_again(house):
    house.write("a.md", article("A", topics="Mills"))
    house.reconcile()
    (house.public / ".moved.json").mkdir()
    formats(house, "rss", "atom")
    assert "all.json" in house.public_files()
    (house.public / ".moved.json").rmdir()
    house.restart()
    assert "all.json" not in house.public_files()
