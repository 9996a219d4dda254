"""Scanning real folders, and the root below which everything happens."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.integration.inbox.dropfolder.dropping import fingerprint, found, open_descriptors, put
from worker.core.errors import DropError, RootChanged
from worker.inbox.filters import NameFilter
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import MAX_DEPTH, Gone
from worker.inbox.scanner import Folder, Unreadable


def test_a_scan_gives_articles_folder_by_folder_in_the_order_of_names(
    root: Path, inbox: DropFolder
) -> None:
    for path in [
        "b.md",
        "a.TXT",
        "x.css",
        "sub/2.md",
        "sub/1.html",
        "sub/deep/a.md",
        "alpha/z.htm",
    ]:
        put(root, path)
    (root / "empty").mkdir()
    items = list(inbox.scan())
    assert [
        (item.path, [file[0] for file in item.files]) for item in items if isinstance(item, Folder)
    ] == [
        ("", ["a.TXT", "b.md"]),
        ("alpha", ["z.htm"]),
        ("empty", []),
        ("sub", ["1.html", "2.md"]),
        ("sub/deep", ["a.md"]),
    ]
    assert len(items) == 5


def test_a_scan_gives_the_fingerprint_that_a_look_gives(root: Path, inbox: DropFolder) -> None:
    put(root, "sub/a.md")
    folders = [item for item in inbox.scan("sub") if isinstance(item, Folder)]
    assert folders == [Folder("sub", [("a.md", *fingerprint(inbox, "sub/a.md"))])]


def test_a_scan_passes_over_hidden_ignored_and_reserved_folders_and_receipts(root: Path) -> None:
    for path in [".hidden/a.md", "archive/a.md", "sub/archive/b.md", "old/c.md", "d.md"]:
        put(root, path)
    put(root, "d.md.feedmill.txt")
    names = NameFilter(ignore=("old",), reserved=("archive",))
    inbox = DropFolder(root, 1000, names)
    assert found(inbox) == {"": ["d.md"], "sub": [], "sub/archive": ["b.md"]}
    assert found(inbox, "archive") == {}
    assert not inbox.names.is_article_name("archive/a.md")


def test_a_scan_follows_no_symlink_out_of_the_folder(
    root: Path, inbox: DropFolder, tmp_path: Path
) -> None:
    put(tmp_path, "outside/secret.md")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    assert found(inbox) == {"": []}
    assert found(inbox, "link") == {}


def test_a_scan_of_a_folder_that_is_not_there_gives_nothing(inbox: DropFolder) -> None:
    assert list(inbox.scan("sub/none")) == []
    assert list(inbox.scan("..")) == []


def test_names_that_are_not_utf8_are_told_in_words_that_can_be_stored(
    root: Path, inbox: DropFolder
) -> None:
    (root / os.fsdecode(b"caf\xe9.md")).write_text("text")
    (root / os.fsdecode(b"fol\xffder")).mkdir()
    put(root, os.fsdecode(b"fol\xffder/inner.md"))
    put(root, "good.md")
    (folder,) = inbox.scan()
    assert isinstance(folder, Folder)
    assert [name for name, *_ in folder.files] == ["good.md"]
    assert [path for path, _ in folder.refused] == [r"caf\xe9.md", r"fol\xffder"]
    for path, problem in folder.refused:
        assert problem.code == "name-not-utf8"
        (path + str(problem)).encode()


def test_an_unreadable_folder_is_unknown_and_the_others_are_scanned(powerless: Path) -> None:
    put(powerless, "a/1.md")
    put(powerless, "b/2.md")
    put(powerless, "c/3.md")
    (powerless / "b").chmod(0)
    inbox = DropFolder(powerless, 1000)
    assert found(inbox) == {"": [], "a": ["1.md"], "c": ["3.md"]}
    assert Unreadable("b", "Permission denied") in list(inbox.scan())


def test_files_in_a_folder_that_may_be_listed_but_not_entered_are_unknown(powerless: Path) -> None:
    put(powerless, "b/2.md")
    (powerless / "b").chmod(0o400)
    inbox = DropFolder(powerless, 1000)
    assert list(inbox.scan("b")) == [
        Folder("b", []),
        Unreadable("b/2.md", "Permission denied"),
    ]


def test_folders_nested_without_end_are_unknown_below_a_limit(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "/".join(["d"] * (MAX_DEPTH + 2)) + "/a.md")
    *seen, last = inbox.scan()
    assert len(seen) == MAX_DEPTH + 1
    assert isinstance(last, Unreadable)
    assert last.path == "/".join(["d"] * (MAX_DEPTH + 1))
    assert str(MAX_DEPTH) in last.error


def test_a_folder_that_vanishes_during_the_scan_is_passed_over(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "a/1.md")
    put(root, "b/2.md")
    scan = inbox.scan()
    assert next(scan) == Folder("", [])
    shutil.rmtree(root / "a")
    assert [item.path for item in scan] == ["b"]


# The root


def test_a_missing_drop_folder_is_an_error_with_a_cure(tmp_path: Path) -> None:
    inbox = DropFolder(tmp_path / "none", 1000)
    with pytest.raises(DropError, match=r"none: No such file or directory. Make the folder"):
        list(inbox.scan())


def test_a_drop_folder_that_is_a_file_is_an_error_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(DropError, match=r"Not a directory\. Set drop\.folder"):
        DropFolder(put(tmp_path, "file"), 1000).pin()


def test_an_unreadable_drop_folder_is_an_error_with_a_cure(powerless: Path) -> None:
    (powerless / "drop").mkdir(0)
    with pytest.raises(DropError, match=r"Permission denied\. Give the worker's user"):
        DropFolder(powerless / "drop", 1000).pin()


def test_another_folder_in_the_root_s_place_is_refused_until_it_is_pinned(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "a.md")
    first = inbox.pin()
    root.rename(root.with_name("old"))
    root.mkdir()
    for attempt in (
        lambda: list(inbox.scan()),
        lambda: inbox.look("a.md"),
        lambda: inbox.read("a.md"),
    ):
        with pytest.raises(RootChanged, match="another folder is at its path"):
            attempt()
    assert inbox.pin() == inbox.identity() != first
    assert inbox.read("a.md") == Gone()


def test_a_root_deleted_and_made_again_at_once_is_another_root() -> None:
    """On a disk: a file system in memory has no generations, but never gives a number again."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as base:
        root = Path(base) / "drop"
        root.mkdir()
        inbox = DropFolder(root, max_bytes=1000)
        inbox.pin()
        for _ in range(5):
            root.rmdir()
            root.mkdir()
        if inbox.identity().generation == 0:
            pytest.skip("no generations on this file system")
        with pytest.raises(RootChanged):
            inbox.read("a.md")


def test_a_root_replaced_during_a_scan_spoils_the_scan(root: Path, inbox: DropFolder) -> None:
    put(root, "a/1.md")
    scan = inbox.scan()
    next(scan)
    root.rename(root.with_name("old"))
    root.mkdir()
    with pytest.raises(RootChanged):
        list(scan)


def test_a_root_deleted_during_a_scan_is_not_taken_for_an_empty_folder(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "a/1.md")
    scan = inbox.scan()
    next(scan)
    shutil.rmtree(root)
    with pytest.raises(DropError, match="No such file"):
        list(scan)


def test_the_root_itself_may_be_a_symlink(root: Path, tmp_path: Path) -> None:
    put(root, "a.md")
    (tmp_path / "link").symlink_to(root)
    assert found(DropFolder(tmp_path / "link", 1000)) == {"": ["a.md"]}


def test_nothing_stays_open_so_that_the_file_system_can_be_unmounted(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "sub/a.md")
    before = open_descriptors()
    expected = fingerprint(inbox, "sub/a.md")
    list(inbox.scan())
    inbox.read("sub/a.md")
    inbox.read("sub/none.md")
    inbox.read("none/a.md")
    inbox.move_to("sub/a.md", "archive", expected)
    assert sorted(open_descriptors()) == sorted(before)
