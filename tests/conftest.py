"""What all tests share: no leaked threads, processes, connections or files, the same examples
in every run."""

import faulthandler
import gc
import logging
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
LEAK_GRACE_SECONDS = 2.0

# Every connection to SQLite opened since the test at hand began. They cannot be found otherwise:
# the garbage collector does not know them, and they take no weak references.
_connections: list[sqlite3.Connection] = []


def _note_connection(name: str, arguments: tuple[object, ...]) -> None:
    if name == "sqlite3.connect/handle":
        assert isinstance(arguments[0], sqlite3.Connection)
        _connections.append(arguments[0])


sys.addaudithook(_note_connection)

# A suite that fails by chance teaches people to run it again. `deadline` would measure the
# machine; `database` is off with derandomize, so no run depends on the one before.
settings.register_profile("feedmill", derandomize=True, deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=3000)
settings.load_profile("feedmill")


_stderr: int | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Keep a way to the real standard error, past all capturing."""
    global _stderr  # noqa: PLW0603 -- there is one
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():  # type: ignore[union-attr]
        _stderr = os.dup(2)


def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Have a test that takes too long end its process, with the stacks of all threads.

    In place of pytest-timeout's own ways: SIGALRM may be the test's, and a thread of Python's
    waits for a lock that the test may hold for ever, and is not heard under pytest-xdist.
    """
    assert _stderr is not None
    faulthandler.dump_traceback_later(settings.timeout, exit=True, file=_stderr)
    return True


def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    """The test has ended in time."""
    faulthandler.cancel_dump_traceback_later()
    return True


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_seeds() -> Path:
    """The real sample documents, which are not part of the project."""
    folder = ROOT.parent / "shared" / "seeds"
    if not folder.is_dir():
        pytest.skip("the real sample documents are not on this machine")
    return folder


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Commands set up the log of their whole process, which here is that of other tests too."""
    log = logging.getLogger("feedmill")
    handlers, level, propagate = list(log.handlers), log.level, log.propagate
    last_resort = logging.lastResort
    yield
    logging.lastResort = last_resort
    log.handlers[:], log.propagate = handlers, propagate
    log.setLevel(level)


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, a child process or a connection to SQLite behind.

    What a wider fixture started before the test is its own affair. Threads and processes that
    have been told to end get a moment to do so.
    """
    threads, children, files = set(threading.enumerate()), child_processes(), open_files()
    _connections.clear()
    yield
    # Another program's library may keep one for as long as its process lives.
    is_ours = request.node.get_closest_marker("keeps_connections") is None
    unclosed = [item for item in _connections if is_ours and is_open(item)]
    _connections.clear()
    if unclosed:
        pytest.fail(f"the test left {len(unclosed)} connections to SQLite open")
    if open_files() > files:
        # What waits for the garbage collector is found now, and not during some later test.
        gc.collect()
    until = time.monotonic() + LEAK_GRACE_SECONDS
    while left := _left_behind(threads, children):
        if time.monotonic() > until:
            pytest.fail(f"the test left behind: {', '.join(left)}")
        time.sleep(0.01)


def open_files() -> int:
    """How many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- runs before and after each test


def is_open(connection: sqlite3.Connection) -> bool:
    """Was the connection not closed?"""
    try:
        connection.total_changes  # noqa: B018 -- raises where it was
    except sqlite3.ProgrammingError:
        return False
    return True


def _left_behind(threads: set[threading.Thread], children: dict[int, str]) -> list[str]:
    found = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads]
    started = child_processes().items() - children.items()
    return found + [f"process {pid} ({name})" for pid, name in sorted(started)]


def child_processes() -> dict[int, str]:
    """The children of this process by id, with their names; ended ones that nobody waited for
    are among them."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # none at all, as almost always: spares a walk through /proc
        return {}
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (line := _stat(entry)):
            name, _, rest = line.partition("(")[2].rpartition(")")
            if int(rest.split()[1]) == os.getpid():
                found[int(entry.name)] = name
    return found


def _stat(process: Path) -> str:
    try:
        return (process / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended meanwhile
        return ""
