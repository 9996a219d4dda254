"""A file of our own that goes the way of every article, to prove the way: event, settling,
reading, parsing, and the database in a transaction that is undone.

It is hidden, so that no scan takes it for an article; it leaves no trace anywhere.
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

from worker.core.clock import Clock
from worker.core.errors import DropError, ReadersError
from worker.core.events import event
from worker.inbox.filters import CANARY, is_canary
from worker.inbox.folder import Content, Inbox, Look
from worker.inbox.hint_queue import Letters
from worker.inbox.settling import Settler
from worker.ingest.ingestor import Ingestor

log = logging.getLogger("feedmill.canary")

CANARY_SECONDS = 300.0
AGAIN_SECONDS = 30.0
HEARD_SECONDS = 20.0
_TEXT = "---\ntitle: Canary {name}\n---\n\nNobody reads this; it proves the way of an article.\n"


@dataclass(slots=True)
class _Flight:
    """One canary on its way."""

    name: str
    inbox: Inbox
    since: float
    must_be_heard: bool
    settler: Settler


class Canary:
    """Lets a canary fly every few minutes; ``tend`` moves it on and never waits for it.

    ``failing`` says why the last one did not arrive, ``proven`` when the last one did, and
    ``deaf`` that its event did not come though the watcher looks healthy.
    """

    def __init__(
        self, inbox: Inbox, ingestor: Ingestor, elsewhere: Path, clock: Clock, settle: float
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

    def hear(self, letters: Letters) -> Letters:
        """The letters without those that tell of canaries."""
        canaries = [path for path in letters.hints if is_canary(path)]
        if not canaries:
            return letters
        if self._flight and self._flight.name in canaries:
            self._flight.must_be_heard = False
        hints = {path: hint for path, hint in letters.hints.items() if path not in canaries}
        return Letters(hints, letters.rescan)

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
                if is_canary(name):
                    os.unlink(name, dir_fd=root_fd)

    def _start(self, now: float, hears: bool) -> _Flight:
        name = f"{CANARY}{os.getpid()}-{next(self._numbers)}.md"
        settler = Settler(self._settle)
        try:
            _lay(self._inbox, name)
        except OSError as error:
            self._tell_elsewhere(error)
            self._elsewhere.mkdir(mode=0o700, exist_ok=True)
            other = Inbox(self._elsewhere, self._inbox.max_bytes)
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
        self.next_due = now + (AGAIN_SECONDS if failing else CANARY_SECONDS)

    def _remove(self, flight: _Flight) -> None:
        with contextlib.suppress(DropError, OSError), flight.inbox.opened() as root_fd:
            os.unlink(flight.name, dir_fd=root_fd)


def _lay(inbox: Inbox, name: str) -> None:
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
