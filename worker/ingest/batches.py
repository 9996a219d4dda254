"""Reads files from the drop folder and has them parsed, in batches.

It reads ahead only as far as the parsers do: memory is bounded however many paths there are, and
the parsers are busy while a batch is stored. It writes nothing.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from worker.core.article import Reading
from worker.core.errors import ReadersError
from worker.core.fault_points import reach
from worker.core.fingerprint import Fingerprint
from worker.core.paths import split_sounds
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, Gone, Refused, Torn, Unavailable
from worker.ingest.verdicts import content_hash
from worker.parsing.sandbox.pool import Crashed, Job, ParserPool
from worker.store.ledger import Ledger

BATCH_FILES = 256
BATCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file as it was read, without its bytes: the parsers have those. ``own_hash`` is without the
    names of sounds beside it: they make no other article of it."""

    path: str
    fingerprint: Fingerprint
    hash: str
    own_hash: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A file with the bytes of its last verdict, which stays."""

    path: str
    fingerprint: Fingerprint
    verdict: str
    article_id: int | None


@dataclass(slots=True)
class Batch:
    """Files that are stored together. ``later`` maps a path that could not be read now to the
    reason; ``gone`` are paths without a file."""

    read: list[tuple[FileRead, Reading | Crashed]] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    unchanged: list[Seen] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.read or self.refused or self.unchanged or self.gone or self.later)


class BatchReader:
    """Makes batches of paths; one call of ``batches`` at a time."""

    def __init__(
        self,
        inbox: DropFolder,
        readers: ParserPool,
        ledger: Ledger,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self._inbox = inbox
        self._readers = readers
        self._ledger = ledger
        self._waiting: deque[FileRead] = deque()
        self._coming = Batch()
        self._between = between

    def batches(self, paths: Mapping[str, Fingerprint]) -> Iterator[Batch]:
        """What is at these paths. A file that changed since its fingerprint was taken is left for
        later. Ends early when the parsers are hurried: paths in no batch were then not read.

        Raises DropError, ReadersError.
        """
        self._waiting.clear()
        self._coming = Batch()
        readings = self._readers.read(self._jobs(paths))
        while True:
            results = self._some(readings)
            batch, self._coming = self._coming, Batch()
            batch.read = [(self._waiting.popleft(), result) for result in results]
            if not batch:
                return
            yield batch

    def parse(self, path: str, content: Content) -> tuple[FileRead, Reading | Crashed]:
        """Parse one file, whatever the ledger says of it. Raises ReadersError."""
        file = _file_read(path, content.fingerprint, content.data, content_hash(content.data))
        reading = next(self._readers.read([Job(path, content.data)]), None)
        if reading is None:
            raise ReadersError("parser children", "gave no answer", "they were asked to stop")
        return file, reading

    def _some(self, readings: Iterator[Reading | Crashed]) -> list[Reading | Crashed]:
        """The next batch's readings. Files that take their parsers seconds make a small batch: the
        others must not wait for them, nor must all be lost if the worker ends."""
        results: list[Reading | Crashed] = []
        until = time.monotonic() + BATCH_SECONDS
        for reading in islice(readings, BATCH_FILES):
            results.append(reading)
            self._between()
            if time.monotonic() >= until:
                break
        return results

    def _jobs(self, paths: Mapping[str, Fingerprint]) -> Iterator[Job]:
        """Read the files; those that need no parsing go directly into the next batch."""
        items = iter(paths.items())
        while part := dict(islice(items, BATCH_FILES)):
            known = self._ledger.known(list(part))
            for path, looked in part.items():
                yield from self._job(path, looked, is_new=path not in known)

    def _job(self, path: str, looked: Fingerprint, *, is_new: bool) -> Iterator[Job]:
        match self._inbox.read(path, looked):
            case Content(data, fingerprint):
                reach("file-read")
                digest = content_hash(data)
                if is_new or not self._is_known(path, fingerprint, digest):
                    self._waiting.append(_file_read(path, fingerprint, data, digest))
                    yield Job(path, data)
            case Refused() as refused:
                self._coming.refused.append((path, refused))
            case Gone():
                self._coming.gone.append(path)
            case Torn():
                self._coming.later[path] = "it changed while it was read"
            case Unavailable(text):
                self._coming.later[path] = text

    def _is_known(self, path: str, fingerprint: Fingerprint, digest: str) -> bool:
        """The same bytes need no second verdict, unless it depends on another file too."""
        row = self._ledger.at(path)
        if row is None or row.content_hash != digest or row.verdict == "shadowed":
            return False
        self._coming.unchanged.append(Seen(path, fingerprint, row.verdict, row.article_id))
        return True


def _file_read(path: str, fingerprint: Fingerprint, data: bytes, digest: str) -> FileRead:
    sounds, own = split_sounds(data)
    return FileRead(path, fingerprint, digest, content_hash(own) if sounds else digest)
