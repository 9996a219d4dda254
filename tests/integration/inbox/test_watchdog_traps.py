"""What watchdog really does, where Feedmill is built around it.

A test that fails here after an upgrade does not mean that Feedmill is broken: a defence may
have become needless, or an event may have changed its name.
"""

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter, InotifyWatchGroup
from watchdog.observers.inotify_c import (
    WATCHDOG_ALL_EVENTS,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    WatchDescriptor,
)

Seen = list[tuple[str, str]]


class Watched:
    """A plain watchdog observer on a folder, and all that it told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: Seen = []
        self.fail = False
        self._arrived = threading.Condition()
        self.reader = InotifyFD()
        self.reader.start()
        self.observer = BaseObserver(InotifyEmitter, inotify_fd=self.reader)
        handler = FileSystemEventHandler()
        handler.on_any_event = self._note  # type: ignore[method-assign]
        self.observer.schedule(handler, str(root), recursive=True)
        self.observer.start()

    def _note(self, event: FileSystemEvent) -> None:
        if self.fail:
            raise RuntimeError
        path = os.fsdecode(event.dest_path or event.src_path)
        with self._arrived:
            self.seen.append((type(event).__name__, os.path.relpath(path, self.root)))
            self._arrived.notify()

    def until(self, event: str, path: str) -> Seen:
        """All events since the last call, up to this one."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: (event, path) in self.seen, 5), self.seen
            seen, self.seen = self.seen, []
            return seen

    def of(self, path: str, seen: Seen) -> list[str]:
        return [event for event, of in seen if of == path]

    def stop(self) -> None:
        self.observer.stop()
        self.observer.join(10)
        self.reader.stop()
        self.reader.join(10)


@pytest.fixture
def watched(root: Path) -> Iterator[Watched]:
    watched = Watched(root)
    yield watched
    watched.stop()


def until(satisfied: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not satisfied():
        assert time.monotonic() < deadline


def test_a_written_file_is_created_and_then_closed(root: Path, watched: Watched) -> None:
    (root / "a.md").write_text("text")
    events = watched.of("a.md", watched.until("FileClosedEvent", "a.md"))
    assert events[0] == "FileCreatedEvent"
    assert events[-1] == "FileClosedEvent"


def test_a_file_moved_in_is_created_and_never_closed(root: Path, watched: Watched) -> None:
    (root.parent / "a.md").write_text("text")
    (root.parent / "a.md").rename(root / "a.md")
    (root / "last").touch()
    events = watched.of("a.md", watched.until("FileClosedEvent", "last"))
    assert events == ["FileCreatedEvent"]


def test_a_file_moved_onto_another_is_created(root: Path, watched: Watched) -> None:
    (root / "a.md").write_text("old")
    watched.until("FileClosedEvent", "a.md")
    (root.parent / "a.md").write_text("new")
    (root.parent / "a.md").replace(root / "a.md")
    watched.until("FileCreatedEvent", "a.md")


def test_a_hard_link_and_a_symlink_are_created(root: Path, watched: Watched) -> None:
    (root.parent / "a.md").write_text("text")
    (root / "hard.md").hardlink_to(root.parent / "a.md")
    (root / "soft.md").symlink_to(root.parent / "a.md")
    watched.until("FileCreatedEvent", "soft.md")


def test_a_file_written_beside_and_renamed_is_moved(root: Path, watched: Watched) -> None:
    (root / ".a.md.tmp").write_text("text")
    (root / ".a.md.tmp").rename(root / "a.md")
    events = watched.of("a.md", watched.until("FileMovedEvent", "a.md"))
    assert events == ["FileMovedEvent"]


def test_a_touched_file_is_closed(root: Path, watched: Watched) -> None:
    os.close(os.open(root / "a.md", os.O_CREAT | os.O_WRONLY))
    watched.until("FileClosedEvent", "a.md")


def test_reading_a_file_is_told_too_unless_it_is_filtered(root: Path, watched: Watched) -> None:
    (root / "a.md").write_text("text")
    watched.until("FileClosedEvent", "a.md")
    (root / "a.md").read_text()
    watched.until("FileClosedNoWriteEvent", "a.md")


def test_a_new_folder_s_first_files_may_be_created_and_never_closed(
    root: Path, watched: Watched
) -> None:
    with watched.reader._lock:
        (root / "sub").mkdir()
        (root / "sub" / "a.md").write_text("text")
    (root / "last").touch()
    events = watched.of("sub/a.md", watched.until("FileClosedEvent", "last"))
    assert "FileClosedEvent" not in events


def test_a_folder_moved_out_is_told_once_and_its_files_never(root: Path, watched: Watched) -> None:
    (root / "sub").mkdir()
    watched.until("DirCreatedEvent", "sub")
    (root / "sub" / "a.md").write_text("text")
    watched.until("FileClosedEvent", "sub/a.md")
    (root / "sub").rename(root.parent / "outside")
    (root / "last").touch()
    seen = watched.until("FileClosedEvent", "last")
    assert "DirDeletedEvent" in watched.of("sub", seen)
    assert watched.of("sub/a.md", seen) == []


def test_a_folder_moved_out_goes_on_telling_under_its_old_name(
    root: Path, watched: Watched
) -> None:
    (root / "sub").mkdir()
    watched.until("DirCreatedEvent", "sub")
    (root / "sub").rename(root.parent / "outside")
    watched.until("DirDeletedEvent", "sub")
    (root.parent / "outside" / "ghost.md").write_text("text")
    watched.until("FileClosedEvent", "sub/ghost.md")


def test_a_renamed_root_goes_on_telling_under_its_old_name(root: Path, watched: Watched) -> None:
    root.rename(root.parent / "old")
    root.mkdir()
    (root / "new.md").write_text("text")
    (root.parent / "old" / "ghost.md").write_text("text")
    seen = watched.until("FileClosedEvent", "ghost.md")
    assert watched.of("new.md", seen) == []


def test_a_deleted_root_ends_the_emitter_and_the_observer_lives_on(
    root: Path, watched: Watched
) -> None:
    (emitter,) = watched.observer.emitters
    root.rmdir()
    root.mkdir()
    until(lambda: not emitter.is_alive())
    assert watched.observer.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_exception_in_a_handler_ends_the_observer_and_the_emitters_live_on(
    root: Path, watched: Watched
) -> None:
    watched.fail = True
    (root / "a.md").write_text("text")
    until(lambda: not watched.observer.is_alive())
    assert all(emitter.is_alive() for emitter in watched.observer.emitters)


def test_an_overflow_is_logged_and_told_to_no_handler(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    event = InotifyEvent(WatchDescriptor(-1), InotifyConstants.IN_Q_OVERFLOW, 0, b"")
    assert event.is_queue_overflow
    with caplog.at_level(logging.WARNING, "watchdog.observers.inotify_c"):
        watched.reader.handle_event(event)
    assert "overflowed" in caplog.text
    assert watched.seen == []


def test_a_folder_met_twice_is_warned_of_in_the_reading_thread(
    root: Path, watched: Watched
) -> None:
    (watch,) = watched.reader._watch_for_wd.values()
    ((id_, callback),) = watch.callbacks.items()
    with pytest.warns(RuntimeWarning, match="already exists"):
        watched.reader.add_callback(os.fsencode(root), watch.mask, callback, id_)


def test_a_root_that_is_a_symlink_is_not_followed(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    watched = Watched(link)
    try:
        (root / "a.md").write_text("text")
        link.unlink()
        until(
            lambda: bool(watched.seen) or not all(e.is_alive() for e in watched.observer.emitters)
        )
        assert watched.of("a.md", watched.seen) == []
    finally:
        watched.stop()


def test_a_missing_root_fails_at_the_start(root: Path) -> None:
    shutil.rmtree(root)
    reader = InotifyFD()
    reader.start()
    observer = BaseObserver(InotifyEmitter, inotify_fd=reader)
    try:
        observer.schedule(FileSystemEventHandler(), str(root), recursive=True)
        with pytest.raises(FileNotFoundError):
            observer.start()
    finally:
        observer.stop()
        reader.stop()
        reader.join(10)


def test_a_folder_moved_out_made_again_and_deleted_leaves_watchdog_without_a_path(
    root: Path,
) -> None:
    """The watch of the moved folder keeps its path, which the new folder gets as well."""
    reader = InotifyFD()
    group = InotifyWatchGroup(
        reader, os.fsencode(root), is_recursive=True, event_mask=WATCHDOG_ALL_EVENTS
    )

    def handle() -> None:
        for event in reader.read_events():
            reader.handle_event(event)

    try:
        (root / "sub").mkdir()
        handle()
        (root / "sub").rename(root.parent / "sub")
        (root / "sub").mkdir()
        handle()
        (root / "sub").rmdir()
        handle()
        with pytest.raises(KeyError):
            group.deactivate()
    finally:
        reader.close()
