"""The composition root: the only place where a worker is put together.

``open_worker`` gives a worker on its database; ``once`` or a ``Runner`` then lets it work.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from feeds.public_folder import PublicFolder
from worker.authors.receipts import Receipts
from worker.config.model import Config
from worker.core.clock import Clock, SystemClock
from worker.core.stages import FileResult
from worker.inbox.filters import names_of
from worker.inbox.folder import DropFolder
from worker.inbox.hint_queue import HintQueue
from worker.inbox.settling import Settler
from worker.ingest.commands import Commands
from worker.ingest.ingestor import Ingestor
from worker.ingest.reconcile import Reconciler
from worker.ingest.schedule import Schedule
from worker.ingest.verdicts import reading_rules
from worker.ingest.withdrawals import Withdrawals
from worker.media.collector import Collector
from worker.monitoring.progress import Progress
from worker.parsing.sandbox.child_pool import ChildPool
from worker.parsing.sandbox.fork_server import PARSERS, RENDERERS, ForkServer
from worker.parsing.sandbox.inline import parsers
from worker.parsing.sandbox.pool import ParserPool
from worker.publishing.editions.press import rendering_children
from worker.publishing.feed_contents import FeedContents
from worker.publishing.public_files import PublicFiles
from worker.publishing.publisher import Publisher
from worker.service.command_queue import CommandHandler, CommandQueue
from worker.service.intake import Intake
from worker.service.loop import Loop
from worker.service.startup import adopt_configuration, compare_root
from worker.store.database import Database, open_for_work


class Worker:
    """A worker on an open database: the loop, and the parts that commands and the runner need."""

    def __init__(
        self,
        config: Config,
        database: Database,
        readers: ParserPool,
        renderers: ChildPool,
        hints: HintQueue,
        clock: Clock,
        *,
        tell: Callable[[FileResult], None] = lambda _: None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """``tell`` gets each file's result; ``between`` is called outside of transactions. Raises
        DropError."""
        folder = PublicFolder(config.feeds.folder)
        queue = CommandQueue(config)
        self.config, self.database = config, database
        self.readers, self.renderers = readers, renderers
        self.hints, self.clock = hints, clock
        self.inbox = DropFolder(config.drop.folder, config.drop.max_bytes, names_of(config))
        self.ingestor = Ingestor(config, database, self.inbox, readers, clock, between)
        self.ledger = self.ingestor.ledger
        contents = FeedContents(database, config)
        room = partial(readers.rest, 0)
        self.publisher = Publisher(database, contents, folder, config, renderers, between, room)
        self.receipts = Receipts(config, database, self.inbox, clock)
        placement = self.ingestor.placement
        self.media = Collector(config, database, self.inbox, readers, placement, clock, between)
        self._settler, self._progress = Settler(config.drop.settle_seconds), Progress()
        adopt_configuration(config, database, self.ingestor)
        self.publisher.adopt_look(clock.now())
        self.intake = self._new_intake(tell)
        commands, withdraw = Commands(config, database, self.ingestor), self.intake.withdraw_missing
        self.handler = CommandHandler(commands, queue, self.receipts, withdraw)
        self.loop = self._new_loop(between)
        folder.remove_leftovers()
        queue.open()
        PublicFiles(database, folder).remove_other_formats(config.feeds.formats, clock.now())
        self.publisher.touch_damaged()

    def _new_intake(self, tell: Callable[[FileResult], None]) -> Intake:
        return Intake(
            database=self.database,
            inbox=self.inbox,
            settler=self._settler,
            ingestor=self.ingestor,
            withdrawals=Withdrawals(self.config, self.database, self.inbox, self.ingestor),
            receipts=self.receipts,
            media=self.media,
            progress=self._progress,
            clock=self.clock,
            tell=tell,
            same_root=compare_root(self.database, self.inbox),
        )

    def _new_loop(self, between: Callable[[], None]) -> Loop:
        return Loop(
            database=self.database,
            inbox=self.inbox,
            hints=self.hints,
            settler=self._settler,
            reconciler=Reconciler(self.database, self.ingestor.ledger, self.inbox),
            intake=self.intake,
            handler=self.handler,
            timetable=Schedule(self.database, self.ingestor.articles, self.ingestor.placement),
            publisher=self.publisher,
            receipts=self.receipts,
            media=self.media,
            progress=self._progress,
            clock=self.clock,
            rescan_seconds=self.config.drop.rescan_seconds,
            between=between,
        )


@contextmanager
def open_worker(
    config: Config,
    tell: Callable[[FileResult], None] = lambda _: None,
    server: ForkServer | None = None,
) -> Iterator[Worker]:
    """A worker with its database open, ready for its first turn.

    Without a fork ``server``, it starts one with the first file. Raises StoreError (BusyError
    where another worker runs) and DropError.
    """
    with (
        nullcontext(server) if server else ForkServer(PARSERS, RENDERERS) as forks,
        open_for_work(config.store_path, **writing(config)) as database,
        worker_on(database, config, SystemClock(), forks, tell) as worker,
    ):
        yield worker


@contextmanager
def worker_on(
    database: Database,
    config: Config,
    clock: Clock,
    server: ForkServer,
    tell: Callable[[FileResult], None] = lambda _: None,
    between: Callable[[], None] = lambda: None,
) -> Iterator[Worker]:
    """A worker on an open database, which stays open. Raises DropError and StoreError."""
    with (
        parsers(server, reading_rules(config)) as readers,
        rendering_children(server, config) as renderers,
        HintQueue() as hints,
    ):
        yield Worker(config, database, readers, renderers, hints, clock, tell=tell, between=between)


def writing(config: Config) -> dict[str, bool]:
    """How the database is written. Each transaction must survive a power cut where files leave
    the drop folder: an article cannot be read from it twice."""
    durable = config.drop.after == "archive"
    return {"durable": durable, "leaves_wal": config.checkpoints == "outside"}
