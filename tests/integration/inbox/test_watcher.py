"""The watcher on real folders: which hints come, and whether it knows when they cannot."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, WatchDescriptor

from worker.core.errors import DropError
from worker.inbox.filters import NameFilter
from worker.inbox.hint_queue import HintQueue, Hints
from worker.inbox.watcher import Watcher

QUEUE_LIMIT = Path("/proc/sys/fs/inotify/max_queued_events")


@pytest.fixture
def queue() -> Iterator[HintQueue]:
    with HintQueue() as queue:
        yield queue


@pytest.fixture
def watcher(root: Path, queue: HintQueue) -> Iterator[Watcher]:
    watcher = Watcher(root, NameFilter(reserved=("archive",)), queue.put, poll="never")
    watcher.start()
    yield watcher
    watcher.stop()
    assert watchdog_threads() == []


def watchdog_threads() -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if type(thread).__module__.startswith(("watchdog", "worker"))
    ]


def inotify_descriptors() -> int:
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            count += "inotify" in str(descriptor.readlink())
        except FileNotFoundError:
            continue
    return count


def until(queue: HintQueue, satisfied: Callable[[Hints], bool]) -> Hints:
    """All that came, merged, as soon as it satisfies; fails after five seconds."""
    hints: dict[str, str] = {}
    rescan: set[str] = set()
    deadline = time.monotonic() + 5
    while (left := deadline - time.monotonic()) > 0:
        came = queue.take(left)
        hints.update(came.hints)
        rescan |= came.rescan
        together = Hints(hints, frozenset(rescan))  # type: ignore[arg-type]
        if satisfied(together):
            return together
    pytest.fail(f"only {hints} and rescans of {rescan} came")


def hint_for(queue: HintQueue, path: str, hint: str) -> Hints:
    return until(queue, lambda came: came.hints.get(path) == hint)


def rescan_of(queue: HintQueue, folder: str) -> Hints:
    return until(queue, lambda came: folder in came.rescan)


def until_unhealthy(watcher: Watcher, *reasons: str) -> None:
    deadline = time.monotonic() + 5
    while not any(reason in (watcher.failure() or "") for reason in reasons):
        assert time.monotonic() < deadline, watcher.failure()


# Hints


def test_a_written_file_is_ready_when_it_is_closed(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    with (root / "a.md").open("w") as file:
        hint_for(queue, "a.md", "created")
        file.write("text")
        file.flush()
        assert not queue.take(0)
    hint_for(queue, "a.md", "ready")


def test_a_file_moved_in_is_told_at_once(root: Path, queue: HintQueue, watcher: Watcher) -> None:
    (root.parent / "a.md").write_text("text")
    (root.parent / "a.md").rename(root / "a.md")
    hint_for(queue, "a.md", "created")


def test_a_file_renamed_into_its_final_name_is_ready(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    (root / ".a.md.Xq3").write_text("text")
    (root / ".a.md.Xq3").rename(root / "a.md")
    assert hint_for(queue, "a.md", "ready") == Hints({"a.md": "ready"})


def test_a_renamed_file_is_gone_here_and_ready_there(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    (root / "a.md").write_text("text")
    (root / "a.md").rename(root / "b.md")
    assert hint_for(queue, "b.md", "ready").hints["a.md"] == "gone"


def test_a_picture_is_told_of_and_a_hidden_one_is_not(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    (root / ".boat.png").write_bytes(b"x")
    (root / "boat.PNG").write_bytes(b"x")
    assert ".boat.png" not in hint_for(queue, "boat.PNG", "ready").hints


def test_a_deleted_file_is_gone(root: Path, queue: HintQueue, watcher: Watcher) -> None:
    (root / "a.md").write_text("text")
    (root / "a.md").unlink()
    hint_for(queue, "a.md", "gone")


def test_files_in_new_sub_folders_are_told_and_the_folders_scanned(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "sub" / "deep" / "a.md").write_text("text")
    came = until(queue, lambda came: "sub/deep/a.md" in came.hints)
    assert "sub" in came.rescan


def test_a_folder_that_watchdog_meets_twice_does_not_end_the_reading_thread(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    for number in range(20):
        (root / f"{number}/{number}/{number}").mkdir(parents=True)
    (root / "a.md").write_text("text")
    hint_for(queue, "a.md", "ready")
    reader = watcher._reader
    assert reader is not None
    (watch,) = (watch for watch in reader._watch_for_wd.values() if watch.wd == 1)
    ((id_, callback),) = watch.callbacks.items()
    assert reader.add_callback(os.fsencode(root), watch.mask, callback, id_) == 1
    assert watcher.failure() is None


def test_a_folder_moved_out_made_again_and_deleted_does_not_keep_the_watcher_from_stopping(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    """Its watch goes on under its old path, which the new folder then has as well."""
    (root / "sub").mkdir()
    rescan_of(queue, "sub")
    (root / "sub").rename(root.parent / "sub")
    (root / "sub").mkdir()
    (root / "sub").rmdir()
    (root / "a.md").write_text("text")
    hint_for(queue, "a.md", "ready")
    watcher.restart()
    (root / "b.md").write_text("text")
    hint_for(queue, "b.md", "ready")
    watcher.stop()
    assert watchdog_threads() == []


def test_a_folder_moved_out_and_deleted_does_not_end_the_reading_thread(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    (root / "sub").mkdir()
    rescan_of(queue, "sub")
    (root / "sub").rename(root.parent / "sub")
    (root / "sub").mkdir()
    (root / "sub").rmdir()
    (root.parent / "sub").rmdir()
    (root / "a.md").write_text("text")
    hint_for(queue, "a.md", "ready")
    assert watcher.failure() is None


def test_a_folder_moved_in_renamed_and_moved_out_is_scanned_each_time(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "a.md").write_text("text")
    outside.rename(root / "one")
    rescan_of(queue, "one")
    (root / "one").rename(root / "two")
    until(queue, lambda came: {"one", "two"} <= came.rescan)
    (root / "two").rename(outside)
    rescan_of(queue, "two")


def test_what_is_no_article_and_what_is_only_read_gives_no_hint(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    (root / "archive").mkdir()
    (root / ".git").mkdir()
    for path in ["a.css", "a.md~", ".a.md.swp", "a.md.feedmill.txt", "archive/a.md", ".git/a.md"]:
        (root / path).write_text("text")
    (root / "last.md").write_text("text")
    assert hint_for(queue, "last.md", "ready") == Hints({"last.md": "ready"})
    (root / "last.md").read_text()
    (root / "very-last.md").write_text("text")
    assert hint_for(queue, "very-last.md", "ready") == Hints({"very-last.md": "ready"})


def test_a_name_that_is_not_utf8_makes_its_folder_scanned(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    (root / "sub").mkdir()
    rescan_of(queue, "sub")
    (root / "sub" / os.fsdecode(b"caf\xe9.md")).write_text("text")
    assert rescan_of(queue, "sub").hints == {}
    (root / os.fsdecode(b"f\xff")).mkdir()
    rescan_of(queue, "")
    (root / os.fsdecode(b"f\xff") / "a.md").write_text("text")
    rescan_of(queue, "")


def test_a_root_behind_a_symlink_is_watched(root: Path, queue: HintQueue) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    watcher = Watcher(link, NameFilter(), queue.put, poll="never")
    watcher.start()
    try:
        (root / "a.md").write_text("text")
        hint_for(queue, "a.md", "ready")
        assert watcher.failure() is None
    finally:
        watcher.stop()


# Losses


def test_an_overflow_of_the_kernel_s_queue_asks_for_a_rescan(root: Path, queue: HintQueue) -> None:
    watcher = Watcher(root, NameFilter(), queue.put, poll="never")
    limit = QUEUE_LIMIT.read_text()
    try:
        QUEUE_LIMIT.write_text("8")
    except OSError as error:
        pytest.skip(f"the queue's limit cannot be set here: {error}")
    try:
        # The limit is taken when the watching begins, so that nobody else suffers from it.
        watcher.start()
    finally:
        QUEUE_LIMIT.write_text(limit)
    try:
        assert watcher._reader is not None
        with watcher._reader._lock:
            for number in range(100):
                (root / f"{number}.md").touch()
        rescan_of(queue, "")
        assert watcher.failure() is None
    finally:
        watcher.stop()


def test_after_an_overflow_the_folders_made_meanwhile_are_watched_before_the_rescan(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    watched: list[bool] = []
    (root / "sub").mkdir()
    rescan_of(queue, "sub")
    reader = watcher._reader
    assert reader is not None
    reader._on_overflow = lambda: watched.append(len(reader._watch_for_wd) == 2)
    reader.handle_event(InotifyEvent(WatchDescriptor(-1), InotifyConstants.IN_Q_OVERFLOW, 0, b""))
    assert watched == [True]


# Health


def test_a_watcher_is_healthy_until_it_is_stopped(watcher: Watcher) -> None:
    assert watcher.mode.mode == "inotify"
    assert watcher.failure() is None
    assert watcher.unwatched() is None
    watcher.stop()
    assert watcher.failure() == "not watching"


def test_a_root_deleted_is_noticed(root: Path, queue: HintQueue, watcher: Watcher) -> None:
    root.rmdir()
    rescan_of(queue, "")
    assert "No such file" in (watcher.failure() or "")


def test_a_root_made_again_is_noticed_and_watched_after_a_restart(
    root: Path, queue: HintQueue, watcher: Watcher
) -> None:
    root.rmdir()
    root.mkdir()
    # By its generation where ext4 gives it the same inode again, else by the dead event source.
    until_unhealthy(watcher, "another folder", "event source has ended")
    watcher.restart()
    assert watcher.failure() is None
    (root / "a.md").write_text("text")
    hint_for(queue, "a.md", "ready")


def test_a_root_renamed_and_made_again_is_noticed(root: Path, watcher: Watcher) -> None:
    root.rename(root.with_name("old"))
    root.mkdir()
    assert watcher.failure() == "another folder is at the drop folder's path"


def test_a_root_symlink_turned_to_another_folder_is_noticed(root: Path, queue: HintQueue) -> None:
    link, other = root.parent / "link", root.parent / "other"
    other.mkdir()
    link.symlink_to(root)
    watcher = Watcher(link, NameFilter(), queue.put, poll="never")
    watcher.start()
    try:
        link.unlink()
        link.symlink_to(other)
        assert watcher.failure() == "another folder is at the drop folder's path"
    finally:
        watcher.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_dispatching_thread_is_noticed_and_replaced(root: Path, queue: HintQueue) -> None:
    broken = True

    def tell(path: str, hint: str) -> None:
        if broken:
            raise RuntimeError
        queue.put(path, hint)  # type: ignore[arg-type]

    watcher = Watcher(root, NameFilter(), tell, poll="never")
    watcher.start()
    try:
        (root / "a.md").write_text("text")
        until_unhealthy(watcher, "passes events on has ended")
        broken = False
        watcher.restart()
        (root / "a.md").write_text("text")
        hint_for(queue, "a.md", "ready")
    finally:
        watcher.stop()
    assert watchdog_threads() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_reading_thread_is_noticed(
    root: Path, queue: HintQueue, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchdog.observers.inotify_c.struct", None)
    (root / "a.md").write_text("text")
    until_unhealthy(watcher, "reads events has ended")


def test_a_dead_event_source_is_noticed(watcher: Watcher) -> None:
    assert watcher._observer is not None
    for emitter in watcher._observer.emitters:
        emitter.stop()
    until_unhealthy(watcher, "event source has ended")


def test_restarts_leak_neither_threads_nor_descriptors(watcher: Watcher) -> None:
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    instances = inotify_descriptors()
    for _ in range(5):
        watcher.restart()
    assert len(watchdog_threads()) == 3
    assert inotify_descriptors() == instances
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    watcher.stop()
    watcher.stop()
    assert inotify_descriptors() == instances - 1


def test_without_its_folder_a_watcher_does_not_start_and_leaks_nothing(
    root: Path, watcher: Watcher
) -> None:
    watcher.stop()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    shutil.rmtree(root)
    for _ in range(3):
        with pytest.raises(DropError, match="Make the folder"):
            watcher.restart()
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    root.mkdir()
    watcher.restart()
    assert watcher.failure() is None


def test_polling_uses_no_threads_and_still_notices_another_root(
    root: Path, queue: HintQueue
) -> None:
    watcher = Watcher(root, NameFilter(), queue.put, poll="always")
    watcher.start()
    assert watcher.mode.mode == "poll"
    assert watchdog_threads() == []
    assert watcher.failure() is None
    root.rename(root.with_name("old"))
    root.mkdir()
    assert watcher.failure() == "another folder is at the drop folder's path"
    watcher.stop()
