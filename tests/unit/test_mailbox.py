"""Hints on their way from watchdog's threads to the loop."""

import signal
import threading

from worker.mailbox import Letters, Mailbox


def test_each_path_arrives_once_with_its_latest_hint() -> None:
    box = Mailbox()
    for path, hint in [("a", "created"), ("b", "ready"), ("a", "ready")]:
        box.put(path, hint)  # type: ignore[arg-type]
    assert box.take(0) == Letters({"a": "ready", "b": "ready"})
    assert not box.take(0)


def test_hints_without_room_become_one_rescan_of_everything() -> None:
    box = Mailbox(capacity=2)
    for path in ("a", "b", "c", "d"):
        box.put(path, "ready")
    assert box.take(0) == Letters({"a": "ready", "b": "ready"}, frozenset({""}))


def test_rescans_without_room_become_one_of_everything() -> None:
    box = Mailbox(capacity=2)
    for folder in ("a", "b", "c"):
        box.put(folder, "rescan")
    assert box.take(0) == Letters({}, frozenset({""}))


def test_the_loop_is_woken_by_a_hint_from_another_thread() -> None:
    box = Mailbox()
    sender = threading.Thread(target=box.put, args=("a", "ready"))
    sender.start()
    assert box.take(10).hints == {"a": "ready"}
    sender.join()


def test_the_loop_can_be_woken_without_a_hint_and_only_once() -> None:
    box = Mailbox()
    box.wake()
    assert not box.take(None)
    box.put("a", "rescan")
    assert box.take(None).rescan == {"a"}


def test_the_loop_can_be_woken_by_a_signal_handler_at_any_point() -> None:
    box = Mailbox()
    before = signal.signal(signal.SIGALRM, lambda *_: box.wake())
    try:
        for microseconds in range(1, 400, 7):
            signal.setitimer(signal.ITIMER_REAL, microseconds / 1_000_000)
            assert not box.take(None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_hints_put_while_others_are_taken_are_all_taken() -> None:
    box = Mailbox()
    sender = threading.Thread(target=lambda: [box.put(str(n), "ready") for n in range(5000)])
    sender.start()
    taken: set[str] = set()
    while len(taken) < 5000:
        letters = box.take(10)
        assert letters or sender.is_alive()
        taken |= letters.hints.keys()
    sender.join()
