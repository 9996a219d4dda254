"""What feeds/atomic_file.py promises: the old file or the new one, and nothing left beside it."""

import os
import stat
from pathlib import Path

import pytest

from feeds.atomic_file import hidden, replace_file, replacement, write_all


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    path.write_bytes(b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert _names(tmp_path) == ["all.rss"]


def test_after_an_error_the_old_file_stays_and_the_new_one_goes(tmp_path: Path) -> None:
    path = tmp_path / "all.rss"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replacement(path, hidden(path)) as descriptor:
        os.write(descriptor, bytes(1 // 0))
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["all.rss"]


@pytest.mark.parametrize("kind", ["file", "symlink", "fifo", "hard link"])
def test_what_stands_in_the_hidden_file_s_place_is_replaced_and_never_written_to(
    tmp_path: Path, kind: str
) -> None:
    other, beside = tmp_path / "other", hidden(tmp_path / "all.rss")
    other.write_bytes(b"mine")
    match kind:
        case "file":
            beside.write_bytes(b"left by a crash")
        case "symlink":
            beside.symlink_to(other)
        case "fifo":
            os.mkfifo(beside)
        case _:
            beside.hardlink_to(other)
    replace_file(tmp_path / "all.rss", b"new")
    assert (tmp_path / "all.rss").read_bytes() == b"new"
    assert other.read_bytes() == b"mine"
    assert _names(tmp_path) == ["all.rss", "other"]


def test_a_symlink_at_the_target_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / "all.rss").symlink_to(tmp_path / "other")
    replace_file(tmp_path / "all.rss", b"new")
    assert not (tmp_path / "all.rss").is_symlink()
    assert (tmp_path / "other").read_bytes() == b"mine"


def test_the_mode_is_the_caller_s_and_names_may_be_relative_to_a_folder(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with replacement("a", ".hidden", dir_fd=folder) as descriptor:
            write_all(descriptor, b"new")
    finally:
        os.close(folder)
    with replacement(tmp_path / "b", hidden(tmp_path / "b"), mode=0o600):
        pass
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "b")]
    assert modes == [0o644 & ~_umask(), 0o600]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found
