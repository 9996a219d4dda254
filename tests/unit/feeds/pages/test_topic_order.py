"""The order of topics, and their letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.pages.topic_order import DIGITS, letter_of, natural_key


@pytest.mark.parametrize(
    "names",
    [
        ["Topic", "Topic 2", "topic 3", "Topic 10", "Topic 10 b", "Topics"],
        ["1", "2", "10", "10 mills", "a", "a1", "a2b", "a10"],
        ["Eau", "École", "Ecole 2", "Zebra"],
        ["", "007", "8"],
    ],
)
def test_numbers_count_and_accents_do_not(names):
    backwards = names[::-1]
    assert sorted(backwards, key=natural_key) == names


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Mills", "M"),
        ("élan", "E"),
        ("“Quoted”", "Q"),
        ("ßuper", "S"),
        ("42nd street", DIGITS),
        ("٣ mills", DIGITS),
        ("Ζeta", "Ζ"),
        ("ملاحظات", "م"),
        ("潮力", ""),
        ("#!", ""),
        ("", ""),
        ("\ud800", ""),
    ],
)
def test_a_name_is_found_below_its_letter(name, letter):
    assert letter_of(name) == letter


@given(st.lists(st.text(max_size=8), max_size=8))
def test_any_names_can_be_sorted_in_one_way_only(names):
    ordered = sorted(names, key=natural_key)
    backwards = names[::-1]
    assert sorted(backwards, key=natural_key) == ordered
    assert all(len(letter_of(name)) <= len(DIGITS) for name in names)
