"""What worker/parsing/sandbox/fork_server.py promises: children in milliseconds that are the
worker's own, whatever happens to the server."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.parsing.sandbox.slow_reader import Rules
from tests.integration.parsing.sandbox.test_pool import ends, one, text, title
from worker.core.errors import ReadersError
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer, NotReadyError
from worker.parsing.sandbox.pool import Crashed, Job, ParserPool

MODULE = "tests.integration.parsing.sandbox.slow_reader"


@pytest.fixture
def server() -> Iterator[ForkServer]:
    with ForkServer([MODULE]) as server:
        yield server


@pytest.fixture
def readers(server: ForkServer) -> Iterator[ParserPool]:
    with ParserPool(server, Rules(), count=1, reader=f"{MODULE}:read") as readers:
        yield readers


def pid_of(server: ForkServer) -> int:
    assert server.pid is not None
    return server.pid


def status_of(pid: int, key: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{key}:")).split(None, 1)[1]


def until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_nothing_is_started_before_it_is_needed(server: ForkServer, readers: ParserPool) -> None:
    assert list(readers.read([])) == []
    assert server.pid is None
    with pytest.raises(NotReadyError):
        server.fork([])


def test_children_are_forked_from_one_server_and_belong_to_the_worker(
    server: ForkServer, readers: ParserPool
) -> None:
    pids = []
    for _ in range(3):
        pids.append(int(text(one(readers, "pid"))))
        assert status_of(pids[-1], "PPid") == str(os.getpid())
        readers.close()
    assert len(set(pids)) == 3
    assert ends(pids[-1])
    assert server.pid is not None


def test_the_server_has_one_thread_and_limits_itself() -> None:
    with ForkServer(PARSERS) as server:
        until(lambda: server.is_ready(0.1))
        assert status_of(pid_of(server), "Threads") == "1"
        assert status_of(pid_of(server), "NoNewPrivs") == "1"
        limits = Path(f"/proc/{server.pid}/limits").read_text()
        assert "Max file size             0 " in limits
        blocked = int(status_of(pid_of(server), "SigBlk"), 16)
        assert blocked & 1 << signal.SIGTERM - 1


def test_a_child_has_what_the_server_imported_and_none_of_its_descriptors(
    server: ForkServer, readers: ParserPool
) -> None:
    with Path(__file__).open():
        found = text(one(readers, "files"))
    assert "yes" in text(one(readers, f"loaded {MODULE}"))
    names = [name.strip("[]' ").rpartition("/")[2] for name in found.split(",")]
    # The counter twice: once for its map. The last one says how much memory is in use.
    assert names == ["null", "null", "null", "memfd", "memfd", "statm", "pipe", "pipe"]


def test_a_server_that_is_killed_is_replaced_and_no_child_ends(
    server: ForkServer, readers: ParserPool
) -> None:
    child = int(text(one(readers, "pid")))
    first = pid_of(server)
    os.kill(first, signal.SIGKILL)
    assert ends(first)
    assert int(text(one(readers, "pid"))) == child
    os.kill(child, signal.SIGKILL)
    assert ends(child)
    assert int(text(one(readers, "pid"))) != child
    assert server.pid != first
    assert readers.health().crashed == 0


def test_a_server_and_its_child_that_are_killed_cost_no_file(
    server: ForkServer, readers: ParserPool
) -> None:
    jobs = [Job(f"{number}", b"sleep 0.02") for number in range(30)]
    verdicts = readers.read(jobs)
    titles = [title(next(verdicts))]
    os.kill(pid_of(server), signal.SIGKILL)
    os.kill(readers.health().pids[0], signal.SIGKILL)
    titles += [title(verdict) for verdict in verdicts]
    assert titles == [job.name for job in jobs]


def test_a_server_that_always_dies_is_told_and_not_tried_for_ever() -> None:
    # Importing it ends the process.
    with (
        ForkServer(["tests.integration.parsing.sandbox.deadly"]) as server,
        ParserPool(server, Rules(), count=1, reader=f"{MODULE}:read") as readers,
        pytest.raises(ReadersError, match="the fork server ended with status 7"),
    ):
        one(readers, "x")


def test_a_system_without_another_process_is_told(
    server: ForkServer, readers: ParserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fork(self: ForkServer, fds: object) -> int:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(ForkServer, "fork", fork)
    with pytest.raises(ReadersError, match="temporarily unavailable"):
        one(readers, "x")


def test_modules_for_later_are_loaded_when_nothing_is_to_do() -> None:
    later = "tests.integration.parsing.sandbox.noted"
    with (
        ForkServer([MODULE], later=["no_such_module", later]) as server,
        ParserPool(server, Rules(), count=1, reader=f"{MODULE}:read") as readers,
    ):
        until(lambda: server.is_ready(0.1))

        def is_loaded() -> bool:
            readers.close()
            return "yes" in text(one(readers, f"loaded {later}"))

        until(is_loaded)


def test_no_descriptor_and_no_zombie_is_left(server: ForkServer, readers: ParserPool) -> None:
    one(readers, "x")
    readers.close()
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for order in ("x", "abort", "exit", "killed"):
        assert isinstance(one(readers, order), Crashed) == (order != "x")
        readers.close()
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    server.close()
    readers.close()
    with pytest.raises(ChildProcessError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def test_orphans_of_others_are_not_adopted(server: ForkServer, readers: ParserPool) -> None:
    assert int(text(one(readers, "pid")))
    code = "import os, sys; pid = os.fork(); pid and print(pid); pid or sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        orphan = int(process.stdout.readline())
        process.wait(10)
        assert status_of(orphan, "PPid") != str(os.getpid())


PARENT = """
import sys
sys.path.insert(0, {folder!r})
from tests.integration.parsing.sandbox.slow_reader import Rules
from worker.parsing.sandbox.fork_server import ForkServer
from worker.parsing.sandbox.pool import Job, ParserPool

server = ForkServer([{module!r}])
readers = ParserPool(server, Rules(), count=2, reader={module!r} + ":read")
verdicts = readers.read([Job("x", b"x")] * 70 + [Job("busy", b"spin")] * 40)
next(verdicts)
print(server.pid, *readers.health().pids, flush=True)
list(verdicts)
"""


@pytest.mark.parametrize("kills_server_first", [False, True])
def test_server_and_children_die_with_a_parent_that_is_killed(kills_server_first: bool) -> None:
    code = PARENT.format(folder=str(Path(__file__).parents[4]), module=MODULE)
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        if kills_server_first:
            os.kill(pids[0], signal.SIGKILL)
        parent.kill()
    assert len(pids) == 3
    assert all(ends(pid) for pid in pids)
