"""Hints on their way from watchdog's threads to the loop."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from worker.inbox.hint_queue import HintQueue, Hints

LONG = 10.0


def would_wake(queue: HintQueue) -> bool:
    """Would ``take`` return at once?"""
    return bool(select.select([queue._wake_reader], [], [], 0)[0])


@contextmanager
def handled(number: signal.Signals, handler: Callable[[], None]) -> Iterator[None]:
    """Meanwhile the signal calls ``handler``."""
    before = signal.signal(number, lambda *_: handler())
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(number, before)


def test_each_path_arrives_once_with_its_latest_hint() -> None:
    with HintQueue() as queue:
        for path, hint in [("a", "created"), ("b", "ready"), ("a", "ready")]:
            queue.put(path, hint)  # type: ignore[arg-type]
        assert queue.take(0) == Hints({"a": "ready", "b": "ready"})
        assert not queue.take(0)


def test_hints_without_room_become_one_rescan_of_everything() -> None:
    with HintQueue(capacity=2) as queue:
        for path in ("a", "b", "c", "d"):
            queue.put(path, "ready")
        assert queue.take(0) == Hints({"a": "ready", "b": "ready"}, frozenset({""}))


def test_rescans_without_room_become_one_of_everything() -> None:
    with HintQueue(capacity=2) as queue:
        for folder in ("a", "b", "c"):
            queue.put(folder, "rescan")
        assert queue.take(0) == Hints({}, frozenset({""}))


def test_the_loop_is_woken_by_a_hint_from_another_thread() -> None:
    with HintQueue() as queue:
        sender = threading.Thread(target=queue.put, args=("a", "ready"))
        sender.start()
        assert queue.take(LONG).hints == {"a": "ready"}
        sender.join(LONG)


def test_the_loop_can_be_woken_without_a_hint_and_only_once() -> None:
    with HintQueue() as queue:
        queue.wake()
        assert not queue.take(LONG)
        assert not would_wake(queue)
        queue.put("a", "rescan")
        assert would_wake(queue)
        assert queue.take(LONG).rescan == {"a"}


def test_more_calls_than_the_sockets_hold_still_wake_the_loop_once() -> None:
    with HintQueue() as queue:
        for _ in range(100_000):
            queue.wake()
        while would_wake(queue):
            assert not queue.take(LONG)


def test_a_signal_wakes_the_loop_even_if_its_handler_runs_later() -> None:
    # The kernel's side of a signal alone must ring: a handler of Python's waits for the
    # interpreter, which may be just about to sleep.
    with HintQueue() as queue, handled(signal.SIGUSR1, lambda: None), queue.woken_by_signals():
        assert not would_wake(queue)
        os.kill(os.getpid(), signal.SIGUSR1)
        assert would_wake(queue)
        assert not queue.take(LONG)


def test_the_loop_can_be_woken_by_a_signal_handler_at_any_point() -> None:
    woken: list[None] = []

    def wake() -> None:
        woken.append(None)
        queue.wake()

    with HintQueue() as queue, handled(signal.SIGALRM, wake), queue.woken_by_signals():
        for microseconds in range(1, 400, 7):
            before = len(woken)
            signal.setitimer(signal.ITIMER_REAL, microseconds / 1_000_000)
            until = time.monotonic() + LONG
            # The signal and its handler both ring: one of them may be left of the last time.
            while len(woken) == before:
                assert not queue.take(LONG)
                assert time.monotonic() < until, f"not woken by a signal after {microseconds} µs"


def test_outside_the_main_thread_no_signal_is_waited_for() -> None:
    with HintQueue() as queue:
        queue.put("a", "ready")
        found: list[Hints] = []

        def loop() -> None:
            with queue.woken_by_signals():
                found.append(queue.take(LONG))

        other = threading.Thread(target=loop)
        other.start()
        other.join(LONG)
        assert found == [Hints({"a": "ready"})]


def test_what_wakes_a_closed_queue_is_no_error() -> None:
    with HintQueue() as queue, queue.woken_by_signals():
        pass
    assert signal.set_wakeup_fd(-1) == -1
    queue.put("a", "ready")
    queue.wake()


def test_hints_put_while_others_are_taken_are_all_taken() -> None:
    with HintQueue() as queue:
        sender = threading.Thread(target=lambda: [queue.put(str(n), "ready") for n in range(5000)])
        sender.start()
        taken: set[str] = set()
        while len(taken) < 5000:
            came = queue.take(LONG)
            assert came or sender.is_alive()
            taken |= came.hints.keys()
        sender.join(LONG)
