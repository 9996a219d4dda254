"""What people type, as a query of SQLite that cannot be wrong."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.store.fulltext.terms import (
    LONGEST_QUERY,
    clean_query,
    folded,
    like_pattern,
    marked,
    terms_of,
)

SIGNS = [
    "NEAR(",
    "*",
    '"',
    "col:x",
    "^",
    "🐟",
    "الطاحونة",
    "a OR",
    "NOT",
    "-",
    "--x",
    "(",
    "title:",
]


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("mill", '"mill" *'),
        ("water mill", '"water" AND "mill" *'),
        ('"water mill"', '"water mill"'),
        ('"water mill', '"water mill"'),
        ("mill -dam", '("mill") NOT "dam"'),
        ('mill -"old dam" -x', '("mill") NOT "old dam" NOT "x"'),
        ("to", '"to"'),
        ("날씨", '"날씨" *'),
        ("NEAR(", '"NEAR(" *'),
        ("a OR title:b*", '"a" AND "OR" AND "title:b*" *'),
        ("* ^ 🐟 - ( )", ""),
        ("-dam", ""),
        ("", ""),
    ],
)
def test_every_sign_of_the_grammar_is_text(query, match):
    assert terms_of(query).match == match


def test_words_without_spaces_between_them_are_looked_for_as_parts():
    terms = terms_of("天气 mill -公园 -dam")
    assert terms.parts == ("天气",)
    assert terms.excluded == ("公园",)
    assert terms.match == '("mill") NOT "dam"'
    assert terms_of("iPhone手机 -dam") == type(terms)(
        "", ("iPhone手机",), ("dam",), ("iPhone手机",)
    )
    assert terms_of("ฝนตก").parts == ("ฝนตก",)


@given(st.text(max_size=50) | st.lists(st.sampled_from(SIGNS)).map(" ".join))
def test_sqlite_accepts_whatever_is_typed(text):
    terms = terms_of(clean_query(text))
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE VIRTUAL TABLE found USING fts5 (title, text)")
        if terms.match:
            database.execute("SELECT 1 FROM found WHERE found MATCH ?", (terms.match,)).fetchall()
        for part in (*terms.parts, *terms.excluded):
            database.execute("SELECT ? LIKE ? ESCAPE '!'", (text, like_pattern(part)))


def test_a_query_is_one_line_of_bounded_length():
    assert clean_query("a\0b\nc" + " " * 10_000) == "a b c"
    assert len(clean_query("x" * 1_000_000)) == LONGEST_QUERY
    assert clean_query("\ud800x") == "x"


def test_the_text_around_a_match_is_marked():
    text = "前" * 100 + "今天天气很好" + "后" * 300
    pieces = list(marked(text, ("天气",), 60))
    assert [piece for piece, is_match in pieces if is_match] == ["天气"]
    whole = "".join(piece for piece, _ in pieces)
    assert whole.startswith("…前")
    assert whole.endswith("后…")
    assert list(marked(text, ("雪",), 60)) == []
    assert list(marked(text, (), 60)) == []


def test_folded_text_has_no_accents_and_no_case():
    assert folded("ÄPFEL") == folded("apfel")


def test_a_part_is_no_pattern():
    assert like_pattern("50%_!") == "%50!%!_!!%"
