"""What of an article in the database stands in its feeds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feeds.model import Feed
from tests.integration.house import START, House, article
from worker.config.model import Search, TopicRule
from worker.core.clock import to_text
from worker.publishing.feed_contents import FeedContents
from worker.store.feed_archives import ArchiveDocument, Position
from worker.store.feeds import FeedTable

RELATED = "{title: More, webUrl: 'https://e.org/1'%s}"


@pytest.mark.parametrize(("written", "language"), [(", language: de", "de"), ("", "")])
def test_a_related_article_keeps_its_language(house, written, language):
    house.write("a.md", article("One", related=f"[{RELATED % written}]"))
    house.reconcile()
    contents = FeedContents(house.worker.database, house.config)
    row = house.rows("SELECT id FROM articles")[0]
    (related,) = contents.entry(row[0]).related
    assert (related.url, related.title, related.language) == ("https://e.org/1", "More", language)


@pytest.mark.parametrize(
    ("provider", "source"),
    [
        ("{name: Mill, domain: mill.example}", ("Mill", "https://mill.example/")),
        ("{name: Mill}", ("Mill", "")),
        ("{domain: mill.example}", ("mill.example", "https://mill.example/")),
        ("{}", None),
    ],
)
def test_a_source_is_known_by_its_name_or_else_its_domain(house, provider, source):
    house.write("a.md", article("One", provider=provider))
    house.reconcile()
    contents = FeedContents(house.worker.database, house.config)
    found = contents.entry(house.rows("SELECT id FROM articles")[0][0]).source
    assert (found and (found.name, found.url)) == source


@pytest.mark.parametrize(
    ("least", "days", "count"),
    [(3, 0, 3), (3, 3, 3), (3, 4, 4), (1, 1, 1), (1, 2, 2), (7, 0, 6), (6, 9, 6)],
)
def test_a_window_has_its_least_number_and_goes_back_its_days_and_no_further(
    house, least, days, count
):
    """The newest is of day 6, the oldest of day 1: so many days back, that day not included."""
    house.restart(feeds=replace(house.config.feeds, min_entries=least, min_days=days))
    for day in range(1, 7):
        house.write(f"{day}.md", article(f"n{day}", date=f"2026-03-0{day}"))
    house.reconcile()
    newest_first = [f"n{day}" for day in range(6, 0, -1)]
    assert house.titles() == newest_first[:count]


@pytest.mark.parametrize(("less", "is_kept"), [(0, True), (1, False)])
def test_an_entry_has_its_content_up_to_a_quarter_of_what_a_feed_may_have(house, less, is_kept):
    house.write("a.md", article("One", "Für alle."))
    house.reconcile()
    ((number, html),) = house.rows("SELECT id, content_html FROM articles")
    size = 4 * (len(html.encode()) - less)
    config = replace(house.config, feeds=replace(house.config.feeds, max_bytes=size))
    found = FeedContents(house.worker.database, config).entry(number)
    assert found.content_html == (html if is_kept else "")


def test_a_feed_that_never_had_an_entry_is_of_the_year_2000(house):
    house.reconcile()
    feed = FeedTable(house.worker.database).all()[-1]
    head = FeedContents(house.worker.database, house.config).head(feed, [])
    assert head.updated == datetime(2000, 1, 1, tzinfo=UTC)


def withdraw(house: House, moments: list[datetime]) -> Feed:
    """The head of the feed of all, from which an article was withdrawn at each moment; the one
    that it has is of START."""
    house.write("a.md", article("One", date=to_text(START)))
    house.reconcile()
    database, feed = house.worker.database, FeedTable(house.worker.database).all()[-1]
    database.executemany(
        "INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at)"
        f" VALUES ({feed.id}, ?, ?, (SELECT id FROM articles), ?)",
        [(to_text(START), f"urn:{n}", to_text(moment)) for n, moment in enumerate(moments)],
    )
    feed = replace(feed, last_withdrawal=to_text(max(moments)))
    contents = FeedContents(database, house.config)
    return contents.head(feed, list(contents.window(feed)))


@pytest.mark.parametrize(("seconds", "moved"), [(-5, 0), (0, 0), (5, 5)])
def test_a_feed_was_updated_with_its_newest_entry_or_the_withdrawal_after_it(house, seconds, moved):
    head = withdraw(house, [START + timedelta(seconds=seconds)])
    assert head.updated == START + timedelta(seconds=moved)


def test_a_tombstone_stands_for_thirty_days_of_its_feed(house):
    last = START + timedelta(days=40)
    month = last - timedelta(days=30)
    head = withdraw(house, [last, month, month - timedelta(seconds=1)])
    assert [stone.id for stone in head.tombstones] == ["urn:0", "urn:1"]


def test_a_feed_has_its_hundred_newest_tombstones(house):
    head = withdraw(house, [START + timedelta(seconds=number) for number in range(103)])
    assert [stone.id for stone in head.tombstones] == [f"urn:{n}" for n in range(102, 2, -1)]


def test_a_feed_points_to_the_archive_document_that_it_is_given_if_any(house):
    house.reconcile()
    feed = FeedTable(house.worker.database).all()[-1]
    contents = FeedContents(house.worker.database, house.config)
    assert contents.head(feed, []).prev_archive == ""
    assert contents.head(feed, [], 0).prev_archive == ""
    assert contents.head(feed, [], 7).prev_archive == "archive/all/7"


@pytest.mark.parametrize("is_newest", [True, False])
@pytest.mark.parametrize(("number", "older"), [(1, ""), (2, "archive/all/1"), (9, "archive/all/8")])
def test_an_archive_document_points_to_its_neighbours_and_its_feed(house, number, older, is_newest):
    house.restart(site=replace(house.config.site, hub="https://hub.example/"))
    house.write("a.md", article("One"))
    house.reconcile()
    feed = FeedTable(house.worker.database).all()[-1]
    contents = FeedContents(house.worker.database, house.config)
    last = Position(to_text(START - timedelta(days=9)), "urn:last")
    newest = number if is_newest else number + 1
    document = ArchiveDocument(number, Position("", ""), last, newest, 1, 0, 0)
    head = contents.archive_head(feed, document, entries := list(contents.window(feed)))
    assert (head.archive, head.key, head.current) == (True, f"archive/all/{number}", "all")
    assert head.prev_archive == older
    assert head.next_archive == ("" if is_newest else f"archive/all/{number + 1}")
    assert (head.hub, head.tombstones, head.updated) == ("", (), entries[0].updated)
    assert contents.head(feed, entries).hub == "https://hub.example/"
    assert contents.archive_head(feed, document, []).updated == START - timedelta(days=9)


def test_the_description_of_a_topic_is_no_other_feed_s(house):
    topics, searches = (TopicRule("Mills", "All on mills."),), (Search("Mills", "text"),)
    house.restart(topics=topics, searches=searches)
    house.write("a.md", article("One", topics="[Mills, Dams]"))
    house.reconcile()
    contents = FeedContents(house.worker.database, house.config)
    found = {
        feed.key: contents.own_description(feed) for feed in FeedTable(house.worker.database).all()
    }
    assert found == {
        "topics/mills": "All on mills.", "topics/dams": "", "searches/mills": "", "all": ""
    }  # fmt: skip
