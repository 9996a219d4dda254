"""Where receipts go when not beside their files: another folder, or that for rejected files."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.authors.receipts import BROKEN, receipt, stamps
from tests.integration.house import House, article
from worker.authors import receipts as receipts_module
from worker.monitoring.heartbeat import Pulse, write_pulse
from worker.monitoring.status import read_status


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
        assert "Fix line 2 of “sub/a.md”: it is not published" in said
        assert house.worker.loop.progress.troubles == {}
        place = house.worker.receipts.place
        assert str(elsewhere) in place
        assert "Read-only file system" in place
        write_pulse(
            house.config.store_path,
            Pulse(house.clock.now(), house.clock.now(), "poll", "", receipts=place),
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
    trouble = house.worker.loop.progress.troubles["receipts"]
    assert "Read-only file system" in trouble
    assert "drop.receipts_folder" in trouble
    (house.drop / "a.md").unlink()
    house.reconcile(20)
    assert "receipts" not in house.worker.loop.progress.troubles


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
    assert "of “rejected/sub/a.md” and move it back: it is" in place.read_text("utf-8")
    assert "move it back to where it was" in place.read_text("utf-8")
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
