"""Memory and processor time of a process and its children."""

import os
import time
from pathlib import Path

import pytest

from benchmarks import tool

SIZE = 32 * 2**20


def test_pages_that_a_forked_child_shares_count_once() -> None:
    held = bytearray(os.urandom(4096)) * (SIZE // 4096)
    reader, writer = os.pipe()
    before = tool.tree_bytes(os.getpid())
    child = os.fork()
    if not child:
        os.close(writer)
        os.read(reader, 1)  # until the parent has looked, or is gone
        os._exit(0)
    try:
        after = tool.tree_bytes(os.getpid())
    finally:
        os.close(writer)
        os.close(reader)
        os.waitpid(child, 0)
    assert len(held) == SIZE
    assert before > SIZE
    assert after - before < SIZE / 2


def test_a_process_own_seconds_are_its_processor_time() -> None:
    least = time.process_time()
    found = tool.own_seconds(os.getpid())
    ticks = 2 / tool.TICKS
    assert least - ticks <= found <= time.process_time() + ticks


def test_no_process_has_used_no_time() -> None:
    assert tool.own_seconds(2**22 + 1) == 0.0


def test_an_update_that_fails_leaves_the_program_that_is_there(tmp_path: Path) -> None:
    program = tmp_path / "program"
    with pytest.raises(tool.MissingError):
        tool.newest(["/bin/false"], program)
    program.touch()
    tool.newest(["/bin/false"], program)
