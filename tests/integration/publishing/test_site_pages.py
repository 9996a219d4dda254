"""Pages for people, as the worker writes them: with the feeds, after them, and only if changed."""

from dataclasses import replace

import pytest

from feeds.pages.snippets import anchor
from tests.integration.house import House, article
from tests.unit.html_check import Document, Element, parse
from worker.config.model import Search, TopicRule


def page(house: House, key: str) -> Document:
    return parse((house.public / f"{key}.html").read_bytes())


def standing(house: House, key: str) -> list[str]:
    """The titles on a page, in order."""
    return [heading.text for heading in page(house, key).all("h3")]


def cards_of(house: House) -> list[Element]:
    """The cards on the front page."""
    return [item for item in page(house, "index").all("li") if item.text.endswith("Feed")]


def pages(house: House) -> dict[str, tuple[bytes, int]]:
    """The pages of feeds and the index."""
    files = house.public_files().items()
    return {
        path: found
        for path, found in files
        if path.endswith("html") and not path.startswith("articles/")
    }


@pytest.fixture
def filled(house: House) -> House:
    house.write("one.md", article("One", topics="[Mills, Dams]", date="2026-04-01"))
    house.write("two.md", article("Two", topics="Mills", date="2026-04-02"))
    house.write("three.md", article("Three", topics="Rivers", date="2026-04-03"))
    house.reconcile()
    return house


def test_every_feed_has_a_page_and_the_site_an_index(filled):
    assert set(pages(filled)) == {
        "index.html",
        "search.html",
        "404.html",
        "410.html",
        "all.html",
        *(f"topics/{slug}.html" for slug in ("mills", "dams", "rivers")),
    }
    for name in ("feedmill.css", "feedmill.js", "search.js", "feedmill.svg", "feed.css"):
        assert (filled.public / name).stat().st_size > 200


def test_a_page_shows_what_its_feed_holds(filled):
    for key in ("all", "topics/mills", "topics/dams", "topics/rivers"):
        assert standing(filled, key) == filled.titles(key)
        ids = [element.attributes["id"] for element in page(filled, key).all("article")]
        assert ids == [anchor(id_) for id_ in filled.ids(key).values()]


def test_the_index_lists_topics_by_name_with_their_counts(filled):
    cards = cards_of(filled)
    assert [card.text.split("\n")[0] for card in cards] == ["Dams", "Mills", "Rivers"]
    assert "2 articles" in cards[1].text
    assert "Two" in cards[1].text
    assert "2 April 2026" in cards[1].text


def test_nothing_is_written_where_nothing_changed(filled):
    before = filled.public_files()
    filled.reconcile(60)
    filled.restart()
    filled.reconcile()
    assert filled.public_files() == before


def test_an_article_changes_its_own_topics_pages_only(filled):
    before = pages(filled)
    filled.write("four.md", article("Four", topics="Rivers", date="2026-04-04"))
    filled.reconcile(5)
    after = pages(filled)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {"index.html", "all.html", "topics/rivers.html"}
    assert standing(filled, "topics/rivers") == ["Four", "Three"]
    assert "2 articles" in page(filled, "index").all("li")[-1].text


def test_feeds_are_written_before_pages(filled):
    written = filled.worker.loop.progress.written
    last_feed = max(n for n, path in enumerate(written) if path.endswith((".rss", ".atom")))
    pages_of_feeds = [n for n, path in enumerate(written) if path in pages(filled)]
    first_page = min(pages_of_feeds)
    assert last_feed < first_page
    assert written.index("index.html") > written.index("all.html")


def test_an_edited_article_is_edited_on_its_pages(filled):
    filled.write("two.md", article("Two, again", topics="Mills", date="2026-04-02"))
    filled.reconcile(5)
    assert standing(filled, "topics/mills") == ["Two, again", "One"]
    assert "Two, again" in page(filled, "index").one("main").text


def test_a_withdrawn_article_leaves_its_pages_and_its_topic_the_index(filled):
    filled.delete("three.md")
    assert standing(filled, "all") == ["Two", "One"]
    assert standing(filled, "topics/rivers") == []
    assert "Nothing is here at the moment" in page(filled, "topics/rivers").one("main").text
    assert "Rivers" not in page(filled, "index").one("main").text


@pytest.mark.parametrize("path", ["index.html", "topics/mills.html", "feedmill.css"])
def test_a_damaged_page_is_mended_by_the_next_start(filled, path):
    before = filled.public_files()
    for damage in (lambda file: file.unlink(), lambda file: file.write_text("tampered")):
        damage(filled.public / path)
        filled.restart()
        filled.reconcile()
        assert filled.public_files() == before


def test_a_page_that_cannot_be_written_holds_no_feed_back(filled):
    (filled.public / "topics" / "new.html").mkdir()
    (filled.public / "topics" / "new.html" / "in-the-way").touch()
    filled.write("new.md", article("New", topics="New"))
    filled.reconcile()
    assert filled.titles("topics/new") == ["New"]
    assert "public-folder" in filled.worker.loop.progress.troubles
    (filled.public / "topics" / "new.html" / "in-the-way").unlink()
    (filled.public / "topics" / "new.html").rmdir()
    filled.reconcile(10)
    assert standing(filled, "topics/new") == ["New"]
    assert "New" in page(filled, "index").one("main").text


def test_another_look_is_put_on_by_the_next_start(filled):
    before = pages(filled)
    with filled.worker.database.transaction():
        filled.worker.database.set_fact("pages", "an older version's")
        filled.worker.database.execute("UPDATE kept_entries SET body = 'x' WHERE format = 'html'")
    filled.restart()
    filled.reconcile()
    assert {path: data for path, (data, _) in pages(filled).items()} == {
        path: data for path, (data, _) in before.items()
    }


def test_texts_of_the_configuration_stand_on_the_pages(filled):
    filled.restart(
        site=replace(
            filled.config.site, title="Mill News", description="What turns", language="de"
        ),
        topics=(TopicRule("Mills", description="From wheels to weirs"), TopicRule("Locks")),
        searches=(Search("First", "one"),),
    )
    filled.reconcile()
    index = page(filled, "index")
    assert index.one("h1").text == "Mill News"
    assert index.one("h1").attributes["lang"] == "de"
    assert "What turns" in index.one("header").text
    assert "From wheels to weirs" in index.one("main").text
    assert "Locks" in index.one("main").text, "it was asked for"
    assert "From wheels to weirs" in page(filled, "topics/mills").one("header").text
    assert standing(filled, "searches/first") == ["One"]
    headings = [heading.text for heading in index.all("h3")]
    assert headings == ["Three", "Two", "One", "Dams", "Locks", "Mills", "Rivers", "First"]
    assert "Artikel, die „one“ enthalten." in index.one("main").text
    assert "Artikel, die „one“ enthalten." in page(filled, "searches/first").one("header").text
    assert "Das ist ein Feed" in (filled.public / "feed.css").read_text()
    topics = {item.text for item in page(filled, "search").all("option")}
    assert topics == {"Alle Themen", "Dams", "Mills", "Rivers"}


def test_times_are_told_in_the_site_s_zone(filled):
    filled.restart(site=replace(filled.config.site, timezone="Asia/Kathmandu"))
    filled.reconcile()
    assert page(filled, "topics/rivers").one("time").text == "3 April 2026, 05:45"


def test_what_left_the_window_is_linked_as_archive(make_house):
    house = make_house()
    house.restart(feeds=replace(house.config.feeds, min_entries=2, min_days=0))
    for number in range(1, 8):
        house.write(f"{number}.md", article(f"No {number}", topics="X", date=f"2026-04-0{number}"))
    house.reconcile()
    found = page(house, "topics/x")
    assert standing(house, "topics/x") == ["No 7", "No 6", "No 5"]
    assert "The newest 3 of 7 articles" in found.one("main").text
    links = [a.attributes["href"] for a in found.all("a") if "/archive/" in a.attributes["href"]]
    assert links
    for link in links:
        assert (house.public / "topics" / link).resolve().is_file(), link


def test_every_link_within_the_site_leads_to_a_file(filled):
    for path in pages(filled):
        for element in parse((filled.public / path).read_bytes()).elements:
            target = element.attributes.get("href", element.attributes.get("src", ""))
            if target in ("", "../", "./") or target.startswith(("http", "#")):
                continue
            # The pages of missing files are shown at every address: their links begin at the root.
            base = filled.public if target.startswith("/") else (filled.public / path).parent
            file = base / target.lstrip("/").partition("?")[0].partition("#")[0]
            file = file / "index.html" if file == filled.public else file
            assert file.resolve().is_file(), (path, target)


def test_absolute_links_to_the_site_lead_to_files_too(filled):
    site = filled.config.site.url
    for path in pages(filled):
        for element in parse((filled.public / path).read_bytes()).all("a"):
            target = element.attributes["href"]
            if target.startswith(site):
                assert (filled.public / target.removeprefix(site)).is_file(), (path, target)
