"""Which feeds an article belongs to."""

from datetime import timedelta

import pytest

from tests.integration.house import START, article
from worker.config.model import Search
from worker.core.clock import to_text
from worker.store.feeds import FeedTable


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


def test_an_article_is_public_since_the_moment_that_its_readers_first_see_it(house):
    begin = START + timedelta(hours=1)
    house.write("a.md", article("One", date=to_text(begin)))
    house.reconcile()
    public_since = "SELECT public_since FROM articles"
    assert house.rows(public_since) == [(None,)]
    house.clock.pass_time(3600)
    house.turn()
    assert house.rows(public_since) == [(to_text(begin),)]
    house.worker.ingestor.placement.place_all(begin + timedelta(days=1))
    assert house.rows(public_since) == [(to_text(begin),)]


@pytest.mark.parametrize(
    ("topic", "touched"),
    [(None, ["topics/dams", "topics/mills", "all"]), ("Mills", ["topics/mills", "all"])],
)
def test_every_article_is_placed_again_or_those_on_one_topic(house, topic, touched):
    house.write("one.md", article("One", topics="Mills"))
    house.write("two.md", article("Two", topics="Dams"))
    house.reconcile()
    placement = house.worker.ingestor.placement
    found = placement.topics.find(topic).id if topic else None
    placement.place_all(START, found)
    assert [feed.key for feed in FeedTable(house.worker.database).touched()] == touched


def test_an_article_of_another_date_moves_in_its_feeds_and_leaves_the_others_in_its_place(house):
    """Another file, with another date and other topics, takes it over."""
    house.write("a.md", article("A", id='"1"', date="2026-03-01", topics="[Mills, Dams]"), age=50)
    came = house.clock.now()
    house.reconcile()
    # Both came at once, so that the older file is the first.
    house.clock.pass_time((came - house.clock.now()).total_seconds())
    house.write("b.md", article("B", id='"1"', date="2026-02-01", topics="Dams"), age=100)
    house.reconcile()
    places = house.rows(
        "SELECT f.key, substr(e.published, 1, 10), e.withdrawn_at IS NULL"
        " FROM entries e JOIN feeds f ON f.id = e.feed_id ORDER BY 1, 2"
    )
    assert places == [
        ("all", "2026-02-01", 1),
        ("topics/dams", "2026-02-01", 1),
        ("topics/mills", "2026-03-01", 0),
    ]
