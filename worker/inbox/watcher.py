"""Turns watchdog's events into hints, and notices when events can no longer come.

Watchdog's threads only pass on a path and a hint. A rescan finds what was missed; this module
says, as early as possible, that something was.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter, InotifyWatchGroup
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from worker.core.errors import DropError
from worker.core.paths import ASSETS, is_probe, is_text, printable, split
from worker.inbox.filters import NameFilter
from worker.inbox.hint_queue import WatchHint
from worker.inbox.meta_files import META
from worker.inbox.mounts import WatchMode, mount_of, watch_mode
from worker.inbox.safe_open import RootIdentity, error_text, identity_of, opened_root

Tell = Callable[[str, WatchHint], None]

# Opened and ClosedNoWrite come from our own reading. Without Modified, a long write costs one
# event at its end instead of one for each write, which spares the kernel's queue (16,384 events).
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
_JOIN_SECONDS = 5.0
_LIMITS = {
    errno.EMFILE: "raise fs.inotify.max_user_instances, or the limit of open files",
    errno.ENOSPC: "raise fs.inotify.max_user_watches",
}


class _EventReader(InotifyFD):
    """Watchdog's reading thread, which also reports what watchdog does not: an overflow of the
    queue, an unmounted file system, and folders for which no watch was left.
    """

    def __init__(self, on_overflow: Callable[[], None]) -> None:
        super().__init__()
        self._on_overflow = on_overflow
        self.unmounted = False
        self.unwatched: set[bytes] = set()

    def add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        try:
            descriptor = super().add_callback(path, mask, callback, id_)
        except OSError as error:
            # Watchdog ignores this error for every folder but the root.
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                self.unwatched.add(path)
            raise
        if descriptor == -1:
            # Watchdog treats "permission denied" as success.
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fsdecode(path))
        self.unwatched.discard(path)
        return descriptor

    def _add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        # Watchdog finds a folder twice that is made while its parent is walked, and calls
        # `warnings.warn`: where warnings are errors, that ends this thread.
        watch = self._get_or_create_watch(path, mask)
        watch.callbacks[id_] = callback
        return watch.wd

    def handle_event(self, event: InotifyEvent) -> None:
        super().handle_event(event)
        if event.mask & InotifyConstants.IN_UNMOUNT:
            self.unmounted = True
        if event.is_queue_overflow:
            # After watchdog has added watches for the folders made meanwhile: an earlier rescan
            # would miss what is put into them.
            self._on_overflow()


class _WatchGroup(InotifyWatchGroup):
    """Watchdog's table of watches and paths, in which two watches may have one path."""

    def _remove_watch_internally(self, wd: WatchDescriptor) -> None:
        # The watch of a folder that was moved out keeps its path, which a new folder may get.
        # After the new one is deleted, watchdog's own method raises KeyError for the first watch:
        # that ends the reading thread, or `stop` with the emitter still running.
        path = self._active_callbacks_by_watch.pop(wd, None)
        if path is not None and self._active_callbacks_by_path.get(path) == wd:
            del self._active_callbacks_by_path[path]


class _EventSource(InotifyEmitter):
    """Watchdog's emitter thread, with a ``_WatchGroup``."""

    def on_thread_start(self) -> None:
        self._inotify = _WatchGroup(
            self._inotify_fd,
            os.fsencode(self.watch.path),
            is_recursive=self.watch.is_recursive,
            event_mask=self.get_event_mask_from_filter(),
            follow_symlink=self.watch.follow_symlink,
        )


class _Handler(FileSystemEventHandler):
    """Turns watchdog's events into hints, in watchdog's dispatching thread."""

    def __init__(self, root: str, names: NameFilter, tell: Tell) -> None:
        self._root = root.rstrip("/") + "/"
        self._names = names
        self._tell = tell

    def dispatch(self, event: FileSystemEvent) -> None:
        source, target = self._below(event.src_path), self._below(event.dest_path)
        if event.is_directory:
            # One event for everything below: a folder moved in or out has no others.
            self._folder(source)
            self._folder(target)
        elif isinstance(event, FileMovedEvent):
            self._file(source, "gone")
            self._file(target, "ready")
        elif isinstance(event, FileClosedEvent):
            self._file(source, "ready")
        elif isinstance(event, FileCreatedEvent):
            self._file(source, "created")
        elif isinstance(event, FileDeletedEvent):
            self._file(source, "gone")

    def _below(self, path: str | bytes) -> str | None:
        text = os.fsdecode(path)
        if text + "/" == self._root:
            return ""
        return text.removeprefix(self._root) if text.startswith(self._root) else None

    def _folder(self, path: str | None) -> None:
        if path is not None and self._names.takes_folder_path(path):
            self._tell(path if is_text(path) else "", "rescan")

    def _file(self, path: str | None, hint: WatchHint) -> None:
        if path and path.endswith(META):
            # Which file it belongs to, the folder shows.
            self._folder(split(path)[0])
            return
        if not path or not (
            self._names.is_article_name(path) or self._names.is_media_name(path) or is_probe(path)
        ):
            return
        if is_text(path):
            self._tell(path, hint)
        else:
            # A name that is not UTF-8 must not go further; a scan reports it, printable.
            folder = split(path)[0]
            self._tell(folder if is_text(folder) else "", "rescan")


class _AssetsHandler(_Handler):
    """The same for pictures, sound and film below ``drop.assets``."""

    def _folder(self, path: str | None) -> None:
        if path is not None and self._names.takes_folder_path(path):
            self._tell(ASSETS, "rescan")

    def _file(self, path: str | None, hint: WatchHint) -> None:
        # An article can name no file whose name is not UTF-8.
        if path and self._names.is_media_name(path) and is_text(path):
            self._tell(ASSETS + path, hint)


@dataclass(frozen=True, slots=True)
class _RootPlace:
    """A folder's identity and mount when watching began."""

    identity: RootIdentity
    mount: int | None


class Watcher:
    """Watches one drop folder, and ``drop.assets``, until stopped; used from one thread.

    ``tell(path, hint)`` is called in watchdog's thread and must only pass the hint on: an
    exception ends the watching. Paths are relative to the drop folder; "rescan" with a folder
    ("" for all) means that anything in it or below may have changed. Those below ``drop.assets``
    begin with ``ASSETS``, which alone stands for that folder.
    """

    def __init__(
        self,
        root: Path,
        names: NameFilter,
        tell: Tell,
        poll: Literal["auto", "always", "never"] = "auto",
        assets: Path | None = None,
    ) -> None:
        self._root = root
        self._names = names
        self._tell = tell
        self._poll: Literal["auto", "always", "never"] = poll
        self._assets = assets
        self._place: _RootPlace | None = None
        self._assets_place: _RootPlace | None = None
        self._unwatched_assets = ""
        self._reader: _EventReader | None = None
        self._observer: BaseObserver | None = None
        self.mode = WatchMode("poll", "not started", trust_leases=False)

    def start(self) -> None:
        """Begin to watch; ``mode`` then says how. Raises DropError without a usable root.

        If inotify's limits (per user) are reached, the folder is polled.
        """
        self.stop()
        # Watchdog does not follow a symlink, not even as the root.
        path = os.path.realpath(self._root)
        self.mode = watch_mode(path, self._poll, _mountinfo())
        self._place = _place(self._root)
        self._assets_place = self._place_of_assets()
        if self.mode.mode == "poll":
            return
        try:
            self._begin(path)
        except OSError as error:
            self.stop()
            self._place = _place(self._root)
            fix = _LIMITS.get(error.errno or 0, "inotify cannot be used")
            reason = f"{error_text(error)}: {fix}"
            self.mode = WatchMode("poll", reason, self.mode.trust_leases)

    def stop(self) -> None:
        """End all watching and its threads; may be called at any time, also twice."""
        observer, reader = self._observer, self._reader
        self._observer = self._reader = self._place = None
        self._unwatched_assets = ""
        if observer is not None:
            observer.stop()
            if observer.ident is not None:
                observer.join(_JOIN_SECONDS)
        if reader is not None:
            reader.stop()
            reader.join(_JOIN_SECONDS)

    def restart(self) -> None:
        """Watch whatever is at the root's path now. Raises DropError."""
        self.start()

    def failure(self) -> str | None:
        """Why changes are no longer reported, so that ``restart`` is due; None while they are.

        That the observer is alive proves nothing: it outlives its emitters, its reader and the
        folder itself.
        """
        if self._place is None:
            return "not watching"
        try:
            place = _place(self._root)
        except DropError as error:
            return str(error)
        if place.identity != self._place.identity:
            return "another folder is at the drop folder's path"
        if self._place_of_assets() != self._assets_place:
            return "the folder drop.assets came, went or was replaced"
        if self.mode.mode == "poll":
            return None
        if place.mount != self._place.mount or (self._reader and self._reader.unmounted):
            return "the file system that holds the drop folder was mounted again"
        return self._dead_thread()

    def unwatched(self) -> str | None:
        """Why changes in some sub-folders are found by scans only; None if all are watched.

        ``restart`` does not help.
        """
        if self._reader is None:
            return None
        # One call copies the set as it is, whatever the reading thread does meanwhile.
        unwatched = map(os.fsdecode, self._reader.unwatched.copy())
        folders = sorted(path for path in unwatched if Path(path).is_dir())
        if not folders:
            return self._unwatched_assets or None
        some = f"{len(folders)} folders are not watched, such as {printable(folders[0])}"
        return f"{some}: {_LIMITS[errno.ENOSPC]}"

    def _begin(self, path: str) -> None:
        self._reader = _EventReader(lambda: self._tell("", "rescan"))
        self._reader.start()
        self._observer = BaseObserver(_EventSource, inotify_fd=self._reader)
        self._observer.schedule(
            _Handler(path, self._names, self._tell), path, recursive=True, event_filter=_EVENTS
        )
        if self._assets_place is not None:
            self._watch_assets(path)
        self._observer.start()

    def _watch_assets(self, root: str) -> None:
        """Watch ``drop.assets`` too: below the drop folder, the same watch sees it."""
        assets = os.path.realpath(self._assets or "")
        mode = watch_mode(assets, self._poll, _mountinfo())
        if mode.mode == "poll":
            self._unwatched_assets = f"drop.assets is not watched: {mode.reason}"
            return
        watched = root if f"{assets}/".startswith(f"{root}/") else assets
        handler = _AssetsHandler(assets, NameFilter(), self._tell)
        if self._observer is not None:
            self._observer.schedule(handler, watched, recursive=True, event_filter=_EVENTS)

    def _place_of_assets(self) -> _RootPlace | None:
        """None while there is no such folder: that is no trouble of the drop folder's."""
        try:
            return _place(self._assets) if self._assets else None
        except DropError:
            return None

    def _dead_thread(self) -> str | None:
        if self._observer is None or not self._observer.is_alive():
            return "the thread that passes events on has ended"
        if self._reader is None or not self._reader.is_alive():
            return "the thread that reads events has ended"
        emitters = self._observer.emitters
        if not emitters or not all(emitter.is_alive() for emitter in emitters):
            return "the drop folder's event source has ended"
        return None


def _place(root: Path) -> _RootPlace:
    with opened_root(root, None) as root_fd:
        identity = identity_of(root_fd)
    mount = mount_of(os.path.realpath(root), _mountinfo())
    return _RootPlace(identity, mount.number if mount else None)


def _mountinfo() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
