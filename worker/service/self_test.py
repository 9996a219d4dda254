"""Tests whether the worker works: watcher, drop folder, database, public folder, pipeline.

Each is used, not asked: a thread that is alive may receive no events, and an open file may lie on
a disk that is gone. Tests leave nothing behind.
"""

import contextlib
import itertools
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from feeds.errors import PublishError
from feeds.public_folder import PublicFolder
from worker.core.clock import Clock
from worker.core.errors import DropError, ReadersError
from worker.core.events import event
from worker.core.paths import PROBE, is_probe
from worker.inbox.folder import DropFolder
from worker.inbox.hint_queue import Hints
from worker.inbox.safe_open import Content, Look
from worker.inbox.settling import Settler
from worker.inbox.watcher import Watcher
from worker.ingest.ingestor import Ingestor
from worker.store.database import Database

log = logging.getLogger("feedmill.canary")

PROBE_SECONDS = 300.0
RETRY_PROBE_SECONDS = 30.0
EVENT_SECONDS = 20.0
_TEXT = "---\ntitle: Canary {name}\n---\n\nA synthetic article that checks the whole pipeline.\n"


def self_test(
    watcher: Watcher, inbox: DropFolder, database: Database, folder: PublicFolder
) -> dict[str, str]:
    """What does not work, and why; empty if everything works. Call it outside of any
    transaction."""
    drop = _error(inbox.check)
    found = {
        "drop-folder": drop,
        "watcher": "" if drop else watcher.failure() or "",
        "database": _error(lambda: _rehearse(database)),
        "public-folder": _error(folder.check_writable),
    }
    return {what: why for what, why in found.items() if why}


def _error(check: Callable[[], object]) -> str:
    try:
        check()
    except (DropError, PublishError, sqlite3.Error) as error:
        return str(error)
    return ""


def _rehearse(database: Database) -> None:
    """Read, write and roll back; and check that the file at its path is still the same."""
    if not database.is_in_place():
        raise sqlite3.OperationalError("its file was removed or replaced")
    with database.rehearsal():
        database.fact("proof")
        database.set_fact("proof", "written")


@dataclass(slots=True)
class _ProbeFile:
    """One probe on its way: a file in ``inbox``, since when, and whether its event must come."""

    name: str
    inbox: DropFolder
    since: float
    needs_event: bool
    settler: Settler


@dataclass(slots=True)
class Probe:
    """A synthetic article that checks the whole pipeline every five minutes.

    ``advance`` never waits. ``elsewhere`` is the folder to use while the drop folder cannot be
    written. ``failing`` says why the last probe failed, ``last_arrival`` when one last arrived,
    and ``missed_event`` that its event did not come although the watcher looks healthy.
    """

    inbox: DropFolder
    ingestor: Ingestor
    elsewhere: Path
    clock: Clock
    settle_seconds: float
    next_due: float = 0.0
    last_arrival: datetime | None = None
    failing: str = ""
    missed_event: bool = False
    _file: _ProbeFile | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _logged_cause: str = ""

    def without_probes(self, hints: Hints) -> Hints:
        """The hints for authors' files; those for probes are taken note of here."""
        probes = [path for path in hints.hints if is_probe(path)]
        if not probes:
            return hints
        if self._file and self._file.name in probes:
            self._file.needs_event = False
        others = {path: hint for path, hint in hints.hints.items() if path not in probes}
        return Hints(others, hints.rescan)

    def advance(self, *, expects_event: bool) -> None:
        """Start a probe when it is due, or advance the current one. ``expects_event``: the
        watcher should report it."""
        now = self.clock.monotonic()
        if now < self.next_due:
            return
        try:
            if self._file is None:
                self._file = self._start(now, expects_event)
            self._move(self._file, now)
        except DropError:
            # The self-test reports a missing folder; this says nothing about the pipeline.
            self.stop()
            self.next_due = now + RETRY_PROBE_SECONDS
        except (ReadersError, OSError, sqlite3.Error) as error:
            self._end(str(error), now)

    def stop(self) -> None:
        """Remove the current probe."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(DropError, OSError), file.inbox.opened() as root_fd:
                os.unlink(file.name, dir_fd=root_fd)

    def sweep(self) -> None:
        """Remove probes that a killed worker left."""
        with contextlib.suppress(DropError, OSError), self.inbox.opened() as root_fd:
            with os.scandir(root_fd) as entries:
                names = [entry.name for entry in entries]
            for name in names:
                if is_probe(name):
                    os.unlink(name, dir_fd=root_fd)

    def _start(self, now: float, expects_event: bool) -> _ProbeFile:
        name = f"{PROBE}{os.getpid()}-{next(self._numbers)}.md"
        settler = Settler(self.settle_seconds)
        try:
            _write(self.inbox, name)
        except OSError as error:
            self._log_elsewhere(error)
            self.elsewhere.mkdir(mode=0o700, exist_ok=True)
            other = DropFolder(self.elsewhere, self.inbox.max_bytes)
            _write(other, name)
            return _ProbeFile(name, other, now, needs_event=False, settler=settler)
        return _ProbeFile(name, self.inbox, now, needs_event=expects_event, settler=settler)

    def _log_elsewhere(self, error: OSError) -> None:
        cause = error.strerror or str(error)
        if cause != self._logged_cause:
            self._logged_cause = cause
            folder = self.inbox.root
            log.info(event("canary-elsewhere", drop=folder, cause=cause, folder=self.elsewhere))

    def _move(self, file: _ProbeFile, now: float) -> None:
        if file.needs_event:
            if now < file.since + EVENT_SECONDS:
                self.next_due = now + 0.1
                return
            self.missed_event = True
            self._end(f"no event came for a file within {EVENT_SECONDS:g} s", now)
            return
        look = file.inbox.look(file.name)
        if not isinstance(look, Look):
            self._end("the file was removed by somebody", now)
        elif file.settler.observe(file.name, look.fingerprint, look.busy, now) == "wait":
            self.next_due = file.settler.next_due() or now
        else:
            self._arrive(file, now)

    def _arrive(self, file: _ProbeFile, now: float) -> None:
        content = file.inbox.read(file.name)
        if not isinstance(content, Content):
            self._end(f"the file could not be read: {content}", now)
            return
        verdict = self.ingestor.rehearse(file.name, content)
        if verdict == "quarantined":
            self._end("its parser died", now)
            return
        self.last_arrival = self.clock.now()
        self._end("", now)

    def _end(self, failing: str, now: float) -> None:
        self.stop()
        self.failing = failing
        self.next_due = now + (RETRY_PROBE_SECONDS if failing else PROBE_SECONDS)


def _write(inbox: DropFolder, name: str) -> None:
    """Write the file into the pinned root, wherever the root's path may lead by now."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with (
        inbox.opened() as root_fd,
        os.fdopen(os.open(name, flags, 0o600, dir_fd=root_fd), "wb") as file,
    ):
        file.write(_TEXT.format(name=name).encode())
