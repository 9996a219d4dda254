"""Who has a file open for writing."""

import contextlib
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.inbox.dropfolder.dropping import NOBODY, put
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Look


@pytest.mark.usefixtures("leases")
def test_a_look_tells_whether_somebody_is_writing(root: Path, inbox: DropFolder) -> None:
    with (root / "a.md").open("w") as file:
        file.write("half")
        file.flush()
        writing = inbox.look("a.md")
    closed = inbox.look("a.md")
    assert isinstance(writing, Look)
    assert isinstance(closed, Look)
    assert (writing.busy, closed.busy) == (True, False)


@pytest.mark.usefixtures("leases")
def test_a_file_mapped_for_writing_is_being_written(root: Path, inbox: DropFolder) -> None:
    put(root, "a.md")
    with (root / "a.md").open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    look = inbox.look("a.md")
    mapped.close()
    assert isinstance(look, Look)
    assert look.busy is True


@pytest.mark.usefixtures("leases")
def test_a_reader_is_no_writer_and_the_lease_is_given_back(root: Path, inbox: DropFolder) -> None:
    put(root, "a.md")
    with (root / "a.md").open():
        look = inbox.look("a.md")
    assert isinstance(look, Look)
    assert look.busy is False
    os.close(os.open(root / "a.md", os.O_WRONLY | os.O_NONBLOCK))


def test_a_lease_is_not_asked_for_where_it_is_not_to_be_trusted(root: Path) -> None:
    put(root, "a.md")
    look = DropFolder(root, 1000, trust_leases=False).look("a.md")
    assert isinstance(look, Look)
    assert look.busy is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file of another user")
def test_of_another_user_s_file_it_cannot_be_told(powerless: Path) -> None:
    file = put(powerless, "a.md")
    file.chmod(0o644)
    os.seteuid(0)
    os.chown(file, 1, -1)
    os.seteuid(NOBODY)
    look = DropFolder(powerless, 1000).look("a.md")
    assert isinstance(look, Look)
    assert look.busy is None


HOLDS_A_LEASE = """
import fcntl, os, sys
from worker.inbox.safe_open import held_for_writing

real = fcntl.fcntl

def slow(descriptor, command, value):
    if value == fcntl.F_UNLCK:
        print("held", flush=True)
        sys.stdin.readline()
    if command == fcntl.F_SETSIG and "bare" in sys.argv:
        return 0
    return real(descriptor, command, value)

fcntl.fcntl = slow
descriptor = os.open(sys.argv[1], os.O_RDONLY)
sys.exit(0 if held_for_writing(descriptor) is False else 1)
"""


@pytest.mark.usefixtures("leases")
@pytest.mark.parametrize(("more", "survives"), [([], True), (["bare"], False)])
def test_a_writer_that_comes_while_the_lease_is_held_does_not_kill_the_worker(
    root: Path, more: list[str], survives: bool
) -> None:
    file = put(root, "a.md")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_LEASE, file, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError):
            os.open(file, os.O_WRONLY | os.O_NONBLOCK)
        with contextlib.suppress(BrokenPipeError):
            holder.communicate("go\n", timeout=10)
        assert (holder.returncode == 0) is survives
    finally:
        holder.kill()
        holder.communicate(timeout=10)
