"""The line that a message shows: the caret below the right letter, and no secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.authors.excerpts import WIDEST, Source
from worker.core.problems import Place

BLOB = "Zm9vYmFyQmF6MTIzNDU2Nzg5MEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla"


def shown(text: str, line: int, column: int) -> list[str]:
    excerpt = Source(text.encode()).excerpt(Place(line, column))
    assert excerpt is not None
    return list(excerpt)


def test_the_caret_stands_below_the_column() -> None:
    assert shown("---\ntitle: Tides: a table\n---\n", 2, 13) == [
        "title: Tides: a table",
        "            ^",
    ]


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_lines_are_counted_as_the_reader_counts_them(ends: str) -> None:
    assert shown(f"\ufeffone{ends}two{ends}three", 2, 2) == ["two", " ^"]


def test_a_tab_is_made_visible_and_moves_the_caret() -> None:
    assert shown("a:\n\tb: c", 2, 2) == ["→   b: c", "    ^"]
    assert shown("ab\tc", 1, 4) == ["ab→ c", "    ^"]


def test_wide_letters_take_two_columns_and_accents_none() -> None:
    assert shown("題名: x", 1, 3) == ["題名: x", "    ^"]
    assert shown("cafe\u0301: x", 1, 6) == ["cafe\u0301: x", "    ^"]


def test_characters_that_would_trick_the_eye_are_shown_as_dots() -> None:
    assert shown("a\u202eb\x07c", 1, 5) == ["a·b·c", "    ^"]


def test_bytes_that_are_no_utf8_are_shown_as_such() -> None:
    excerpt = Source(b"title: caf\xe9 au lait").excerpt(Place(1, 11))
    assert excerpt == ("title: caf\ufffd au lait", " " * 10 + "^")


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    line, caret = shown("x" * 500 + "HERE" + "y" * 500, 1, 501)
    assert line.startswith("…xxx")
    assert line.endswith("yyy…")
    assert line[len(caret) - 1 :].startswith("HERE")
    assert len(line) == WIDEST + 2


def test_the_end_of_a_line_can_be_pointed_at() -> None:
    assert shown("abc", 1, 4) == ["abc", "   ^"]
    assert shown("abc", 1, 400) == ["abc", "   ^"]


@pytest.mark.parametrize("place", [Place(3, 1), Place(9, 1), Place(0, 1)])
def test_nothing_is_shown_of_lines_that_are_not_there_or_blank(place: Place) -> None:
    assert Source(b"one\ntwo\n   \n").excerpt(place) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'secured: "{BLOB}"\n', 1),
        (f"  Secured : {BLOB}\n", 1),
        (f'{{"secured": "{BLOB}", "a": 1}}\n', 1),
        (f"secured = '{BLOB}'\n", 1),
        (f'link: "https://example.org secured: {BLOB}\n', 1),
        (f"secured: |\n  {BLOB}\n  {BLOB}==\n", 3),
        ("secured: |\n  Zm9v\n\n  YmFy\n", 4),
        (f"title: x\n{BLOB}\n", 2),
    ],
)
def test_what_is_secured_is_never_shown(text: str, line: int) -> None:
    for column in (1, 12, 60):
        seen = "".join(shown(text, line, column))
        assert BLOB[:12] not in seen
        assert BLOB[-12:] not in seen
        assert "YmFy" not in seen or line == 2


def test_what_stands_below_a_secured_value_is_shown() -> None:
    text = f"---\nsecured: {BLOB}\ntitle: a: b\n---\nText below.\n"
    assert shown(text, 3, 9)[0] == "title: a: b"
    assert shown(text, 5, 1)[0] == "Text below."


def test_a_long_address_is_shown() -> None:
    line = "url: https://example.org/news/articles/archive/2026/04/03/tides/table"
    assert shown(line, 1, 1)[0] == line


@given(st.text(), st.integers(-2, 400), st.integers(-2, 400))
def test_whatever_the_text_the_caret_stands_within_what_is_shown(
    text: str, line: int, column: int
) -> None:
    excerpt = Source(text.encode("utf-8", "surrogatepass")).excerpt(Place(line, column))
    if excerpt is not None:
        assert "\n" not in excerpt.line + excerpt.caret
        assert len(excerpt.caret) <= 2 * len(excerpt.line) + _TAB_ROOM
        assert len(excerpt.line) <= 3 * WIDEST + len(text)


_TAB_ROOM = 8


@pytest.mark.parametrize(
    "line",
    ["x" * 2_000_000, "aB1=" * 500_000, "secured " * 200_000, "\t" * 1_000_000, "\u0301" * 900_000],
)
def test_of_a_line_of_any_length_a_short_part_is_shown(line: str) -> None:
    excerpt = Source(f"a{line}".encode()).excerpt(Place(1, len(line) // 2))
    assert excerpt is not None
    assert len(excerpt.line) < 2_100  # accents take no room of their own
    assert excerpt.caret.strip() == "^"
    assert len(excerpt.caret) <= 3 * WIDEST


def test_a_blob_stays_hidden_far_from_where_a_long_line_begins() -> None:
    blob = "aB1" * 2_000
    source = Source(f"a: {blob}: b".encode())
    excerpt = source.excerpt(Place(1, len(blob) + 4))
    assert excerpt is not None
    assert "aB1" not in excerpt.line
