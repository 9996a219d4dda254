"""The loop: one turn after the other, for ``run`` and ``once`` alike.

Everything that writes to the database or the public folder happens here, in one thread.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from worker.authors.receipts import Receipts
from worker.core.clock import Clock
from worker.core.errors import DropError
from worker.core.paths import ASSETS
from worker.inbox.folder import DropFolder
from worker.inbox.hint_queue import HintQueue, Hints
from worker.inbox.settling import Hint, Settler
from worker.ingest.reconcile import Reconciler, ScanReport
from worker.ingest.schedule import Schedule
from worker.media.collector import Collector
from worker.monitoring.progress import Progress
from worker.publishing.publisher import Publisher, Report
from worker.service.command_queue import CommandHandler
from worker.service.intake import Intake
from worker.service.pacing import RETRY_SECONDS, Pacing
from worker.store.damage import CURE, will_pass
from worker.store.database import Database

MOST_WAITING = 100_000
UNFILED_SECONDS = 60.0
SPARE_ROUNDS = 100
LONGEST_WAIT_SECONDS = 3600.0
ENDLESS = f"publishing comes to no end: the database may be damaged. {CURE}"


@dataclass(slots=True, kw_only=True)
class Loop:
    """The worker between turns: which folders to scan, what waits, what is in the way.

    ``between`` is called within long work, where no transaction is open: a turn may take
    minutes, and the worker must show that it is alive.
    """

    database: Database
    inbox: DropFolder
    hints: HintQueue
    settler: Settler
    reconciler: Reconciler
    intake: Intake
    handler: CommandHandler
    timetable: Schedule
    publisher: Publisher
    receipts: Receipts
    media: Collector
    progress: Progress
    clock: Clock
    rescan_seconds: float
    between: Callable[[], None]
    _pacing: Pacing = field(default_factory=Pacing)
    _to_scan: set[str] = field(default_factory=set)
    _vain_rounds: int = 0
    _next_rescan: float = field(init=False)
    _next_inspection: float = field(init=False)

    def __post_init__(self) -> None:
        self._next_rescan = self.clock.monotonic()
        self._next_inspection = self._next_rescan + self.rescan_seconds

    # -- one turn

    def turn(self, hints: Hints) -> None:
        """Do what is due now. Raises only what must end the process."""
        changes = self.database.changes()
        if self.survives(lambda: self._turn(hints)):
            self.survives(lambda: self._note_database(changes))
            # A turn that had nothing to do in a missing drop folder does not show its return.
            if "drop-folder" in self.progress.troubles and self.survives(self.inbox.check):
                self.progress.clear_trouble("drop-folder")

    def _turn(self, hints: Hints) -> None:
        self._add(hints)
        self.handler.handle_waiting()
        self._scan_if_due()
        self._take_due()
        self.intake.withdraw(allow_mass=False)
        self.receipts.mark_due(self.timetable.apply_due(self.clock.now()))
        self._inspect_if_due()
        self.receipts.mark_due(self.media.collect())
        self.progress.set_trouble("media", self.media.trouble)
        self._publish_if_ready()
        self.receipts.mark_due(self.intake.retold())
        if not self._publishing_is_due():
            self.media.remove_unneeded()
        for what, trouble in self.publisher.look_troubles().items():
            self.progress.set_trouble(what, trouble)
        self.progress.set_trouble("receipts", self.receipts.write_pending())
        self.progress.mistake("receipts", self.receipts.in_the_way)

    def survives(self, work: Callable[[], object]) -> bool:
        """Do ``work``; False after a temporary error of the drop folder or the database, which
        becomes a trouble."""
        try:
            work()
        except DropError as error:
            self.progress.trouble("drop-folder", str(error))
            return False
        except sqlite3.OperationalError as error:
            if not will_pass(error):
                raise
            self.progress.trouble("database", str(error))
            return False
        return True

    def _note_database(self, changes: int) -> None:
        """A turn that had nothing to write does not show that the disk has room again."""
        if "database" in self.progress.troubles and (
            changes != self.database.changes() or self.is_idle()
        ):
            self.progress.clear_trouble("database")

    # -- hints and scans

    def _add(self, hints: Hints) -> None:
        now = self.clock.monotonic()
        names = self.inbox.names
        shown = {path for path in hints.hints if path[0] == ASSETS or names.is_media_name(path)}
        self.media.hint(shown)
        looks: list[tuple[str, Hint]] = [(path, "scan") for path in self.intake.beside(shown)]
        for path, hint in (*hints.hints.items(), *looks):
            if path not in shown and not self.settler.add(path, hint, now):
                self._to_scan.add("")
        self._to_scan |= hints.rescan

    def rescan(self) -> None:
        """Let the next turn scan the whole drop folder."""
        self._to_scan.add("")

    def _scan_if_due(self) -> None:
        now = self.clock.monotonic()
        if now >= self._next_rescan:
            self._to_scan.add("")
        # A scan that found no room for its paths is repeated once there is room.
        if not self._to_scan or len(self.settler) > MOST_WAITING:
            return
        folders, self._to_scan = ({""} if "" in self._to_scan else self._to_scan), set()
        try:
            for folder in sorted(folders):
                self._scan(folder)
        except BaseException:
            self._to_scan |= folders
            raise
        finally:
            self._next_rescan = now + self.rescan_seconds

    def _scan(self, folder: str) -> None:
        if folder == ASSETS:
            self.media.compare(folder)
            return
        moment, now = self.clock.now(), self.clock.monotonic()

        def add(path: str) -> None:
            if not self.settler.add(path, "scan", now):
                self._to_scan.add(folder)

        report = self.reconciler.scan(moment, add, folder)
        self.media.compare(folder)
        if not folder:
            self.progress.files = report.files
            self.progress.last_scan = moment
            self.progress.scan_seconds = self.clock.monotonic() - now
            self._note_unseen(report)
            self.receipts.reconcile(report.receipts)

    def _note_unseen(self, report: ScanReport) -> None:
        unseen = [f"{item.path or '.'} ({item.error})" for item in report.unreadable]
        self.progress.set_trouble("unreadable", ", ".join(unseen[:5]))
        names = [f"{path} ({problem.message})" for path, problem in report.refused]
        self.progress.mistake("names", ", ".join(names[:5]))

    # -- files

    def _take_due(self) -> None:
        with closing(self.intake.take_due()) as results:
            for result in results:
                if result.unfiled:
                    retry = self.clock.monotonic() + UNFILED_SECONDS
                    self._next_rescan = min(self._next_rescan, retry)
                self._publish_if_ready(amid=True)

    # -- publishing

    def _inspect_if_due(self) -> None:
        """Look for public files that somebody deleted or changed, as often as for new articles;
        the start did so already."""
        now = self.clock.monotonic()
        if now >= self._next_inspection:
            self._next_inspection = now + self.rescan_seconds
            self.publisher.adopt_look(self.clock.now())
            self.publisher.touch_damaged()
            self.media.check_public()

    def _publish_if_ready(self, *, amid: bool = False) -> None:
        """Publish touched feeds once the burst is over, or has lasted long enough. ``amid`` a
        batch: more files are being read, and each may take long."""
        now = self.clock.monotonic()
        if self.publisher.is_due():
            is_burst = amid or self._is_burst(now)
            if self._pacing.may_publish(now, waiting=self.intake.waiting(), is_burst=is_burst):
                self.publish()
                self._pacing.note_round(self.clock.monotonic() - now)
            return
        self._pacing.end_hold()
        if not amid:
            self._publish_history(now)

    def _is_burst(self, now: float) -> bool:
        due = self.settler.next_due()
        return (due is not None and due <= now) or self.hints.is_waiting()

    def _publish_history(self, now: float) -> None:
        """Write a slice of the archive documents, while nothing else waits."""
        if not self._pacing.may_publish_history(now) or self._is_burst(now):
            return
        if not self.publisher.history_is_due(self.clock.now()):
            self._vain_rounds = 0
            self.progress.clear_trouble("publishing")
        else:
            end = self._pacing.history_end(now)
            self._note_published(
                self.publisher.publish_history(
                    self.clock.now(), lambda: self.clock.monotonic() > end
                )
            )

    def publish_index(self) -> None:
        """Bring the index of the search page up to date, for a process that ends."""
        self._note_published(self.publisher.publish_index(self.clock.now()))

    def publish(self) -> Report:
        """Publish what is touched, now."""
        report = self.publisher.publish(self.clock.now(), self._is_late, self._is_news)
        self._note_published(report)
        feeds_wait, pages_wait = self.publisher.due()
        if not feeds_wait:
            self.progress.latencies.finish(self.clock.now().timestamp())
        if not pages_wait:
            self._pacing.note_pages()
        return report

    def _is_news(self) -> bool:
        """Are there files whose feeds go before the pages of the last ones?"""
        now = self.clock.monotonic()
        return self._is_burst(now) and self._pacing.may_leave_pages(now)

    def _is_late(self) -> bool:
        self.between()
        return self._pacing.is_late(self.clock.monotonic())

    def _note_published(self, report: Report) -> None:
        self.progress.count_written(report.written, self.clock.now())
        self.progress.set_trouble("public-folder", str(report.failed[0]) if report.failed else "")
        is_endless = self._is_endless(report)
        self.progress.set_trouble("publishing", ENDLESS if is_endless else "")
        if report.failed or is_endless:
            self._pacing.retry_later(self.clock.monotonic())

    def _is_endless(self, report: Report) -> bool:
        """Is something still due after far more rounds without a change than there is to publish?
        An index that says more than its table does that: SQLite does not notice."""
        if not self._publishing_is_due():
            self._vain_rounds = 0
        elif not (report.written or report.failed):
            self._vain_rounds += 1
        spare = self._vain_rounds - SPARE_ROUNDS
        return spare > 0 and spare > 2 * self.publisher.most_rounds()

    def hurry(self, seconds: float) -> None:
        """Begin no further feed after ``seconds``: the process must stop. Safe to call from a
        signal handler."""
        self._pacing.hurry(self.clock.monotonic() + seconds)

    # -- what waits

    def next_due(self) -> float:
        """The monotonic time at which the next turn has something to do, at the latest."""
        now = self.clock.monotonic()
        # What is blocked by something larger would fail again at once.
        is_blocked = {"drop-folder", "database"} & self.progress.troubles.keys()
        soon = now + (RETRY_SECONDS if is_blocked else 0.0)
        times = [self._next_rescan, self._next_inspection, now + LONGEST_WAIT_SECONDS]
        times += self._dated(now)
        if index_wait := self.publisher.search_wait(self.clock.now()):
            times.append(now + index_wait)
        times += filter(None, (self.settler.next_due(), self.media.next_due()))
        if self.receipts.is_waiting() or (self._to_scan and len(self.settler) <= MOST_WAITING):
            times.append(soon)
        if self._pacing.is_holding or self._publishing_is_due():
            times.append(self._pacing.next_due(soon))
        # Without its database a turn does nothing at all, whatever is due.
        return max(min(times), soon) if "database" in self.progress.troubles else min(times)

    def _dated(self, now: float) -> list[float]:
        """When articles change by their dates and missing files are withdrawn. What is due and
        was not done waits for something else (a guard, a root)."""
        moment = self.clock.now()
        dates = (self.timetable.next_due(), self.intake.withdrawals.next_due())
        waits = (max(0.0, (due - moment).total_seconds()) for due in dates if due is not None)
        return [now + (wait or RETRY_SECONDS) for wait in waits]

    def _publishing_is_due(self) -> bool:
        return self.publisher.history_is_due(self.clock.now()) or self.publisher.is_due()

    def is_caught_up(self) -> bool:
        """Is all that the first scan found read and published? Files that cannot be read now, or
        are being written, do not count: one of them must not delay the rest."""
        return not (
            self.progress.last_scan is None
            or self._to_scan
            or self.settler.is_behind()
            or (self.publisher.is_due() and "publishing" not in self.progress.troubles)
        )

    def is_idle(self, but_for: int = 0) -> bool:
        """Does nothing wait to be looked at, read or published, except so many files?"""
        return not (
            len(self.settler) > but_for
            or self._to_scan
            or self._publishing_is_due()
            or self.media.is_waiting()
            or self.receipts.is_waiting()
        )
