"""``feedmill once`` and ``rebuild``: work until nothing waits, then return."""

from dataclasses import dataclass

from worker.core.stages import FileResult
from worker.inbox.hint_queue import Hints
from worker.publishing.publisher import Report
from worker.service.composition import Worker
from worker.service.startup import store_root


@dataclass(frozen=True, slots=True)
class OnceReport:
    """What ``feedmill once`` prints: counts by verdict, written files and troubles."""

    verdicts: dict[str, int]
    told: list[FileResult]
    withdrawn: int
    written: list[str]
    troubles: dict[str, str]


def once(worker: Worker, *, allow_mass: bool = False) -> OnceReport:
    """Reconcile the folder once and publish.

    Waits for files that are being written to become complete, and for missing files until
    they have been missing for the grace period.
    """
    loop, intake = worker.loop, worker.intake
    with worker.hints.woken_by_signals():
        loop.rescan()
        _work_off(worker)
        due = intake.next_withdrawal()
        if due is not None:
            worker.hints.take((due - worker.clock.now()).total_seconds())
            intake.withdraw(allow_mass=allow_mass)
            _work_off(worker)
    remember_root(worker)
    progress = loop.progress
    return OnceReport(
        verdicts=dict(progress.verdicts),
        told=list(progress.last_told),
        withdrawn=progress.withdrawn,
        written=list(progress.written),
        troubles=dict(progress.troubles),
    )


def _work_off(worker: Worker) -> None:
    """Take turns until nothing waits, or until there is a trouble that ``once`` does not wait
    for."""
    loop = worker.loop
    loop.turn(Hints())
    while not loop.is_idle():
        if {"drop-folder", "database", "public-folder"} & loop.progress.troubles.keys():
            return
        worker.hints.take(max(0.0, loop.next_due() - worker.clock.monotonic()))
        loop.turn(Hints())


def remember_root(worker: Worker) -> None:
    """Store the drop folder's identity once its files were found, for comparison from now on.

    Not while any file is missing: the guard against mass withdrawals still needs the old one.
    """
    if {"drop-folder", "withdrawal"} & worker.loop.progress.troubles.keys():
        return
    if worker.ledger.missing():
        return
    store_root(worker.database, worker.inbox)
    worker.intake.same_root = True


def rebuild(worker: Worker) -> Report:
    """Render and write every feed, from the database alone."""
    worker.publisher.touch_all()
    history = worker.publisher.publish_history(worker.clock.now())
    report = worker.publisher.publish(worker.clock.now())
    report.written += history.written
    report.refused += history.refused
    report.failed += history.failed
    return report
