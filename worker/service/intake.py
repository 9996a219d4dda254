"""From quiet files and missing files to the database, and on to receipts, counts and retries.

Decides no verdict: that is ``worker/ingest``. Every file's result passes through ``record``.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from worker.authors.receipts import Receipts
from worker.core.clock import Clock
from worker.core.fingerprint import Fingerprint
from worker.core.paths import ASSETS, split
from worker.core.stages import BatchResult, FileResult
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Gone, Look, Unavailable
from worker.inbox.settling import Settler
from worker.inbox.sounds import is_sound
from worker.ingest.ingestor import Ingestor
from worker.ingest.withdrawals import Withdrawals
from worker.media.collector import Collector
from worker.monitoring.progress import Progress
from worker.service.pacing import RETRY_SECONDS
from worker.store.database import Database

BATCH_PATHS = 1000


@dataclass(slots=True, kw_only=True)
class Intake:
    """Takes files that are due, and withdraws those that are missing long enough.

    ``tell`` gets each file's result. ``same_root``: the drop folder is the one of the last run;
    else nothing is withdrawn.
    """

    database: Database
    inbox: DropFolder
    settler: Settler
    ingestor: Ingestor
    withdrawals: Withdrawals
    receipts: Receipts
    media: Collector
    progress: Progress
    clock: Clock
    tell: Callable[[FileResult], None]
    same_root: bool
    _in_hand: int = 0
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock.now().timestamp()

    def waiting(self) -> int:
        """How many paths wait to be looked at, or are being read."""
        return len(self.settler) + self._in_hand

    def take_due(self) -> Generator[BatchResult, None, None]:
        """Read and store the files that are due; gives each transaction's result once recorded.

        Raises sqlite3.Error, DropError or ReadersError. Close it: what was not stored until then
        is tried again.
        """
        due = self.settler.due(self.clock.monotonic(), BATCH_PATHS)
        looked = ((path, self._if_quiet(path)) for path in due)
        ready = {path: fingerprint for path, fingerprint in looked if fingerprint is not None}
        if not ready:
            return
        left = dict(ready)
        self._in_hand = len(left)
        try:
            for stored in self.ingestor.take(ready):
                self._start_latencies(stored, left)
                for path in (*stored.done, *stored.gone, *stored.later):
                    left.pop(path, None)
                self._in_hand = len(left)
                result = self._with_warnings(stored)
                self.record(result)
                yield result
        finally:
            self._in_hand = 0
            for path in left:
                self.settler.retry(path, self.clock.monotonic())

    def _with_warnings(self, result: BatchResult) -> BatchResult:
        """Copy what the stored articles show, and tell their authors what is missing."""
        warned = set(self.media.collect())
        if not warned:
            return result
        self.receipts.mark_due(warned)
        rows = {path: row for path in warned if (row := self.ingestor.ledger.at(path))}
        told = [
            replace(each, problems=rows[each.path].problems) if each.path in rows else each
            for each in result.told
        ]
        return replace(result, told=told)

    def _if_quiet(self, path: str) -> Fingerprint | None:
        """The fingerprint of a file that may be read now; None for one that is not ready."""
        now = self.clock.monotonic()
        match self.inbox.look(path):
            case Gone():
                self._miss([path])
            case Unavailable(text):
                self._postpone(path, text)
                self.receipts.mark_unreadable(path, text)
            case Look(fingerprint, busy):
                if self.settler.observe(path, fingerprint, busy, now) == "read":
                    return fingerprint
        return None

    def _start_latencies(self, result: BatchResult, prints: dict[str, Fingerprint]) -> None:
        """Files that lay in the folder before the worker started say nothing about its speed."""
        accepted = {told.path for told in result.told if told.verdict == "accepted"}
        came = [prints[path].ctime_ns / 1e9 for path in accepted & prints.keys()]
        self.progress.latencies.start(moment for moment in came if moment >= self._began)

    def record(self, result: BatchResult) -> None:
        """Pass a stored result on: to the settler, receipts, counts and whoever is told."""
        now = self.clock.monotonic()
        for path in result.done:
            self.settler.done(path)
            self.progress.clear_trouble(f"file {path}")
        for path in result.again:
            self.settler.add(path, "ready", now)
        for path, text in result.later.items():
            self._postpone(path, text)
        self._miss(result.gone)
        paths = (told.path for told in result.told)
        self.receipts.mark_due((*result.done, *paths, *result.contested))
        filed = (item.origin for item in result.filed)
        self.progress.set_unfiled((*result.done, *filed), result.unfiled)
        if result.filed:
            self.receipts.write_filed(result.filed)
            self.ingestor.forget_filed(result.filed)
        self.progress.count(result.told)
        for told in result.told:
            self.tell(told)

    def beside(self, paths: Iterable[str]) -> Iterator[str]:
        """The files whose articles the sounds among ``paths`` may belong to."""
        places = [split(path) for path in paths if path[0] != ASSETS and is_sound(path)]
        stems = {(folder, name.rpartition(".")[0]) for folder, name in places}
        for folder, stem in stems | {(folder, "index") for folder, _ in places}:
            yield from self.ingestor.ledger.with_stem(folder, stem)

    def retold(self) -> Iterator[str]:
        """The files whose links lead elsewhere, or nowhere, since the last call."""
        return self.ingestor.placement.retold()

    def _miss(self, paths: Sequence[str]) -> None:
        for path in paths:
            self.settler.forget(path)
            self.progress.clear_trouble(f"file {path}")
        self.receipts.mark_due(paths)
        self.progress.set_unfiled(paths, {})
        if paths:
            with self.database.transaction("missing"):
                for path in paths:
                    self.ingestor.ledger.mark_missing(path, self.clock.now())

    def _postpone(self, path: str, text: str) -> None:
        """Try again later, at growing intervals; a trouble once it lasts."""
        delay = self.settler.retry(path, self.clock.monotonic())
        if delay >= RETRY_SECONDS:
            self.progress.trouble(f"file {path}", text)

    # -- missing files

    def withdraw(self, *, allow_mass: bool) -> int:
        """Withdraw the articles of files that are missing long enough; gives how many files."""
        result = self.withdrawals.apply_due(
            self.clock.now(), same_root=self.same_root, allow_mass=allow_mass
        )
        self.record(result.others)
        self.progress.withdrawn += len(result.paths)
        self.receipts.mark_due(result.paths)
        if result.blocked:
            fix = "Put the files back, or run `feedmill once --allow-mass-withdrawal`."
            self.progress.trouble("withdrawal", f"{result.blocked}. {fix}")
        elif result.paths or self.withdrawals.next_due() is None:
            self.progress.clear_trouble("withdrawal")
        return len(result.paths)

    def withdraw_missing(self) -> str:
        """The command ``withdraw-missing``: without the guard; gives what was done."""
        count = self.withdraw(allow_mass=True)
        return f"The articles of {count} missing files are withdrawn."
