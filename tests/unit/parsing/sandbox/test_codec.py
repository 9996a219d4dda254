"""What worker/parsing/sandbox/codec.py promises: our own values arrive unchanged, and nothing else
arrives."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.article import Article, Hold, Image, Person, Provider, Reading, Related
from worker.core.problems import Place, Problem
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.codec import CodecError, decode, encode

TEXT = st.text(st.characters(), max_size=40)  # surrogates too: a name may hold one
NUMBER = st.none() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
MOMENT = st.none() | st.datetimes(timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0, fold=0)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
EXTRA = st.dictionaries(TEXT, JSON, max_size=3)
SIZE = st.none() | st.integers(0, 10_000)


def several(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


PLACE = st.builds(Place, st.integers(1, 9999), st.integers(1, 9999))
IMAGE = st.builds(Image, TEXT, SIZE, SIZE, TEXT, st.none() | st.booleans())
PROVIDER = st.none() | st.builds(Provider, TEXT, TEXT)
RELATED = st.builds(Related, TEXT, TEXT, TEXT, MOMENT, PROVIDER, several(IMAGE), EXTRA)
ARTICLE = st.builds(
    Article,
    title=TEXT,
    summary=TEXT,
    content_html=TEXT,
    text=TEXT,
    link=TEXT,
    published=MOMENT,
    updated=MOMENT,
    expires=MOMENT,
    explicit_id=TEXT,
    hold=st.none() | st.builds(Hold, TEXT, PLACE),
    topics=several(TEXT),
    provider=PROVIDER,
    people=several(st.builds(Person, TEXT, TEXT, TEXT)),
    images=several(IMAGE),
    related=several(RELATED),
    quality=NUMBER,
    heat=NUMBER,
    extra=EXTRA,
)
PROBLEM = st.builds(
    Problem, TEXT, TEXT, st.none() | PLACE, TEXT, st.sampled_from(["error", "warning"])
)
READING = st.builds(Reading, st.none() | ARTICLE, several(PROBLEM))

SMALL = Reading(Article("T", "", "<p>x</p>", "x", quality=1, topics=("A",)), ())


@given(READING)
def test_every_reading_arrives_unchanged(reading: Reading) -> None:
    assert decode(Reading, encode(reading)) == reading


@given(READING)
def test_types_arrive_as_they_were(reading: Reading) -> None:
    assert repr(decode(Reading, encode(reading))) == repr(reading)


def test_a_read_only_mapping_arrives_as_a_plain_one() -> None:
    article = Article("T", "", "", "", extra=MappingProxyType({"a": 1}))
    arrived = decode(Reading, encode(Reading(article))).article
    assert arrived is not None
    assert arrived.extra == {"a": 1}


def test_the_first_and_last_moments_arrive() -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 0, UTC)):
        article = Article("T", "", "", "", published=moment)
        assert decode(Reading, encode(Reading(article))).article == article


def test_the_rules_travel_as_well() -> None:
    rules = ReadingRules("https://example.org/", "Asia/Kathmandu", "ne")
    assert decode(ReadingRules, encode(rules)) == rules


@given(st.binary(max_size=60))
def test_bytes_of_any_other_make_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        decode(Reading, data)


def damaged() -> list[Any]:
    """The small reading as parsed JSON with one thing wrong, in every place that has a type."""
    whole = json.loads(encode(SMALL))
    wrong: list[Any] = [None, [], whole[:1], [*whole, None], {"article": None}, "x", 7]
    for place in range(len(whole[0])):
        for value in (object, {"a": 1}, [[1]], True):
            article = list(whole[0])
            article[place] = {} if value is object else value
            wrong.append([article, []])
    return wrong


def test_a_value_of_the_wrong_type_is_refused_wherever_it_stands() -> None:
    names = list(Article.__dataclass_fields__)
    for wrong in damaged():
        try:
            arrived = decode(Reading, json.dumps(wrong).encode())
        except CodecError:
            continue
        # Only where any mapping is right.
        assert arrived.article is not None
        assert arrived.article.extra in ({}, {"a": 1})
        assert wrong[0][names.index("extra")] in ({}, {"a": 1})
        assert arrived.article.title == "T"


def test_a_truth_value_is_no_number() -> None:
    data = encode(SMALL).replace(b",1,null", b",true,null", 1)
    assert data != encode(SMALL)
    with pytest.raises(CodecError, match="bool"):
        decode(Reading, data)


@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b'[null,[["a","b",null,"","fatal"]]]', b"[null,[]", b"\xff\xfe", b"9" * 5000],
    ids=["deep", "unknown level", "cut short", "not UTF-8", "endless number"],
)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        decode(Reading, data)


def test_a_moment_outside_the_calendar_is_refused() -> None:
    article = Article("T", "", "", "", published=datetime(2024, 1, 1, tzinfo=UTC))
    data = encode(Reading(article)).replace(b"1704067200", b"9" * 30)
    with pytest.raises(CodecError):
        decode(Reading, data)


def test_fractions_of_a_second_do_not_travel() -> None:
    at = datetime(1969, 12, 31, 23, 59, 59, 500_000, UTC)
    article = Article("T", "", "", "", published=at)
    arrived = decode(Reading, encode(Reading(article))).article
    assert arrived is not None
    assert arrived.published == at - timedelta(microseconds=500_000)


def test_a_type_that_has_no_plain_form_is_a_mistake_of_ours() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: set[int]

    with pytest.raises(TypeError):
        encode(Odd({1}))
