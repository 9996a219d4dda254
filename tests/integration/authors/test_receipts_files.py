"""Receipts as files: when they are written, put back, moved and removed, and nothing else is."""

import os
from dataclasses import replace

import pytest

from tests.integration.authors.receipts import BROKEN, receipt, stamps
from tests.integration.house import article
from worker.authors.receipt_files import receipt_path
from worker.authors.receipt_text import OPENING


def test_a_restart_with_nothing_changed_writes_no_receipt(make_house):
    for mode in ("problems", "all"):
        house = make_house(mode, receipts=mode)
        house.write("a.md", BROKEN)
        house.write("b.md", article("B", draft="true"))
        house.write("c.md", article("C"))
        house.reconcile()
        before = stamps(house)
        assert len(before) == (2 if mode == "problems" else 3)
        house.reconcile(400)
        house.restart()
        house.reconcile(60)
        assert stamps(house) == before


def test_a_receipt_is_only_written_again_when_its_text_changes(house):
    house.write("a.md", BROKEN)
    house.reconcile()
    before = stamps(house)
    house.write("a.md", BROKEN + "\nMore text.\n", age=1)
    house.reconcile(5)
    assert stamps(house) == before
    house.write("a.md", "\n" + BROKEN, age=1)
    house.reconcile(5)
    assert stamps(house) != before
    assert "Line 3" in receipt(house, "a.md")


def test_a_missing_receipt_is_put_back_and_a_stale_one_removed_by_the_next_scan(house):
    house.write("a.md", BROKEN)
    house.write("b.md", BROKEN)
    house.reconcile()
    said = receipt(house, "a.md")
    (house.drop / "a.md.feedmill.txt").unlink()
    (house.drop / "sub").mkdir()
    (house.drop / "sub" / "gone.md.feedmill.txt").write_text(f"{OPENING}old")
    (house.drop / "empty.md.feedmill.txt").write_text("")
    house.reconcile(5)
    assert receipt(house, "a.md") == said
    assert sorted(stamps(house)) == ["a.md.feedmill.txt", "b.md.feedmill.txt"]


def test_what_a_killed_worker_left_undone_the_next_one_does(house):
    house.write("a.md", BROKEN)
    house.write("b.md", BROKEN)
    house.reconcile()
    house.stop()
    said = receipt(house, "a.md")
    (house.drop / "a.md.feedmill.txt").write_text(f"{OPENING}half")
    (house.drop / "b.md.feedmill.txt").unlink()
    (house.drop / ".feedmill-receipt").write_text("half")
    house.start()
    house.reconcile(5)
    assert receipt(house, "a.md") == said
    assert receipt(house, "b.md") == said.replace("a.md", "b.md")


def test_another_mode_or_address_changes_the_receipts_that_are_there(make_house):
    house = make_house(receipts="all")
    house.write("a.md", article("One"))
    house.write("b.md", BROKEN)
    house.reconcile()
    house.restart(site=replace(house.config.site, url="https://new.example/"))
    house.reconcile(5)
    assert "https://new.example/all.rss" in receipt(house, "a.md")
    house.restart(drop=replace(house.config.drop, receipts="problems"))
    house.reconcile(5)
    assert list(stamps(house)) == ["b.md.feedmill.txt"]
    house.restart(drop=replace(house.config.drop, receipts="off"))
    house.reconcile(5)
    assert stamps(house) == {}


def test_a_renamed_file_takes_its_receipt_with_it(house):
    house.write("a.md", BROKEN)
    house.reconcile()
    (house.drop / "a.md").rename(house.drop / "b.md")
    house.turn("a.md", "b.md")
    house.reconcile(5)
    assert list(stamps(house)) == ["b.md.feedmill.txt"]


def test_a_file_that_only_has_a_receipt_s_name_is_left_alone(house):
    mine = house.drop / "a.md.feedmill.txt"
    mine.write_text("My own notes.")
    house.reconcile()
    house.write("a.md", BROKEN)
    house.reconcile(5)
    assert mine.read_text() == "My own notes."
    progress = house.worker.loop.progress
    assert "a.md.feedmill.txt" in progress.mistakes["receipts"]
    assert not progress.troubles
    mine.unlink()
    house.reconcile(5)
    assert receipt(house, "a.md").startswith(OPENING)
    assert not progress.mistakes


def test_a_folder_in_a_receipt_s_place_is_no_alarm_of_the_sysadmin_s(house):
    folder = house.drop / "a.md.feedmill.txt"
    folder.mkdir()
    house.write("a.md", BROKEN)
    house.reconcile(5)
    progress = house.worker.loop.progress
    assert "a.md.feedmill.txt" in progress.mistakes["receipts"]
    assert not progress.troubles
    assert house.worker.loop.is_idle()
    folder.rmdir()
    house.reconcile(5)
    assert receipt(house, "a.md").startswith(OPENING)
    assert not progress.mistakes


@pytest.mark.parametrize("name", ["a.md.feedmill.txt", ".feedmill-receipt"])
def test_a_symlink_in_a_receipt_s_place_leads_nowhere(house, name):
    target = house.base / "precious.txt"
    target.write_text("precious")
    (house.drop / name).symlink_to(target)
    house.write("a.md", BROKEN)
    house.reconcile()
    assert target.read_text() == "precious"
    assert receipt(house, "a.md").startswith(OPENING)
    assert not (house.drop / "a.md.feedmill.txt").is_symlink()


def test_a_symlinked_sub_folder_is_not_followed(house):
    outside = house.base / "outside"
    outside.mkdir()
    house.write("sub/a.md", BROKEN)
    house.reconcile()
    (house.drop / "sub").rename(house.drop / "moved")
    (house.drop / "sub").symlink_to(outside)
    house.reconcile(20)
    assert list(outside.iterdir()) == []


def test_a_receipt_is_no_article_and_no_reason_for_another_turn(house):
    house.write("a.md", BROKEN)
    house.reconcile()
    house.reconcile(400)
    assert house.rows("SELECT name FROM ledger") == [("a.md",)]
    assert house.worker.loop.is_idle()
    assert not house.worker.inbox.names.is_article_name("a.md.feedmill.txt")
    assert not house.worker.inbox.names.is_article_name(".feedmill-receipt")


def test_a_name_too_long_for_an_ending_gets_a_shortened_receipt_name(house):
    name = f"{'ä' * 125}.md"
    house.write(name, BROKEN)
    house.reconcile()
    place = house.drop / receipt_path(name)
    assert place.name.endswith(".feedmill.txt")
    assert len(os.fsencode(place.name)) <= 255
    assert name in place.read_text("utf-8").replace("\n", " ")
    house.delete(name)
    assert stamps(house) == {}


def test_a_name_that_would_forge_lines_is_shown_safely(house):
    house.write("a\nFEEDMILL: all is well.md", BROKEN)
    house.reconcile()
    (place,) = house.drop.glob("*.feedmill.txt")
    assert place.read_text("utf-8").startswith("FEEDMILL: Fix line 2 of “a\\nFEEDMILL: all")
