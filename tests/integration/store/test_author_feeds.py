"""Feeds of authors and of languages: made by one setting each, and removed with it."""

import json
from dataclasses import replace

import pytest

from tests.integration.house import House, article
from tests.unit.html_check import parse


def switched(house: House, **changes: bool) -> None:
    house.restart(feeds=replace(house.config.feeds, **changes))
    house.reconcile()


def keys(house: House, folder: str) -> set[str]:
    return {path.partition(".")[0] for path in house.public_files() if path.startswith(folder)}


def filled(house: House) -> House:
    house.write("a.md", article("A", authors="[Ann Miller, Bo]"))
    house.write("b.md", article("B", author="ANN  MILLER"))
    house.write("c.md", article("C"))
    house.reconcile()
    return house


def test_each_author_has_a_feed_and_a_page_and_loses_them_with_the_setting(house: House) -> None:
    filled(house)
    before = house.feed().feed.updated
    switched(house, authors=True)
    assert keys(house, "authors/") == {"authors/ann-miller", "authors/bo"}
    assert sorted(house.titles("authors/ann-miller")) == ["A", "B"]
    assert house.titles("authors/bo") == ["A"]
    assert house.feed("authors/bo").feed.title == "Articles by Bo – House"
    page = (house.public / "authors/bo.html").read_text()
    assert "<h1" in page
    assert "Articles by Bo" in page
    list_ = (house.public / "feeds.opml").read_text()
    assert list_.index('text="Authors"') < list_.index("authors/ann-miller.atom")
    index = parse((house.public / "index.html").read_bytes())
    found = [a.attributes["href"] for a in index.all("a") if a.text in ("Ann Miller", "Bo")]
    assert found == ["authors/ann-miller.html", "authors/bo.html"]
    files = {path for path in house.public_files() if path.startswith("authors/")}
    switched(house, authors=False)
    assert keys(house, "authors/") == set()
    moved = json.loads((house.public / ".moved.json").read_bytes())
    assert {path for path, url in moved.items() if url is None} >= files
    for list_of_all in ("feeds.opml", "index.html"):
        assert "authors/" not in (house.public / list_of_all).read_text()
    assert house.feed().feed.updated == before
    switched(house, authors=True)
    assert sorted(house.titles("authors/ann-miller")) == ["A", "B"]
    assert not files & json.loads((house.public / ".moved.json").read_bytes()).keys()


def test_an_author_s_feed_follows_the_article_and_leaves_the_list_when_it_is_empty(
    house: House,
) -> None:
    switched(house, authors=True)
    filled(house)
    house.write("a.md", article("A", author="Cy"), age=1)
    house.reconcile(5)
    assert house.titles("authors/bo") == []
    assert house.titles("authors/cy") == ["A"]
    assert "authors/bo." not in (house.public / "feeds.opml").read_text()


def test_two_authors_with_one_slug_have_a_feed_each_and_the_number_is_limited(house: House) -> None:
    house.config = replace(house.config, most_topics=3)
    switched(house, authors=True)
    for number, name in enumerate(("Søren", "Soren", "søren", "Bo", "Cy")):
        house.write(f"{number}.md", article(str(number), author=name))
        house.reconcile(1)
    assert len(keys(house, "authors/")) == 3
    assert sorted(house.titles("authors/soren")) == ["0", "2"]
    assert house.titles("authors/bo") == ["3"]


@pytest.mark.parametrize("shown", ["one", "all"])
def test_each_language_has_a_feed_with_every_translation(house: House, shown: str) -> None:
    house.config = replace(house.config, translations=shown)
    switched(house, languages=True)
    house.write("tides.md", article("Tides"))
    house.write("tides.de.md", article("Gezeiten"))
    house.write("sea.md", article("Le Mer", language="fr"))
    house.write("see.md", article("See", language="de-AT"))
    house.reconcile()
    names = {"languages/en", "languages/de", "languages/de-at", "languages/fr"}
    assert keys(house, "languages/") == names
    assert house.titles("languages/de") == ["Gezeiten"]
    assert house.titles("languages/en") == ["Tides"]
    assert house.feed("languages/de").feed.title == "Articles in Deutsch – House"
    house.restart(site=replace(house.config.site, language="fr"))
    house.reconcile()
    assert sorted(house.titles("languages/fr")) == ["Le Mer", "Tides"]
    assert house.titles("languages/en") == []
