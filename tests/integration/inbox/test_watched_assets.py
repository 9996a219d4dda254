"""A watcher that watches ``drop.assets`` too, inside the drop folder or outside of it."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.integration.inbox.test_watcher import (
    hint_for,
    rescan_of,
    until,
    until_unhealthy,
    watchdog_threads,
)
from worker.inbox.filters import NameFilter
from worker.inbox.hint_queue import HintQueue, Hints
from worker.inbox.watcher import Watcher

WENT = "drop.assets came, went or was replaced"


@pytest.fixture
def queue() -> Iterator[HintQueue]:
    with closing(HintQueue()) as queue:
        yield queue


@contextmanager
def watched(root: Path, queue: HintQueue, assets: Path) -> Iterator[Watcher]:
    names = NameFilter(ignore=("ignored",))
    watcher = Watcher(root, names, queue.put, poll="never", assets=assets)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()
    assert watchdog_threads() == []


@pytest.mark.parametrize("place", ["../static", "static", "ignored/static", ".hidden", "."])
def test_files_of_the_assets_folder_are_told_by_their_path_in_it(
    root: Path, queue: HintQueue, place: str
) -> None:
    assets = root / place
    (assets / "img").mkdir(parents=True)
    with watched(root, queue, assets) as watcher:
        (assets / "img/boat.png").write_bytes(b"1")
        hint_for(queue, "/img/boat.png", "ready")
        (assets / "img/boat.png").rename(assets / "dock.png")
        came = until(queue, lambda came: {"/img/boat.png", "/dock.png"} <= came.hints.keys())
        assert came.hints["/img/boat.png"] == "gone"
        (assets / "dock.png").unlink()
        hint_for(queue, "/dock.png", "gone")
        (assets / "more").mkdir()
        rescan_of(queue, "/")
        (assets / ".secret.png").write_bytes(b"1")
        (assets / "a.css").write_bytes(b"1")
        (root / "last.md").write_text("text")
        assert not [path for path in hint_for(queue, "last.md", "ready").hints if "/" in path]
        assert watcher.failure() is None
        assert watcher.unwatched() is None


def test_files_outside_of_the_assets_folder_are_not_told_as_assets(
    root: Path, queue: HintQueue
) -> None:
    (root / "static").mkdir()
    with watched(root, queue, root / "static"):
        (root / "boat.png").write_bytes(b"1")
        (root / "static2").mkdir()
        (root / "last.md").write_text("text")
        came = hint_for(queue, "last.md", "ready")
        assert came == Hints({"boat.png": "ready", "last.md": "ready"}, frozenset({"static2"}))


def test_the_assets_folder_may_hold_the_drop_folder(root: Path, queue: HintQueue) -> None:
    with watched(root, queue, root.parent):
        (root / "boat.png").write_bytes(b"1")
        both = {"boat.png", f"/{root.name}/boat.png"}
        until(queue, lambda came: both <= came.hints.keys())


def test_an_assets_folder_may_come_and_go(root: Path, queue: HintQueue, tmp_path: Path) -> None:
    assets = tmp_path / "late"
    with watched(root, queue, assets) as watcher:
        assert watcher.failure() is None
        assets.mkdir()
        assert WENT in (watcher.failure() or "")
        watcher.restart()
        assert watcher.failure() is None
        (assets / "boat.png").write_bytes(b"1")
        hint_for(queue, "/boat.png", "ready")
        shutil.rmtree(assets)
        until_unhealthy(watcher, WENT)
        watcher.restart()
        assert (watcher.failure(), watcher.mode.mode) == (None, "inotify")
        assets.write_bytes(b"no folder")
        assert watcher.failure() is None


def test_a_link_to_a_folder_is_watched_where_that_is(
    root: Path, queue: HintQueue, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    (root / "static").symlink_to(tmp_path / "real")
    with watched(root, queue, root / "static"):
        (tmp_path / "real/boat.png").write_bytes(b"1")
        hint_for(queue, "/boat.png", "ready")


def test_an_assets_folder_that_reports_nothing_is_said_to_be_scanned(
    root: Path, queue: HintQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = root.parent / "far"
    far.mkdir()
    lines = f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / {far} rw - nfs4 nas:/x rw\n"
    monkeypatch.setattr("worker.inbox.watcher._mountinfo", lambda: lines)
    watcher = Watcher(root, NameFilter(), queue.put, assets=far)
    watcher.start()
    try:
        assert watcher.mode.mode == "inotify"
        assert "drop.assets is not watched: nfs4 at" in (watcher.unwatched() or "")
        assert watcher.failure() is None
    finally:
        watcher.stop()
