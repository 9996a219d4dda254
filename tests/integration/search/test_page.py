"""The web server's search page on a real database."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.integration.house import article
from tests.unit.html_check import Document, parse
from worker.search.page import question_of, search_page
from worker.search.web import search_endpoint
from worker.store.fulltext import finder

HOSTILE = [
    *("NEAR(", "*", '"', "col:x", "^", "🐟", "\0", "'; DROP TABLE articles", "a OR OR", "-", "%"),
    *(
        "\u200fשלום",
        " " * 10_000,
        "x" * 1_000_000,
        "AND",
        "(((((",
        "title : x",
        "\ud7ff",
        "a*b",
        "x{y}",
    ),
]


def asked(house, query: str, more: str = "", status: int = 200) -> Document:
    answer = search_page(house.config, f"q={quote(query)}{more}")
    assert answer.status == status
    return parse(answer.body)


def titles(page: Document) -> list[str]:
    return [heading.text for heading in page.all("h3")]


def said(page: Document) -> str:
    return page.one("p", id="found").text


@pytest.fixture
def filled(house):
    house.write(
        "mill.md", article("The mill", "The dam & the <b>race</b>.", topics="[Äpfel, Dams]")
    )
    house.write("dam.md", article("Dams", "Behind the old mill lies a dam.", topics="Dams"))
    house.write("cn.md", article("公园", "今天天气很好。我们去公园散步。", topics="新闻"))
    house.write("held.md", article("Held mill", "A mill.", draft="true"))
    house.write("gone.md", article("Gone mill", "A mill."))
    house.reconcile()
    house.delete("gone.md")
    return house


def test_titles_count_most_and_only_live_articles_are_found(filled):
    page = asked(filled, "mill")
    assert titles(page) == ["The mill", "Dams"]
    assert said(page) == "Articles found: 2"
    assert [mark.text for mark in page.all("mark")] == ["mill", "mill"]
    assert page.one("input", id="search").attributes["value"] == "mill"


def test_the_last_word_may_go_on_and_accents_and_case_do_not_count(filled):
    assert titles(asked(filled, "BEHÍND OL")) == []
    assert titles(asked(filled, "BEHÍND MIL")) == ["Dams"]


def test_phrases_and_excluded_words(filled):
    assert titles(asked(filled, '"old mill"')) == ["Dams"]
    assert titles(asked(filled, "mill -old")) == ["The mill"]


def test_a_match_is_shown_in_its_text_which_stays_text(filled):
    excerpt = asked(filled, "race").one("p", **{"class": "summary"})
    assert "The dam & the race." in excerpt.text


def test_two_chinese_signs_within_a_sentence_are_found(filled):
    page = asked(filled, "天气")
    assert titles(page) == ["公园"]
    assert [mark.text for mark in page.all("mark")] == ["天气"]
    assert titles(asked(filled, "天气 -散步")) == []
    assert "newest 20,000" in page.one("main").text


def test_a_topic_narrows_the_search_by_slug_or_name(filled):
    assert titles(asked(filled, "mill", "&topic=dams")) == ["The mill", "Dams"]
    assert titles(asked(filled, "mill", f"&topic={quote('äPFEL')}")) == ["The mill"]
    page = asked(filled, "mill", "&topic=none")
    assert titles(page) == []
    assert said(page) == "There is no such topic."


def options(page: Document) -> dict[str, bool]:
    """The topics to choose from, and whether they are chosen."""
    return {item.text: "selected" in item.attributes for item in page.all("option")}


def test_the_topic_is_chosen_from_those_with_articles_and_stays_chosen(filled):
    page = asked(filled, "mill", "&topic=dams")
    assert options(page) == {
        "All topics": False, "Äpfel": False, "Dams": True, "新闻": False
    }  # fmt: skip
    assert options(asked(filled, "", f"&topic={quote('äPFEL')}"))["Äpfel"]
    assert page.one("label", **{"for": "topic"}).text == "Topic"


def test_an_unknown_topic_stays_in_the_form(filled):
    assert options(asked(filled, "mill", "&topic=<none>"))["<none>"]


def test_the_name_of_very_many_topics_is_typed(filled, monkeypatch):
    monkeypatch.setattr("feeds.pages.search.MOST_CHOICES", 2)
    page = asked(filled, "mill", f"&topic={quote('äpfel')}")
    assert not page.all("option")
    assert page.one("input", id="topic").attributes["value"] == "Äpfel"
    assert titles(page) == ["The mill"]


def test_topics_of_such_a_name_come_first(filled):
    page = asked(filled, "apf")
    assert page.one("ul", **{"class": "topics"}).text == "Äpfel"
    assert said(page) == "No article was found."


def test_results_come_ten_a_page(filled, monkeypatch):
    for number in range(25):
        filled.write(f"n{number}.md", article(f"Weir {number:02}", "Text."))
    filled.reconcile()
    page = asked(filled, "weir")
    assert said(page) == "Articles found: 25"
    assert len(titles(page)) == 10
    assert page.one("a", rel="next").attributes["href"] == "search.html?q=weir&page=2"
    assert len(titles(asked(filled, "weir", "&page=3"))) == 5
    assert len(titles(asked(filled, "weir", "&page=9999"))) == 5
    assert len(titles(asked(filled, "weir", "&page=-1"))) == 10
    monkeypatch.setattr(finder, "MOST_COUNTED", 20)
    assert said(asked(filled, "weir")) == "Articles found: more than 20"


@pytest.mark.parametrize("query", HOSTILE)
def test_whatever_is_typed_gets_a_page(filled, query):
    assert said(asked(filled, query)) is not None


def test_without_words_there_is_only_the_form(filled):
    answer = search_page(filled.config, "")
    assert answer.status == 200
    assert titles(parse(answer.body)) == []
    assert (b"x-robots-tag", b"noindex") in answer.headers


def test_a_search_that_takes_too_long_is_ended(filled, monkeypatch):
    monkeypatch.setattr(finder, "SECONDS", -1.0)
    monkeypatch.setattr(finder, "_STEPS_BETWEEN_LOOKS", 1)
    assert said(asked(filled, "mill", status=503)).startswith("This search takes too long.")


def gone(path) -> None:
    path.unlink()


def damaged(path) -> None:
    path.write_bytes(b"no database " * 1000)


def cut(path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def newer(path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA user_version = 9999")


def without_index(path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE articles_fts")


@pytest.mark.parametrize("harm", [gone, damaged, cut, newer, without_index])
def test_without_a_good_database_the_page_says_so(filled, harm):
    filled.stop()
    harm(filled.config.store_path)
    page = asked(filled, "mill", status=503)
    assert said(page).startswith("The search is not available at the moment.")
    assert asked(filled, "") is not None


def test_a_locked_database_holds_nobody_up(filled, monkeypatch):
    monkeypatch.setattr("worker.search.page.PATIENCE_SECONDS", 0.0)
    filled.stop()
    with closing(sqlite3.connect(filled.config.store_path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        asked(filled, "mill", status=503)


def test_a_replaced_database_is_searched_at_once(filled, make_house):
    other = make_house("other")
    other.write("new.md", article("A new mill", "Text."))
    other.reconcile()
    assert titles(asked(filled, "new")) == []
    filled.stop()
    other.stop()
    shutil.copy(other.config.store_path, filled.config.store_path)
    assert titles(asked(filled, "new")) == ["A new mill"]


def test_searches_go_on_while_the_worker_writes(filled):
    with filled.worker.database.transaction():
        filled.worker.database.execute("UPDATE articles SET title = 'Changed'")
        assert titles(asked(filled, "mill")) == ["The mill", "Dams"]


def test_the_endpoint_is_a_search_for_everybody(filled):
    endpoint = search_endpoint(filled.config)["/search.html"]
    assert endpoint.is_search
    assert not endpoint.is_local
    assert endpoint.make("q=mill").status == 200


def test_a_question_is_read_with_its_mistakes():
    assert question_of("q=a+b&page=2&topic=x") == ("a b", "x", 2)
    assert question_of("q=%ff&page=two") == ("\ufffd", "", 1)
    assert question_of("page=99999") == ("", "", 1)


def test_the_page_is_the_site_s(filled):
    filled.config = replace(filled.config, site=replace(filled.config.site, title="Mills <1>"))
    assert "Mills <1>" in asked(filled, "mill").one("title").text
