"""What worker/parsing/sandbox/codec.py promises: our own values arrive unchanged, and nothing else
arrives."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.article import Article, Hold, Image, Person, Provider, Reading, Related
from worker.core.problems import Place, Problem
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.codec import CodecError, decode, encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBER = st.none() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False)
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


def packed(article: object = None, **changes: object) -> bytes:
    """The bytes of the small reading, with other values in its article, or another article."""
    whole = msgspec.msgpack.decode(encode(SMALL))
    whole["article"].update(changes)
    return msgspec.msgpack.encode(
        {**whole, "article": whole["article"] if article is None else article}
    )


FIELDS = Article.__dataclass_fields__


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", [object, {"a": 1}, [[1]], True, b"bytes", -(2.5**70)])
def test_a_value_of_the_wrong_type_is_refused_wherever_it_stands(name: str, value: object) -> None:
    value = {} if value is object else value
    try:
        arrived = decode(Reading, packed(**{name: value})).article
    except CodecError:
        return
    # Only where any mapping is right, or any number, or no key is needed.
    if name in ("provider", "episode"):
        assert value in ({}, {"a": 1})
    else:
        assert name in (("extra",) if isinstance(value, dict) else ("quality", "heat"))
        assert getattr(arrived, name) == value
    assert type(encode(arrived)) is bytes


@pytest.mark.parametrize("wrong", [None, [], {}, {"problems": []}, "x", 7, [None, []]])
def test_a_value_of_another_shape_is_refused(wrong: object) -> None:
    with pytest.raises(CodecError):
        decode(Reading, msgspec.msgpack.encode(wrong))


def test_a_truth_value_is_no_number() -> None:
    with pytest.raises(CodecError, match="bool"):
        decode(Reading, packed(quality=True))


@pytest.mark.parametrize(
    "article", ["x", [], {"title": "T"}, {"title": "T", "summary": "", "text": ""}]
)
def test_an_article_without_its_fields_is_refused(article: object) -> None:
    with pytest.raises(CodecError):
        decode(Reading, packed(article))


@pytest.mark.parametrize(
    "extra",
    [
        {1: "a key that is no text"},
        {"deep": [{"deeper": {None: 1}}]},
        {"bytes": b"x"},
        {"bytes": [b"x"]},
        {"time": datetime(2026, 1, 1, tzinfo=UTC)},
        {"extension": msgspec.msgpack.Ext(5, b"x")},
        {"a list as a key": {(1, 2): 3}},
    ],
)
def test_only_json_is_extra(extra: object) -> None:
    with pytest.raises(CodecError):
        decode(Reading, packed(extra=extra))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001 -- what is refused
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+02:00",
        datetime(2026, 1, 1, 0, 0, 0, 1, UTC),
        1_767_225_600,
    ],
)
@pytest.mark.parametrize("place", ["published", "updated", "expires", "related"])
def test_a_moment_is_a_whole_second_in_utc(place: str, moment: object) -> None:
    value: object = moment
    if place == "related":
        value = [{"title": "T", "link": "L"}, {"title": "T", "link": "L", "published": moment}]
    with pytest.raises(CodecError):
        decode(Reading, packed(**{place: value}))


def test_another_zone_arrives_as_utc() -> None:
    zone = timezone(timedelta(hours=2))
    article = Article("T", "", "", "", published=datetime(2026, 1, 1, 2, tzinfo=zone))
    arrived = decode(Reading, encode(Reading(article))).article
    assert arrived is not None
    assert repr(arrived.published) == repr(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "data",
    [
        b"\x91" * 1_000_000,
        b"\x82\xa7article\xc0\xa1x" + b"\x91" * 1_000_000,
        b"\x82\xa7article\xc0\xa8problems\xdd\xff\xff\xff\xff",
        b"\x82\xa7article\xc0\xa8problems\xdb\xff\xff\xff\xff",
        encode(SMALL)[:-1],
        encode(SMALL) + b"\xc0",
        encode(SMALL).replace(b"<p>x</p>", b"<p>\xff</p>"),
        encode(SMALL).replace(b"<p>x</p>", "<p>\ud800p>".encode("utf-8", "surrogatepass")),
        encode(Reading(None, (Problem("a", "b", None, ""),))).replace(b"error", b"fatal"),
    ],
    ids=[
        *("deep", "deep and not asked for", "an endless list", "an endless text", "cut short"),
        *("longer", "not UTF-8", "a lone surrogate", "unknown level"),
    ],
)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        decode(Reading, data)


@given(st.integers(0, len(encode(SMALL)) - 1), st.integers(0, 255))
def test_a_changed_byte_gives_a_reading_or_is_refused(place: int, value: int) -> None:
    data = bytearray(encode(SMALL))
    data[place] = value
    try:
        arrived = decode(Reading, bytes(data))
    except CodecError:
        return
    assert isinstance(arrived, Reading)
    assert isinstance(encode(arrived), bytes)


def test_a_moment_outside_the_calendar_is_refused() -> None:
    article = Article("T", "", "", "", published=datetime(2024, 1, 1, tzinfo=UTC))
    seconds = struct.pack(">I", 1704067200)
    data = encode(Reading(article))
    assert b"\xd6\xff" + seconds in data
    far = b"\xc7\x0c\xff" + struct.pack(">Iq", 0, 2**62)
    with pytest.raises(CodecError):
        decode(Reading, data.replace(b"\xd6\xff" + seconds, far))


def test_bytes_travel_as_they_are() -> None:
    rendered = Rendered(bytes(range(256)), (b"", b"\xff" * 100_000))
    assert decode(Rendered, encode(rendered)) == rendered
    assert len(encode(rendered)) < 100_400


@pytest.mark.parametrize("value", ["text", None, [1], 7])
def test_text_is_no_bytes(value: object) -> None:
    with pytest.raises(CodecError):
        decode(Rendered, msgspec.msgpack.encode({"body": value, "parts": []}))


@dataclass(frozen=True, slots=True)
class Rendered:
    body: bytes
    parts: tuple[bytes, ...]


def test_a_type_that_has_no_plain_form_is_a_mistake_of_ours() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: complex

    with pytest.raises(TypeError):
        encode(Odd(1j))
