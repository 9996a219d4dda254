"""Small charts: what is drawn is what is there."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.monitoring.status_page import HEIGHT, WIDTH, bars, dots, percentile


def drawn(svg: str) -> ElementTree.Element:
    """The chart, well formed and within its frame."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        for name, size in (("x", WIDTH), ("cx", WIDTH), ("y", HEIGHT), ("cy", HEIGHT)):
            if name in element.attrib:
                assert 0 <= float(element.attrib[name]) <= size, element.attrib
    return root


def test_bars_are_stacked_in_proportion():
    root = drawn(
        bars([("06:00", {"good": 6, "bad": 2}), ("", {}), ("", {"bad": 4})], ["good", "bad"], "t")
    )
    heights = [(bar.attrib["class"], float(bar.attrib["height"])) for bar in root.iter("rect")]
    good, bad, other = (height for _, height in heights)
    assert [kind for kind, _ in heights] == ["good", "bad", "bad"]
    assert good == pytest.approx(3 * bad, abs=0.2)
    assert other == pytest.approx(2 * bad, abs=0.2)
    first, second = list(root.iter("rect"))[:2]
    assert float(second.attrib["y"]) + float(second.attrib["height"]) == pytest.approx(
        float(first.attrib["y"]), abs=0.2
    )
    assert [text.text for text in root.iter("text")] == ["0", "5", "10", "06:00"]


def test_an_empty_chart_is_a_chart():
    assert not list(drawn(bars([("", {})] * 24, ["good"], "nothing")).iter("rect"))


def test_dots_stand_higher_the_longer_it_took():
    root = drawn(dots([10, 100, 1000, 30_000], ("older", "now"), "t"))
    heights = [float(dot.attrib["cy"]) for dot in root.iter("circle")]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert "100 s" in [text.text for text in root.iter("text")]


def test_the_label_says_what_the_chart_shows():
    assert drawn(dots([5], ("a", "b"), '1 <file> & "one" more')).attrib["aria-label"] == (
        '1 <file> & "one" more'
    )


@given(st.lists(st.floats(0, 1e9), max_size=60))
def test_any_durations_can_be_drawn(values):
    root = drawn(dots(values, ("older", "now"), "t"))
    assert len(list(root.iter("circle"))) == len(values)
    assert not re.search(r"nan|inf", ElementTree.tostring(root, "unicode"))


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 10**9)), max_size=30))
def test_any_counts_can_be_drawn(columns):
    drawn(bars([("", counts) for counts in columns], ["a", "b"], "t"))


def test_percentiles_are_values_that_were_there():
    values = [40, 10, 30, 20]
    assert percentile(values, 0.5) == 20
    assert percentile(values, 0.95) == 40
    assert percentile([7], 0.5) == 7
    assert percentile([], 0.5) == 0
