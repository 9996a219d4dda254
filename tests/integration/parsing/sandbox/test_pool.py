"""What worker/parsing/sandbox/pool.py promises of parser children, with real processes."""

import os
import select
import signal
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.integration.parsing.sandbox.slow_reader import Rules
from worker.core.article import Reading
from worker.core.errors import ReadersError
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer
from worker.parsing.sandbox.pool import Crashed, Job, ParserPool

MIB = 1024 * 1024
RULES = Rules(language="xx")
READER = "tests.integration.parsing.sandbox.slow_reader:read"


Make = Callable[..., ParserPool]


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer(["tests.integration.parsing.sandbox.slow_reader"]) as server:
        server.start()
        yield server


@pytest.fixture
def make(server: ForkServer) -> Make:
    def make(**options: object) -> ParserPool:
        settings: dict[str, object] = {"reader": READER, "count": 1, **options}
        return ParserPool(server, RULES, **settings)  # type: ignore[arg-type]

    return make


@pytest.fixture
def readers(make: Make) -> Iterator[ParserPool]:
    with make() as readers:
        yield readers


def text(verdict: Reading | Crashed) -> str:
    assert isinstance(verdict, Reading), verdict
    assert verdict.article is not None
    return verdict.article.text


def title(verdict: Reading | Crashed) -> str:
    assert isinstance(verdict, Reading), verdict
    assert verdict.article is not None
    return verdict.article.title


def one(readers: ParserPool, order: str) -> Reading | Crashed:
    (verdict,) = readers.read([Job("one", order.encode())])
    return verdict


def among_good(readers: ParserPool, order: str) -> str:
    """Read a bad file among good ones, which must all be read; the reason given for it."""
    jobs = [Job(f"{number}", b"good") for number in range(12)]
    jobs[5] = Job("5", order.encode())
    verdicts = list(readers.read(jobs))
    bad = verdicts.pop(5)
    assert [title(verdict) for verdict in verdicts] == [job.name for job in jobs if job.name != "5"]
    assert isinstance(bad, Crashed), bad
    return bad.reason


def ends(pid: int, seconds: float = 10) -> bool:
    """Whether a process, which need not be our child, is gone or goes within the time."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)


def test_nothing_is_started_while_there_is_nothing_to_read(readers: ParserPool) -> None:
    assert list(readers.read([])) == []
    assert readers.health().pids == ()


def test_the_rules_reach_the_reader(readers: ParserPool) -> None:
    verdict = one(readers, "hello")
    assert isinstance(verdict, Reading)
    assert verdict.article is not None
    assert (verdict.article.title, verdict.article.summary, verdict.article.text) == (
        "one",
        "xx",
        "hello",
    )


def test_one_child_serves_many_files(readers: ParserPool) -> None:
    assert one(readers, "pid") == one(readers, "pid")
    assert readers.health().started == 1


def test_verdicts_come_in_the_order_of_the_jobs(make: Make) -> None:
    jobs = [Job(f"{number}", b"sleep 0.01" if number % 7 == 0 else b"x") for number in range(300)]
    with make(count=3) as readers:
        assert [title(verdict) for verdict in readers.read(jobs)] == [job.name for job in jobs]
        assert readers.health().started == 3


def test_jobs_are_taken_as_needed_and_not_all_at_once(readers: ParserPool) -> None:
    taken = 0

    def source() -> Iterator[Job]:
        nonlocal taken
        for taken in range(1, 100_001):
            yield Job(f"{taken}", b"x")

    assert len(list(islice(readers.read(source()), 5))) == 5
    assert taken < 500


def test_a_reading_that_was_left_early_does_not_disturb_the_next(readers: ParserPool) -> None:
    first = readers.read([Job(f"{number}", b"sleep 0.01") for number in range(40)])
    assert title(next(first)) == "0"
    first.close()  # type: ignore[attr-defined]
    assert title(one(readers, "next")) == "one"


@pytest.mark.slow
def test_payloads_far_larger_than_a_pipe_go_both_ways(make: Make) -> None:
    jobs = [Job(f"{number}", str(number).encode() * 1_000_000) for number in range(10, 22)]
    with make(count=2) as readers:
        verdicts = list(readers.read(jobs))
    assert [len(text(verdict)) for verdict in verdicts] == [2_000_000] * 12


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("abort", "the parser ended by signal 6 (Aborted)"),
        ("segv", "the parser ended by signal 11 (Segmentation fault)"),
        pytest.param(
            "deep",
            "the parser ended by signal 11 (Segmentation fault)",
            marks=pytest.mark.slow,
        ),
        ("exit", "the parser ended with status 0"),
        ("killed", "the parser ended by signal 9 (Killed)"),
        ("raise", "the parser failed with RuntimeError"),
        ("lie", "the parser gave an invalid answer"),
    ],
)
def test_a_crash_fails_only_the_file_that_caused_it(
    readers: ParserPool, order: str, reason: str
) -> None:
    assert among_good(readers, order) == reason


@pytest.mark.parametrize("order", ["hang", "spin"])
def test_a_hang_fails_only_its_file_at_the_time_limit(order: str, make: Make) -> None:
    with make(seconds=0.5) as readers:
        assert among_good(readers, order) == "the parser was stopped after 0.5 s"


@pytest.mark.slow
def test_time_is_allowed_per_file_and_not_per_chunk(make: Make) -> None:
    with make(seconds=0.5) as readers:
        verdicts = list(readers.read(Job(f"{number}", b"sleep 0.1") for number in range(12)))
    assert all(isinstance(verdict, Reading) for verdict in verdicts)


def test_a_file_that_swells_its_child_fails_alone(make: Make) -> None:
    with make(memory_bytes=256 * MIB) as readers:
        assert readers.health().limited
        assert among_good(readers, "swell") == "the parser used more than 256 MiB"


@pytest.mark.slow
def test_memory_that_one_file_left_behind_does_not_count_against_the_next(make: Make) -> None:
    with make(memory_bytes=256 * MIB) as readers:
        orders = [b"linger 150000000"] * 3
        assert [text(v) for v in readers.read(Job("x", o) for o in orders)] == ["None"] * 3
        assert readers.health().started >= 3


def test_a_crashing_file_is_tried_once(readers: ParserPool, tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    assert isinstance(one(readers, f"count-and-abort {tried}"), Crashed)
    assert len(list(tried.iterdir())) == 1


def test_a_kill_from_outside_is_no_verdict_the_first_time(
    readers: ParserPool, tmp_path: Path
) -> None:
    assert isinstance(one(readers, f"killed-once {tmp_path / 'marker'}"), Reading)
    assert readers.health().crashed == 0


def test_a_child_that_forges_its_account_harms_no_other_file(make: Make) -> None:
    with make(seconds=0.5) as readers:
        assert among_good(readers, "shrink") == "the parser ended by signal 7 (Bus error)"


@pytest.mark.slow
def test_many_bad_files_at_once_each_get_their_own_reason(make: Make) -> None:
    orders = [b"good", b"abort", b"segv", b"exit", b"raise"] * 6
    with make(count=2) as readers:
        verdicts = list(readers.read(Job(f"{n}", order) for n, order in enumerate(orders)))
        assert readers.health().crashed == 24
    reasons = [getattr(verdict, "reason", "") for verdict in verdicts]
    assert reasons == reasons[:5] * 6
    assert len(set(reasons)) == 5


def test_what_a_parser_prints_goes_nowhere(readers: ParserPool, capfd: object) -> None:
    assert isinstance(one(readers, "chatter loud"), Reading)
    assert capfd.readouterr() == ("", "")  # type: ignore[attr-defined]


def test_a_child_sees_no_more_of_the_environment_than_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    monkeypatch.setenv("PYTHONSTARTUP", "/tmp/x.py")
    with ForkServer([]) as server, ParserPool(server, RULES, 1, reader=READER) as readers:
        seen = text(one(readers, "environment"))
    assert "PATH" in seen
    assert "NOTIFY_SOCKET" not in seen
    assert "PYTHONSTARTUP" not in seen


def test_a_child_imports_nothing_from_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    with ForkServer([]) as server, ParserPool(server, RULES, 1, reader=READER) as readers:
        path = text(one(readers, "path"))
    assert str(tmp_path) not in path
    assert "''" not in path


def test_a_child_can_write_no_file(readers: ParserPool, tmp_path: Path) -> None:
    assert one(readers, f"write {tmp_path / 'x'}") == Crashed("the parser failed with OSError")


def test_a_child_holds_no_file_of_its_parent(readers: ParserPool, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w"):
        assert "secret" not in text(one(readers, "files"))


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_is_meant_for_the_worker_does_not_end_a_child(
    readers: ParserPool, sign: signal.Signals
) -> None:
    pid = int(text(one(readers, "pid")))
    os.kill(pid, sign)
    assert int(text(one(readers, "pid"))) == pid


@pytest.mark.slow
def test_a_child_that_died_while_idle_is_replaced_and_no_file_blamed(readers: ParserPool) -> None:
    pid = int(text(one(readers, "pid")))
    os.kill(pid, signal.SIGKILL)
    assert ends(pid)
    assert int(text(one(readers, "pid"))) != pid
    assert readers.health().crashed == 0


def test_warm_starts_a_child_ahead_of_the_first_file(
    server: ForkServer, readers: ParserPool
) -> None:
    assert server.is_ready(10)
    readers.warm()
    readers.warm()
    (pid,) = readers.health().pids
    assert int(text(one(readers, "pid"))) == pid


@pytest.mark.slow
def test_rest_stops_what_is_not_needed(make: Make) -> None:
    with make(count=2) as readers:
        list(readers.read(Job(f"{number}", b"x") for number in range(200)))
        first, second = readers.health().pids
        readers.rest(keep=1)
        assert readers.health().pids == (first,)
        assert ends(second)
        readers.rest(keep=0)
        assert readers.health().pids == ()


@pytest.mark.slow
def test_close_leaves_no_process_behind_even_in_the_middle(make: Make) -> None:
    readers = make(count=2)
    jobs = readers.read(Job(f"{number}", b"sleep 0.02") for number in range(200))
    next(jobs)
    pids = readers.health().pids
    assert pids
    readers.close()
    assert readers.health().pids == ()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.slow
def test_a_reading_goes_on_with_fresh_children_after_close(readers: ParserPool) -> None:
    verdicts = readers.read(Job(f"{number}", b"x") for number in range(100))
    titles = [title(next(verdicts))]
    readers.close()
    titles += [title(verdict) for verdict in verdicts]
    assert titles == [f"{number}" for number in range(100)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "reader",
    ["no_such_module:read", "tests.integration.parsing.sandbox.slow_reader:no_such_function"],
)
def test_a_reader_that_cannot_be_loaded_is_told_and_not_tried_for_ever(
    reader: str, make: Make
) -> None:
    with make(reader=reader) as readers, pytest.raises(ReadersError, match="no_such"):
        one(readers, "x")


def test_the_default_reader_is_the_real_one() -> None:
    with ForkServer(PARSERS) as server, ParserPool(server, ReadingRules(), count=1) as readers:
        (verdict,) = readers.read([Job("a.md", b"# A title\n\nSome text.\n")])
    assert title(verdict) == "A title"
