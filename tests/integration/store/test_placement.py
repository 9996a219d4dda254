"""Which feeds an article belongs to."""

from datetime import timedelta

import pytest

from tests.integration.house import START, article
from worker.config.model import Search, TopicRule
from worker.core.clock import to_text
from worker.service.command_queue import Request
from worker.store.feeds import FeedTable
from worker.store.placement import Placement


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


ARTICLES = {
    "a.md": article("A", topics="[Mills]", author="Ann Miller"),
    "b.md": article("B", topics="[Dams]", author="Bo", language="de-AT"),
    "ab.md": article("AB", topics="[Mills, Dams]", authors="[Bo, ANN  miller]", language="de"),
    "c.md": article("C", topics="[Sport]"),
}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search("it", topics=("mills", "Dams")), ["A", "AB", "B"]),
        (Search("it", topics_all=("MILLS", "Dams")), ["AB"]),
        (Search("it", topics_none=("Sport",)), ["A", "AB", "B"]),
        (Search("it", topics=("Mills",), topics_none=("Dams",)), ["A"]),
        (Search("it", topics=("Water mills",)), ["A", "AB"]),  # an alias in the configuration
        (Search("it", authors=("ann miller",)), ["A", "AB"]),
        (Search("it", authors=("Cy", "Bo"), topics_none=("Mills",)), ["B"]),
        (Search("it", language="DE"), ["AB", "B"]),
        (Search("it", language="de-AT"), ["B"]),
        (Search("it", language="en"), ["A", "C"]),  # the site's
        (Search("it", "title: c", topics_none=("Dams",)), ["C"]),
    ],
)
def test_an_article_is_in_a_search_if_it_matches_all_that_is_given(house, search, found):
    for name, text in ARTICLES.items():
        house.write(name, text)
    house.reconcile()
    house.restart(searches=(search,), topics=(TopicRule("Mills", aliases=("Water mills",)),))
    house.reconcile()
    assert sorted(house.titles("searches/it")) == found


def test_an_article_changes_its_searches_with_its_authors_and_topics(house):
    searches = Search("Ann", authors=("Ann",)), Search("Dry", topics_none=("Dams",))
    house.restart(searches=searches)
    house.write("a.md", article("A", topics="Mills", author="Ann"))
    house.reconcile()
    assert (house.titles("searches/ann"), house.titles("searches/dry")) == (["A"], ["A"])
    house.write("a.md", article("A", topics="Dams", author="Bo"), age=1)
    house.reconcile(5)
    assert (house.titles("searches/ann"), house.titles("searches/dry")) == ([], [])


def test_a_new_name_of_a_topic_moves_its_articles_into_the_searches_for_it(house):
    house.restart(searches=(Search("New", topics=("Windmills",)),))
    house.write("a.md", article("A", topics="Mills"))
    house.reconcile()
    house.worker.handler.handle(Request("rename-topic", ("Mills", "Windmills")))
    house.reconcile()
    assert house.titles("searches/new") == ["A"]


def test_only_searches_that_an_article_may_match_cost_a_look_at_its_text(house, monkeypatch):
    house.restart(
        searches=(
            Search("No query", topics=("Mills",)),
            Search("Another topic", "text", topics=("Dams",)),
            Search("Another author", "text", authors=("Bo",)),
            Search("This", "text", topics=("Mills",)),
        )
    )
    asked: list[str] = []
    real = Placement.matches
    monkeypatch.setattr(
        Placement, "matches", lambda it, at, query: asked.append(query) or real(it, at, query)
    )
    house.write("a.md", article("A", topics="Mills"))
    house.reconcile()
    assert asked == ["text"]
    assert house.titles("searches/this") == house.titles("searches/no-query") == ["A"]


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
    with house.worker.database.transaction():
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
