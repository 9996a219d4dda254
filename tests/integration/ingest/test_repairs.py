"""What kills and passing troubles have left undone, and how it is made good."""

import itertools
from dataclasses import replace

import pytest

from tests.integration.house import article, build
from worker.core import fault_points
from worker.core.errors import ReadersError
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content
from worker.ingest.batches import BatchReader
from worker.ingest.verdicts import reading_rules
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer
from worker.parsing.sandbox.pool import ParserPool
from worker.service.loop import Loop

LINK = "https://example.org/"  # an article without a link has a page, which is written first


class Killed(BaseException):
    """The process is gone, as far as its parts can tell."""


@pytest.fixture
def kill_at(monkeypatch):
    """Kills at the n-th reaching of a fault point, once."""

    def arm(point: str, number: int = 1) -> None:
        passed = itertools.count(1)

        def strike(reached: str) -> None:
            if reached == point and next(passed) == number:
                monkeypatch.setattr(fault_points, "_armed", None)
                raise Killed(point)

        monkeypatch.setattr(fault_points, "_armed", strike)

    return arm


def killed(house, seconds: float = 0.0) -> None:
    """Let the house run into the kill, and start it again."""
    with pytest.raises(Killed):
        house.reconcile(seconds)
    house.stop()
    house.start()


def test_a_file_that_was_filed_away_by_a_killed_worker_is_not_taken_for_deleted(
    make_house, kill_at
):
    house = make_house(after="archive")
    house.write("a.md", article("One"))
    kill_at("move-after")
    killed(house)
    assert (house.drop / "archive/a.md").exists()
    house.reconcile()
    house.reconcile(60)
    assert house.titles() == ["One"]
    assert house.verdict("a.md") is None
    assert house.worker.loop.progress.withdrawn == 0


def test_a_file_is_filed_away_however_often_the_worker_is_killed_before(make_house, kill_at):
    house = make_house(after="archive")
    house.write("a.md", article("One"))
    for _ in range(3):
        kill_at("move-before")
        killed(house)
    house.reconcile()
    assert (house.drop / "archive/a.md").exists()
    assert house.verdict("a.md") is None


@pytest.mark.parametrize("point", ["move-before", "move-after", "receipt-before"])
def test_a_rejected_file_gets_its_receipt_though_the_worker_was_killed(make_house, kill_at, point):
    house = make_house(after="archive")
    house.write("sub/bad.md", "---\ntitle: [\n---\n")
    house.write("sub/worse.md", "---\ntitle: {\n---\n")
    kill_at(point, 2)
    killed(house)
    house.reconcile()
    house.reconcile(60)
    for name in ("bad", "worse"):
        assert (house.drop / f"rejected/sub/{name}.md").exists()
        assert "Line 2" in (house.drop / f"rejected/sub/{name}.md.feedmill.txt").read_text()
        assert house.verdict(f"sub/{name}.md") is None


def test_a_new_feed_is_in_the_list_of_feeds_though_the_worker_was_killed_before_the_list(
    house, kill_at
):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    before = (house.public / "feeds.opml").read_bytes()
    house.write("b.md", article("Two", topics="Brand New"))
    kill_at("marking-after-commit", 2)  # the topic's feed, and all
    killed(house, 60)
    assert house.rows("SELECT sum(touched) FROM feeds") == [(0,)]
    assert (house.public / "feeds.opml").read_bytes() == before
    house.reconcile()
    assert "Brand New" in (house.public / "feeds.opml").read_text()


def test_no_two_versions_of_a_feed_have_the_same_time_even_if_a_killed_worker_wrote_one(
    house, kill_at
):
    """Web servers make an ETag of time and size."""
    house.write("a.md", article("One", topics="X", link=LINK))
    house.reconcile(60)
    house.write("a.md", article("Two", topics="X", link=LINK), age=5)
    kill_at("write-after")
    killed(house, 60)
    feed = house.public / "topics/x.rss"
    seen, time_seen = feed.read_bytes(), feed.stat().st_mtime
    assert b"Two" in seen
    house.write("a.md", article("2nd", topics="X", link=LINK), age=4)
    house.turn("a.md")  # before time passes
    assert len(feed.read_bytes()) == len(seen)
    assert b"2nd" in feed.read_bytes()
    assert feed.stat().st_mtime > time_seen


@pytest.fixture
def small_windows(house):
    """A house whose feeds show two entries and keep the others in documents of two."""
    feeds = replace(house.config.feeds, min_entries=2, min_days=0)
    house.restart(feeds=feeds)
    return house


def test_an_article_that_was_withdrawn_needs_no_document_in_its_feeds_history(small_windows):
    house = small_windows
    house.write("a.md", article("One", topics="X", date="2026-01-01"))
    house.write("b.md", article("Two", topics="Y", date="2026-01-02"))
    house.write("c.md", article("Three", topics="Y", date="2026-01-03"))
    house.reconcile()
    house.delete("a.md")
    assert house.titles("topics/x") == []
    sql = "SELECT f.key FROM archives a JOIN feeds f ON f.id = a.feed_id"
    assert house.rows(sql) == [("all",)]


def test_what_happens_to_an_article_elsewhere_leaves_no_document_waiting(small_windows):
    house = small_windows
    for day in range(1, 6):
        house.write(f"{day}.md", article(f"n{day}", topics="X", date=f"2026-01-0{day}"))
    house.reconcile()
    waiting = "SELECT count(*) FROM archives WHERE touched > 0"
    for text in (
        article("n1", topics="Y", date="2026-01-01"),  # leaves X
        article("n1, edited", topics="Y", date="2026-01-01"),
        article("n1", topics="Y", date="2026-01-01", draft="true"),  # leaves Y
        article("n1", "Another text.", topics="Y", date="2026-01-01", draft="true"),
    ):
        house.write("1.md", text, age=1)
        house.reconcile(60)
        assert house.rows(waiting) == [(0,)]


def test_news_does_not_wait_for_a_long_history(make_house, monkeypatch):
    house = make_house()
    house.restart(feeds=replace(house.config.feeds, min_entries=5, min_days=1))
    for number in range(90):
        date = f"2026-01-{number // 4 + 1:02}T{number % 4:02}:00:00Z"
        house.write(f"{number}.md", article(f"n{number}", date=date, topics="X"))
    with monkeypatch.context() as patched:
        patched.setattr(Loop, "_publish_history", lambda *_: None)  # it has no time for that
        house.clock.pass_time(60)
        house.turn()
        for _ in range(5):
            house.clock.pass_time(3)
            house.turn()
        assert house.titles("topics/x")[0] == "n89"
        assert b"prev-archive" not in (house.public / "topics/x.atom").read_bytes()
        assert not (house.public / "archive").exists()
    house.reconcile()
    assert b"prev-archive" in (house.public / "topics/x.atom").read_bytes()
    assert len(list((house.public / "archive/topics/x").glob("*.atom"))) == 17


def test_a_rehearsal_that_is_cut_short_by_a_stop_says_so(tmp_path):
    house = build(tmp_path / "house")
    with ForkServer(PARSERS) as server, ParserPool(server, reading_rules(house.config)) as readers:
        inbox = DropFolder(house.drop, 10_000)
        house.write("a.md", article("One"))
        content = inbox.read("a.md")
        assert isinstance(content, Content)
        intake = BatchReader(inbox, readers, house.worker)
        readers.hurry()
        with pytest.raises(ReadersError, match="asked to stop"):
            intake.parse("a.md", content)


def test_a_newer_version_that_reads_the_same_bytes_in_another_way_is_no_update(
    make_house, monkeypatch
):
    house = make_house()
    house.write("a.md", article("One", "New words."), age=3600)
    house.reconcile()
    before = house.feed().entries[0]
    sql = "UPDATE articles SET content_html = '<p>Old words.</p>', text = 'Old', reader_hash = 'x'"
    with house.worker.database.transaction():
        house.worker.database.execute(sql)
    monkeypatch.setattr("worker.service.startup.READER_VERSION", 10_000)
    house.clock.pass_time(3600)
    house.restart()
    house.reconcile()
    after = house.feed().entries[0]
    assert house.rows("SELECT text FROM articles") == [("New words.",)]
    assert (after.id, after.updated, after.published) == (
        before.id,
        before.updated,
        before.published,
    )
