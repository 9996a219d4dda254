"""``feedmill once`` and ``rebuild``."""

from dataclasses import dataclass
from typing import NoReturn

from worker.core.errors import StoreError
from worker.inbox.hint_queue import HintQueue, Hints
from worker.ingest.ingestor import FileResult
from worker.publishing.publisher import Report
from worker.service.composition import Worker
from worker.service.loop import Service
from worker.service.startup import _keep_root
from worker.store.damage import CURE

SPARE_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class OnceReport:
    """What ``feedmill once`` tells: counts by verdict, the files written and the troubles."""

    verdicts: dict[str, int]
    told: list[FileResult]
    withdrawn: int
    written: list[str]
    troubles: dict[str, str]


def once(worker: Worker, *, allow_mass: bool = False) -> OnceReport:
    """Reconcile the folder once and publish.

    Waits for files that are being written to become complete, and for missing files until
    they have been missing for the grace period; gives up on files that it may not read.
    """
    service = worker.service
    with HintQueue() as mailbox, mailbox.woken_by_signals():
        service.rescan()
        _work_off(worker, mailbox)
        wait = service.wait_for_withdrawals()
        if wait is not None:
            mailbox.take(wait.total_seconds())
            service.withdraw_now(allow_mass=allow_mass)
            _work_off(worker, mailbox)
    remember_root(worker)
    progress = service.progress
    return OnceReport(
        verdicts=dict(progress.verdicts),
        told=list(progress.last_told),
        withdrawn=progress.withdrawn,
        written=list(progress.written),
        troubles=dict(progress.troubles),
    )


def _work_off(worker: Worker, mailbox: HintQueue) -> None:
    """Turns until nothing waits, or something is in the way that ``once`` cannot wait for. Raises
    StoreError where publishing comes to no end."""
    service, rounds = worker.service, 0
    service.turn(Hints())
    while not service.is_idle(but_for=_unread(service)):
        if {"drop-folder", "database", "public-folder"} & service.progress.troubles.keys():
            return
        mailbox.take(max(0.0, service.next_due() - worker.clock.monotonic()))
        service.turn(Hints())
        rounds = 0 if service.waiting() else rounds + 1
        if rounds > SPARE_ROUNDS and rounds > SPARE_ROUNDS + 2 * worker.publisher.most_rounds():
            _end_in_vain(worker)


def _unread(service: Service) -> int:
    """How many files could not be read for so long that it is a trouble."""
    return sum(what.startswith("file ") for what in service.progress.troubles)


def _end_in_vain(worker: Worker) -> NoReturn:
    """What was published is still said to be due: an index and its table say different things."""
    error = LookupError("publishing comes to no end")
    worker.database.explain(error)
    raise StoreError("database", str(worker.config.store_path), str(error), CURE) from error


def remember_root(worker: Worker) -> None:
    """A scanned root whose files were found is the one to compare with from now on; not while
    any is missing, or the guard would forget by the end of the grace period what it is for."""
    if {"drop-folder", "withdrawal"} & worker.service.progress.troubles.keys():
        return
    if worker.ledger.missing():
        return
    _keep_root(worker.database, worker.inbox)
    worker.service.same_root = True


def rebuild(worker: Worker) -> Report:
    """Render and write every feed anew, from the database alone."""
    worker.publisher.touch_all()
    history = worker.publisher.publish_history(worker.clock.now())
    return worker.publisher.publish(worker.clock.now()) + history
