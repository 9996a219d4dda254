"""Moving read files out of the authors' way."""

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from feeds import at
from tests.integration.inbox.dropfolder.dropping import fingerprint, put
from worker.inbox.folder import DropFolder


def test_a_read_file_is_filed_away_in_the_same_sub_folders(root: Path, inbox: DropFolder) -> None:
    put(root, "sub/deep/a.md")
    expected = fingerprint(inbox, "sub/deep/a.md")
    assert inbox.move_to("sub/deep/a.md", "archive", expected) == "archive/sub/deep/a.md"
    assert (root / "archive/sub/deep/a.md").read_text() == "text"
    assert not (root / "sub/deep/a.md").exists()


def test_a_file_with_a_doubtful_fingerprint_is_filed_away_too(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "a.md")
    expected = fingerprint(inbox, "a.md").doubtful()
    assert inbox.move_to("a.md", "rejected", expected) == "rejected/a.md"


def test_filing_away_overwrites_nothing(root: Path, inbox: DropFolder) -> None:
    for number in range(1, 4):
        put(root, "a.b.md", str(number))
        inbox.move_to("a.b.md", "archive", fingerprint(inbox, "a.b.md"))
    texts = {file.name: file.read_text() for file in (root / "archive").iterdir()}
    assert texts == {"a.b.md": "1", "a.b-2.md": "2", "a.b-3.md": "3"}


def test_a_number_fits_into_the_longest_name(root: Path, inbox: DropFolder) -> None:
    name = "ä" * 126 + ".md"
    for number in range(2):
        put(root, name, str(number))
        inbox.move_to(name, "archive", fingerprint(inbox, name))
    names = sorted((file.name for file in (root / "archive").iterdir()), key=len)
    assert names == [name, "ä" * 125 + "-2.md"]


def test_what_a_crash_left_reserved_is_used(root: Path, inbox: DropFolder) -> None:
    put(root, "archive/a.md", "")
    put(root, "a.md")
    assert inbox.move_to("a.md", "archive", fingerprint(inbox, "a.md")) == "archive/a.md"


def test_a_file_that_was_saved_anew_or_is_gone_stays_where_it_is(
    root: Path, inbox: DropFolder
) -> None:
    file = put(root, "a.md")
    expected = fingerprint(inbox, "a.md")
    file.write_text("a new version")
    assert inbox.move_to("a.md", "archive", expected) is None
    assert file.read_text() == "a new version"
    file.unlink()
    assert inbox.move_to("a.md", "archive", expected) is None
    assert inbox.move_to("none/a.md", "archive", expected) is None
    assert not (root / "archive").exists()


@pytest.mark.parametrize("newest", [None, "third"])
def test_a_version_saved_while_the_last_one_is_filed_away_is_not_lost(
    root: Path, inbox: DropFolder, monkeypatch: pytest.MonkeyPatch, newest: str | None
) -> None:
    file = put(root, "a.md", "first")
    expected = fingerprint(inbox, "a.md")
    real = os.rename
    steps = itertools.count()

    def rename_beside_an_author(*args: Any, **more: Any) -> None:
        if next(steps) == 0:
            put(root, "a.md.new", "second").replace(file)
            real(*args, **more)
            if newest:
                file.write_text(newest)
        else:
            real(*args, **more)

    monkeypatch.setattr(at, "rename", rename_beside_an_author)
    assert inbox.move_to("a.md", "archive", expected) is None
    assert file.read_text() == (newest or "second")


def test_where_the_archive_cannot_be_made_the_file_stays(root: Path, inbox: DropFolder) -> None:
    put(root, "archive", "a file in the way")
    file = put(root, "a.md")
    with pytest.raises(NotADirectoryError):
        inbox.move_to("a.md", "archive", fingerprint(inbox, "a.md"))
    assert file.read_text() == "text"


def test_no_symlink_sends_a_file_elsewhere(root: Path, inbox: DropFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "archive").symlink_to(tmp_path / "elsewhere")
    file = put(root, "a.md")
    with pytest.raises(OSError, match=r"directory|symbolic"):
        inbox.move_to("a.md", "archive", fingerprint(inbox, "a.md"))
    assert file.exists()
