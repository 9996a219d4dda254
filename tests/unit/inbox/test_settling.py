"""When the settler lets a path be read; all times are made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.fingerprint import Fingerprint
from worker.inbox.settling import RETRY_CAP, Hint, Settler

SMALL = Fingerprint(inode=7, size=10, mtime_ns=1_000_000_001, ctime_ns=1_000_000_001)
GROWN = SMALL._replace(size=20, mtime_ns=2_000_000_001, ctime_ns=2_000_000_001)
EMPTY = SMALL._replace(size=0)


def settler(settle_seconds: float = 1.0, capacity: int = 100) -> Settler:
    return Settler(settle_seconds, capacity)


@pytest.mark.parametrize("hint", ["ready", "created", "scan"])
def test_a_file_that_nobody_writes_to_is_read_at_once(hint: Hint) -> None:
    paths = settler()
    paths.add("a.md", hint, now=100.0)
    assert paths.due(100.0) == ["a.md"]
    assert paths.observe("a.md", SMALL, busy=False, now=100.0) == "read"
    assert len(paths) == 0


@pytest.mark.parametrize(("size", "answer"), [(0, "wait"), (1, "read")])
def test_a_file_of_one_byte_is_no_placeholder(size: int, answer: str) -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    assert paths.observe("a.md", SMALL._replace(size=size), busy=False, now=100.0) == answer


def test_the_first_sight_of_a_file_is_no_change_of_it() -> None:
    paths = settler()
    paths.add("a.md", "created", now=100.0)
    assert paths.is_behind()
    paths.due(100.0)
    paths.observe("a.md", SMALL, busy=True, now=100.0)
    assert paths.is_behind()
    paths.observe("a.md", SMALL, busy=True, now=100.5)
    assert paths.is_behind()
    paths.observe("a.md", GROWN, busy=True, now=100.6)
    assert not paths.is_behind()
    paths.add("b.md", "created", now=100.6)
    assert paths.is_behind()


def test_a_file_closed_by_its_writer_is_read_at_once_where_leases_tell_nothing() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    assert paths.observe("a.md", SMALL, busy=None, now=100.0) == "read"


@pytest.mark.parametrize("hint", ["created", "scan", "gone"])
def test_without_lease_and_close_a_file_waits_until_it_was_quiet_for_settle_seconds(
    hint: Hint,
) -> None:
    paths = settler(settle_seconds=2.0)
    paths.add("a.md", hint, now=100.0)
    assert paths.due(100.0) == ["a.md"]
    assert paths.observe("a.md", SMALL, busy=None, now=100.0) == "wait"
    assert paths.next_due() == 102.0
    assert paths.due(101.9) == []
    assert paths.due(102.0) == ["a.md"]
    assert paths.observe("a.md", SMALL, busy=None, now=102.0) == "read"


@pytest.mark.parametrize(
    "changed",
    [
        SMALL._replace(size=11),
        SMALL._replace(mtime_ns=5),
        SMALL._replace(ctime_ns=5),
        SMALL._replace(inode=8),
    ],
    ids=["size", "mtime", "ctime", "inode"],
)
def test_any_change_of_the_stat_starts_the_quiet_time_again(changed: Fingerprint) -> None:
    paths = settler()
    paths.add("a.md", "created", now=100.0)
    paths.due(100.0)
    paths.observe("a.md", SMALL, busy=True, now=100.0)
    paths.due(101.0)
    assert paths.observe("a.md", changed, busy=True, now=101.0) == "wait"
    assert paths.next_due() == 102.0
    paths.due(102.0)
    assert paths.observe("a.md", changed, busy=True, now=102.0) == "read"


def test_a_closed_file_that_somebody_else_still_writes_to_is_waited_for() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    assert paths.observe("a.md", SMALL, busy=True, now=100.0) == "wait"


def test_an_empty_file_is_taken_for_a_placeholder_until_the_quiet_time_is_over() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    paths.due(100.0)
    assert paths.observe("a.md", EMPTY, busy=False, now=100.0) == "wait"
    paths.due(101.0)
    assert paths.observe("a.md", EMPTY, busy=False, now=101.0) == "read"


def test_many_events_for_one_file_are_one_reading() -> None:
    paths = settler()
    for hint in ("created", "ready", "gone", "created", "ready"):
        paths.add("a.md", hint, now=100.0)
    assert paths.due(100.0) == ["a.md"]
    assert paths.observe("a.md", SMALL, busy=False, now=100.0) == "read"
    assert paths.due(1000.0) == []


def test_a_file_rewritten_without_end_is_read_once_in_settle_seconds() -> None:
    paths = settler(settle_seconds=1.0)
    readings = 0
    for tick in range(100):
        now = 100.0 + tick / 10
        paths.add("a.md", "ready", now)
        for path in paths.due(now):
            stat = SMALL._replace(mtime_ns=tick)
            readings += paths.observe(path, stat, busy=False, now=now) == "read"
    assert readings == 10


def test_a_change_after_the_reading_is_never_forgotten() -> None:
    paths = settler(settle_seconds=1.0)
    paths.add("a.md", "ready", now=100.0)
    paths.due(100.0)
    paths.observe("a.md", SMALL, busy=False, now=100.0)
    paths.add("a.md", "ready", now=100.5)
    assert paths.due(100.5) == []
    assert paths.next_due() == 101.0
    assert paths.due(101.0) == ["a.md"]


def test_a_file_deleted_and_made_again_is_not_ready_any_more() -> None:
    paths = settler()
    for hint in ("ready", "gone", "created"):
        paths.add("a.md", hint, now=100.0)
    assert paths.observe("a.md", SMALL, busy=None, now=100.0) == "wait"


def test_a_scan_does_not_take_back_that_a_file_was_closed() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    paths.add("a.md", "scan", now=100.0)
    assert paths.observe("a.md", SMALL, busy=None, now=100.0) == "read"


def test_failures_are_retried_for_ever_ever_more_slowly_up_to_a_minute() -> None:
    paths = settler()
    delays = []
    now = 100.0
    for _ in range(2000):
        delay = paths.retry("a.md", now)
        assert paths.next_due() == now + delay
        now += delay
        assert paths.due(now) == ["a.md"]
        delays.append(delay)
    assert delays[:4] == [0.25, 0.5, 1.0, 2.0]
    assert delays[-1] == max(delays) == RETRY_CAP


def test_a_success_forgets_the_failures_before_it() -> None:
    paths = settler()
    paths.retry("a.md", 100.0)
    paths.retry("a.md", 200.0)
    paths.done("a.md")
    assert paths.retry("a.md", 300.0) == 0.25


def test_an_event_does_not_wait_for_a_retry_but_a_scan_does() -> None:
    paths = settler()
    for tick in range(8):
        paths.retry("a.md", 100.0)
        paths.due(1000.0 + tick)
    paths.retry("a.md", 100.0)
    paths.add("a.md", "scan", now=100.0)
    assert paths.due(100.0) == []
    paths.add("a.md", "ready", now=100.0)
    assert paths.due(100.0) == ["a.md"]


def test_a_failure_does_not_put_off_an_event_that_came_since() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    paths.due(100.0)
    paths.add("a.md", "ready", now=100.0)
    paths.retry("a.md", 100.0)
    assert paths.due(100.0) == ["a.md"]


def test_failures_are_counted_for_as_many_paths_as_there_is_room_for() -> None:
    paths = settler(capacity=2)
    for path in ("a.md", "b.md", "c.md"):
        assert paths.retry(path, 100.0) == 0.25
    assert [paths.retry(path, 100.0) for path in ("a.md", "b.md", "c.md")] == [0.5, 0.5, 0.25]


def test_a_path_that_was_looked_at_in_vain_is_looked_at_when_a_scan_meets_it() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    paths.due(100.0)
    paths.add("a.md", "scan", now=200.0)
    assert paths.due(200.0) == ["a.md"]


def test_a_forgotten_path_is_not_given_out() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    paths.forget("a.md")
    assert paths.next_due() is None
    assert paths.due(1000.0) == []


def test_clearing_forgets_everything() -> None:
    paths = settler()
    paths.add("a.md", "ready", now=100.0)
    paths.retry("b.md", 100.0)
    paths.clear()
    assert (len(paths), paths.next_due(), paths.due(1000.0)) == (0, None, [])


def test_a_full_settler_says_that_a_rescan_is_owed_and_keeps_what_it_has() -> None:
    paths = settler(capacity=2)
    assert paths.add("a.md", "ready", now=1.0)
    assert paths.add("b.md", "ready", now=2.0)
    assert not paths.add("c.md", "ready", now=3.0)
    assert paths.add("a.md", "gone", now=4.0)
    assert paths.due(10.0) == ["a.md", "b.md"]


def test_the_longest_waiting_comes_first_and_no_more_than_asked_for() -> None:
    paths = settler()
    for number in range(5):
        paths.add(f"{number}.md", "ready", now=100.0 + number)
    assert paths.due(200.0, limit=2) == ["0.md", "1.md"]
    assert paths.due(200.0, limit=10) == ["2.md", "3.md", "4.md"]


def test_memory_does_not_grow_with_the_number_of_events() -> None:
    paths = settler()
    for tick in range(20_000):
        now = tick / 100
        paths.add("a.md", "created", now)
        for path in paths.due(now):
            paths.observe(path, SMALL._replace(mtime_ns=tick), busy=True, now=now)
    assert len(paths) == 1
    assert len(paths._heap) < 2000


def test_without_settle_seconds_every_file_is_read_at_once() -> None:
    paths = settler(settle_seconds=0.0)
    paths.add("a.md", "created", now=100.0)
    assert paths.observe("a.md", EMPTY, busy=True, now=100.0) == "read"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["ready", "created", "gone", "scan", "retry", "look"]),
        st.floats(0, 3),
    )
)


@given(EVENTS, st.sampled_from([True, False, None]))
def test_every_noted_path_is_read_in_the_end(
    events: list[tuple[str, str, float]], busy: bool | None
) -> None:
    paths = settler()
    now = 0.0
    for path, event, wait in events:
        now += wait
        if event == "look":
            for due in paths.due(now):
                paths.observe(due, SMALL, busy, now)
        elif event == "retry":
            paths.retry(path, now)
        else:
            paths.add(path, event, now)  # type: ignore[arg-type]
    noted = len(paths)
    read: set[str] = set()
    while (soon := paths.next_due()) is not None:
        now = max(now, soon)
        for path in paths.due(now):
            if paths.observe(path, SMALL, busy, now) == "read":
                read.add(path)
    assert len(read) == noted
    assert len(paths) == 0


def test_a_fingerprint_proves_nothing_within_the_tick_of_the_clock_that_stamps_files() -> None:
    assert not SMALL.is_proof(kernel_now_ns=SMALL.ctime_ns)
    assert SMALL.is_proof(kernel_now_ns=SMALL.ctime_ns + 1)


def test_whole_second_stamps_are_trusted_two_seconds_later() -> None:
    coarse = SMALL._replace(ctime_ns=5_000_000_000)
    assert not coarse.is_proof(kernel_now_ns=6_900_000_000)
    assert coarse.is_proof(kernel_now_ns=7_000_000_001)


def test_a_doubtful_fingerprint_equals_no_stat_of_the_file() -> None:
    assert SMALL.doubtful() != SMALL


def test_a_rename_leaves_a_file_the_same_and_new_bytes_do_not() -> None:
    assert SMALL.is_same_file(SMALL._replace(ctime_ns=9))
    assert not SMALL.is_same_file(GROWN)
    assert not SMALL.is_same_file(SMALL._replace(inode=8))
