"""Reading files that others control."""

import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import worker.inbox.safe_open
from feeds import at
from tests.integration.inbox.dropfolder.dropping import fingerprint, found, put
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, Gone, Look, Refused, Torn, Unavailable


def test_a_file_is_read_whole(root: Path, inbox: DropFolder) -> None:
    put(root, "sub/a.md", "Grüße\r\n")
    outcome = inbox.read("sub/a.md", fingerprint(inbox, "sub/a.md"))
    assert isinstance(outcome, Content)
    assert outcome.data == "Grüße\r\n".encode()


def test_an_empty_file_and_one_of_just_the_largest_size_are_read(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "empty.md", "")
    put(root, "large.md", "x" * 1000)
    for path, size in [("empty.md", 0), ("large.md", 1000)]:
        outcome = inbox.read(path)
        assert isinstance(outcome, Content)
        assert len(outcome.data) == size


def test_a_file_above_the_limit_is_refused_unread(root: Path, inbox: DropFolder) -> None:
    put(root, "large.md", "x" * 1001)
    outcome = inbox.read("large.md")
    assert isinstance(outcome, Refused)
    assert outcome.problem.code == "file-too-large"
    assert "1,001 bytes; the limit is 1,000" in outcome.problem.message
    assert outcome.fingerprint == fingerprint(inbox, "large.md")


def test_a_sparse_file_of_a_terabyte_costs_nothing(root: Path, inbox: DropFolder) -> None:
    with (root / "huge.md").open("wb") as file:
        file.truncate(2**40)
    assert isinstance(inbox.read("huge.md"), Refused)


def test_a_read_file_is_known_again_by_its_stat_once_the_clock_has_ticked(
    root: Path, inbox: DropFolder
) -> None:
    put(root, "a.md")
    for _ in range(100_000):
        outcome = inbox.read("a.md")
        assert isinstance(outcome, Content)
        if outcome.fingerprint == fingerprint(inbox, "a.md"):
            return
    pytest.fail("the fingerprint never became a proof")


def test_a_change_within_the_clock_s_tick_is_found_by_reading_again(
    root: Path, inbox: DropFolder
) -> None:
    for number in range(1000):
        put(root, "a.md", f"{number:04}")
        outcome = inbox.read("a.md")
        assert isinstance(outcome, Content)
        if outcome.fingerprint != fingerprint(inbox, "a.md"):
            return
    pytest.fail("every reading claimed to be proof against changes in the same tick")


def test_a_file_that_changed_since_it_was_looked_at_is_torn(root: Path, inbox: DropFolder) -> None:
    file = put(root, "a.md")
    looked = fingerprint(inbox, "a.md")
    file.write_text("longer text")
    assert inbox.read("a.md", looked) == Torn()


@pytest.mark.parametrize("text", ["", "more text"], ids=["emptied", "grown"])
def test_a_file_that_changes_while_it_is_read_is_torn(
    root: Path, inbox: DropFolder, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    file = put(root, "a.md", "some text")
    real = worker.inbox.safe_open._read_up_to

    def read_while_written(descriptor: int, limit: int) -> bytes:
        data = real(descriptor, limit)
        file.write_text(text)
        return data

    monkeypatch.setattr(worker.inbox.safe_open, "_read_up_to", read_while_written)
    assert inbox.read("a.md") == Torn()


def test_what_is_not_there_is_gone(root: Path, inbox: DropFolder, tmp_path: Path) -> None:
    put(tmp_path, "outside.md")
    (root / "folder.md").mkdir()
    put(root, "file.md")
    for path in [
        "none.md",
        "none/a.md",
        "folder.md",
        "file.md/a.md",
        "../outside.md",
        "./file.md",
        "sub//a.md",
        "a\0b/c.md",
        "x" * 300 + ".md",
    ]:
        assert inbox.read(path) == Gone(), path
        assert inbox.look(path) == Gone(), path


def test_an_unreadable_file_passes_and_is_not_refused(powerless: Path) -> None:
    put(powerless, "a.md").chmod(0)
    inbox = DropFolder(powerless, 1000)
    assert inbox.read("a.md") == Unavailable("Permission denied")
    assert inbox.look("a.md") == Unavailable("Permission denied")
    (powerless / "a.md").chmod(0o600)
    assert isinstance(inbox.read("a.md"), Content)


def test_a_file_in_an_unreadable_folder_passes_and_is_not_gone(powerless: Path) -> None:
    put(powerless, "sub/a.md")
    (powerless / "sub").chmod(0)
    assert DropFolder(powerless, 1000).read("sub/a.md") == Unavailable("Permission denied")


def special_files(root: Path) -> Iterator[tuple[str, str]]:
    (root / "link.md").symlink_to("/etc/passwd")
    yield "link.md", "a symbolic link"
    (root / "dangling.md").symlink_to("nowhere")
    yield "dangling.md", "a symbolic link"
    os.mkfifo(root / "pipe.md")
    yield "pipe.md", "a named pipe"
    with contextlib.chdir(root), socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.md")
    yield "socket.md", "a socket"
    with contextlib.suppress(PermissionError):
        os.mknod(root / "zero.md", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        yield "zero.md", "a device"


def test_special_files_are_found_looked_at_and_refused_without_being_opened(
    root: Path, inbox: DropFolder
) -> None:
    kinds = dict(special_files(root))
    assert found(inbox) == {"": sorted(kinds)}
    for path, kind in kinds.items():
        look = inbox.look(path)
        assert isinstance(look, Look)
        assert look.busy is None
        outcome = inbox.read(path)
        assert isinstance(outcome, Refused)
        assert outcome.problem.code == "not-a-file"
        assert kind in outcome.problem.message
        assert outcome.fingerprint == look.fingerprint


def test_a_pipe_with_a_waiting_writer_is_not_opened(root: Path, inbox: DropFolder) -> None:
    os.mkfifo(root / "pipe.md")
    code = "import sys; open(sys.argv[1], 'wb')"
    writer = subprocess.Popen([sys.executable, "-c", code, root / "pipe.md"])
    try:
        assert isinstance(inbox.read("pipe.md"), Refused)
        assert isinstance(inbox.look("pipe.md"), Look)
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(0.3)
    finally:
        writer.kill()
        writer.wait(10)


def test_no_symlink_on_the_way_leads_out_of_the_folder(
    root: Path, inbox: DropFolder, tmp_path: Path
) -> None:
    put(tmp_path, "outside/secret.md")
    (root / "link").symlink_to(tmp_path / "outside")
    assert inbox.read("link/secret.md") == Gone()
    assert inbox.look("link/secret.md") == Gone()


def test_a_file_that_gives_way_to_a_symlink_at_the_last_moment_is_not_followed(
    root: Path, inbox: DropFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, secret = put(root, "a.md"), put(tmp_path, "secret")
    real = os.open

    def open_after_the_swap(path: str, *args: int, **more: int) -> int:
        if path == "a.md":
            file.unlink()
            file.symlink_to(secret)
        return real(path, *args, **more)

    monkeypatch.setattr(at, "open_", open_after_the_swap)
    assert inbox.read("a.md") == Torn()


def test_hard_links_are_read_like_any_file(root: Path, inbox: DropFolder, tmp_path: Path) -> None:
    (root / "a.md").hardlink_to(put(tmp_path, "elsewhere.md"))
    assert isinstance(inbox.read("a.md"), Content)


def test_a_name_that_is_not_utf8_is_refused(root: Path, inbox: DropFolder) -> None:
    name = os.fsdecode(b"caf\xe9.md")
    put(root, name)
    outcome = inbox.read(name)
    assert isinstance(outcome, Refused)
    assert outcome.problem.code == "name-not-utf8"
    assert r"caf\xe9.md" in outcome.problem.message
