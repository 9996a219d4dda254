"""Finding and reading the files of the public folder."""

import os
from pathlib import Path

import pytest

from worker.cloud.mirror.folder import PublicScan


def write(path: Path, text: str = "x", at: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path.parent, (at, at))


def test_regular_files_are_found_without_hidden_ones_and_links(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b.html")
    write(tmp_path / "c.atom")
    write(tmp_path / ".moved.json")
    write(tmp_path / ".git" / "x")
    (tmp_path / "link").symlink_to(tmp_path / "c.atom")
    (tmp_path / "folder").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    found = PublicScan(tmp_path).scan()
    assert found.keys() == {"a/b.html", "c.atom"}
    assert found["c.atom"].size == 1


def test_a_folder_is_read_again_when_its_time_changes(tmp_path: Path) -> None:
    write(tmp_path / "a" / "1", at=1000)
    scan = PublicScan(tmp_path)
    assert scan.scan().keys() == {"a/1"}
    write(tmp_path / "a" / "2", at=1000)
    assert scan.scan().keys() == {"a/1"}, "its time says that it is as before"
    os.utime(tmp_path / "a", (1001, 1001))
    assert scan.scan().keys() == {"a/1", "a/2"}


def test_forget_reads_everything_again(tmp_path: Path) -> None:
    write(tmp_path / "a", at=1000)
    scan = PublicScan(tmp_path)
    before = scan.scan()
    (tmp_path / "a").write_text("changed in place")
    assert scan.scan() == before
    scan.forget()
    assert scan.scan() != before


def test_a_folder_that_was_just_changed_is_not_trusted(tmp_path: Path) -> None:
    """Two changes within a moment may leave one time."""
    scan = PublicScan(tmp_path)
    assert scan.scan() == {}
    before = tmp_path.stat()
    (tmp_path / "a").write_text("x")
    os.utime(tmp_path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scan.scan().keys() == {"a"}


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PublicScan(tmp_path / "none").scan()


def test_bytes_have_the_identity_of_their_version(tmp_path: Path) -> None:
    write(tmp_path / "a.html", "text")
    scan = PublicScan(tmp_path)
    read = scan.read("a.html")
    assert read
    assert (read.data, read.identity) == (b"text", scan.scan()["a.html"])
    assert read.md5 == "1cb251ec0d568de6a929b520c4aed8d1"
    assert scan.read("gone") is None
