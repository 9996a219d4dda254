"""The pages of articles: addresses, when they are written and removed, what leads to them."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.integration.house import House, article, build
from tests.unit.html_check import Document, parse
from worker.config.model import PageSettings
from worker.core import fault_points

SITE = "https://house.example/"


def pages(house: House) -> dict[str, tuple[bytes, int]]:
    """Path to bytes and time of the articles' pages."""
    return {path: file for path, file in house.public_files().items() if "articles/" in path}


def links(house: House, key: str = "all") -> dict[str, str]:
    """Title to address in a feed; the same in each format."""
    items = json.loads((house.public / f"{key}.json").read_bytes())["items"]
    found = {item["title"]: item.get("url", "") for item in items}
    assert all(url.startswith("https://") for url in found.values())
    for extension in ("rss", "atom"):
        feed = house.feed(key, extension)
        assert {entry.title: entry.get("link", "") for entry in feed.entries} == found
    return found


def path_of(house: House, title: str) -> str:
    return links(house)[title].removeprefix(SITE)


def page(house: House, title: str) -> Document:
    return parse((house.public / path_of(house, title)).read_bytes())


def nearby(house: House, title: str) -> list[str]:
    """The titles that the page leads to: the older one, then the newer one."""
    found = page(house, title).all("a")
    return [link.text for link in found if link.attributes.get("rel") in ("prev", "next")]


def moved(house: House) -> dict[str, object]:
    return dict(json.loads((house.public / ".moved.json").read_bytes()))


def choose(house: House, articles: str) -> None:
    house.restart(pages=PageSettings(articles))  # type: ignore[arg-type]
    house.reconcile()


@pytest.fixture
def filled(house: House) -> House:
    house.write("one.md", article("One", topics="[Mills, Dams]", date="2026-04-01"))
    house.write("two.md", article("Two", topics="Mills", date="2026-04-02", link="https://x.org/2"))
    house.write("three.md", article("Three", topics="Rivers", date="2026-04-03"))
    house.write("deep/four/index.md", article("Four", topics="Rivers", date="2026-04-04"))
    house.reconcile()
    return house


def test_an_article_without_a_link_has_a_page_and_every_format_leads_to_it(filled):
    found = links(filled)
    assert found["Two"] == "https://x.org/2"
    assert {found[title].removeprefix(SITE) for title in ("One", "Three", "Four")} == set(
        pages(filled)
    )
    assert [path[9:-18] for path in sorted(pages(filled))] == ["four", "one", "three"]
    assert links(filled, "topics/mills") == {"Two": found["Two"], "One": found["One"]}
    index = (filled.public / "index.html").read_text()
    assert index.count(f'href="{found["One"]}"') == 2  # and in the card of Dams


def test_a_page_leads_to_the_older_and_the_newer_one(filled):
    assert nearby(filled, "One") == ["Three"]
    assert nearby(filled, "Three") == ["One", "Four"]
    assert nearby(filled, "Four") == ["Three"]


def test_the_same_folder_gives_the_same_addresses_in_any_order(filled, tmp_path):
    other = build(tmp_path / "other")
    other.start()
    try:
        for path in ("deep/four/index.md", "one.md", "two.md", "three.md"):
            other.write(path, (filled.drop / path).read_bytes())
            other.reconcile()
        assert links(other) == links(filled)
        assert {path: data for path, (data, _) in pages(other).items()} == {
            path: data for path, (data, _) in pages(filled).items()
        }
    finally:
        other.stop()


def test_the_address_stays_when_title_and_file_name_change(filled):
    before = path_of(filled, "One")
    (filled.drop / "one.md").rename(filled.drop / "renamed.md")
    filled.reconcile()
    filled.write("renamed.md", article("Uno", topics="Rivers", date="2026-04-01"))
    filled.reconcile(5)
    assert path_of(filled, "Uno") == before
    assert page(filled, "Uno").one("h1").text == "Uno"
    assert nearby(filled, "Three") == ["Uno", "Four"]


def test_a_new_article_rewrites_its_two_neighbours_only(filled):
    filled.write("zero.md", article("Zero", topics="Mills", date="2026-03-01"))
    filled.reconcile(5)
    before = pages(filled)
    filled.write("new.md", article("New", topics="Mills", date="2026-04-02"))
    filled.reconcile(5)
    after = pages(filled)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {path_of(filled, title) for title in ("New", "One", "Three")}


def test_an_article_with_a_link_rewrites_no_page(filled):
    before = pages(filled)
    filled.write("new.md", article("New", topics="Mills", date="2026-04-02", link="https://x.org/"))
    filled.reconcile(5)
    assert pages(filled) == before


def test_a_page_is_written_before_the_feeds_that_lead_to_it(filled):
    written = filled.worker.loop.progress.written
    for key, titles in (("topics/mills.rss", ["One"]), ("topics/rivers.rss", ["Three", "Four"])):
        for title in titles:
            assert written.index(path_of(filled, title)) < written.index(key)


def test_the_page_of_an_archived_article_is_written_too(house):
    feeds = replace(house.config.feeds, min_entries=2, min_days=1)
    house.restart(feeds=feeds)
    for day in range(1, 9):
        house.write(f"{day}.md", article(f"Day {day}", date=f"2026-01-0{day}"))
    house.reconcile()
    assert len(pages(house)) == 8
    archived = json.loads((house.public / "archive/all/1.json").read_bytes())
    for item in archived["items"]:
        assert (house.public / item["url"].removeprefix(SITE)).is_file()


@pytest.mark.parametrize(
    "change", [{"draft": "true"}, {"expires": "2026-04-20"}, {"link": "https://x.org/1"}, None]
)
def test_a_page_goes_with_its_article_and_returns_at_its_address(filled, change):
    path = path_of(filled, "One")
    if change is None:
        filled.delete("one.md")
    else:
        filled.write("one.md", article("One", topics="Mills", date="2026-04-01", **change))
        filled.reconcile(5)
    assert path not in pages(filled)
    assert moved(filled) == {path: change["link"] if change and "link" in change else None}
    assert nearby(filled, "Three") == ["Four"]
    filled.write("one.md", article("One", topics="[Mills, Dams]", date="2026-04-01"))
    filled.reconcile(5)
    assert path_of(filled, "One") == path
    assert nearby(filled, "Three") == ["One", "Four"]


def test_the_setting_adds_and_removes_pages_and_moves_nothing(filled):
    def dates() -> dict[str, tuple[str, str]]:
        return {entry.title: (entry.id, entry.updated) for entry in filled.feed().entries}

    before, found, entries = pages(filled), links(filled), dates()
    choose(filled, "none")
    assert pages(filled) == {}
    assert set(moved(filled)) == set(before)
    items = json.loads((filled.public / "all.json").read_bytes())["items"]
    assert [item["url"] for item in items if "url" in item] == ["https://x.org/2"]
    assert "Read it here" in (filled.public / "topics/mills.html").read_text()
    choose(filled, "all")
    assert len(pages(filled)) == 4
    assert pages(filled).keys() >= before.keys()
    assert links(filled) == found
    (path,) = pages(filled).keys() - before.keys()
    linked = parse(pages(filled)[path][0])
    assert linked.one("link", rel="canonical").attributes["href"] == "https://x.org/2"
    assert nearby(filled, "One") == ["Two"]
    choose(filled, "unlinked")
    assert moved(filled)[path] == "https://x.org/2"
    assert pages(filled).keys() == before.keys()
    assert dates() == entries
    assert "Read it here" not in (filled.public / "topics/mills.html").read_text()


def test_nothing_is_written_where_nothing_changed(filled):
    before = filled.public_files()
    filled.reconcile(60)
    filled.restart()
    filled.reconcile()
    assert filled.public_files() == before
    filled.worker.publisher.touch_all()
    filled.reconcile()
    assert filled.public_files() == before


def test_a_damaged_page_is_repaired(filled):
    before, path = filled.public_files(), path_of(filled, "One")
    for damage in (lambda file: file.unlink(), lambda file: file.write_text("tampered")):
        damage(filled.public / path)
        filled.restart()
        filled.reconcile()
        assert filled.public_files() == before


def test_a_page_that_cannot_be_written_holds_no_feed_back(house):
    house.public.mkdir(exist_ok=True)
    (house.public / "articles").write_text("in the way")
    house.write("new.md", article("New", topics="New"))
    house.reconcile()
    assert house.titles("topics/new") == ["New"]
    assert "public-folder" in house.worker.loop.progress.troubles
    (house.public / "articles").unlink()
    house.reconcile(10)
    assert len(pages(house)) == 1
    assert "public-folder" not in house.worker.loop.progress.troubles


def test_an_article_that_cannot_be_rendered_fails_itself_only(filled, monkeypatch):
    contents = filled.worker.publisher._contents
    whole = contents.whole_entry
    bad = filled.rows("SELECT id FROM articles WHERE title = 'One'")[0][0]

    def broken(article_id: int) -> object:
        if article_id == bad:
            message = "no such thing"
            raise ValueError(message)
        return whole(article_id)

    before = pages(filled)
    monkeypatch.setattr(contents, "whole_entry", broken)
    with filled.worker.database.transaction():
        filled.worker.database.execute("UPDATE article_pages SET due = 1")
    filled.reconcile()
    assert pages(filled) == before
    assert filled.worker.loop.is_idle()


def test_a_topic_s_new_name_is_on_the_pages_of_its_articles(filled):
    with filled.worker.database.transaction():
        topic = filled.rows("SELECT id FROM topics WHERE name = 'Rivers'")[0][0]
        filled.worker.database.execute("UPDATE topics SET name = 'Waters' WHERE id = ?", (topic,))
        filled.worker.ingestor.placement.render_topic_again(topic)
    filled.reconcile()
    assert "Waters" in page(filled, "Three").one("main").text


def test_a_database_without_pages_gets_them_and_no_entry_moves(filled):
    expected = filled.public_files()
    entries = [(e.id, e.updated, e.published) for e in filled.feed().entries]
    filled.stop()
    for path in pages(filled):
        (filled.public / path).unlink()
    with closing(sqlite3.connect(filled.config.store_path)) as old, old:
        old.execute("DELETE FROM article_pages")
        old.execute("DELETE FROM public_files WHERE path LIKE 'articles/%'")
        old.execute("UPDATE facts SET value = 'of an older Feedmill' WHERE name = 'feeds'")
    filled.start()
    filled.reconcile()
    assert [(e.id, e.updated, e.published) for e in filled.feed().entries] == entries
    assert {path: data for path, (data, _) in filled.public_files().items()} == {
        path: data for path, (data, _) in expected.items()
    }


@pytest.mark.parametrize("point", ["article-pages-before-commit", "article-pages-after-commit"])
def test_a_kill_between_pages_and_their_marks_is_repaired(house, monkeypatch, point):
    class Killed(BaseException):
        pass

    def kill(reached: str) -> None:
        if reached == point:
            raise Killed

    house.write("one.md", article("One"))
    house.write("two.md", article("Two"))
    with monkeypatch.context() as armed:
        armed.setattr(fault_points, "_armed", kill)
        with pytest.raises(Killed):
            house.reconcile()
    house.restart()
    house.reconcile()
    assert set(links(house).values()) == {f"{SITE}{path}" for path in pages(house)}
    house.delete("one.md")
    assert len(pages(house)) == 1


def test_an_article_is_found_by_the_address_of_its_page(filled):
    articles = filled.worker.ingestor.articles
    for reference in (links(filled)["One"], path_of(filled, "One")):
        assert [found.path for found in articles.referred_to(reference, "")] == ["one.md"]
    assert articles.referred_to(f"{SITE}articles/nothing.html", "") == []
