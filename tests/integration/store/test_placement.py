"""Which feeds an article belongs to."""

import pytest

from tests.integration.house import article
from worker.config.model import Search


@pytest.mark.parametrize(
    ("quality", "stands"), [("50", True), ("50.5", True), ("49.9", False), (None, False)]
)
def test_a_search_wants_a_quality_or_more(house, quality, stands):
    house.restart(searches=(Search("Good", "text", min_quality=50),))
    fields = {} if quality is None else {"quality": quality}
    house.write("a.md", article("One", **fields))
    house.reconcile()
    assert house.titles("searches/good") == (["One"] if stands else [])


@pytest.mark.parametrize(
    ("topics", "provider", "stands"),
    [
        (("AI",), "", True),
        (("Other",), "", False),
        ((), "MILL.example", True),
        ((), "The Mill", True),
        ((), "other.example", False),
        (("AI",), "other.example", False),
        (("Other",), "mill.example", False),
    ],
)
def test_a_search_wants_one_of_its_topics_and_its_provider(house, topics, provider, stands):
    house.restart(searches=(Search("Mine", "text", topics=topics, provider=provider),))
    source = "{name: The Mill, domain: mill.example}"
    house.write("a.md", article("One", topics="ai", provider=source))
    house.reconcile()
    assert house.titles("searches/mine") == (["One"] if stands else [])


def test_a_query_that_fails_matches_nothing_and_stops_no_article(house):
    house.write("a.md", article("One"))
    house.reconcile()
    ((number,),) = house.rows("SELECT id FROM articles")
    placement = house.worker.ingestor.placement
    assert placement.matches(number, "title: one")
    assert not placement.matches(number, "tilte: one")
