"""The loop: hints, scans, settled files, withdrawals, the timetable, publishing, heartbeat.

One turn is the same work whether ``run`` or ``once`` asks for it. Everything that writes to
the database or the public folder happens here, in one thread, one thing after the other.
"""

import math
import sqlite3
from collections.abc import Callable
from datetime import timedelta

from worker.core.errors import DropError
from worker.core.fault_points import reach
from worker.core.fingerprint import Fingerprint
from worker.inbox.folder import Gone, Look, Unavailable
from worker.inbox.hint_queue import Hints
from worker.ingest.ingestor import BatchResult
from worker.ingest.reconcile import ScanReport
from worker.monitoring.progress import Progress
from worker.publishing.publisher import Report
from worker.service.parts import Parts
from worker.store.damage import will_pass

BATCH_PATHS = 1000
MOST_WAITING = 100_000
# Publishing waits for a burst to end, but no longer than this many seconds, or this many times
# what the last round took: a burst of any length costs a bounded share in publishing.
LONGEST_HOLD = 2.0
# Where many files waited at once, as when a folder is read for the first time, nearly all that is
# published before the last of them would be published again soon.
HOLD_PER_FILE, LONGEST_HOLD_OF_MANY = 0.01, 60.0
HISTORY_SLICE, HOLD_FACTOR = 0.5, 5.0
RETRY_SECONDS, UNFILED_SECONDS = 5.0, 60.0


class Service:
    """The worker's state between turns."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self._settler = parts.settler
        self.progress = Progress()
        self.same_root = True
        self._owed: set[str] = set()
        self._next_rescan = self._clock.monotonic()
        self._next_inspection = self._next_rescan + parts.config.drop.rescan_seconds
        self._held_since: float | None = None
        self._most_waiting = 0  # of the files, since then
        self._hold_seconds = LONGEST_HOLD
        self._publish_from = 0.0
        self._latest = math.inf
        self._began = self._clock.now().timestamp()
        self._in_hand = 0
        self.more_comes: Callable[[], bool] = lambda: False  # letters that no turn got yet
        self.between: Callable[[], None] = lambda: None

    def call_between(self, step: Callable[[], None]) -> None:
        """Call ``step`` between two parts of long work too, where no transaction is open: one
        turn may take minutes, and those who watch the worker must not take it for dead."""
        self.between = step
        self._parts.ingestor.call_between(step)

    # -- what the loop waits for

    def next_due(self) -> float:
        """The monotonic time at which the next turn has something to do, at the latest."""
        now, moment = self._clock.monotonic(), self._clock.now()
        times = [self._next_rescan, self._next_inspection, now + 3600.0]
        settled = self._settler.next_due()
        if settled is not None:
            times.append(settled)
        for due in (self._parts.timetable.next_due(), self._parts.withdrawals.next_due()):
            if due is not None:
                wait = max(0.0, (due - moment).total_seconds())
                # What is due and was not done waits for something else (a guard, a root).
                times.append(now + (wait or RETRY_SECONDS))
        # What was not done now, and is blocked by something larger, would fail again at once.
        is_blocked = {"drop-folder", "database"} & self.progress.troubles.keys()
        soon = now + (RETRY_SECONDS if is_blocked else 0.0)
        if self._owed and len(self._settler) <= MOST_WAITING:
            times.append(soon)
        if self._held_since is not None:
            times.append(max(self._publish_from, self._held_since + self._hold()))
        if self._parts.receipts.is_waiting():
            times.append(soon)
        if self._held_since is None and (self._history_is_due() or self._parts.publisher.is_due()):
            times.append(max(soon, self._publish_from))
        # Without its database a turn does nothing at all, whatever is due.
        return max(min(times), soon) if "database" in self.progress.troubles else min(times)

    # -- one turn

    def turn(self, letters: Hints) -> None:
        """Do what is to be done now. Raises only what the process should end with."""
        changes = self._parts.database.changes()
        if self.outlives(lambda: self._turn(letters)):
            self.outlives(lambda: self._note_database(changes))
            # A turn that had nothing to do in a missing drop folder is no sign of its return.
            if "drop-folder" in self.progress.troubles and self.outlives(self._parts.inbox.prove):
                self.progress.clear_trouble("drop-folder")

    def _note_database(self, changes: int) -> None:
        """A turn that had nothing to write is no sign of a disk with room again."""
        if "database" in self.progress.troubles and (
            changes != self._parts.database.changes() or self.is_idle()
        ):
            self.progress.clear_trouble("database")

    def outlives(self, work: Callable[[], object]) -> bool:
        """Do ``work``. A trouble that passes, with the drop folder or the database, is noted and
        not raised; False then."""
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

    def _turn(self, letters: Hints) -> None:
        self._hear(letters)
        self._parts.desk.serve()
        self._scan_if_due()
        self._take_settled()
        self._withdraw(allow_mass=False)
        self._apply_timetable()
        self._look_for_damage()
        self.publish_if_ready()
        self.progress.set_trouble("receipts", self._parts.receipts.write_pending())
        self.progress.mistake("receipts", self._parts.receipts.in_the_way)

    def _hear(self, letters: Hints) -> None:
        now = self._clock.monotonic()
        for path, hint in letters.hints.items():
            if not self._settler.note(path, hint, now):
                self._owed.add("")
        self._owed |= letters.rescan

    def rescan(self, folder: str = "") -> None:
        """Let the next turn scan a folder and everything below it."""
        self._owed.add(folder)

    def _scan_if_due(self) -> None:
        now = self._clock.monotonic()
        if now >= self._next_rescan:
            self._owed.add("")
        # A scan that found no room for its paths is taken up again once there is some.
        if not self._owed or len(self._settler) > MOST_WAITING:
            return
        folders, self._owed = ({""} if "" in self._owed else self._owed), set()
        try:
            for folder in sorted(folders):
                self._scan(folder)
        except BaseException:
            self._owed |= folders
            raise
        finally:
            self._next_rescan = now + self._parts.config.drop.rescan_seconds

    def _scan(self, folder: str) -> None:
        survey = ScanReport()
        moment, now = self._clock.now(), self._clock.monotonic()
        for path in self._parts.reconciler.changes(moment, survey, folder):
            if not self._settler.note(path, "scan", now):
                self._owed.add(folder)
        if not folder:
            self.progress.files = survey.files
            self.progress.last_scan = moment
            self.progress.scan_seconds = self._clock.monotonic() - now
            self._tell_unseen(survey)
            self._parts.receipts.reconcile(survey.receipts)

    def _tell_unseen(self, survey: ScanReport) -> None:
        unseen = [f"{item.path or '.'} ({item.error})" for item in survey.unreadable]
        self.progress.set_trouble("unreadable", ", ".join(unseen[:5]))
        names = [f"{path} ({problem.message})" for path, problem in survey.refused]
        self.progress.mistake("names", ", ".join(names[:5]))

    def _take_settled(self) -> None:
        due = self._settler.due(self._clock.monotonic(), BATCH_PATHS)
        looked = ((path, self._complete(path)) for path in due)
        ready = {path: fingerprint for path, fingerprint in looked if fingerprint is not None}
        if not ready:
            return
        left = dict(ready)
        self._in_hand = len(left)
        try:
            for taken in self._parts.ingestor.take(ready):
                self._time(taken, left)
                for path in (*taken.done, *taken.gone, *taken.later):
                    left.pop(path, None)
                self._in_hand = len(left)
                self._digest(taken)
                self.publish_if_ready(amid=True)
        finally:
            self._in_hand = 0
            for path in left:
                self._settler.retry(path, self._clock.monotonic())

    def _time(self, taken: BatchResult, prints: dict[str, Fingerprint]) -> None:
        """When the files came that are now on their way into feeds. What lay there before this
        worker was started tells nothing of how fast it is."""
        accepted = {told.path for told in taken.told if told.verdict == "accepted"}
        came = [prints[path].ctime_ns / 1e9 for path in accepted & prints.keys()]
        self.progress.latencies.start(moment for moment in came if moment >= self._began)

    def _complete(self, path: str) -> Fingerprint | None:
        """The fingerprint of a file that may be read now; a path without one is missing."""
        now = self._clock.monotonic()
        match self._parts.inbox.look(path):
            case Gone():
                self._miss([path])
            case Unavailable(text):
                self._postpone(path, text)
                self._parts.receipts.mark_unreadable(path, text)
            case Look(fingerprint, busy):
                if self._settler.observe(path, fingerprint, busy, now) == "read":
                    return fingerprint
        return None

    def _digest(self, taken: BatchResult) -> None:
        now = self._clock.monotonic()
        for path in taken.done:
            self._settler.done(path)
            self.progress.clear_trouble(f"file {path}")
        for path in taken.again:
            self._settler.note(path, "ready", now)
        for path, text in taken.later.items():
            self._postpone(path, text)
        self._miss(taken.gone)
        paths = (told.path for told in taken.told)
        self._parts.receipts.mark_due((*taken.done, *paths, *taken.contested))
        filed = (item.origin for item in taken.filed)
        self.progress.set_unfiled((*taken.done, *filed), taken.unfiled)
        if taken.unfiled:
            self._next_rescan = min(self._next_rescan, now + UNFILED_SECONDS)
        if taken.filed:
            self._parts.receipts.write_filed(taken.filed)
            self._parts.ingestor.forget_filed(taken.filed)
        self.progress.count(taken.told)
        for told in taken.told:
            self._parts.tell(told)

    def _miss(self, paths: list[str]) -> None:
        for path in paths:
            self._settler.forget(path)
            self.progress.clear_trouble(f"file {path}")
        self._parts.receipts.mark_due(paths)
        self.progress.set_unfiled(paths, {})
        if paths:
            with self._parts.database.transaction():
                for path in paths:
                    self._parts.ingestor.ledger.mark_missing(path, self._clock.now())
                reach("missing-before-commit")
            reach("missing-after-commit")

    def _postpone(self, path: str, text: str) -> None:
        """An error that passes: tried for ever, at growing intervals, told of once."""
        delay = self._settler.retry(path, self._clock.monotonic())
        if delay >= RETRY_SECONDS:
            self.progress.trouble(f"file {path}", text)

    # -- withdrawals, timetable

    def _withdraw(self, *, allow_mass: bool) -> None:
        result = self._parts.withdrawals.apply_due(
            self._clock.now(), same_root=self.same_root, allow_mass=allow_mass
        )
        self._digest(result.taken)
        self.progress.withdrawn += len(result.paths)
        self._parts.receipts.mark_due(result.paths)
        if result.blocked:
            fix = "Put the files back, or run `feedmill once --allow-mass-withdrawal`."
            self.progress.trouble("withdrawal", f"{result.blocked}. {fix}")
        elif result.paths or self._parts.withdrawals.next_due() is None:
            self.progress.clear_trouble("withdrawal")

    def _apply_timetable(self) -> None:
        self._parts.receipts.mark_due(self._parts.timetable.apply_due(self._clock.now()))

    # -- publishing

    def _look_for_damage(self) -> None:
        """As often as the drop folder, the public one is looked through for what somebody
        deleted or changed; the start has done so already."""
        now = self._clock.monotonic()
        if now >= self._next_inspection:
            self._next_inspection = now + self._parts.config.drop.rescan_seconds
            self._parts.publisher.touch_damaged()

    def publish_if_ready(self, *, amid: bool = False) -> None:
        """Publish touched feeds once the burst is over, or has lasted long enough; ``amid`` the
        reading of files, of which each may take long."""
        now = self._clock.monotonic()
        if not self._parts.publisher.is_due():
            self._held_since = None
            if not amid:
                self._publish_history(now)
            return
        self._held_since = now if self._held_since is None else self._held_since
        self._most_waiting = max(self._most_waiting, self.waiting())
        if now < self._publish_from or (
            (amid or self._is_busy(now)) and now < self._held_since + self._hold()
        ):
            return
        self.publish()
        self._hold_seconds = max(LONGEST_HOLD, HOLD_FACTOR * (self._clock.monotonic() - now))
        self._held_since, self._most_waiting = None, 0

    def _hold(self) -> float:
        """How long publishing may wait while files do."""
        of_many = min(LONGEST_HOLD_OF_MANY, HOLD_PER_FILE * self._most_waiting)
        return max(self._hold_seconds, of_many)

    def _is_busy(self, now: float) -> bool:
        """Do files wait to be read?"""
        due = self._settler.next_due()
        return (due is not None and due <= now) or self.more_comes()

    def _publish_history(self, now: float) -> None:
        """A slice of the archive documents that wait, while nothing else does."""
        if now < self._publish_from or self._is_busy(now) or not self._history_is_due():
            return
        end = min(now + HISTORY_SLICE, self._latest)
        self._note_published(
            self._parts.publisher.publish_history(
                self._clock.now(), lambda: self._clock.monotonic() > end
            )
        )

    def _history_is_due(self) -> bool:
        return self._parts.publisher.history_is_due()

    def hurry(self, seconds: float) -> None:
        """Begin no further feed after ``seconds``: the process was asked to stop. Safe to call
        from a signal handler."""
        self._latest = self._clock.monotonic() + seconds

    def publish(self) -> Report:
        """Publish what is touched, now."""
        report = self._parts.publisher.publish(self._clock.now(), self._is_late)
        self._note_published(report)
        if not self._parts.publisher.is_due():
            self.progress.latencies.finish(self._clock.now().timestamp())
        return report

    def _is_late(self) -> bool:
        self.between()
        return self._clock.monotonic() > self._latest

    def _note_published(self, report: Report) -> None:
        self.progress.count_written(report.written, self._clock.now())
        if report.failed:
            self._publish_from = self._clock.monotonic() + RETRY_SECONDS
        self.progress.set_trouble("public-folder", str(report.failed[0]) if report.failed else "")

    # -- how far it is

    def waiting(self) -> int:
        """How many paths wait to be looked at, or are being read."""
        return len(self._settler) + self._in_hand

    def is_caught_up(self) -> bool:
        """Has all that the first scan found been read and published? Files that cannot be read
        now, or are being written, do not count: one of them must not hold up the whole."""
        return not (
            self.progress.last_scan is None
            or self._owed
            or self._settler.is_behind()
            or self._parts.publisher.is_due()
        )

    # -- reconciling to the end, for ``once``

    def is_idle(self, but_for: int = 0) -> bool:
        """Is there nothing left that waits to be looked at, read or published, but for so many
        files?"""
        return not (
            len(self._settler) > but_for
            or self._owed
            or self._parts.publisher.is_due()
            or self._history_is_due()
            or self._parts.receipts.is_waiting()
        )

    def wait_for_withdrawals(self) -> timedelta | None:
        """How long until the missing files have been missing long enough; None if none are."""
        due = self._parts.withdrawals.next_due()
        return None if due is None else max(timedelta(0), due - self._clock.now())

    def withdraw_now(self, *, allow_mass: bool) -> None:
        """Withdraw what is due, with a mass withdrawal allowed if so asked."""
        self._withdraw(allow_mass=allow_mass)
