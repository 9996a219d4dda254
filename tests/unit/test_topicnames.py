"""One topic whatever the case and spacing; slugs that are safe anywhere."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.topicnames import clean_topic_name, slug_base, slug_with_hash, topic_key


@pytest.mark.parametrize("name", ["AI", "ai", " AI ", "Ai", "A\u200bI", "\uff21\uff29"])
def test_case_spacing_and_width_do_not_make_another_topic(name):
    assert topic_key(name) == "ai"


def test_signs_and_inner_spaces_do_make_another_topic():
    names = ["C", "C++", "C#", "A I", "AI", "A.I.", "人工智能", "🚀", ".NET"]
    assert len({topic_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("AWS AI", "aws-ai"),
        ("C", "c"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("R&D", "r-and-d"),
        ("Économie", "economie"),
        ("人工智能", "ren-gong-zhi-neng"),
        ("../../etc/passwd", "etc-passwd"),
        ("All", "all-topic"),
        ("con", "con-topic"),
    ],
)
def test_slugs_are_readable(name, slug):
    assert slug_base(name) == slug


@pytest.mark.parametrize("name", ["🚀", "...", "///", "\u202e"])
def test_a_name_that_leaves_no_letter_still_has_a_slug(name):
    assert re.fullmatch(r"topic-[0-9a-f]{8}", slug_base(name))


@given(st.text(max_size=300))
def test_any_slug_is_safe_as_a_file_name_and_made_anew_the_same(name):
    for make in (slug_base, slug_with_hash):
        slug = make(name)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert len(slug) <= 86
        assert slug == make(name)


@given(st.text(max_size=50), st.text(max_size=50))
def test_different_topics_never_share_a_slug_with_a_hash(one, other):
    if topic_key(one) != topic_key(other):
        assert slug_with_hash(one) != slug_with_hash(other)


@given(st.text(max_size=300))
def test_a_shown_name_is_short_clean_and_the_same_topic(name):
    shown = clean_topic_name(name)
    assert len(shown) <= 200
    assert shown == clean_topic_name(shown)
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e]", shown)
