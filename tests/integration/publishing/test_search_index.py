"""The index for the search page of servers that have files only."""

import json

import pytest

from feeds.pages import search
from tests.integration.house import article
from worker.publishing.search_index import PAUSE

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
