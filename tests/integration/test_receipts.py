"""The folder answers: a note beside each file that needs one, and none where nothing is wrong."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.house import House, article
from worker import receipts as receipts_module
from worker.heartbeat import Heartbeat, Pulse
from worker.inbox import Passing
from worker.receiptfiles import receipt_path
from worker.receipttext import OPENING
from worker.status import read_status

BROKEN = "---\ntitle: Tides: a table\n---\n\nText.\n"


def receipt(house: House, path: str) -> str | None:
    """The text of the receipt beside a file, None where there is none."""
    place = house.drop / f"{path}.feedmill.txt"
    return place.read_text("utf-8") if place.exists() else None


def stamps(house: House) -> dict[str, tuple[int, int]]:
    """Inode and time of every receipt: they tell one that was written again."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in house.drop.rglob("*.feedmill.txt")
    }


def test_a_rejected_file_gets_a_receipt_that_names_line_and_cure_and_goes_with_it(house):
    house.write("sub/a.md", BROKEN)
    house.reconcile()
    said = receipt(house, "sub/a.md")
    assert said.startswith(OPENING)
    assert "“sub/a.md” is not published" in said
    assert "Line 2, column 13:" in said
    assert "      title: Tides: a table\n                  ^\n" in said
    assert "Put the value in quotes" in said
    assert "[yaml-colon]" in said

    house.write("sub/a.md", BROKEN.replace("Tides: a table", '"Tides: a table"'), age=1)
    house.reconcile(5)
    assert receipt(house, "sub/a.md") is None
    assert house.titles() == ["Tides: a table"]


def test_a_receipt_goes_at_once_with_its_file(house):
    house.write("a.md", BROKEN)
    house.reconcile()
    (house.drop / "a.md").unlink()
    house.turn("a.md")
    house.clock.pass_time(1)
    house.turn()
    assert stamps(house) == {}


def test_an_accepted_file_gets_none_unless_all_do(make_house):
    for mode, found in (("problems", False), ("all", True), ("off", False)):
        house = make_house(mode, receipts=mode)
        house.write("a.md", article("One"))
        house.reconcile()
        assert (receipt(house, "a.md") is not None) == found


def test_an_accepted_file_s_receipt_names_id_feeds_and_moment(make_house):
    house = make_house(receipts="all")
    house.write("a.md", article("One", topics="[AWS AI]"))
    house.reconcile()
    said = receipt(house, "a.md")
    assert "“a.md” is public." in said
    assert house.ids()["One"] in said
    for key in ("topics/aws-ai", "all"):
        for extension in ("rss", "atom", "json"):
            assert f"https://house.example/{key}.{extension}\n" in said
    assert "Public since: 2026-05-01T12:00:00Z" in said


def test_a_broken_edit_says_that_the_last_version_stays(house):
    house.write("a.md", article("One"))
    house.reconcile()
    house.write("a.md", BROKEN, age=1)
    house.reconcile(5)
    assert "The version that was read before stays public" in receipt(house, "a.md")
    assert house.titles() == ["One"]


def test_a_held_file_is_told_which_line_holds_it(house):
    house.write("a.md", article("One", draft="true"))
    house.reconcile()
    said = receipt(house, "a.md")
    assert "is kept back, as it asks for itself" in said
    assert "      draft: true\n      ^\n" in said
    assert house.titles() == []


def test_a_scheduled_article_s_receipt_says_when_and_goes_when_it_is_live(house):
    house.write("a.md", article("One", date="2026-05-01T13:00:00Z"))
    house.reconcile()
    assert "will be public from 2026-05-01T13:00:00Z" in receipt(house, "a.md")
    house.reconcile(3601)
    assert house.titles() == ["One"]
    assert receipt(house, "a.md") is None


def test_with_all_the_receipt_tells_when_a_scheduled_article_went_live(make_house):
    house = make_house(receipts="all")
    house.write("a.md", article("One", date="2026-05-01T13:00:00Z"))
    house.reconcile()
    house.reconcile(3600)
    assert "Public since: 2026-05-01T13:00:0" in receipt(house, "a.md")


def test_an_expired_article_s_receipt_says_so(house):
    house.write("a.md", article("One", expires="2026-05-01T13:00:00Z"))
    house.reconcile()
    assert receipt(house, "a.md") is None
    house.reconcile(3601)
    assert "its time has passed" in receipt(house, "a.md")
    assert house.titles() == []


def test_times_are_told_by_the_site_s_clock_too(house):
    house.restart(site=replace(house.config.site, timezone="Europe/Vienna"))
    house.write("a.md", article("One", date="2026-05-02 09:00"))
    house.reconcile()
    said = receipt(house, "a.md")
    assert "2026-05-02 09:00 +02:00 (2026-05-02T07:00:00Z)" in " ".join(said.split())
    assert "The time has no offset from UTC and was read as 2026-05-02T07:00:00Z" in " ".join(
        said.split()
    )


def test_for_undo_a_new_article_is_kept_back_and_a_deletion_in_time_leaves_no_trace(make_house):
    house = make_house(undo_minutes=10.0)
    house.write("keep.md", article("Keep"))
    house.reconcile()
    assert "until then, a change or the deletion of the file leaves no trace" in " ".join(
        receipt(house, "keep.md").split()
    )
    house.reconcile(600)
    assert (house.titles(), receipt(house, "keep.md")) == (["Keep"], None)
    before = house.public_files()

    house.write("oops.md", article("Oops", topics="Secret"))
    house.reconcile()
    assert "will be public from 2026-05-01T12:2" in " ".join(receipt(house, "oops.md").split())
    house.delete("oops.md")
    house.reconcile(700)
    assert house.public_files() == before
    assert stamps(house) == {}
    assert not any("oops" in data.decode().lower() for data, _ in house.public_files().values())


def test_for_undo_a_correction_in_time_is_all_that_readers_ever_see(make_house):
    house = make_house(undo_minutes=10.0)
    house.write("a.md", article("Tpyo"))
    house.reconcile()
    house.write("a.md", article("Typo"), age=1)
    house.reconcile(300)
    assert house.titles() == []
    house.reconcile(301)
    (entry,) = house.feed().entries
    assert (entry.title, entry.updated) == ("Typo", entry.published)


def test_a_file_that_gave_way_to_another_is_told_to_which(house):
    house.write("a.md", article("One", link="https://example.org/1"))
    house.write("b.md", article("Two", link="https://example.org/1"), age=1)
    house.reconcile()
    assert "“b.md” has the same link" in receipt(house, "a.md")
    assert receipt(house, "b.md") is None
    house.delete("b.md")
    assert (house.titles(), stamps(house)) == (["One"], {})


def test_what_is_never_read_gets_a_receipt_too(make_house):
    house = make_house(max_bytes=1000)
    house.write("big.md", "x" * 2000)
    (house.drop / "link.md").symlink_to("/etc/hostname")
    house.reconcile(10)
    assert "2,000 bytes" in receipt(house, "big.md")
    assert "a symbolic link" in receipt(house, "link.md")


def test_a_likely_slip_in_a_public_article_is_told_but_a_mere_remark_is_not(house):
    house.write("slip.md", article("Slip", summry="Short."))
    house.write("naive.md", article("Naive", date="2026-04-01 10:00"))
    house.reconcile()
    assert "Did you mean `summary`?" in receipt(house, "slip.md")
    assert receipt(house, "naive.md") is None
    assert sorted(house.titles()) == ["Naive", "Slip"]


def test_a_secured_value_stands_in_no_receipt(house):
    blob = "Zm9vYmFyQmF6MTIzNDU2Nzg5MEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla"
    house.write("a.md", f'---\ntitle: One\nsecured: "{blob}" "\n---\nText.\n')
    house.write("b.md", f"---\ntitle: One\ndate: never\nsecured: {blob}\n---\nText.\n")
    house.reconcile()
    for path in ("a.md", "b.md"):
        said = receipt(house, path)
        assert "To be put right" in said
        assert blob[:10] not in said


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
    trouble = house.worker.service.progress.troubles["receipts"]
    assert "a.md.feedmill.txt" in trouble
    mine.unlink()
    house.reconcile(5)
    assert receipt(house, "a.md").startswith(OPENING)
    assert "receipts" not in house.worker.service.progress.troubles


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
    assert house.worker.service.is_idle()
    assert not house.worker.inbox.is_article_name("a.md.feedmill.txt")
    assert not house.worker.inbox.is_article_name(".feedmill-receipt")


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
    assert place.read_text("utf-8").startswith("FEEDMILL: “a\\nFEEDMILL: all is well.md”")


@pytest.fixture
def read_only(monkeypatch):
    """Makes the drop folder refuse writing, as a mount that is read-only does; a test runs as
    root too often for permissions to do it."""

    def refuse(house: House) -> None:
        drop, put = house.drop.stat().st_ino, receipts_module.put_receipt

        def put_unless_drop(root_fd: int, *arguments: object, **options: object) -> bool:
            if os.fstat(root_fd).st_ino == drop:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            return put(root_fd, *arguments, **options)

        monkeypatch.setattr(receipts_module, "put_receipt", put_unless_drop)

    return refuse


def test_where_the_drop_folder_is_read_only_receipts_go_elsewhere_and_back(
    make_house, read_only, monkeypatch, tmp_path: Path
):
    elsewhere = tmp_path / "answers" / "to authors"
    house = make_house(receipts_folder=elsewhere)
    house.write("sub/a.md", BROKEN)
    with monkeypatch.context():
        read_only(house)
        house.reconcile()
        assert receipt(house, "sub/a.md") is None
        said = (elsewhere / "sub/a.md.feedmill.txt").read_text("utf-8")
        assert "“sub/a.md” is not published" in said
        assert house.worker.service.progress.troubles == {}
        place = house.worker.receipts.place
        assert str(elsewhere) in place
        assert "Read-only file system" in place
        Heartbeat(house.config.store_path).beat(
            Pulse(house.clock.now(), house.clock.now(), "poll", "", receipts=place)
        )
        assert read_status(house.config, house.clock.now()).receipts == place
        monkeypatch.undo()
    house.restart()
    house.reconcile(5)
    assert receipt(house, "sub/a.md") == said
    assert not (elsewhere / "sub/a.md.feedmill.txt").exists()
    assert house.worker.receipts.place == ""


def test_without_another_folder_status_says_that_receipts_cannot_be_written(house, read_only):
    house.write("a.md", BROKEN)
    read_only(house)
    house.reconcile()
    trouble = house.worker.service.progress.troubles["receipts"]
    assert "Read-only file system" in trouble
    assert "drop.receipts_folder" in trouble
    (house.drop / "a.md").unlink()
    house.reconcile(20)
    assert "receipts" not in house.worker.service.progress.troubles


def test_a_receipt_in_the_other_folder_goes_when_its_file_is_cured(make_house, read_only, tmp_path):
    house = make_house(receipts_folder=tmp_path / "answers")
    read_only(house)
    house.write("a.md", BROKEN)
    house.reconcile()
    house.write("a.md", article("One"), age=1)
    house.reconcile(5)
    assert not list((tmp_path / "answers").iterdir())


def test_a_rejected_file_that_is_filed_away_has_its_receipt_beside_it_there(make_house):
    house = make_house(after="archive")
    house.write("sub/a.md", BROKEN)
    house.write("b.md", article("B", draft="true"))
    house.write("c.md", article("C"))
    house.reconcile()
    place = house.drop / "rejected/sub/a.md.feedmill.txt"
    assert "“rejected/sub/a.md” is not published" in place.read_text("utf-8")
    assert "put it back where it was" in place.read_text("utf-8")
    assert "      title: Tides: a table" in place.read_text("utf-8")
    assert sorted(stamps(house)) == ["a.md.feedmill.txt", "b.md.feedmill.txt"]

    (house.drop / "rejected/sub/a.md").rename(house.drop / "a.md")
    house.write("a.md", article("Cured"), age=1)
    house.reconcile(5)
    assert sorted(stamps(house)) == ["b.md.feedmill.txt"]
    assert sorted(house.titles()) == ["C", "Cured"]


def test_with_all_nothing_is_written_into_the_archive(make_house):
    house = make_house(after="archive", receipts="all")
    house.write("a.md", article("One"))
    house.reconcile()
    house.reconcile(60)
    assert (house.drop / "archive" / "a.md").exists()
    assert stamps(house) == {}


@pytest.mark.parametrize("folder", ["answers", ".answers"])
def test_the_other_folder_may_be_one_in_the_drop_folder(make_house, read_only, folder):
    house = make_house(receipts_folder=None)
    house.restart(drop=replace(house.config.drop, receipts_folder=house.drop / folder))
    read_only(house)
    house.write("sub/a.md", BROKEN)
    house.reconcile()
    said = house.drop / folder / "sub" / "a.md.feedmill.txt"
    before = said.stat()
    house.reconcile(400)
    house.restart()
    house.reconcile(5)
    assert (said.stat().st_ino, said.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    (house.drop / "sub" / "a.md").unlink()
    house.reconcile(5)
    assert not said.exists()


def test_a_file_that_may_not_be_read_gets_a_receipt_once_that_does_not_pass(house, monkeypatch):
    # As root, there is no file that may not be read.
    house.write("a.md", article("One"))
    house.reconcile()
    look = house.worker.inbox.look
    house.write("a.md", article("Two"), age=1)
    with monkeypatch.context() as patched:
        patched.setattr(house.worker.inbox, "look", lambda _: Passing("Permission denied"))
        house.turn("a.md")
        assert receipt(house, "a.md") is None
        for _ in range(20):
            house.clock.pass_time(5)
            house.turn()
        said = receipt(house, "a.md")
        assert "“a.md” is not read" in said
        assert "The file cannot be read: Permission denied." in said
        assert "The version that was read before stays public" in said
        house.worker.service.rescan()
        house.turn()
        assert receipt(house, "a.md") == said
    assert house.worker.inbox.look == look
    house.reconcile(120)
    assert house.titles() == ["Two"]
    assert stamps(house) == {}
