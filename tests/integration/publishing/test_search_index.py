"""The index for the search page of servers that have files only."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from feeds.model import IndexedArticle
from feeds.pages import search
from tests.integration.house import article
from tests.unit.feeds.pages.page_samples import SITE
from worker.publishing import search_index
from worker.publishing.search_index import PAUSE

DAY = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)
MINUTE = PAUSE.total_seconds()


def index(house) -> dict:
    return json.loads((house.public / "search.json").read_bytes())


def titles(house) -> list[str]:
    return [row[0] for row in index(house)["articles"]]


@pytest.fixture
def filled(house):
    house.write(
        "a.md", article("Mill", "The <b>wheel</b>.", topics="[Dams, Äpfel]", date="2026-01-02")
    )
    house.write("b.md", article("Older", "Text.", date="2026-01-01", link="https://e.example/b"))
    house.write("c.md", article("Held", "Text.", draft="true"))
    house.reconcile()
    return house


def test_the_newest_articles_are_in_it_with_their_topics(filled):
    found = index(filled)
    assert found["total"] == 2
    title, url, day, topics, summary = found["articles"][0]
    assert (title, day, summary) == ("Mill", "2026-01-02", "The wheel.")
    assert (filled.public / url).is_file()
    assert [found["topics"][at][1] for at in topics] == ["Dams", "Äpfel"]
    assert found["articles"][1][1] == "https://e.example/b"


def test_it_is_written_a_minute_after_its_last_version_at_the_earliest(filled):
    filled.write("new.md", article("New", "Text.", date="2026-01-03"))
    filled.reconcile()
    assert titles(filled) == ["Mill", "Older"]
    loop = filled.worker.loop
    assert loop.next_due() <= filled.clock.monotonic() + MINUTE
    filled.reconcile(MINUTE)
    assert titles(filled) == ["New", "Mill", "Older"]
    filled.delete("new.md")
    filled.reconcile(MINUTE)
    assert titles(filled) == ["Mill", "Older"]


def test_a_process_that_ends_leaves_it_right(filled):
    filled.write("new.md", article("New", "Text.", date="2026-01-03"))
    filled.reconcile()
    filled.worker.loop.publish_index()
    assert titles(filled) == ["New", "Mill", "Older"]


def test_a_start_writes_it_again_only_if_it_is_wrong(filled):
    before = filled.public_files()["search.json"]
    filled.restart()
    filled.reconcile(MINUTE)
    assert filled.public_files()["search.json"] == before
    (filled.public / "search.json").unlink()
    filled.restart()
    filled.reconcile(MINUTE)
    assert filled.public_files()["search.json"][0] == before[0]


def test_a_start_reads_no_article_for_an_index_that_is_right(filled, monkeypatch):
    def unwanted(*_: object) -> None:
        pytest.fail("the index was rendered")

    with monkeypatch.context() as patch:
        patch.setattr(search_index, "newest_articles", unwanted)
        filled.restart()
        filled.reconcile(MINUTE)
        filled.worker.loop.publish_index()
    filled.write("new.md", article("New", "Text.", date="2026-01-03"))
    filled.reconcile()
    filled.restart()  # before the minute is over
    filled.reconcile()
    assert titles(filled) == ["New", "Mill", "Older"]
    monkeypatch.setattr(search_index, "INDEX_VERSION", "another")
    filled.worker.database.execute("UPDATE articles SET title = 'Weir' WHERE title = 'Mill'")
    filled.restart()
    filled.reconcile()
    assert titles(filled) == ["New", "Weir", "Older"]


def test_another_index_of_the_same_articles_has_another_version():
    """Else files of an older Feedmill stay until an article changes."""
    long = "word " * 50
    articles = [
        IndexedArticle("Mühle <1>", f"{SITE.url}articles/a.html", DAY, "", "The wheel.", ("b",)),
        IndexedArticle(long, "https://e.example/b c", DAY, "de", long, ("a", "gone")),
        IndexedArticle("\x00", "", DAY, "EN", "\ud800", ()),
    ]
    data = search.render_search_index(SITE, articles, [("a", "A"), ("b", "B\n")], 7)
    digest = hashlib.sha256(data).hexdigest()[:16]
    assert (search_index.INDEX_VERSION, digest) == ("1", "f895e0e192c5a787"), (
        "raise INDEX_VERSION, then this"
    )


def test_a_translation_that_is_in_no_feed_is_in_it_as_it_is(filled):
    filled.write("a.de.md", article("Mühle", "Das Rad.", date="2026-01-02"))
    filled.reconcile(MINUTE)
    filled.write("a.de.md", article("Rad", "Das Rad.", date="2026-01-02"), age=5)
    filled.reconcile(MINUTE)
    assert sorted(titles(filled)) == ["Mill", "Older", "Rad"]
    filled.delete("a.de.md")
    filled.reconcile(MINUTE)
    assert sorted(titles(filled)) == ["Mill", "Older"]


def test_a_lost_index_comes_back_at_once(filled):
    before = filled.public_files()["search.json"]
    (filled.public / "search.json").unlink()
    filled.worker.publisher.touch_damaged()
    filled.reconcile()
    assert filled.public_files()["search.json"][0] == before[0]


def test_its_size_is_bounded(filled, monkeypatch):
    monkeypatch.setattr(search, "LARGEST_INDEX", 190)
    filled.worker.publisher._search.note_change()
    filled.reconcile(MINUTE)
    assert titles(filled) == ["Mill"]
    assert index(filled)["total"] == 2
