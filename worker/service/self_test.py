"""Whether everything the worker needs works now: watcher, drop folder, database, public folder.

Each is tried, not asked: a thread that is alive may be deaf, and an open file may lie on a disk
that is gone. What was tried leaves nothing behind.
"""

import contextlib
import itertools
import logging
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feeds.errors import PublishError
from feeds.public_folder import PublicFolder
from worker.core.clock import Clock
from worker.core.errors import DropError, ReadersError
from worker.core.events import event
from worker.core.paths import PROBE, is_probe
from worker.inbox.folder import Content, DropFolder, Look
from worker.inbox.hint_queue import Hints
from worker.inbox.settling import Settler
from worker.inbox.watcher import Watcher
from worker.ingest.ingestor import Ingestor
from worker.store.database import Database


class SelfTest:
    """Tries the parts of one worker."""

    def __init__(
        self, watcher: Watcher, inbox: DropFolder, database: Database, folder: PublicFolder
    ) -> None:
        self._watcher = watcher
        self._inbox = inbox
        self._database = database
        self._folder = folder

    def failing(self) -> dict[str, str]:
        """What does not work, and why; empty where everything does. Not to be called within a
        transaction."""
        drop = self._try_drop_folder()
        found = {
            "drop-folder": drop,
            "watcher": "" if drop else self._watcher.healthy() or "",
            "database": self._try_database(),
            "public-folder": self._try_public_folder(),
        }
        return {what: why for what, why in found.items() if why}

    def _try_drop_folder(self) -> str:
        try:
            self._inbox.prove()
        except DropError as error:
            return str(error)
        return ""

    def _try_database(self) -> str:
        """A read, and a write that is undone; and whether it is still the file of that name."""
        if not self._database.is_in_place():
            return "its file was removed or replaced"
        try:
            with self._database.rehearsal():
                self._database.fact("proof")
                self._database.set_fact("proof", "written")
        except sqlite3.Error as error:
            return str(error)
        return ""

    def _try_public_folder(self) -> str:
        try:
            self._folder.check_writable()
        except PublishError as error:
            return str(error)
        return ""


log = logging.getLogger("feedmill.canary")


PROBE_SECONDS = 300.0


AGAIN_SECONDS = 30.0


HEARD_SECONDS = 20.0


_TEXT = "---\ntitle: Canary {name}\n---\n\nNobody reads this; it proves the way of an article.\n"


@dataclass(slots=True)
class _Flight:
    """One canary on its way."""

    name: str
    inbox: DropFolder
    since: float
    must_be_heard: bool
    settler: Settler


class Probe:
    """Lets a canary fly every few minutes; ``tend`` moves it on and never waits for it.

    ``failing`` says why the last one did not arrive, ``proven`` when the last one did, and
    ``deaf`` that its event did not come though the watcher looks healthy.
    """

    def __init__(
        self, inbox: DropFolder, ingestor: Ingestor, elsewhere: Path, clock: Clock, settle: float
    ) -> None:
        """``elsewhere`` is a folder for where the drop folder itself cannot be written."""
        self._inbox = inbox
        self._ingestor = ingestor
        self._elsewhere = elsewhere
        self._clock = clock
        self._settle = settle
        self._flight: _Flight | None = None
        self._numbers = itertools.count(1)
        self._told_elsewhere = ""
        self.next_due = 0.0
        self.proven: datetime | None = None
        self.failing = ""
        self.deaf = False

    def hear(self, letters: Hints) -> Hints:
        """The letters without those that tell of canaries."""
        canaries = [path for path in letters.hints if is_probe(path)]
        if not canaries:
            return letters
        if self._flight and self._flight.name in canaries:
            self._flight.must_be_heard = False
        hints = {path: hint for path, hint in letters.hints.items() if path not in canaries}
        return Hints(hints, letters.rescan)

    def tend(self, *, hears: bool) -> None:
        """Start a canary when it is time, or move the one on its way on; ``hears``: the watcher
        should tell of it."""
        now = self._clock.monotonic()
        if now < self.next_due:
            return
        try:
            if self._flight is None:
                self._flight = self._start(now, hears)
            self._move(self._flight, now)
        except DropError:
            # The proof of the folder itself tells of that, and this one says nothing of the way.
            self.stop()
            self.next_due = now + AGAIN_SECONDS
        except (ReadersError, OSError, sqlite3.Error) as error:
            self._end(str(error), now)

    def stop(self) -> None:
        """Remove the canary that is on its way."""
        if self._flight is not None:
            self._remove(self._flight)
            self._flight = None

    def sweep(self) -> None:
        """Remove what a killed worker left."""
        with contextlib.suppress(DropError, OSError), self._inbox.opened() as root_fd:
            with os.scandir(root_fd) as entries:
                names = [entry.name for entry in entries]
            for name in names:
                if is_probe(name):
                    os.unlink(name, dir_fd=root_fd)

    def _start(self, now: float, hears: bool) -> _Flight:
        name = f"{PROBE}{os.getpid()}-{next(self._numbers)}.md"
        settler = Settler(self._settle)
        try:
            _lay(self._inbox, name)
        except OSError as error:
            self._tell_elsewhere(error)
            self._elsewhere.mkdir(mode=0o700, exist_ok=True)
            other = DropFolder(self._elsewhere, self._inbox.max_bytes)
            _lay(other, name)
            return _Flight(name, other, now, must_be_heard=False, settler=settler)
        return _Flight(name, self._inbox, now, must_be_heard=hears, settler=settler)

    def _tell_elsewhere(self, error: OSError) -> None:
        cause = error.strerror or str(error)
        if cause != self._told_elsewhere:
            self._told_elsewhere = cause
            folder = self._inbox.root
            log.info(event("canary-elsewhere", drop=folder, cause=cause, folder=self._elsewhere))

    def _move(self, flight: _Flight, now: float) -> None:
        if flight.must_be_heard:
            if now < flight.since + HEARD_SECONDS:
                self.next_due = now + 0.1
                return
            self.deaf = True
            self._end(f"no event came for a file within {HEARD_SECONDS:g} s", now)
            return
        look = flight.inbox.look(flight.name)
        if not isinstance(look, Look):
            self._end("the file was removed by somebody", now)
        elif flight.settler.observe(flight.name, look.fingerprint, look.busy, now) == "wait":
            self.next_due = flight.settler.next_due() or now
        else:
            self._arrive(flight, now)

    def _arrive(self, flight: _Flight, now: float) -> None:
        content = flight.inbox.read(flight.name)
        if not isinstance(content, Content):
            self._end(f"the file could not be read: {content}", now)
            return
        verdict = self._ingestor.rehearse(flight.name, content)
        if verdict == "quarantined":
            self._end("its parser died", now)
            return
        self.proven = self._clock.now()
        self._end("", now)

    def _end(self, failing: str, now: float) -> None:
        self.stop()
        self.failing = failing
        self.next_due = now + (AGAIN_SECONDS if failing else PROBE_SECONDS)

    def _remove(self, flight: _Flight) -> None:
        with contextlib.suppress(DropError, OSError), flight.inbox.opened() as root_fd:
            os.unlink(flight.name, dir_fd=root_fd)


def _lay(inbox: DropFolder, name: str) -> None:
    """Write the file below the pinned root, wherever its path may lead by now."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with inbox.opened() as root_fd, _descriptor(name, flags, root_fd) as fd:
        os.write(fd, _TEXT.format(name=name).encode())


@contextlib.contextmanager
def _descriptor(name: str, flags: int, root_fd: int) -> Iterator[int]:
    fd = os.open(name, flags, 0o600, dir_fd=root_fd)
    try:
        yield fd
    finally:
        os.close(fd)
