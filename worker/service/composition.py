"""The composition root: the only place where the parts are put together.

``open_worker`` gives a worker on its database; ``once`` is one of its two ways of life, the other
stands in worker/service/runner.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from feeds.public_folder import PublicFolder
from worker.authors.receipts import Receipts
from worker.config.model import Config
from worker.core.clock import Clock, SystemClock
from worker.inbox.filters import names_of
from worker.inbox.folder import DropFolder
from worker.inbox.settling import Settler
from worker.ingest.commands import Commands
from worker.ingest.ingestor import FileResult, Ingestor
from worker.ingest.reconcile import Reconciler
from worker.ingest.schedule import Schedule
from worker.ingest.verdicts import reading_rules
from worker.ingest.withdrawals import Withdrawals
from worker.parsing.sandbox.pool import ParserPool
from worker.publishing.feed_contents import FeedContents
from worker.publishing.public_files import PublicFiles
from worker.publishing.publisher import Publisher
from worker.service.command_queue import WITHDRAW_MISSING, CommandHandler, Spool
from worker.service.loop import Service
from worker.service.parts import Parts
from worker.service.startup import _adopt_configuration, _meet_root
from worker.store.database import Database, open_for_work
from worker.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Worker:
    """A service and what it was put together from."""

    config: Config
    database: Database
    inbox: DropFolder
    ingestor: Ingestor
    readers: ParserPool
    service: Service
    publisher: Publisher
    receipts: Receipts
    desk: CommandHandler
    clock: Clock

    @property
    def ledger(self) -> Ledger:
        """What was found at each path of the drop folder."""
        return self.ingestor.ledger


@contextmanager
def open_worker(
    config: Config,
    clock: Clock | None = None,
    tell: Callable[[FileResult], None] = lambda _: None,
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
    tell: Callable[[FileResult], None] = lambda _: None,
) -> Iterator[Worker]:
    """A worker on a database that is open, and stays so. Raises DropError and StoreError."""
    with ParserPool(reading_rules(config)) as readers:
        yield put_together(config, database, readers, clock, tell)


def is_durable(config: Config) -> bool:
    """Must each transaction outlive a power cut? Where files leave the drop folder, which then
    cannot give an article twice."""
    return config.drop.after == "archive"


def put_together(
    config: Config,
    database: Database,
    readers: ParserPool,
    clock: Clock,
    tell: Callable[[FileResult], None],
) -> Worker:
    """A worker from its parts. Raises DropError."""
    inbox = DropFolder(config.drop.folder, config.drop.max_bytes, names_of(config))
    ingestor = Ingestor(config, database, inbox, readers, clock)
    folder, contents = PublicFolder(config.feeds.folder), FeedContents(database, config)
    publisher = Publisher(database, contents, folder, config, lambda: service.between())  # noqa: PLW0108 -- made below
    receipts, requests = Receipts(config, database, inbox, clock), Spool(config)
    desk = CommandHandler(Commands(config, database, ingestor), requests, receipts)
    parts = Parts(
        config=config,
        database=database,
        inbox=inbox,
        ingestor=ingestor,
        reconciler=Reconciler(database, ingestor.ledger, inbox),
        withdrawals=Withdrawals(config, database, inbox, ingestor),
        timetable=Schedule(database, ingestor.articles, ingestor.placement),
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
    folder.remove_leftovers()
    requests.open()
    PublicFiles(database, folder).remove_other_formats(config.feeds.formats, clock.now())
    publisher.touch_damaged()
    return Worker(
        config, database, inbox, ingestor, readers, service, publisher, receipts, desk, clock
    )


def _withdraw_missing(service: Service) -> str:
    before = service.progress.withdrawn
    service.withdraw_now(allow_mass=True)
    count = service.progress.withdrawn - before
    return f"The articles of {count} missing files are withdrawn."
