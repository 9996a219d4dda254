"""The tables that publishing reads: what is asked for is what was stored."""

import pytest

from tests.integration.house import House, article
from worker.core.clock import from_text
from worker.publishing.feed_contents import FeedContents
from worker.store.feeds import (
    EntryTable,
    FeedTable,
    KeptEntries,
    KeptEntry,
)
from worker.store.public_files import PublicFile, PublicFileTable
from worker.store.topics import Topics


@pytest.fixture
def filled(house: House) -> House:
    house.write("one.md", article("One", topics="[Mills, Dams]", date="2026-04-01"))
    house.write("two.md", article("Two", topics="Mills", date="2026-04-02"))
    house.reconcile()
    return house


def keys(feeds) -> list[str]:
    return [feed.key for feed in feeds]


def test_topics_come_first_and_the_feed_of_all_last(filled):
    feeds = FeedTable(filled.worker.database)
    assert keys(feeds.all()) == ["topics/dams", "topics/mills", "all"]
    assert feeds.all()[-1].topic_slug == ""


def test_the_feed_of_a_merged_topic_is_published_but_not_listed(filled):
    database = filled.worker.database
    topics, feeds = Topics(database, filled.config), FeedTable(database)
    with database.transaction():
        topics.merge(topics.find("Dams"), topics.find("Mills"))
    contents = FeedContents(database, filled.config)
    merged = next(feed for feed in feeds.all() if feed.key == "topics/dams")
    assert (merged.is_merged, merged.topic_slug, merged.name) == (True, "mills", "Mills")
    assert keys(feeds.all()) == ["topics/dams", *keys(contents.listed())]


def test_one_feed_is_always_the_same_one(filled):
    feeds = FeedTable(filled.worker.database)
    assert feeds.any_id() == min(feed.id for feed in feeds.all())


def test_a_feed_waits_until_its_files_and_its_page_are_right(filled):
    database = filled.worker.database
    feeds = FeedTable(database)
    assert not any(feeds.due())
    feed = feeds.all()[0]
    with database.transaction():
        feeds.touch_with_history(feed.id)
    assert (any(feeds.due()), feeds.touched()) == (True, [feed])
    with database.transaction():
        feeds.mark_published(feed.id, "")
    assert (any(feeds.due()), feeds.touched(), feeds.with_due_pages()) == (True, [], [feed])
    with database.transaction():
        feeds.mark_pages_written([feed.id])
    assert not any(feeds.due())


def test_a_refused_feed_waits_for_nothing_and_has_a_problem(filled):
    database = filled.worker.database
    feeds = FeedTable(database)
    feed = feeds.all()[0]
    with database.transaction():
        feeds.touch(feed.id)
        feeds.mark_refused(feed.id, "it is bad")
    assert not any(feeds.due())
    assert feeds.with_problems() == {feed.id}


def test_entries_are_newest_first_and_withdrawn_ones_are_tombstones(filled):
    entries = EntryTable(filled.worker.database, "https://house.example/")
    everything = FeedTable(filled.worker.database).all()[-1]
    two, one = entries.live(everything.id)
    assert two.published > one.published
    latest = entries.latest(everything.id)
    assert latest is not None
    assert (latest.id, latest.title, latest.published) == (two.uri, "Two", two.published)
    assert entries.count(everything.id) == 2
    filled.delete("two.md")
    assert list(entries.live(everything.id)) == [one]
    assert entries.count(everything.id) == 1
    (tombstone,) = entries.withdrawn(everything.id, from_text("2026-01-01T00:00:00Z"), 10)
    assert tombstone.id == two.uri
    assert not entries.withdrawn(everything.id, from_text("2027-01-01T00:00:00Z"), 10)


def test_the_newest_entry_is_given_with_its_link_and_language(house):
    fields = {"link": "https://example.org/1", "language": "de"}
    house.write("a.md", article("One", date="2026-04-01", **fields))
    house.reconcile()
    database = house.worker.database
    latest = EntryTable(database, "https://house.example/").latest(FeedTable(database).all()[-1].id)
    assert latest is not None
    assert (latest.link, latest.language) == ("https://example.org/1", "de")


@pytest.mark.parametrize("documents", [0, 1, 3])
def test_feeds_and_archive_documents_are_counted_together(filled, documents):
    database = filled.worker.database
    feeds = FeedTable(database)
    sql = "INSERT INTO archives VALUES (?, ?, '', '', '', '', 0, 0, 0, 0)"
    database.executemany(sql, [(feeds.any_id(), 1 + number) for number in range(documents)])
    assert feeds.document_count() == 3 + documents


def test_an_article_is_known_by_its_file_where_it_is_known_at_all(filled):
    entries = EntryTable(filled.worker.database, "https://house.example/")
    assert entries.path_of(filled.ids()["One"]) == "one.md"
    assert entries.path_of("urn:uuid:unknown") == "urn:uuid:unknown"


def test_entries_are_kept_by_article_and_format_until_they_are_forgotten(filled):
    database = filled.worker.database
    kept = KeptEntries(database)
    (one,) = database.one("SELECT id FROM articles WHERE title = 'One'")
    (two,) = database.one("SELECT id FROM articles WHERE title = 'Two'")
    with database.transaction():
        kept.forget_all()
        kept.keep([KeptEntry(one, "rss", b"1"), KeptEntry(one, "html", b"2")])
        kept.keep([KeptEntry(two, "rss", b"3"), KeptEntry(one, "rss", b"4")])
    assert kept.find([one, two], ["rss", "html"]) == {
        one: {"rss": b"4", "html": b"2"},
        two: {"rss": b"3"},
    }
    assert kept.find([two], ["atom"]) == {}
    with database.transaction():
        kept.forget_pages()
        kept.forget([filled.ids()["Two"]])
    assert kept.find([one, two], ["rss", "html"]) == {one: {"rss": b"4"}}


def test_files_are_remembered_with_their_feed_until_they_are_removed(filled):
    database = filled.worker.database
    files, feed = PublicFileTable(database), FeedTable(database).all()[0]
    written = PublicFile("0.rss", feed.id, "abc", 3, 5)
    with database.transaction():
        files.record([written])
    assert files.at("0.rss") == next(files.all()) == written
    changed = written._replace(size=4)
    with database.transaction():
        files.record([changed])
        assert files.at("0.rss") == changed
        files.forget(["0.rss"])
    assert files.at("0.rss") is None


def test_many_articles_are_read_by_as_many_statements_as_one(filled):
    database = filled.worker.database
    entries = EntryTable(database, "https://house.example/")
    ids = [row[0] for row in database.tuples("SELECT id FROM articles ORDER BY id")]
    assert len(ids) > 1
    counts = []
    for some in (ids[:1], ids):
        statements = []
        database.tables.conn.set_trace_callback(statements.append)
        found = entries.contents(some)
        database.tables.conn.set_trace_callback(None)
        assert found == {article_id: entries.content(article_id) for article_id in some}
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert entries.contents([]) == {}
