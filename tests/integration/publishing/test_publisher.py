"""One bad entry is left out of its feed, and told of; the feed goes on."""

import json
import logging
from dataclasses import replace
from itertools import product
from xml.etree import ElementTree

import pytest

from feeds.errors import AuditError
from feeds.formats.audit import audit
from feeds.formats.head_links import HeadLink
from feeds.model import FORMATS
from tests.integration.house import article
from tests.integration.logical import json_ids
from worker.config.model import spool_of
from worker.publishing.editions.bad_entries import Suspects
from worker.publishing.editions.edition import HEAD_BYTES
from worker.service.loop import Loop
from worker.store.ledger import VerdictLog

# As they could come out of a mistake in our own code: what authors write never gets so far.
BAD = {
    "unsafe": "content_html = '<p onclick=\"x()\">Text</p>'",
    "out of order": "updated = '2020-01-01T00:00:00Z'",
    "no text": "title = X'ff'",
}


def spoil(house, title: str, change: str) -> None:
    """Let the article's row be what no feed may carry, with all its feeds to be written."""
    database = house.worker.database
    database.execute(f"UPDATE articles SET {change} WHERE title = '{title}'")
    house.worker.publisher.touch_all()


def problems(house) -> set[str]:
    return {row[0] for row in house.rows("SELECT problem FROM feeds WHERE problem <> ''")}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_a_bad_entry_is_left_out_and_its_feeds_go_on(house, change):
    house.write("bad.md", article("Bad", topics="X", date="2026-01-02"))
    house.write("good.md", article("Good", topics="X", date="2026-01-01"))
    house.reconcile()
    spoil(house, "Bad", change)
    house.write("new.md", article("New", topics="X", date="2026-01-03"))
    house.reconcile(60)
    for key in ("all", "topics/x"):
        assert house.titles(key) == ["New", "Good"]
        assert [entry.title for entry in house.feed(key, "rss").entries] == ["New", "Good"]
        assert len(json_ids((house.public / f"{key}.json").read_bytes())) == 2
    (problem,) = problems(house)
    assert "without bad.md" in problem
    written = len(house.worker.loop.progress.written)
    house.reconcile(600)
    assert len(house.worker.loop.progress.written) == written

    house.write("bad.md", article("Better", topics="X", date="2026-01-02"), age=1)
    house.reconcile(60)
    assert house.titles("topics/x") == ["New", "Better", "Good"]
    assert problems(house) == set()


def test_an_entry_that_is_kept_in_a_bad_form_is_rendered_anew(house):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    before = house.public_files()
    for body in ("<item>", "{", "<item><title>x</title></item>"):
        house.worker.database.execute("UPDATE kept_entries SET body = ?", (body,))
        house.worker.database.execute("UPDATE feeds SET touched = 1")
        house.reconcile(60)
        assert house.public_files() == before
        assert problems(house) == set()


def test_every_byte_is_read_back_where_a_file_was_damaged(house):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    before = house.public_files()
    damage = "UPDATE kept_entries SET body = replace(body, 'Some text.', '<script>x</script>')"
    database = house.worker.database
    assert database.execute(f"{damage} WHERE format = 'json'").rowcount == 1
    (house.public / "all.json").unlink()
    house.reconcile(6_000)
    assert house.public_files() == before
    assert problems(house) == set()


def test_every_byte_is_read_back_after_a_rebuild_and_not_after_a_change(house, monkeypatch):
    read = []

    def noted(data, file_format, feed, *rest):
        read.append((feed.key, file_format))
        audit(data, file_format, feed, *rest)

    monkeypatch.setattr("worker.publishing.editions.edition.audit", noted)
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    assert read == []
    house.worker.publisher.touch_all()
    house.reconcile()
    assert sorted(read) == sorted(product(("all", "topics/x"), FORMATS))


def test_a_bad_entry_is_left_out_of_the_history_too(house):
    feeds = replace(house.config.feeds, min_entries=2, min_days=0)
    house.restart(feeds=feeds)
    for day in range(1, 8):
        house.write(f"{day}.md", article(f"n{day}", topics="X", date=f"2026-01-0{day}"))
    house.reconcile()
    spoil(house, "n1", BAD["unsafe"])
    house.reconcile(60)
    assert house.titles("archive/topics/x/1") == ["n2"]
    assert house.titles("topics/x")[0] == "n7"
    (problem,) = problems(house)
    assert "without 1.md" in problem
    document = json.loads((house.public / "archive/topics/x/1.json").read_bytes())
    assert [item["title"] for item in document["items"]] == ["n2"]


def test_where_no_entry_is_to_blame_the_last_good_feed_stays(house, monkeypatch):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    before = (house.public / "topics/x.rss").read_bytes()
    monkeypatch.setattr(
        "feeds.formats.audit.head_links", lambda *_: [HeadLink("self", "https://a.example/", "")]
    )
    house.write("b.md", article("Two", topics="X"))
    house.reconcile(60)
    assert (house.public / "topics/x.rss").read_bytes() == before
    assert all("The last good file stays" in problem for problem in problems(house))
    monkeypatch.undo()
    house.restart()
    house.reconcile()
    assert house.titles("topics/x") == ["One", "Two"]
    assert problems(house) == set()


def test_what_was_written_before_a_file_failed_is_reported(house):
    house.reconcile()
    (house.public / "topics/x.atom/in-the-way").mkdir(parents=True)
    house.write("a.md", article("One", topics="X"))
    house.reconcile(60)
    written = house.worker.loop.progress.written
    assert "topics/x.rss" in written
    assert not {"topics/x.atom", "topics/x.json"} & set(written)
    assert "topics/x.atom" in house.worker.loop.progress.troubles["public-folder"]


def test_a_window_is_filled_to_the_last_byte_and_not_beyond(house):
    for day in (1, 2, 3):
        house.write(f"{day}.md", article(f"n{day}", date=f"2026-03-0{day}"))
    house.reconcile()
    sql = "SELECT format, sum(length(CAST(body AS BLOB)) + 2) FROM kept_entries"
    sizes = dict(house.rows(f"{sql} WHERE format <> 'html' GROUP BY format"))
    wide = replace(house.config.feeds, min_days=10_000, max_bytes=HEAD_BYTES + max(sizes.values()))
    house.restart(feeds=wide)
    house.reconcile()
    assert house.titles() == ["n3", "n2", "n1"]
    house.restart(feeds=replace(wide, max_bytes=wide.max_bytes - 1))
    house.reconcile()
    assert house.titles() == ["n3", "n2"]


@pytest.mark.parametrize(("articles", "at_once"), [(15, True), (20, False)])
def test_two_documents_are_written_with_their_feed_and_more_of_them_later(
    house, monkeypatch, articles, at_once
):
    """Five articles stand in the window, and five in each document."""
    house.restart(feeds=replace(house.config.feeds, min_entries=5, min_days=0))
    monkeypatch.setattr(Loop, "_publish_history", lambda *_: None)
    for number in range(articles):
        date = f"2026-03-{number + 1:02}"
        house.write(f"{number}.md", article(f"n{number}", date=date))
    house.turn()
    house.clock.pass_time(60)
    house.turn()
    assert len(house.titles()) == 5
    assert (house.public / "archive/all/1.atom").exists() is at_once


def test_an_entry_is_left_out_for_the_problem_that_names_it(house):
    suspects = Suspects(house.worker.database)
    error = AuditError("feed", ("urn:a is fine", "urn:b is bad"), ("urn:b",))
    suspects.judge(error)
    assert suspects.left_out == {}
    suspects.judge(error)
    assert suspects.left_out == {"urn:b": "urn:b is bad"}
    with pytest.raises(AuditError):
        suspects.judge(error)


def test_the_files_that_were_written_are_told_and_no_others(house):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    written = house.worker.loop.progress.written
    assert {"all.atom", "topics/x.json", "feeds.opml", "index.html"} <= set(written)
    count = len(written)
    house.worker.publisher.touch_all()
    house.reconcile()
    assert len(written) == count


@pytest.mark.parametrize("hub", ["https://hub.example/", ""])
def test_only_written_feeds_are_logged_and_left_for_the_hub_if_there_is_one(house, hub, caplog):
    caplog.set_level(logging.INFO, "feedmill.publish")
    house.restart(site=replace(house.config.site, hub=hub))
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    spool = spool_of(house.config)
    assert (f"{house.config.site.url}topics/x.atom" in spool.waiting()) is bool(hub)
    assert "feed-published feed=topics/x entries=1" in caplog.text
    caplog.clear()
    for url in spool.waiting():
        spool.remove(url)
    house.worker.publisher.touch_all()
    house.reconcile()
    assert "feed-published" not in caplog.text
    assert spool.waiting() == []


def test_an_article_took_until_no_file_failed_any_more(house):
    def is_timed() -> bool:
        (entry,) = VerdictLog(house.worker.database).recent(1)
        return entry.latency_ms is not None

    house.reconcile()
    stop = house.public / "topics/x.atom"
    stop.mkdir(parents=True)
    (stop / "in-the-way").touch()
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    assert not is_timed()
    (stop / "in-the-way").unlink()
    stop.rmdir()
    house.reconcile(60)
    assert house.titles("topics/x") == ["One"]
    assert is_timed()


@pytest.mark.parametrize(
    ("formats", "extension"),
    [
        (("rss", "atom", "json"), "atom"),
        (("json", "atom"), "atom"),
        (("rss", "json"), "rss"),
        (("json",), "json"),
    ],
)
def test_the_list_of_feeds_names_atom_or_else_the_first_format_that_there_is(
    house, formats, extension
):
    house.restart(feeds=replace(house.config.feeds, formats=formats))
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    listed = ElementTree.fromstring((house.public / "feeds.opml").read_bytes())
    urls = [it.attrib["xmlUrl"] for it in listed.iter("outline") if "xmlUrl" in it.attrib]
    site = house.config.site.url
    assert urls == [f"{site}all.{extension}", f"{site}topics/x.{extension}"]
    for url in urls:
        assert (house.public / url.removeprefix(site)).is_file()
