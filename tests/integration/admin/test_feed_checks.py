"""``doctor --feeds`` reads every document back, and finds what differs from the database."""

from dataclasses import replace

import pytest

from tests.integration.house import House, article
from worker.admin.feed_checks import CURE, feeds
from worker.admin.findings import Finding


@pytest.fixture
def filled(house: House) -> House:
    """Seven articles: in the window of two feeds, and in two documents of each."""
    house.restart(feeds=replace(house.config.feeds, min_entries=3, min_days=0))
    for day in range(1, 8):
        house.write(f"{day}.md", article(f"n{day}", topics="X", date=f"2026-01-0{day}"))
    house.reconcile()
    house.reconcile(60)
    assert (house.public / "archive/topics/x/2.atom").exists()
    return house


def bad(house: House) -> list[str]:
    found = list(feeds(house.config))
    assert all(finding.cure == CURE for finding in found if finding.level == "bad")
    return [finding.text for finding in found if finding.level == "bad"]


def test_sound_feeds_and_their_history_are_read_back_and_nothing_is_changed(filled):
    before, rows = filled.public_files(), filled.rows("SELECT * FROM kept_entries")
    assert list(feeds(filled.config)) == [Finding("ok", "feeds", "18 files were read back")]
    assert (filled.public_files(), filled.rows("SELECT * FROM kept_entries")) == (before, rows)


@pytest.mark.parametrize(
    ("path", "found", "broken", "problem"),
    [
        ("all.rss", "&lt;p", "&lt;script", "unsafe or relative in its HTML: <script>"),
        ("topics/x.atom", "<link href", "<link hrif", "the link self to"),
        (
            "archive/all/1.json",
            "Some text.",
            "Some other text.",
            "was changed after it was written",
        ),
        ("all.json", "]", "", "cannot be read back"),
        ("archive/topics/x/2.rss", "</item>", "</item>\n", "was changed after it was written"),
    ],
)
def test_a_changed_document_is_named_with_what_is_wrong(filled, path, found, broken, problem):
    file = filled.public / path
    text = file.read_text("utf-8")
    assert found in text
    file.write_text(text.replace(found, broken, 1), "utf-8")
    (text,) = bad(filled)
    assert text.startswith(path)
    assert problem in text


def test_missing_documents_and_lost_entries_are_named(filled):
    (filled.public / "all.atom").unlink()
    assert bad(filled) == ["all.atom is missing"]
    old = (filled.public / "topics/x.rss").read_bytes()
    filled.write("8.md", article("n8", topics="X", date="2026-01-08"))
    filled.reconcile(60)
    (filled.public / "topics/x.rss").write_bytes(old)
    (problem,) = bad(filled)
    assert problem.startswith("topics/x.rss: ")
    assert f"entry {filled.ids()['n8']}: lost" in problem


def test_the_cure_that_it_names_is_one(filled):
    before = filled.public_files()
    file = filled.public / "all.json"
    file.write_bytes(file.read_bytes().replace(b"Some text.", b"Some other text."))
    assert bad(filled) != []
    file.unlink()
    filled.reconcile(6_000)
    assert bad(filled) == []
    assert filled.public_files() == before


def test_what_waits_to_be_published_is_passed_over(filled):
    filled.worker.database.execute("UPDATE feeds SET touched = 1 WHERE key = 'all'")
    filled.worker.database.execute("UPDATE archives SET touched = 1 WHERE number = 1")
    (filled.public / "all.json").unlink()
    (filled.public / "archive/topics/x/1.json").unlink()
    assert list(feeds(filled.config)) == [
        Finding("note", "feeds", "3 documents wait to be published"),
        Finding("ok", "feeds", "9 files were read back"),
    ]


def test_without_a_database_there_is_nothing_to_compare_with(house):
    missing = replace(house.config, store_path=house.base / "nothing.db")
    (finding,) = feeds(missing)
    assert (finding.level, finding.what) == ("bad", "feeds")
