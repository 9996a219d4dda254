"""Files on their way from the drop folder through the parsers, in batches.

Reads ahead only as far as the parsers do, so that memory is bounded however many paths there
are, and the parsers are busy while a batch is being stored. Writes nothing.
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
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, Gone, Refused, Torn, Unavailable
from worker.ingest.verdicts import content_hash
from worker.parsing.sandbox.pool import Crashed, Job, ParserPool
from worker.store.ledger import Ledger

BATCH_FILES = 256
BATCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file's identity as it was read; the bytes themselves have gone to the parsers."""

    path: str
    fingerprint: Fingerprint
    hash: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A path whose bytes are those of its last verdict, which therefore holds."""

    path: str
    fingerprint: Fingerprint
    verdict: str
    article_id: int | None


@dataclass(slots=True)
class Batch:
    """What is stored in one transaction. ``later`` maps a path that could not be read now to
    the reason; ``gone`` are paths where no file is."""

    read: list[tuple[FileRead, Reading | Crashed]] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    unchanged: list[Seen] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.read or self.refused or self.unchanged or self.gone or self.later)


class BatchReader:
    """Takes paths, gives batches; to be used for one call of ``batches`` at a time."""

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
        """What stands at these paths, unless a file changed since it was looked at. Ends early
        when the readers are hurried: the paths that then are in no batch were not read.

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
        """One file's reading, past the ledger. Raises ReadersError."""
        file = FileRead(path, content.fingerprint, content_hash(content.data))
        reading = next(self._readers.read([Job(path, content.data)]), None)
        if reading is None:
            raise ReadersError("parser children", "gave no answer", "they were asked to stop")
        return file, reading

    def _some(self, readings: Iterator[Reading | Crashed]) -> list[Reading | Crashed]:
        """The next batch's readings. Files that their parsers take seconds for make a small
        batch: they must not keep the others waiting, nor all be lost with a worker that ends."""
        results: list[Reading | Crashed] = []
        until = time.monotonic() + BATCH_SECONDS
        for reading in islice(readings, BATCH_FILES):
            results.append(reading)
            self._between()
            if time.monotonic() >= until:
                break
        return results

    def _jobs(self, paths: Mapping[str, Fingerprint]) -> Iterator[Job]:
        """Read the files; those that need no parsing are put straight into the next batch."""
        for path, looked in paths.items():
            match self._inbox.read(path, looked):
                case Content(data, fingerprint):
                    reach("file-read")
                    digest = content_hash(data)
                    if not self._is_known(path, fingerprint, digest):
                        self._waiting.append(FileRead(path, fingerprint, digest))
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
        """The same bytes need no second verdict, unless another file had a part in it."""
        line = self._ledger.at(path)
        if line is None or line.content_hash != digest or line.verdict == "shadowed":
            return False
        self._coming.unchanged.append(Seen(path, fingerprint, line.verdict, line.article_id))
        return True
