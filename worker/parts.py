"""What the loop is made of: a list of parts, put together in ``worker/app.py``."""

from collections.abc import Callable
from dataclasses import dataclass

from worker.clock import Clock
from worker.config import Config
from worker.database import Database
from worker.desk import Desk
from worker.inbox import Inbox
from worker.ingest import Ingestor, Told
from worker.publishing import Publisher
from worker.receipts import Receipts
from worker.reconcile import Reconciler
from worker.settle import Settler
from worker.timetable import Timetable
from worker.withdraw import Withdrawals


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loop is made of; put together in ``app``."""

    config: Config
    database: Database
    inbox: Inbox
    ingestor: Ingestor
    reconciler: Reconciler
    withdrawals: Withdrawals
    timetable: Timetable
    publisher: Publisher
    settler: Settler
    receipts: Receipts
    desk: Desk
    clock: Clock
    tell: Callable[[Told], None]
