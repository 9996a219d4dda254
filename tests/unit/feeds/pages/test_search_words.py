"""Saved searches in plain words."""

from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.pages.search_words import Conditions, search_in_words


def said(**conditions: object) -> str:
    return search_in_words(Conditions(**conditions), NullTranslations())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("mill", "contain “mill”"),
        ('"tide mill"', "contain “tide mill”"),
        ('"a ""b"""', 'contain “a "b"”'),
        ("mill*", "contain “mill…”"),
        ("tide mill", "contain “tide” and “mill”"),
        ("tide AND mill AND weir", "contain “tide”, “mill” and “weir”"),
        ("mill OR weir OR dam", "contain “mill”, “weir” or “dam”"),
        ("mill NOT wind", "contain “mill” but not “wind”"),
        ("title:mill", "have “mill” in the title"),
        ('summary : "tide mill"', "have “tide mill” in the summary"),
        ("潮力", "contain “潮力”"),
        ("AND", "match the query “AND”"),
        ("mill NOT wind NOT dam", "match the query “mill NOT wind NOT dam”"),
        ("(a OR b) AND c", "match the query “(a OR b) AND c”"),
        ("a OR b c AND d", "match the query “a OR b c AND d”"),
        ("NEAR(a b, 5)", "match the query “NEAR(a b, 5)”"),
        ("{title summary}: mill", "match the query “{title summary}: mill”"),
        ('"open', 'match the query “"open”'),
    ],
)
def test_a_query_is_said_in_words(query, words):
    assert said(query=query) == f"Articles that {words}."


def test_a_search_says_each_of_its_conditions():
    assert said(query="mill", topics=["Rail", "Harbours"]) == (
        "Articles that contain “mill” and are on Rail or Harbours."
    )
    assert said(
        query="mill",
        topics=["A", "B", "C"],
        topics_all=["D", "E"],
        topics_none=["F", "G"],
        authors=["Ann", "Bo"],
        provider="The Mill Post",
        language="German",
        min_quality=0.5,
    ) == (
        "Articles that contain “mill”, are on A, B or C, are on D and E, are not on F or G,"
        " are by Ann or Bo, come from The Mill Post, are in German"
        " and have a quality of at least 0.5."
    )
    assert said(min_quality=0) == "Articles that have a quality of at least 0."
    assert said() == "All articles."


@given(st.text(max_size=60))
def test_any_query_gives_a_sentence(query):
    found = said(query=query)
    assert found.startswith(("Articles that ", "All articles"))
    assert found.endswith(".")
