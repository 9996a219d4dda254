"""Older articles for people: pages that stay as they are while new articles come."""

from dataclasses import replace
from urllib.parse import urljoin

import pytest

from tests.integration.house import House, article
from tests.integration.publishing.test_site_pages import page, standing
from tests.unit.html_check import parse
from worker.config.model import Search

KEY = "topics/x"


def put(house: House, *numbers: int, **changes: str) -> None:
    for number in numbers:
        given = {"topics": "X", "date": f"2026-04-{number:02}", **changes}
        house.write(f"{number}.md", article(f"No {number}", **given))


def titles(*numbers: int) -> list[str]:
    return [f"No {number}" for number in numbers]


def history(house: House, key: str = KEY) -> dict[str, bytes]:
    """The pages of a feed's history, by name."""
    return {path.name: path.read_bytes() for path in (house.public / key).glob("*.html")}


def way(house: House, relation: str, path: str) -> list[str]:
    """The pages that one comes to from ``path`` by following a relation."""
    found: list[str] = []
    while True:
        links = parse((house.public / path).read_bytes()).all("a", rel=relation)
        if not links:
            return found
        path = urljoin(path, links[0].attributes["href"])
        assert path not in found
        found.append(path)


def with_windows_of_two(house: House, **changes: object) -> House:
    feeds = replace(house.config.feeds, min_entries=2, min_days=0)
    house.restart(feeds=replace(feeds, **changes))
    return house


@pytest.fixture
def filled(make_house) -> House:
    house = with_windows_of_two(make_house())
    put(house, *range(1, 10))
    house.reconcile()
    return house


def test_every_article_is_on_one_page_and_the_pages_lead_to_each_other(filled):
    assert standing(filled, KEY) == titles(9, 8, 7)
    assert {name: standing(filled, f"{KEY}/{name[:-5]}") for name in history(filled)} == {
        "3.html": titles(6, 5),
        "2.html": titles(4, 3),
        "1.html": titles(2, 1),
    }
    older = [f"{KEY}/3.html", f"{KEY}/2.html", f"{KEY}/1.html"]
    assert way(filled, "prev", f"{KEY}.html") == older
    assert way(filled, "next", f"{KEY}/1.html") == [older[1], older[0], f"{KEY}.html"]
    assert set(history(filled, "all")) == set(history(filled))


def test_a_search_pages_on_too(make_house):
    house = with_windows_of_two(make_house())
    house.restart(searches=(Search("Text", "no"),))
    put(house, *range(1, 8))
    house.reconcile()
    assert set(history(house, "searches/text")) == {"1.html", "2.html"}


def test_new_articles_leave_the_older_pages_as_they_are(filled):
    before, written = history(filled), []
    for number in range(10, 14):
        put(filled, number)
        filled.reconcile(5)
        changed = [name for name, data in history(filled).items() if before.get(name) != data]
        before = history(filled)
        written.append(changed)
    # Once in so many articles as a page has: the new page, and its neighbour, which leads to it.
    assert [sorted(names) for names in written] == [
        [],
        ["3.html", "4.html"],
        [],
        ["4.html", "5.html"],
    ]
    assert standing(filled, f"{KEY}/3") == titles(6, 5)


def test_an_edit_and_a_withdrawal_change_their_own_page_only(filled):
    before = history(filled)
    filled.write("3.md", article("Three", topics="X", date="2026-04-03"))
    filled.reconcile(5)
    assert standing(filled, f"{KEY}/2") == ["No 4", "Three"]
    filled.delete("4.md")
    assert standing(filled, f"{KEY}/2") == ["Three"]
    after = history(filled)
    assert {name for name in after if after[name] != before[name]} == {"2.html"}


def test_an_old_article_that_comes_late_is_where_it_belongs(filled):
    filled.write("late.md", article("Late", topics="X", date="2026-04-02T12:00:00Z"))
    filled.reconcile(5)
    assert standing(filled, f"{KEY}/2") == ["No 3", "Late"]
    assert way(filled, "prev", f"{KEY}.html")[-1] == f"{KEY}/1.html"
    names = [*way(filled, "prev", f"{KEY}.html"), KEY + ".html"]
    shown = sum(len(standing(filled, name.removesuffix(".html"))) for name in names)
    assert shown == 10


def test_wider_windows_need_fewer_pages_and_the_others_go(filled):
    with_windows_of_two(filled, min_entries=4)
    filled.reconcile(5)
    assert set(history(filled)) == {"1.html"}
    assert standing(filled, KEY) == titles(9, 8, 7, 6, 5)
    with_windows_of_two(filled, min_entries=50)
    filled.reconcile(5)
    assert not history(filled)
    assert not page(filled, KEY).all("nav", class_="pages")
    assert len(standing(filled, KEY)) == 9


def test_a_withdrawal_of_new_articles_leaves_none_out(filled):
    filled.delete("9.md")
    filled.delete("8.md")
    assert standing(filled, KEY) == titles(7, 6), "all that the feed has"
    assert standing(filled, f"{KEY}/3") == titles(6, 5)


def test_a_damaged_page_is_mended_by_the_next_start(filled):
    before = filled.public_files()
    (filled.public / KEY / "2.html").write_text("tampered")
    filled.restart()
    filled.reconcile()
    assert filled.public_files() == before


def test_another_look_is_put_on_the_older_pages_too(filled):
    before = history(filled)
    database = filled.worker.database
    with database.transaction():
        database.set_fact("pages", "an older version's")
        database.execute("UPDATE public_files SET sha256 = 'x' WHERE path LIKE '%/2.html'")
    (filled.public / KEY / "2.html").write_text("an older version's")
    filled.restart()
    filled.reconcile()
    assert history(filled) == before


def test_the_front_page_and_the_list_leave_out_what_is_empty(filled):
    filled.restart(searches=(Search("Text", "no"), Search("Nothing", "nothing")))
    filled.reconcile()

    def listed() -> list[bool]:
        texts = [(filled.public / name).read_text() for name in ("index.html", "feeds.opml")]
        return [f"{key}." in text for key in ("searches/text", KEY) for text in texts]

    assert listed() == [True, True, True, True]
    assert "searches/nothing." in (filled.public / "feeds.opml").read_text(), "it was asked for"
    filled.restart(searches=())
    put(filled, *range(1, 10), topics="Y")
    filled.reconcile(5)
    assert listed() == [False, False, False, False]
    assert (filled.public / f"{KEY}.html").is_file(), "for those who know it"
