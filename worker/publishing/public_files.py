"""Writes the files below the public folder that changed, and removes those of no use.

A file that is right already is not written: its time is the time of its last change.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from feeds.errors import PublishError
from feeds.model import FORMATS, Format
from feeds.pages.pages import history_path
from feeds.pages.search import INDEX_PATH
from feeds.pages.well_known import MARK
from feeds.public_folder import MOVED, FileInfo, NewFile, PublicFolder
from worker.core.events import event
from worker.core.fault_points import reach
from worker.publishing.feed_contents import archive_key
from worker.publishing.own_look import STYLE
from worker.store.database import Database
from worker.store.public_files import PublicFile, PublicFileTable

MOST_OF_MARK = 4_000

log = logging.getLogger("feedmill.publish")


class PublicFiles:
    """Writes files and compares them with what the database knows of them."""

    def __init__(self, database: Database, folder: PublicFolder) -> None:
        self._db = database
        self._folder = folder
        self._table = PublicFileTable(database)
        self._written: list[str] = []
        self._new: set[str] = set()
        self._known_moved: tuple[tuple[int, ...], dict[str, Any]] = ((), {})

    def write(
        self, path: str, data: bytes, now: datetime, feed_id: int | None = None
    ) -> list[PublicFile]:
        """``write_all`` for one file."""
        return self.write_all([(path, data)], now, feed_id)

    def write_all(
        self, files: Iterable[tuple[str, bytes]], now: datetime, feed_id: int | None = None
    ) -> list[PublicFile]:
        """Write a feed's files, or files of no single feed, path and bytes, as far as their bytes
        changed or they are damaged. Returns these for ``record``. Raises PublishError."""
        changed: list[NewFile] = []
        found: list[PublicFile] = []
        for path, data in files:
            digest = hashlib.sha256(data).hexdigest()
            last = self._table.at(path)
            if last and last.sha256 == digest and not self._is_damaged(last):
                continue
            mtime = self._time_of(path, digest, last, now)
            changed.append(NewFile(path, data, mtime))
            found.append(PublicFile(path, feed_id, digest, len(data), mtime))
            if last is None:
                self._new.add(path)
        if changed:
            reach("write-before")
            try:
                self._folder.write_all(changed)
            finally:
                self._written += (file.path for file in changed if self._is_there(file))
            reach("write-after")
        return found

    def _is_there(self, file: NewFile) -> bool:
        return self._folder.stat(file.path) == FileInfo(len(file.data), file.mtime)

    def _time_of(self, path: str, digest: str, last: PublicFile | None, now: datetime) -> int:
        """When the file changed: never the time of its last version, in whole seconds."""
        if last and last.sha256 == digest:
            return last.mtime
        mtime = max(int(now.timestamp()), last.mtime + 1 if last else 0)
        found = self._folder.stat(path)
        # Of this second, and not recorded: a killed worker's, which readers may have seen.
        return mtime + 1 if found and found.mtime == mtime else mtime

    def write_unless_own(self, path: str, data: bytes, now: datetime) -> list[PublicFile]:
        """``write``, unless the site's owner put a file there by hand: one that is not what was
        last written, and has not our mark."""
        last = self._table.at(path)
        is_ours = last is not None and not self._is_damaged(last)
        if is_ours and last and last.sha256 == hashlib.sha256(data).hexdigest():
            return []
        if not is_ours and self._is_own(path, data):
            if last:
                with self._db.transaction():
                    self._table.forget([path])
            return []
        return self.write(path, data, now)

    def _is_own(self, path: str, data: bytes) -> bool:
        try:
            with (self._folder.root / path).open("rb") as file:
                found = file.read(MOST_OF_MARK)
        except FileNotFoundError:
            return False
        except OSError:  # a folder, or not readable
            return True
        return MARK not in found and found != data[:MOST_OF_MARK]

    def take_written(self) -> list[str]:
        """The paths written since the last call, also those whose feed failed afterwards."""
        written, self._written = self._written, []
        return written

    def record(self, files: Sequence[PublicFile]) -> None:
        """Remember what was written; inside a transaction."""
        self._table.record(files)

    def damaged(self) -> list[PublicFile]:
        """The files that are missing or that another program changed; pictures are copied again
        by ``worker.media``."""
        ours = (file for file in self._table.all() if not file.path.startswith("media/"))
        return [file for file in ours if self._is_damaged(file)]

    def _is_damaged(self, file: PublicFile) -> bool:
        found = self._folder.stat(file.path)
        return found is None or (found.size, found.mtime) != (file.size, file.mtime)

    def remove_other_formats(self, formats: Sequence[Format], now: datetime) -> None:
        """Remove the files of all formats but these; the web server answers 410 for them.

        Where the folder cannot be written the next start tries again: no file is forgotten
        before it is removed.
        """
        dropped = tuple(f".{format_}" for format_ in FORMATS if format_ not in formats)
        if not dropped:
            return
        kept = INDEX_PATH  # JSON, but no feed
        found = (file.path for file in self._table.all() if file.path != kept)
        paths = [path for path in found if path.endswith(dropped)]
        self._try_to_retire(paths, now)

    def remove_style(self, now: datetime) -> None:
        """Remove the owner's style sheet, if there was one; like ``remove_other_formats``."""
        self._try_to_retire([STYLE] if self._table.at(STYLE) else [], now)

    def _try_to_retire(self, paths: Sequence[str], now: datetime) -> None:
        try:
            if paths:
                self.retire(dict.fromkeys(paths), now)
        except PublishError as error:
            log.warning(event("retiring-failed", cause=str(error)))

    def retire(self, files: Mapping[str, str | None], now: datetime) -> None:
        """Remove files: path to the URL that the web server leads to from now on, or to None
        where it answers 410. Raises PublishError."""
        known = self._moved()
        self._put_moved({**known, **files}, known, now)
        self.remove(list(files))

    def take_back_removals(self, now: datetime) -> None:
        """Delete the files that are there again from the list of removed ones. Raises
        PublishError."""
        if self._new:
            known = self._moved()
            moved = {path: url for path, url in known.items() if path not in self._new}
            self._put_moved(moved, known, now)
            self._new.clear()

    def _put_moved(self, moved: dict[str, Any], known: dict[str, Any], now: datetime) -> None:
        if moved != known:
            data = json.dumps(moved, ensure_ascii=False, indent=0, sort_keys=True).encode()
            self._folder.write(MOVED, data, int(now.timestamp()))

    def remove_documents(self, key: str, last: int, formats: Sequence[Format]) -> None:
        """Remove the archive documents of the feed ``key`` with numbers above ``last``, and their
        pages; the newest document has none. Raises PublishError; the next publishing of the feed
        tries again."""
        stale: list[str] = []
        paths = [history_path(key, last)]
        for number in count(last + 1):
            paths += (f"{archive_key(key, number)}.{format_}" for format_ in formats)
            paths.append(history_path(key, number))
            found = self._table.known(paths)
            stale += found
            if not found:
                break
            paths = []
        if stale:
            self.remove(stale)
            log.info(event("history-cut-anew", feed=key, removed=len(stale)))

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files, as if they had never been. Raises PublishError."""
        for path in paths:
            self._folder.remove(path)
        with self._db.transaction():
            self._table.forget(paths)

    def _moved(self) -> dict[str, Any]:
        """The list of removed files as it is; a sysadmin may have added to it. It may be long: it
        is read again only after a change."""
        path = self._folder.root / MOVED
        try:
            stat = path.stat()
            version = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
            if self._known_moved[0] != version:
                self._known_moved = version, json.loads(path.read_bytes())
        except (OSError, ValueError):
            return {}
        found = self._known_moved[1]
        return found if isinstance(found, dict) else {}
