"""The composition root: the only place where the parts are put together.

``open_worker`` gives a worker on its database; ``once`` is one of its two ways of life, the other
stands in worker/service/runner.py.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from feeds.formats.render import RENDERER_VERSION
from feeds.public_folder import PublicFolder
from worker.authors.receipts import Receipts
from worker.config.loading import Config
from worker.core.clock import Clock, SystemClock
from worker.core.fault_points import reach
from worker.inbox.filters import names_of
from worker.inbox.folder import Inbox
from worker.inbox.hint_queue import Letters, Mailbox
from worker.inbox.settling import Settler
from worker.ingest.commands import Commands
from worker.ingest.ingestor import Ingestor, Told
from worker.ingest.reconcile import Reconciler
from worker.ingest.schedule import Timetable
from worker.ingest.verdicts import reading_rules
from worker.ingest.withdrawals import Withdrawals
from worker.parsing.rules import READER_VERSION
from worker.parsing.sandbox.pool import Readers
from worker.publishing.feed_contents import Catalogue
from worker.publishing.publisher import Publisher, Report
from worker.publishing.retired import retire
from worker.publishing.site_pages import adopt_pages
from worker.service.command_queue import Spool
from worker.service.desk import WITHDRAW_MISSING, Desk
from worker.service.loop import Service
from worker.service.parts import Parts
from worker.store.database import Database, open_for_work
from worker.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Worker:
    """A service and what it was put together from."""

    config: Config
    database: Database
    inbox: Inbox
    ingestor: Ingestor
    readers: Readers
    service: Service
    publisher: Publisher
    receipts: Receipts
    desk: Desk
    clock: Clock

    @property
    def ledger(self) -> Ledger:
        """What was found at each path of the drop folder."""
        return self.ingestor.ledger


@contextmanager
def open_worker(
    config: Config,
    clock: Clock | None = None,
    tell: Callable[[Told], None] = lambda _: None,
) -> Iterator[Worker]:
    """A worker that holds its database, ready for its first turn.

    Raises StoreError (BusyError where another worker runs) and DropError.
    """
    clock = clock or SystemClock()
    with (
        open_for_work(config.store_path, durable=is_durable(config)) as database,
        worker_on(database, config, clock, tell) as worker,
    ):
        yield worker


@contextmanager
def worker_on(
    database: Database,
    config: Config,
    clock: Clock,
    tell: Callable[[Told], None] = lambda _: None,
) -> Iterator[Worker]:
    """A worker on a database that is open, and stays so. Raises DropError and StoreError."""
    with Readers(reading_rules(config)) as readers:
        yield put_together(config, database, readers, clock, tell)


def is_durable(config: Config) -> bool:
    """Must each transaction outlive a power cut? Where files leave the drop folder, which then
    cannot give an article twice."""
    return config.drop.after == "archive"


def put_together(
    config: Config,
    database: Database,
    readers: Readers,
    clock: Clock,
    tell: Callable[[Told], None],
) -> Worker:
    """A worker from its parts. Raises DropError."""
    inbox = Inbox(config.drop.folder, config.drop.max_bytes, names_of(config))
    ingestor = Ingestor(config, database, inbox, readers, clock)
    folder = PublicFolder(config.feeds.folder)
    publisher = Publisher(database, Catalogue(database, config), folder, config)
    receipts, requests = Receipts(config, database, inbox, clock), Spool(config)
    desk = Desk(Commands(config, database, ingestor), requests, receipts)
    parts = Parts(
        config=config,
        database=database,
        inbox=inbox,
        ingestor=ingestor,
        reconciler=Reconciler(database, ingestor.ledger, inbox),
        withdrawals=Withdrawals(config, database, inbox, ingestor),
        timetable=Timetable(database, ingestor.store, ingestor.shelves),
        publisher=publisher,
        settler=Settler(config.drop.settle_seconds),
        receipts=receipts,
        desk=desk,
        clock=clock,
        tell=tell,
    )
    service = Service(parts)
    desk.offer(WITHDRAW_MISSING, lambda: _withdraw_missing(service))
    _adopt_configuration(config, database, ingestor)
    service.same_root = _meet_root(database, inbox)
    folder.sweep()
    requests.open()
    retire(database, folder, config.feeds.formats, clock.now())
    publisher.touch_damaged()
    return Worker(
        config, database, inbox, ingestor, readers, service, publisher, receipts, desk, clock
    )


def _withdraw_missing(service: Service) -> str:
    before = service.progress.withdrawn
    service.withdraw_now(allow_mass=True)
    count = service.progress.withdrawn - before
    return f"The articles of {count} missing files are withdrawn."


def _adopt_configuration(config: Config, database: Database, ingestor: Ingestor) -> None:
    """Let what a changed configuration decides be decided anew: verdicts, feeds, or both."""
    drop = config.drop
    reading = (READER_VERSION, reading_rules(config), drop.unpublished, drop.default_topic)
    topics = (config.topics, config.strict_topics, config.most_topics)
    reading_digest = _digest(*reading, *topics)
    feeds_digest = _digest(RENDERER_VERSION, config.site, config.feeds, config.topics)
    searches_digest = _digest(config.searches)
    with database.transaction():
        if database.fact("reading") != reading_digest:
            ingestor.ledger.distrust()
        if database.fact("searches") != searches_digest:
            _reshelve(database, ingestor)
        if database.fact("feeds") != feeds_digest:
            database.execute("DELETE FROM kept_entries")
            database.execute("DELETE FROM archives")  # cut by what the configuration says
            ingestor.shelves.touch_all()
        ingestor.shelves.ensure_standing_feeds()
        adopt_pages(database, config)
        for name, digest in (
            ("reading", reading_digest),
            ("searches", searches_digest),
            ("feeds", feeds_digest),
        ):
            database.set_fact(name, digest)
        reach("configuration-before-commit")
    reach("configuration-after-commit")


def _reshelve(database: Database, ingestor: Ingestor) -> None:
    """The standing searches changed: look at every public article again."""
    rows = database.execute("SELECT id FROM articles WHERE state = 'live'").fetchall()
    for row in rows:
        ingestor.shelves.shelve(row["id"], ingestor.now())


def _digest(*parts: object) -> str:
    """A short name for a configuration. Frozen dataclasses show all they hold in ``repr``."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _meet_root(database: Database, inbox: Inbox) -> bool:
    """``is_same_root``; the first root is remembered at once, or one that comes in its place
    before the first look after it would pass for it."""
    is_same = is_same_root(database, inbox)
    if not database.fact("root"):
        _keep_root(database, inbox)
    return is_same


def _keep_root(database: Database, inbox: Inbox) -> None:
    # Not what stands there now: that may have come in its place since it was looked at last.
    found = ":".join(map(str, inbox.pinned()))
    if database.fact("root") != found:
        with database.transaction():
            database.set_fact("root", found)
            reach("root-before-commit")
        reach("root-after-commit")


def is_same_root(database: Database, inbox: Inbox) -> bool:
    """Is the drop folder the one of the last run? The first run's is.

    On btrfs, NFS and device-mapper the device's number changes over reboots; where inodes have
    generations, these two tell the folder without it.
    """
    found, known = inbox.pin(), database.fact("root")
    if not known or known == ":".join(map(str, found)):
        return True
    return bool(found.generation) and known.split(":")[1:] == [
        str(found.inode),
        str(found.generation),
    ]


@dataclass(frozen=True, slots=True)
class OnceReport:
    """What ``feedmill once`` tells: counts by verdict, the files written and the troubles."""

    verdicts: dict[str, int]
    told: list[Told]
    withdrawn: int
    written: list[str]
    troubles: dict[str, str]


def once(worker: Worker, *, allow_mass: bool = False) -> OnceReport:
    """Reconcile the folder once and publish.

    Waits for files that are being written to become complete, and for missing files until
    they have been missing for the grace period.
    """
    service = worker.service
    with Mailbox() as mailbox, mailbox.woken_by_signals():
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


def _work_off(worker: Worker, mailbox: Mailbox) -> None:
    """Turns until nothing waits, or something is in the way that ``once`` cannot wait for."""
    service = worker.service
    service.turn(Letters())
    while not service.is_idle():
        if {"drop-folder", "database", "public-folder"} & service.progress.troubles.keys():
            return
        mailbox.take(max(0.0, service.next_due() - worker.clock.monotonic()))
        service.turn(Letters())


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
    report = worker.publisher.publish(worker.clock.now())
    report.written += history.written
    report.refused += history.refused
    report.failed += history.failed
    return report
