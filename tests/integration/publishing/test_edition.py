"""What a document of a feed holds: its window, what has room in it, and no bad entry."""

from dataclasses import replace

import pytest

from feeds.errors import AuditError
from feeds.formats.render import render_entry
from feeds.model import FORMATS
from tests.integration.house import House, article
from worker.publishing.editions.edition import HEAD_BYTES, FeedRenderer
from worker.publishing.feed_contents import FeedContents
from worker.store.feed_archives import ArchiveDocument, Position
from worker.store.feeds import FeedRow, FeedTable, KeptEntries


@pytest.fixture
def filled(house: House) -> House:
    for day in range(1, 5):
        house.write(f"{day}.md", article(f"n{day}", topics="X", date=f"2026-01-0{day}"))
    house.reconcile()
    return house


def renderer(house: House, **feeds: object) -> FeedRenderer:
    config = replace(house.config, feeds=replace(house.config.feeds, **feeds))
    database = house.worker.database
    return FeedRenderer(FeedContents(database, config), KeptEntries(database), config)


def everything(house: House) -> FeedRow:
    return FeedTable(house.worker.database).all()[-1]


def titles(house: House, rendered) -> list[str]:
    names = {row[0]: row[1] for row in house.rows("SELECT id, title FROM articles")}
    return [names[entry.article_id] for entry in rendered.entries]


def test_a_window_has_its_least_number_and_all_of_its_days(filled):
    feed = everything(filled)
    for least, days, expected in ((2, 0, "n4 n3"), (1, 2, "n4 n3"), (9, 0, "n4 n3 n2 n1")):
        rendered = renderer(filled, min_entries=least, min_days=days).window(feed, {})
        assert titles(filled, rendered) == expected.split()


def test_what_is_kept_is_not_rendered_again(filled, monkeypatch):
    monkeypatch.setattr("worker.publishing.editions.edition.render_entry", None)
    rendered = renderer(filled).window(everything(filled), {})
    assert (len(rendered.entries), rendered.new, rendered.left_out) == (4, [], {})


def test_a_window_ends_before_a_file_would_be_too_large(filled):
    whole = renderer(filled).window(everything(filled), {})
    two = max(sum(len(body) + 2 for body in bodies[:2]) for bodies in whole.bodies.values())
    for room, expected in ((two, ["n4", "n3"]), (two - 1, ["n4"])):
        rendered = renderer(filled, max_bytes=HEAD_BYTES + room).window(everything(filled), {})
        assert titles(filled, rendered) == expected
    tiny = renderer(filled, max_bytes=1).window(everything(filled), {})
    assert titles(filled, tiny) == ["n4"]  # the audit refuses it: better said than an empty feed


def test_an_entry_that_cannot_be_rendered_is_left_out_and_counts_as_seen(filled):
    database = filled.worker.database
    database.execute("UPDATE articles SET title = X'ff' WHERE title = 'n1'")
    database.execute("DELETE FROM kept_entries")
    rendered = renderer(filled).window(everything(filled), {})
    assert len(rendered.entries) == 3
    (reason,) = rendered.left_out.values()
    assert "cannot be rendered" in reason
    (uri,) = rendered.left_out
    assert rendered.oldest.uri == uri
    assert len({kept.article_id for kept in rendered.new}) == 3


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_entry_that_fails_its_audit_is_left_out_at_once_and_not_kept(
    filled, monkeypatch, file_format
):
    (uri,) = [row[0] for row in filled.rows("SELECT uri FROM articles WHERE title = 'n3'")]

    def broken(entry, format_, **options):
        body = render_entry(entry, format_, **options)
        is_it = (entry.id, format_) == (uri, file_format)
        return body.replace(uri.encode(), b"urn:other") if is_it else body

    monkeypatch.setattr("worker.publishing.editions.edition.render_entry", broken)
    filled.worker.database.execute("DELETE FROM kept_entries")
    made, feed = renderer(filled), everything(filled)
    rendered = made.window(feed, {})
    assert rendered.left_out == {uri: f"entry {uri}: its id is urn:other, not {uri}"}
    assert titles(filled, rendered) == ["n4", "n2", "n1"]
    assert len({kept.article_id for kept in rendered.new}) == 3
    head = FeedContents(filled.worker.database, filled.config).head(feed, rendered.entries)
    assert len(made.documents(head, rendered)) == 3


def test_entries_are_checked_when_they_are_rendered_and_every_byte_only_where_it_is_doubted(
    filled, monkeypatch
):
    feed, made = everything(filled), renderer(filled)
    head = FeedContents(filled.worker.database, filled.config).head(feed, [])
    calls = []
    for name in ("audit", "audit_document", "audit_entry"):
        monkeypatch.setattr(
            f"worker.publishing.editions.edition.{name}", lambda *_, n=name, **__: calls.append(n)
        )
    made.documents(head, made.window(feed, {}))
    assert calls == ["audit_document"] * 3
    made.doubted = {feed.id}
    made.documents(head, made.window(feed, {}))
    assert calls[3:] == ["audit"] * 3
    filled.worker.database.execute("DELETE FROM kept_entries WHERE article_id = 1")
    made.window(feed, {})
    assert calls[6:] == ["audit_entry"] * 3


def test_a_refused_document_names_the_entries_to_blame(filled):
    database = filled.worker.database
    database.execute("UPDATE kept_entries SET body = '<item>' WHERE article_id = 1")
    feed, made = everything(filled), renderer(filled)
    rendered = made.window(feed, {})
    head = FeedContents(database, filled.config).head(feed, rendered.entries)
    with pytest.raises(AuditError) as caught:
        made.documents(head, rendered)
    (uri,) = [row[0] for row in filled.rows("SELECT uri FROM articles WHERE id = 1")]
    assert caught.value.suspects == (uri,)


def test_what_pages_show_is_kept_with_what_feeds_show(filled):
    database = filled.worker.database
    with database.transaction():
        KeptEntries(database).forget_all()
    renders, feed = renderer(filled), everything(filled)
    first, last = Position("2026-01-01T00:00:00Z", ""), Position("2026-01-09T00:00:00Z", "")
    document = ArchiveDocument(1, first, last, 1, 1, 0, 0)
    archived = renders.archived(feed, document, {})
    assert len(archived.article_ids) == 4
    assert {kept.format for kept in archived.new} == {"rss", "atom", "json"}
    assert {kept.format for kept in renders.window(feed, {}).new} == {"rss", "atom", "json", "html"}


def test_an_archive_document_may_be_larger_than_a_feed(filled):
    feed, made = everything(filled), renderer(filled, max_bytes=1)
    rendered = made.window(feed, {})
    head = FeedContents(filled.worker.database, filled.config).head(feed, rendered.entries)
    with pytest.raises(AuditError, match="are more than the 1 that are allowed"):
        made.documents(head, rendered)
    archived = replace(head, archive=True, key="archive/all/1", current="all")
    paths = [path for path, _ in made.documents(archived, rendered)]
    assert paths == [f"archive/all/1.{format_}" for format_ in ("rss", "atom", "json")]


def test_no_entry_is_to_blame_for_a_head_that_a_single_format_refuses(filled):
    feed, made = everything(filled), renderer(filled)
    rendered = made.window(feed, {})
    head = FeedContents(filled.worker.database, filled.config).head(feed, rendered.entries)
    with pytest.raises(AuditError) as caught:
        made.documents(replace(head, id="urn:\x01all"), rendered)
    assert (caught.value.which, caught.value.suspects) == ("all.atom", ())
