"""What of an article in the database stands in its feeds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.integration.house import article
from worker.publishing.feed_contents import FeedContents
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
