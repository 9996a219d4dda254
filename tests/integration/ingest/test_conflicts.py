"""What follows for other files where an article's file is edited, renamed or replaced."""

from dataclasses import replace

import pytest

from tests.integration.house import House, article
from worker.core.stages import Claim, Known

LINK = "https://example.org/1"


def missing(house: House) -> list[str]:
    return [path for path, _ in house.worker.ledger.missing()]


def standing(house: House) -> tuple[Known, Claim]:
    """A published article to which another file gave way, and the claim that it makes."""
    house.write("first.md", article("First", id='"1"', link=LINK), age=100)
    house.write("waits.md", article("Waits", link=LINK), age=50)
    house.reconcile()
    known = house.worker.ingestor.articles.by_path("first.md")
    assert known is not None
    claim = Claim("first.md", known.explicit_id, known.link_key, known.content_hash, 0)
    return known, claim


@pytest.mark.parametrize("part", ["explicit_id", "link_key", "content_hash"])
def test_who_gave_way_is_read_again_where_any_part_of_the_claim_changes(house, part):
    known, claim = standing(house)
    conflicts = house.worker.ingestor.conflicts
    assert conflicts.retry_shadowed_on_change(known, claim).again == ()
    changed = replace(claim, **{part: "another"})
    assert conflicts.retry_shadowed_on_change(known, changed).again == ("waits.md",)
    row = house.worker.ledger.at("waits.md")
    assert row == replace(row, fingerprint=row.fingerprint.doubtful())  # the next scan reads it


def test_a_file_that_was_renamed_is_missing_nowhere(house):
    house.write("a.md", article("One"))
    house.reconcile()
    (house.drop / "a.md").rename(house.drop / "b.md")
    house.turn("b.md")
    assert (house.verdict("a.md"), house.verdict("b.md")) == (None, "accepted")
    assert missing(house) == []


def test_an_edited_file_stays_in_the_ledger(house):
    house.write("a.md", article("One"))
    house.reconcile()
    house.write("a.md", article("Two"), age=1)
    house.reconcile(60)
    assert (house.verdict("a.md"), house.titles()) == ("accepted", ["Two"])


def test_a_deleted_article_comes_back_under_another_name(house):
    house.write("a.md", article("One", id='"1"'))
    house.write("other.md", article("Other"))
    house.reconcile()
    before = house.ids()["One"]
    house.delete("a.md")
    assert (house.titles(), house.verdict("a.md")) == (["Other"], None)
    house.write("b.md", article("One", id='"1"'))
    house.reconcile(60)
    assert house.verdict("b.md") == "accepted"
    assert house.ids()["One"] == before


def test_who_comes_back_does_not_hide_that_the_file_in_its_old_place_is_missing(house):
    house.write("a.md", article("One", id='"1"'))
    house.write("other.md", article("Other"))
    house.reconcile()
    house.write("a.md", article("Two", id='"2"'), age=1)
    house.reconcile(60)
    assert sorted(house.titles()) == ["Other", "Two"]
    (house.drop / "a.md").rename(house.base / "gone.md")
    house.write("b.md", article("One", id='"1"'))
    house.turn("b.md", "a.md")
    house.reconcile()
    assert missing(house) == ["a.md"]
    house.reconcile(house.config.drop.withdraw_after_seconds + 1)
    assert sorted(house.titles()) == ["One", "Other"]
