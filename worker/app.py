"""The composition root: the only place where the parts are put together.

``open_worker`` gives a worker on its database; ``once`` and ``run`` are its two ways of life.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from feeds.publish import PublicFolder
from feeds.render import RENDERER_VERSION
from worker.catalogue import Catalogue
from worker.children import Readers
from worker.clock import Clock, SystemClock
from worker.config import Config
from worker.database import Database, open_for_work
from worker.errors import DropError
from worker.faults import reach
from worker.heartbeat import Heartbeat, Pulse
from worker.inbox import Inbox
from worker.ingest import Ingestor, Told
from worker.ledger import Ledger
from worker.mailbox import Letters, Mailbox
from worker.mounts import WatchMode, poll_seconds
from worker.names import Names
from worker.pages import adopt_pages
from worker.pinging import Pinger
from worker.publishing import Publisher, Report
from worker.reading import READER_VERSION
from worker.receipts import Receipts
from worker.reconcile import Reconciler
from worker.service import Parts, Service
from worker.settle import Settler
from worker.timetable import Timetable
from worker.verdict import reading_rules
from worker.watch import Watcher
from worker.withdraw import Withdrawals

log = logging.getLogger("feedmill.app")

HEALTH_SECONDS = 2.0
HEARTBEAT_SECONDS = 5.0
IDLE_SECONDS = 60.0
STOP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A service and what it was put together from."""

    config: Config
    database: Database
    inbox: Inbox
    readers: Readers
    service: Service
    ledger: Ledger
    publisher: Publisher
    clock: Clock


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
    database = open_for_work(config.store_path, durable=config.drop.after == "archive")
    try:
        with Readers(reading_rules(config)) as readers:
            yield put_together(config, database, readers, clock, tell)
    finally:
        database.close()


def put_together(
    config: Config,
    database: Database,
    readers: Readers,
    clock: Clock,
    tell: Callable[[Told], None],
) -> Worker:
    """A worker from its parts. Raises DropError."""
    inbox = Inbox(config.drop.folder, config.drop.max_bytes, names_of(config))
    ingestor = Ingestor(config, database, inbox, readers, clock.now)
    folder = PublicFolder(config.feeds.folder)
    publisher = Publisher(database, Catalogue(database, config), folder, config)
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
        receipts=Receipts(config, database, inbox, clock),
        clock=clock,
        tell=tell,
    )
    service = Service(parts)
    _adopt_configuration(config, database, ingestor)
    service.same_root = _is_same_root(database, inbox)
    folder.sweep()
    publisher.touch_damaged()
    return Worker(config, database, inbox, readers, service, ingestor.ledger, publisher, clock)


def names_of(config: Config) -> Names:
    """Which names in the drop folder may be articles."""
    reserved = ("archive", "rejected") if config.drop.after == "archive" else ()
    return Names(config.drop.ignore, reserved)


def _adopt_configuration(config: Config, database: Database, ingestor: Ingestor) -> None:
    """Let what a changed configuration decides be decided anew: verdicts, feeds, or both."""
    drop = config.drop
    reading = (READER_VERSION, reading_rules(config), drop.unpublished, drop.default_topic)
    reading_digest = _digest(*reading, config.topics)
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


def _is_same_root(database: Database, inbox: Inbox) -> bool:
    """Is the drop folder the one of the last run? The first run's is."""
    found = ":".join(map(str, inbox.pin()))
    return database.fact("root") in ("", found)


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
    service, mailbox = worker.service, Mailbox()
    service.rescan()
    _work_off(worker, mailbox)
    wait = service.wait_for_withdrawals()
    if wait is not None:
        mailbox.take(wait.total_seconds())
        service.withdraw_now(allow_mass=allow_mass)
        _work_off(worker, mailbox)
    _remember_root(worker)
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


def _remember_root(worker: Worker) -> None:
    """A scanned root whose files were found is the one to compare with from now on."""
    if {"drop-folder", "withdrawal"} & worker.service.progress.troubles.keys():
        return
    found = ":".join(map(str, worker.inbox.identity()))
    if worker.database.fact("root") != found:
        with worker.database.transaction():
            worker.database.set_fact("root", found)
            reach("root-before-commit")
        reach("root-after-commit")
    worker.service.same_root = True


def rebuild(worker: Worker) -> Report:
    """Render and write every feed anew, from the database alone."""
    with worker.database.transaction():
        worker.database.execute("DELETE FROM kept_entries")
        worker.database.execute("UPDATE feeds SET touched = touched + 1")
    return worker.publisher.publish(worker.clock.now())


class Runner:
    """``feedmill run``: the loop around the turns, until ``stop`` is called."""

    def __init__(self, worker: Worker, *, pings: bool = True) -> None:
        """``pings``: tell the WebSub hub, if there is one, through a process of this worker's."""
        self._worker = worker
        self._service = worker.service
        self._pings = pings
        self._mailbox = Mailbox()
        self._stopping = False
        self._watcher = Watcher(
            worker.config.drop.folder,
            worker.inbox.names,
            self._mailbox.put,
            worker.config.drop.poll,
        )
        self._pinger = Pinger(worker.config)
        self._heartbeat = Heartbeat(worker.config.store_path)
        self._started = worker.clock.now()
        self._blind: str | None = None
        self._next_look = self._next_beat = self._next_poll = 0.0
        self._idle_from = worker.clock.monotonic()

    def stop(self) -> None:
        """Finish the batch at hand, publish what is touched, and return from ``run``. Safe to
        call from a signal handler."""
        self._stopping = True
        self._worker.readers.hurry()
        self._service.hurry(STOP_SECONDS)
        self._mailbox.wake()

    def run(self) -> None:
        """Work until stopped. Raises what no next turn can cure."""
        self._begin()
        try:
            while not self._stopping:
                self._service.turn(self._mailbox.take(self._wait()))
                self._look_after()
            self._service.publish()
        finally:
            self._watcher.stop()
            self._pinger.stop()
            self._heartbeat.stop(self._pulse())

    def _begin(self) -> None:
        self._watcher.start()  # before the scan: what arrives during it is heard
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        log.info("watching folder=%s mode=%s", self._worker.config.drop.folder, self._mode.mode)
        self._service.rescan()
        self._worker.readers.warm()

    @property
    def _mode(self) -> WatchMode:
        return self._watcher.mode

    def _wait(self) -> float:
        now = self._worker.clock.monotonic()
        due = min(self._service.next_due(), self._next_look, self._next_beat)
        return max(0.0, due - now)

    def _look_after(self) -> None:
        """What is done between turns: the watcher's health, polling, heartbeat, spare memory."""
        now = self._worker.clock.monotonic()
        if now >= self._next_look:
            self._next_look = now + HEALTH_SECONDS
            self._look_at_watcher()
            self._blind = self._watcher.blind_spots()
            if self._service.is_idle():
                _remember_root(self._worker)
        if (self._blind or self._mode.mode == "poll") and now >= self._next_poll:
            self._next_poll = now + poll_seconds(self._service.progress.scan_seconds)
            self._service.rescan()
        if self._pings:
            self._pinger.tend(now)
        if now >= self._next_beat:
            self._next_beat = now + HEARTBEAT_SECONDS
            self._heartbeat.beat(self._pulse())
        if not self._service.is_idle():
            self._idle_from = now
        elif now >= self._idle_from + IDLE_SECONDS:
            self._worker.readers.rest()

    def _look_at_watcher(self) -> None:
        """A watcher that would miss changes is built anew; the folder is then scanned."""
        reason = self._watcher.healthy()
        if reason is None:
            return
        self._service.lose_watch(reason)
        try:
            self._worker.inbox.pin()
            self._watcher.restart()
        except DropError:
            return
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        self._service.same_root = _is_same_root(self._worker.database, self._worker.inbox)
        self._service.rescan()
        self._service.regain_watch()

    def _pulse(self) -> Pulse:
        progress, moment = self._service.progress, self._worker.clock.now()
        return Pulse(
            started=self._started,
            at=moment,
            mode=self._mode.mode,
            mode_reason=self._blind or self._mode.reason,
            files=progress.files,
            last_scan=progress.last_scan,
            verdicts=dict(progress.verdicts),
            troubles=dict(progress.troubles),
            stops_after=timedelta(seconds=3 * HEARTBEAT_SECONDS + 30),
        )
