"""Copies the files that public articles show into the public folder, and removes them again.

A file is copied before the database names it, and is removed after the last feed that names it
was written: a crash between any two steps leaves a file too many, which the next start removes,
or a file that is still due, which it copies.
"""

import errno
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from feeds import at
from feeds.errors import PublishError
from feeds.public_folder import PublicFolder
from worker.config.model import Config
from worker.core.clock import Clock
from worker.core.events import event
from worker.core.fault_points import reach
from worker.core.fingerprint import Fingerprint
from worker.core.paths import ASSETS
from worker.core.problems import Problem
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Gone, Look, Unavailable, error_text, kernel_now_ns
from worker.media.examination import inspected
from worker.media.retries import Retries
from worker.media.source import Sources, fingerprint_of
from worker.media.warnings import MediaWarnings, large, missing, unready
from worker.parsing.sandbox.pool import ParserPool
from worker.store.database import Database
from worker.store.ledger import Ledger
from worker.store.placement import Placement
from worker.store.public_files import MediaKey, MediaRow, MediaTable, PublicFile, PublicFileTable

log = logging.getLogger("feedmill.media")

FOLDER = "media/"
PIECE = 1_000_000
ROWS = 10_000
PART_FILES = 100
PART_SECONDS = 1.0


class _NotNowError(Exception):
    """The file cannot be copied now; the text says why."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A file that was looked at: its new row (None: not needed), what was published for it, and
    whether readers see something else than before."""

    key: MediaKey
    row: MediaRow | None
    written: PublicFile | None = None
    is_changed: bool = False


class Collector:
    """Brings ``public/media/`` and the table ``media`` up to the files."""

    def __init__(
        self,
        config: Config,
        database: Database,
        inbox: DropFolder,
        readers: ParserPool,
        placement: Placement,
        clock: Clock,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """``between`` is called before each file, where no transaction is open."""
        self._db = database
        self._folder = PublicFolder(config.feeds.folder)
        self._sources = Sources(inbox, config.drop.assets)
        self._readers = readers
        self._placement = placement
        self._clock = clock
        self._between = between
        self._most_bytes = config.media.max_bytes
        self._table = MediaTable(database)
        self._files = PublicFileTable(database)
        self._warnings = MediaWarnings(Ledger(database), self._table)
        self._retries = Retries()
        self._may_be_unneeded = True
        self.trouble = ""
        self._adopt(f"{config.drop.assets} {config.media.max_bytes}")

    def _adopt(self, wanted: str) -> None:
        """Look at every file again if the configuration decides otherwise; and remove what a
        killed worker copied and did not record."""
        if self._db.fact("media") != wanted:
            with self._db.transaction():
                self._table.mark_all()
                self._db.set_fact("media", wanted)
        for name in self._folder.names("media"):
            if self._files.at(FOLDER + name) is None:
                self._remove([FOLDER + name])
        self.check_public()

    # -- what is due

    def hint(self, paths: Iterable[str]) -> None:
        """Something happened to these files."""
        keys = [key for path in paths for key in _keys_of(path)]
        if any(self._table.at(key) for key in keys):
            with self._db.transaction():
                self._table.mark(keys)

    def compare(self, under: str = "") -> None:
        """Compare the files in a folder and below with their last look, by their stat. Those of
        ``drop.assets`` with ``ASSETS``, or with the whole drop folder. Raises DropError."""
        self._sources.forget_names()
        last = MediaKey("", "")
        while rows := self._table.after(last, ROWS):
            last = rows[-1].key
            self._between()
            changed = [row.key for row in rows if _is_below(row.key, under) and self._differs(row)]
            if changed:
                with self._db.transaction():
                    self._table.mark(changed)

    def _differs(self, row: MediaRow) -> bool:
        found = fingerprint_of(self._sources.look(row.key))
        return found is not None and found != row.fingerprint

    def check_public(self) -> None:
        """Copy again what another program removed or changed in the public folder."""
        damaged = [file.path for file in self._public() if not self._is_intact(file)]
        if damaged:
            keys = [key for path in damaged for key in self._table.of_public(path)]
            with self._db.transaction():
                self._table.mark(keys)
            self._may_be_unneeded = True

    def look_at_all(self) -> None:
        """Compare every file by its bytes."""
        with self._db.transaction():
            self._table.mark_all()

    def is_waiting(self) -> bool:
        """Does any file wait to be looked at that probably can be?"""
        return self._retries.is_hopeful() or any(
            not self._retries.is_waiting(key) for key in self._table.due()
        )

    def next_due(self) -> float | None:
        """The monotonic time at which the next file is tried again."""
        return self._retries.next_due()

    # -- collecting

    def collect(self) -> list[str]:
        """Look at every file that is due. Returns the paths of the articles' files whose authors
        are to be told something else than before. Raises DropError and ReadersError."""
        if not self._table.is_any_due():
            self.trouble = ""
            return []
        self._sources.forget_names()
        told: list[str] = []
        looked: list[_Looked] = []
        until = self._clock.monotonic() + PART_SECONDS
        for key in self._table.due():
            if self._retries.is_early(key, self._clock.monotonic()):
                continue
            self._between()
            if self._readers.is_hurried():
                break
            found = self._attempt(key)
            looked += [found] if found else []
            if len(looked) >= PART_FILES or self._clock.monotonic() >= until:
                told += self._store(looked)
                looked, until = [], self._clock.monotonic() + PART_SECONDS
        return told + self._store(looked)

    def _attempt(self, key: MediaKey) -> _Looked | None:
        """Look at one file; None if it is to be tried again."""
        last = self._table.at(key) or MediaRow(key)
        try:
            if not self._table.is_needed(key):
                found = _Looked(key, None, is_changed=bool(last.sha256))
            else:
                found = self._bring_up(last)
        except PublishError as error:
            self.trouble = str(error)
            self._retries.postpone(key, self._clock.monotonic())
            return None
        except _NotNowError as error:
            if self._retries.postpone(key, self._clock.monotonic()):
                return None
            found = self._changed_to(last, problem=unready(key, str(error)))
        self._retries.done(key)
        return found

    def _bring_up(self, last: MediaRow) -> _Looked:
        """Raises PublishError, _NotNowError and DropError."""
        key = last.key
        match self._sources.look(key):
            case Gone():
                problem = missing(key, self._sources.other_case(key))
                return self._changed_to(last, problem=problem)
            case Problem() as problem:
                return self._changed_to(last, problem=problem)
            case Unavailable(text):
                if last.sha256:  # the last good picture stays
                    return _Looked(key, last)
                raise _NotNowError(text)
            case Look(fingerprint, busy):
                if busy:
                    raise _NotNowError("a program is writing to it")
                return self._bring_up_file(last, fingerprint)

    def _bring_up_file(self, last: MediaRow, looked: Fingerprint) -> _Looked:
        if looked == last.fingerprint and (last.problem or self._is_public(last)):
            return _Looked(last.key, last)
        if looked.size > self._most_bytes:
            problem = large(last.key, looked.size, self._most_bytes)
            return self._changed_to(last, fingerprint=looked, problem=problem)
        try:
            with self._sources.opened(last.key) as file:
                return self._take(last, file, looked)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
                raise _NotNowError("it was replaced while it was read") from error
            raise _NotNowError(error_text(error)) from error

    def _take(self, last: MediaRow, file: int, looked: Fingerprint) -> _Looked:
        """Inspect an open file and make it public."""
        now_ns = kernel_now_ns()
        known = looked if looked.is_proof(now_ns) else looked.doubtful()
        inspection = inspected(last.key, file, self._readers)
        if inspection is None:
            raise _NotNowError("the worker was asked to stop")
        if isinstance(inspection, Problem):
            return self._changed_to(last, fingerprint=known, problem=inspection)
        digest = _digest(file, looked)
        row = MediaRow(
            last.key,
            known,
            digest,
            inspection.extension,
            looked.size,
            inspection.width,
            inspection.height,
        )
        written = None if self._is_public(row) else self._copy(row, file)
        return _Looked(last.key, row, written, _is_other(row, last))

    def _copy(self, row: MediaRow, file: int) -> PublicFile:
        mtime = int(self._clock.now().timestamp())
        reach("media-before-copy")
        self._folder.copy(row.public_path, _checked(file, row.sha256, row.size), mtime)
        reach("media-after-copy")
        log.info(event("media-published", path=row.key.path, file=row.public_path, bytes=row.size))
        return PublicFile(row.public_path, None, row.sha256, row.size, mtime)

    def _changed_to(
        self,
        last: MediaRow,
        *,
        problem: Problem,
        fingerprint: Fingerprint = Fingerprint(0, 0, 0, 0),  # noqa: B008 -- immutable
    ) -> _Looked:
        """Nothing is public of this file."""
        if last.problem is None or problem.message != last.problem.message:
            log.warning(event("media-left-out", path=last.key.path, code=problem.code))
        row = MediaRow(last.key, fingerprint, problem=problem)
        return _Looked(last.key, row, None, _is_other(row, last))

    def _store(self, looked: list[_Looked]) -> list[str]:
        """Record what was found, and have the articles that show it rendered again."""
        if not looked:
            return []
        with self._db.transaction():
            self._files.record([item.written for item in looked if item.written])
            named: dict[int, None] = {}
            for item in looked:
                users = self._table.articles_of(item.key)
                named |= dict.fromkeys(users)
                if item.row is None:
                    self._table.delete(item.key)
                else:
                    self._table.store(item.row)
                if item.is_changed:
                    self._placement.render_again(users)
                    self._may_be_unneeded = True
            told = self._warnings.update(named)
            reach("media-before-commit")
        reach("media-after-commit")
        return told

    # -- the public files

    def remove_unneeded(self) -> None:
        """Remove the public files that no article shows any more. Only when every feed and page
        that named them was written again."""
        if not self._may_be_unneeded:
            return
        needed = self._table.public_paths()
        self._may_be_unneeded = False
        self._remove([file.path for file in self._public() if file.path not in needed])

    def _remove(self, paths: list[str]) -> None:
        try:
            for path in paths:
                self._folder.remove(path)
        except PublishError as error:
            self._may_be_unneeded = True
            log.warning(event("media-not-removed", cause=str(error)))
            return
        if paths:
            reach("media-removed")
            with self._db.transaction():
                self._files.forget(paths)
            log.info(event("media-removed", files=len(paths)))

    def _public(self) -> Iterator[PublicFile]:
        return self._files.below(FOLDER)

    def _is_public(self, row: MediaRow) -> bool:
        file = self._files.at(row.public_path)
        return file is not None and self._is_intact(file)

    def _is_intact(self, file: PublicFile) -> bool:
        found = self._folder.stat(file.path)
        return found is not None and (found.size, found.mtime) == (file.size, file.mtime)


def _is_other(row: MediaRow, last: MediaRow) -> bool:
    """Do readers see something else?"""
    seen = [(each.public_path, each.width, each.height) for each in (row, last)]
    return seen[0] != seen[1]


def _keys_of(path: str) -> list[MediaKey]:
    """Every key that a file may be named by."""
    if path.startswith(ASSETS):
        return [MediaKey("asset", path.removeprefix(ASSETS))]
    return MediaKey.all_of(path)


def _is_below(key: MediaKey, folder: str) -> bool:
    if folder == ASSETS:
        return key.kind == "asset"
    return not folder or (key.kind == "media" and key.path.startswith(f"{folder}/"))


def _digest(file: int, looked: Fingerprint) -> str:
    """The hash of an open file. Raises _NotNowError if it is not what was looked at."""
    digest, size = hashlib.sha256(), 0
    while piece := at.pread(file, PIECE, size):
        digest.update(piece)
        size += len(piece)
        if size > looked.size:
            break
    if size != looked.size or Fingerprint.of(os.fstat(file)) != looked:
        raise _NotNowError("it changes while it is read")
    return digest.hexdigest()


def _checked(file: int, digest: str, size: int) -> Iterator[bytes]:
    """An open file's pieces; raises _NotNowError if they are not those of ``digest``."""
    found, offset = hashlib.sha256(), 0
    while offset <= size and (piece := at.pread(file, PIECE, offset)):
        found.update(piece)
        offset += len(piece)
        yield piece
    if found.hexdigest() != digest:
        raise _NotNowError("it changes while it is copied")
