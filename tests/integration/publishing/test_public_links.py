"""Symlinks in the public folder: nothing is written, read or removed through one."""

from pathlib import Path

import pytest

from feeds.errors import PublishError
from feeds.public_folder import PublicFolder
from tests.integration.house import House, article
from worker.service.pacing import RETRY_SECONDS


def test_a_folder_of_feeds_that_is_a_symlink_is_refused_and_said(
    house: House, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    (house.public / "topics").rename(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.iterdir()}
    (house.public / "topics").symlink_to(elsewhere)
    house.write("b.md", article("Two", topics="X"))
    house.reconcile()
    trouble = house.worker.loop.progress.troubles["public-folder"]
    assert f"{house.public}/topics: it is a symbolic link instead of a folder" in trouble
    assert {path: path.read_bytes() for path in elsewhere.iterdir()} == before
    assert sorted(house.titles()) == ["One", "Two"]  # the feed of all is none of its business

    (house.public / "topics").unlink()
    house.reconcile(RETRY_SECONDS + 1)
    assert not house.worker.loop.progress.troubles
    assert sorted(house.titles("topics/x")) == ["One", "Two"]
    assert not (house.public / "topics").is_symlink()


def test_a_symlink_that_comes_later_is_found_without_a_new_article(
    house: House, tmp_path: Path
) -> None:
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    (house.public / "topics").rename(tmp_path / "elsewhere")
    (house.public / "topics").symlink_to(tmp_path / "elsewhere")
    house.restart()
    house.reconcile()
    assert "public-folder" in house.worker.loop.progress.troubles


def test_no_file_is_removed_through_a_symlink(tmp_path: Path) -> None:
    folder, elsewhere = PublicFolder(tmp_path / "public"), tmp_path / "elsewhere"
    for place in (folder.root, elsewhere):
        place.mkdir()
    (elsewhere / "x.atom").write_text("theirs")
    (folder.root / "topics").symlink_to(elsewhere)
    folder.remove("topics/x.atom")
    assert (elsewhere / "x.atom").read_text() == "theirs"
    assert folder.stat("topics/x.atom") is None
    with pytest.raises(PublishError, match="mount --bind"):
        folder.write("topics/deep/y.atom", b"ours", 0)
    assert [path.name for path in elsewhere.iterdir()] == ["x.atom"]


def test_the_public_folder_itself_may_be_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "public").symlink_to(tmp_path / "real")
    PublicFolder(tmp_path / "public").write("topics/x.atom", b"ours", 0)
    assert (tmp_path / "real/topics/x.atom").read_bytes() == b"ours"
