"""Hints on their way from watchdog's threads to the loop."""

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
