"""``feedmill once`` and ``rebuild``: work until nothing waits, then return."""

from dataclasses import dataclass
from typing import NoReturn

from worker.core.errors import StoreError
from worker.inbox.hint_queue import Hints
from worker.publishing.publisher import Report
from worker.service.composition import Worker
from worker.service.loop import Loop
from worker.service.startup import store_root
from worker.store.damage import CURE


@dataclass(frozen=True, slots=True)
class OnceReport:
    """What ``feedmill once`` prints besides the files: counts, written files and troubles."""

    verdicts: dict[str, int]
    withdrawn: int
    written: list[str]
    troubles: dict[str, str]


def once(worker: Worker, *, allow_mass: bool = False) -> OnceReport:
    """Reconcile the folder once and publish.

    Waits for files that are being written to become complete, and for missing files until
    they have been missing for the grace period; gives up on files that it may not read.
    """
    loop, intake = worker.loop, worker.intake
    with worker.hints.woken_by_signals():
        loop.rescan()
        _work_off(worker)
        due = intake.withdrawals.next_due()
        if due is not None:
            worker.hints.take((due - worker.clock.now()).total_seconds())
            intake.withdraw(allow_mass=allow_mass)
            _work_off(worker)
    loop.survives(loop.publish_index)
    remember_root(worker)
    progress = loop.progress
    return OnceReport(
        verdicts=dict(progress.verdicts),
        withdrawn=progress.withdrawn,
        written=list(progress.written),
        troubles=dict(progress.troubles),
    )


def _work_off(worker: Worker) -> None:
    """Take turns until nothing waits, or until there is a trouble that ``once`` does not wait
    for. Raises StoreError where publishing comes to no end."""
    loop = worker.loop
    loop.turn(Hints())
    while not loop.is_idle(but_for=_unread(loop)):
        if {"drop-folder", "database", "public-folder"} & loop.progress.troubles.keys():
            return
        if "publishing" in loop.progress.troubles:
            _end_in_vain(worker)
        worker.hints.take(max(0.0, loop.next_due() - worker.clock.monotonic()))
        loop.turn(Hints())


def _unread(loop: Loop) -> int:
    """How many files could not be read for so long that it is a trouble."""
    return sum(what.startswith("file ") for what in loop.progress.troubles)


def _end_in_vain(worker: Worker) -> NoReturn:
    """What was published is still said to be due: an index and its table say different things."""
    error = LookupError("publishing comes to no end")
    worker.database.explain(error)
    raise StoreError("database", str(worker.config.store_path), str(error), CURE) from error


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
    """Render and write every feed, from the database alone, and copy what articles show."""
    worker.loop.survives(worker.media.look_at_all)
    worker.loop.survives(worker.media.collect)
    worker.publisher.touch_all()
    history = worker.publisher.publish_history(worker.clock.now())
    report = worker.publisher.publish(worker.clock.now()) + history
    # What lists the feeds, after them.
    return report + worker.publisher.publish_history(worker.clock.now())
