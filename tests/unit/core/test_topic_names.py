"""One topic whatever the spelling of its name; slugs that are safe, readable and told apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.suggestions import is_one_edit_away, slip_keys
from worker.core.topic_names import RESERVED, clean_topic_name, slug_base, slug_with_hash, topic_key

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NAMES = st.text(max_size=250) | st.text("cC+#-_. &@/\\'0%", max_size=12)


@pytest.mark.parametrize(
    "spelling",
    ["AWS AI", "aws ai", " AWS  AI ", "AWS\u00a0AI", "ＡＷＳ ＡＩ", "aws\nai", "A\u200bWS AI"],
)
def test_case_width_and_spacing_make_no_other_topic(spelling: str) -> None:
    assert topic_key(spelling) == "aws ai"
    assert slug_base(spelling) == "aws-ai"


def test_symbols_accents_and_inner_spaces_do() -> None:
    names = [
        "C",
        "C++",
        "C#",
        "C+",
        "Café",
        "Cafe",
        "R&D",
        "R D",
        "AWS AI",
        "AWSAI",
        ".NET",
        "NET",
        "🦀",
    ]
    assert len({topic_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  AWS \n AI ", "AWS AI"),
        ("Cafe\u0301", "Café"),
        ("a\x00b\x07c\ud800", "abc"),
        ("safe\u202eexe.cod\u202c", "safeexe.cod"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("x" * 300, "x" * 200),
        (" \t\u200b ", ""),
    ],
)
def test_a_name_is_shown_on_one_line_with_nothing_hidden(name: str, shown: str) -> None:
    assert clean_topic_name(name) == shown


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("AWS AI", "aws-ai"),
        ("C", "c"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("A+", "a-plus"),
        ("#hashtag", "hashtag"),
        ("R&D", "r-and-d"),
        ("@home", "at-home"),
        ("100% fun", "100-percent-fun"),
        ("Don’t panic", "dont-panic"),
        ("Node.js", "node-js"),
        ("Straße & Ärger", "strasse-and-arger"),
        ("人工智能", "ren-gong-zhi-neng"),
        ("../../etc/passwd", "etc-passwd"),
        ("&#67;", "and-67"),
        ("all", "all-topic"),
        ("Index", "index-topic"),
        ("CON", "con-topic"),
        ("lpt1", "lpt1-topic"),
        ("🦀", "topic-7224c588"),
        ("...", "topic-ab5df625"),
        ("", "topic-e3b0c442"),
    ],
)
def test_slugs_are_readable_and_stay_as_they_are(name: str, slug: str) -> None:
    assert slug_base(name) == slug


@given(NAMES)
def test_slugs_are_safe_as_file_names(name: str) -> None:
    for slug in (slug_base(name), slug_with_hash(name)):
        assert SLUG.fullmatch(slug)
        assert len(slug) <= 80
        assert slug not in RESERVED


@given(NAMES)
def test_all_spellings_of_a_name_share_key_and_slugs(name: str) -> None:
    shown = clean_topic_name(name)
    assert len(shown) <= 200
    assert clean_topic_name(shown) == shown
    for spelling in (shown, f" {shown}\t"):
        assert topic_key(spelling) == topic_key(name)
        assert slug_base(spelling) == slug_base(name)
        assert slug_with_hash(spelling) == slug_with_hash(name)


@given(st.text("aàAb+#&. -", min_size=1, max_size=4), st.text("aàAb+#&. -", min_size=1, max_size=4))
def test_different_topics_never_share_the_slug_with_hash(one: str, other: str) -> None:
    same = topic_key(one) == topic_key(other)
    assert (slug_with_hash(one) == slug_with_hash(other)) == same


def test_names_that_share_a_slug_are_told_apart() -> None:
    marks = ["", "!", "?", "*", "~", "^", "=", "$", "|", "<", ">", "(", ")", "[", "]"]
    names = [f"topic {left}{right}" for left in marks for right in marks]
    assert {slug_base(name) for name in names} == {"topic-topic"}
    assert len({slug_with_hash(name) for name in names}) == len({topic_key(name) for name in names})


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("aws al", "aws ai"),
        ("harbour", "harbours"),
        ("fery", "ferry"),
        ("freight", "frieght"),
        ("tides", "tide"),
        ("xtides", "tides"),
    ],
)
def test_one_letter_more_less_another_or_two_swapped_make_a_likely_slip(
    key: str, other: str
) -> None:
    assert is_one_edit_away(key, other)
    assert is_one_edit_away(other, key)


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("tides", "tides"),
        ("tides", "tudas"),
        ("tides", "tidesxy"),
        ("ai", "ar"),
        ("fog", "frog"),
        ("2025", "2026"),
        ("web 2", "web 22"),
        ("abcd", "badc"),
    ],
)
def test_short_names_figures_and_more_than_one_edit_do_not(key: str, other: str) -> None:
    assert not is_one_edit_away(key, other)
    assert not is_one_edit_away(other, key)


LETTERS = st.text("abc dé", max_size=9)


@given(LETTERS, LETTERS, LETTERS)
def test_keys_one_edit_apart_always_share_a_slip_key(one: str, other: str, middle: str) -> None:
    for key in (one + middle + other, one + other, one + middle[::-1] + other):
        if is_one_edit_away(one + middle[:1] + other, key):
            assert slip_keys(one + middle[:1] + other) & slip_keys(key)


@pytest.mark.parametrize("key", ["", "ai", "fog", "x" * 41])
def test_a_very_short_or_long_key_has_no_slip_keys(key: str) -> None:
    assert slip_keys(key) == set()
