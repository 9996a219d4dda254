"""One round of the mirror: look, send what changed, delete what is long gone.

What is sent is the folder as it was at one moment: then what a feed points to was there, since the
worker writes it first. A file that changes meanwhile waits for the next round. A write goes
through only where the bucket is as remembered; after a refusal the object is read back, and a
later epoch ends the process.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, replace
from datetime import datetime

from feeds.errors import FeedmillError
from worker.cloud.bucket import Bucket, BucketError, ConditionFailed, ObjectVersion, StoredObject
from worker.cloud.mirror.folder import FileBytes, FileIdentity, PublicScan
from worker.cloud.mirror.memory import MirrorMemory
from worker.cloud.mirror.plan import (
    EPOCH,
    LEAF,
    Plan,
    SentObject,
    as_text,
    headers_of,
    is_whole,
    missed,
    plan,
    rank,
)
from worker.config.model import MirrorSettings
from worker.core.events import event
from worker.core.fault_points import reach

log = logging.getLogger("feedmill.mirror")

MOST_ATTEMPTS, MOST_LOOKS = 4, 10
MOST_HELD_BYTES = 64_000_000
"""Of feeds and pages that wait to be sent. Others are read again, and sent in the next round if
they changed meanwhile."""

Tell = Callable[[int, int], None]
"""Gets how many files of how many are done."""


class Fenced(FeedmillError):  # noqa: N818 -- an end that is meant
    """Another machine has taken over and writes to the bucket."""


class FolderChanged(Exception):  # noqa: N818 -- no error: the next round sees it
    """A file that feeds point to changed or was removed while it waited."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``bytes`` is None if it was in the bucket already."""

    path: str
    sent: SentObject | None = None
    bytes: int | None = None
    conflicts: int = 0
    is_waiting: bool = False


@dataclass(slots=True)
class RoundReport:
    """What one round did. ``waiting`` files changed again while they waited, ``doomed`` objects
    are to be deleted later. ``conflicts`` were written by somebody else meanwhile."""

    sent: int = 0
    bytes: int = 0
    deleted: int = 0
    conflicts: int = 0
    waiting: int = 0
    doomed: int = 0
    is_whole: bool = True

    def add(self, outcome: Outcome) -> None:
        """Count one file."""
        self.sent += outcome.bytes is not None
        self.bytes += outcome.bytes or 0
        self.conflicts += outcome.conflicts
        self.waiting += outcome.is_waiting


class Mirror:
    """Brings one folder to one bucket. ``epoch`` is that of the lease, 0 without one."""

    def __init__(
        self,
        scan: PublicScan,
        bucket: Bucket,
        memory: MirrorMemory,
        settings: MirrorSettings,
        epoch: int = 0,
    ) -> None:
        self._scan, self._bucket, self._memory = scan, bucket, memory
        self._settings, self._epoch = settings, epoch

    def sweep(self) -> None:
        """Compare what is remembered with one list of the bucket: what is not there, or not as
        remembered, is sent again. Raises BucketError, and OSError of the memory."""
        self._scan.forget()
        there = self._bucket.list()
        sent = self._memory.sent
        changes: dict[str, SentObject | None] = {key: None for key in sent if key not in there}
        for key, info in there.items():
            known = sent.get(key)
            if known is None or known.version != info.version:
                changes[key] = SentObject(
                    info.version, gone_since=known.gone_since if known else None
                )
        self._memory.note(changes)

    def rehearse(self, now: datetime) -> tuple[list[str], list[str]]:
        """Which files a round would send now, in its order, and which it would delete. Raises
        OSError for a folder that cannot be read."""
        files = self._scan.scan()
        found = self._plan(files, now)
        sender = self._sender()
        sends = [path for wave in found.waves for path in wave if sender.needs(path)]
        return sends, list(found.deletions)

    def count_waiting(self, now: datetime) -> int:
        """How many files may have to be sent. Raises OSError."""
        return self._plan(self._scan.scan(), now).count

    def _sender(self) -> "_Sender":
        return _Sender(self._scan, self._bucket, self._memory, self._settings, self._epoch)

    def _plan(self, files: Mapping[str, FileIdentity], now: datetime) -> Plan:
        return plan(files, self._memory.sent, now, self._settings.feeds_max_age)

    def round(self, now: datetime, tell: Tell = lambda _done, _all: None) -> RoundReport:
        """Bring the bucket up to date. Raises BucketError, Fenced, FolderChanged,
        and OSError of the folder."""
        report = RoundReport()
        files = self._snapshot()
        found = self._plan(files, now)
        held = self._held(found, files)
        report.is_whole = is_whole(files)
        sender = self._sender()
        with ThreadPoolExecutor(self._settings.requests) as pool:
            done = 0
            for wave in found.waves:
                for outcome in self._outcomes(pool, sender, wave, files, held):
                    report.add(outcome)
                    done += 1
                    tell(done, found.count)
        self._retire(found, now, report)
        return report

    def _outcomes(
        self,
        pool: ThreadPoolExecutor,
        sender: "_Sender",
        wave: Iterable[str],
        files: Mapping[str, FileIdentity],
        held: dict[str, FileBytes],
    ) -> Iterator[Outcome]:
        """Send one wave, several files at once. What was sent is remembered, whatever fails."""
        jobs = {pool.submit(sender.send, path, files[path], held.pop(path, None)) for path in wave}
        try:
            for job in as_completed(jobs):
                jobs.discard(job)
                yield self._noted(job.result())
        finally:  # those that are being sent are finished
            wait([job for job in jobs if not job.cancel()])
            for job in jobs:
                if not job.cancelled() and job.exception() is None:
                    self._noted(job.result())

    def _noted(self, outcome: Outcome) -> Outcome:
        if outcome.sent is not None:
            self._memory.note({outcome.path: outcome.sent})
        return outcome

    def _snapshot(self) -> Mapping[str, FileIdentity]:
        """The files as they were at one moment: two looks that agree."""
        last = self._scan.scan()
        for _ in range(MOST_LOOKS):
            found = self._scan.scan()
            if found == last:
                break
            last = found
        return last

    def _held(self, found: Plan, files: Mapping[str, FileIdentity]) -> dict[str, FileBytes]:
        """The bytes of feeds and pages that may have to be sent, as far as there is room."""
        held: dict[str, FileBytes] = {}
        room = MOST_HELD_BYTES
        for wave in found.waves:
            for path in wave:
                if room > 0 and rank(path) != LEAF and (read := self._scan.read(path)):
                    if read.identity == files[path]:
                        held[path] = read
                    room -= len(read.data)
        return held

    def _retire(self, found: Plan, now: datetime, report: RoundReport) -> None:
        """Note what is gone or back, and delete what has been gone for long enough."""
        sent = self._memory.sent
        self._memory.note({path: missed(sent[path], now) for path in found.gone})
        self._memory.note({path: replace(sent[path], gone_since=None) for path in found.back})
        for path in found.deletions:
            report.deleted += self._delete(path, sent[path])
            self._memory.note({path: None})
        report.doomed = sum(1 for known in sent.values() if known.gone_since)

    def _delete(self, path: str, known: SentObject) -> bool:
        """Delete an object that the mirror sent, and that nobody replaced since."""
        there = self._bucket.describe(path)
        if there is None or there.info.version != known.version:
            return False
        if not known.digest and EPOCH not in there.attributes:
            return False  # somebody else's
        self._bucket.delete(path)
        return True


class _Sender:
    """Sends single files; used by several threads."""

    def __init__(
        self,
        scan: PublicScan,
        bucket: Bucket,
        memory: MirrorMemory,
        settings: MirrorSettings,
        epoch: int,
    ) -> None:
        self._scan, self._bucket, self._memory = scan, bucket, memory
        self._settings, self._epoch = settings, epoch

    def send(self, path: str, expected: FileIdentity, held: FileBytes | None) -> Outcome:
        """Send one file if the bucket does not have it yet."""
        read = held or self._scan.read(path)
        if read is None or read.identity != expected:
            if rank(path) == LEAF:
                raise FolderChanged
            return Outcome(path, is_waiting=True)
        wanted = self._wanted(path, read)
        if wanted.version.etag:
            return Outcome(path, wanted)
        headers = headers_of(path, self._settings.feeds_max_age) | {EPOCH: str(self._epoch)}
        known = self._memory.sent.get(path)
        version, conflicts = self._put(path, read.data, headers, known.version if known else None)
        return Outcome(path, replace(wanted, version=version), len(read.data), conflicts)

    def needs(self, path: str) -> bool:
        """Whether ``send`` would send the file now."""
        read = self._scan.read(path)
        return read is not None and not self._wanted(path, read).version.etag

    def _wanted(self, path: str, read: FileBytes) -> SentObject:
        """The object as it should be; it has a version if the bucket has it like that."""
        headers = as_text(headers_of(path, self._settings.feeds_max_age))
        known = self._memory.sent.get(path)
        version = ObjectVersion("")
        if known and (
            (known.digest, known.headers) == (read.digest, headers)
            # Only a list has shown it: most stores make the ETag of the bytes.
            or (not known.digest and known.version.etag.strip('"') == read.md5)
        ):
            version = known.version
        return SentObject(version, read.digest, headers, read.identity)

    def _put(
        self, path: str, data: bytes, attributes: Mapping[str, str], last: ObjectVersion | None
    ) -> tuple[ObjectVersion, int]:
        """The new version, and how often somebody else had written meanwhile."""
        for conflicts in range(MOST_ATTEMPTS):
            reach("put-before")
            try:
                if last is None:
                    version = self._bucket.put_new(path, data, attributes)
                else:
                    version = self._bucket.put_if(path, data, last, attributes)
            except ConditionFailed as error:
                last = self._after_conflict(path, error.found)
            else:
                reach("put-after")
                return version, conflicts
        cause = "somebody else writes it all the time"
        fix = "Let only one `feedmill mirror` write to this bucket and folder."
        raise BucketError("bucket", path, cause, fix)

    def _after_conflict(self, path: str, there: StoredObject | None) -> ObjectVersion | None:
        if there is None:
            return None
        epoch = there.attributes.get(EPOCH, "0")
        if epoch.isdecimal() and int(epoch) > self._epoch:
            raise Fenced("mirror", path, f"epoch {epoch} wrote it, this one is {self._epoch}")
        log.warning(event("mirror-conflict", path=path))
        return there.info.version
