"""What the loop is made of: a list of parts, put together in ``worker/service/composition.py``."""

from collections.abc import Callable
from dataclasses import dataclass

from worker.authors.receipts import Receipts
from worker.config.model import Config
from worker.core.clock import Clock
from worker.inbox.folder import DropFolder
from worker.inbox.settling import Settler
from worker.ingest.ingestor import FileResult, Ingestor
from worker.ingest.reconcile import Reconciler
from worker.ingest.schedule import Schedule
from worker.ingest.withdrawals import Withdrawals
from worker.publishing.publisher import Publisher
from worker.service.command_queue import CommandHandler
from worker.store.database import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loop is made of; put together in ``app``."""

    config: Config
    database: Database
    inbox: DropFolder
    ingestor: Ingestor
    reconciler: Reconciler
    withdrawals: Withdrawals
    timetable: Schedule
    publisher: Publisher
    settler: Settler
    receipts: Receipts
    desk: CommandHandler
    clock: Clock
    tell: Callable[[FileResult], None]
