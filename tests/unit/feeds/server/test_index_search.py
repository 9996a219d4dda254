"""The search box of the index without a script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.pages.front_page import MANY_TOPICS, render_front_page
from feeds.pages.snippets import Card
from feeds.server.index_search import LONGEST_QUERY, index_cards, search_words
from tests.unit.feeds.pages.page_samples import SITE, named
from tests.unit.html_check import Document, parse

NAMES = ["<b>", "Äpfel & Birnen", "C++", "Mills", "Mills & Dams", "潮力"]


TOPICS = NAMES + [f"{number} windows" for number in range(MANY_TOPICS)]


def index() -> bytes:
    cards = [Card(f"topics/{number}", name, "", 1, None) for number, name in enumerate(TOPICS)]
    return render_front_page(SITE, [], 0, named(cards), [])


def filtered(index: bytes, words: str) -> bytes:
    cards = index_cards(index)
    assert cards is not None
    return cards.matching(words)


def shown(page: Document) -> list[str]:
    return [heading.text for heading in page.all("h3")]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("mill", ["Mills", "Mills & Dams"]),
        ("DAMS mills", ["Mills & Dams"]),
        ("apfel", ["Äpfel & Birnen"]),
        ("ÄPFEL", ["Äpfel & Birnen"]),
        ("c++", ["C++"]),
        ("<b>", ["<b>"]),
        ("潮", ["潮力"]),
        ("&", ["Äpfel & Birnen", "Mills & Dams"]),
        ("amp", []),
        ("nothing", []),
    ],
)
def test_the_topics_whose_names_have_all_the_words_are_left(words, names):
    page = parse(filtered(index(), words))
    assert shown(page) == names
    assert page.one("input", id="q").attributes["value"] == words
    found = page.one("p", id="found")
    assert f"{len(names)} of {len(TOPICS)} topics" in found.text
    assert "Show all" in found.text


def test_a_page_without_topics_stays_as_it_is():
    page = render_front_page(SITE, [], 0, [], [])
    assert index_cards(page) is None
    assert index_cards(b"\xff not ours") is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ""),
        ("q=", ""),
        ("q=+", ""),
        ("p=mills", ""),
        ("q=mills+%26++dams", "mills & dams"),
        ("q=%C3%84pfel", "Äpfel"),
        ("q=%ff", "\ufffd"),
        ("q=a&q=b", "a"),
        ("q=" + "a" * 5000, "a" * LONGEST_QUERY),
    ],
)
def test_the_words_are_read_from_the_address(query, words):
    assert search_words(query) == words


@given(st.text(max_size=40))
def test_nothing_that_is_looked_for_becomes_code(words):
    page = parse(filtered(index(), words.replace("\0", "")))
    assert len(page.all("script")) == 2
