"""Stores files in transactions of limited length; an error in one file stops no other.

What one file raises becomes that file's verdict. What the database, the drop folder or the
parsers raise is raised, and nothing of the transaction is stored.
"""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from worker.core.clock import Clock
from worker.core.errors import FeedmillError
from worker.core.events import event
from worker.core.fingerprint import Fingerprint
from worker.core.problems import Problem, failed_on
from worker.core.stages import Claim, Effects, FileResult
from worker.store.damage import is_damage, will_pass
from worker.store.database import Database
from worker.store.ledger import Ledger, LedgerRow, VerdictLog

log = logging.getLogger("feedmill.ingest")

PART_SECONDS = 5.0
"""After this long, a transaction takes no further file: a stop, systemd's watchdog and other
programs that write to the database wait for its end."""

# Python's for values that cannot be bound, rows that break a rule, and texts that are too long.
_OF_A_FILE = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One file to be stored; ``store`` does it. ``claim`` is that of an article."""

    path: str
    fingerprint: Fingerprint
    store: Callable[[], Effects]
    claim: Claim | None = None


class Storing:
    """Stores files one after the other. ``is_hurried`` says that the worker was asked to stop."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        clock: Clock,
        is_hurried: Callable[[], bool],
        look_up: Callable[[Sequence[Step]], None],
    ) -> None:
        """``look_up`` is called at the beginning of a transaction of several files."""
        self._db = database
        self._ledger = ledger
        self._verdicts = VerdictLog(database)
        self._clock = clock
        self._is_hurried = is_hurried
        self._look_up = look_up

    def part(self, steps: Sequence[Step], prints: Mapping[str, Fingerprint]) -> tuple[int, Effects]:
        """Store the first of these files in one transaction: as many as there is time for, at
        least one. Gives their number, and the effects of all of them.

        Raises sqlite3.Error, DropError or ReadersError; nothing is then stored.
        """
        try:
            return self._part(steps, prints, lambda step: step.store())
        except Exception as error:
            if not is_of_one_file(error):
                raise
        # Only now: a savepoint makes FTS5 write out its index, which takes as long as all the
        # rest of a small article.
        return self._part(steps, prints, self._guarded)

    def _part(
        self,
        steps: Sequence[Step],
        prints: Mapping[str, Fingerprint],
        store: Callable[[Step], Effects],
    ) -> tuple[int, Effects]:
        stored: list[Effects] = []
        until = self._clock.monotonic() + PART_SECONDS
        with self._db.transaction("batch"):
            if len(steps) > 1:
                self._look_up(steps)
            for step in steps:
                stored.append(store(step))
                if self._is_hurried() or self._clock.monotonic() >= until:
                    break
            effects = sum(stored, Effects())
            self._verdicts.add(effects.told, prints, self._clock.now())
        return len(stored), effects

    def _guarded(self, step: Step) -> Effects:
        try:
            with self._db.savepoint():
                return step.store()
        except Exception as error:
            if not (is_of_one_file(error) and self._db.is_in_transaction()):
                raise
            # Each scan tries the file again: the cause is in the worker, and may be gone.
            seen, problem = step.fingerprint.doubtful(), failed_on(error)
            effects = self.set_unread(step.path, seen, "quarantined", problem)
            if effects.told:
                log.error(event("file-failed", path=step.path, cause=repr(error)), exc_info=error)
            return effects

    def set_unread(
        self, path: str, fingerprint: Fingerprint, verdict: str, problem: Problem
    ) -> Effects:
        """Store the verdict on a file whose content does not count; told where it is new."""
        last, problems = self._ledger.at(path), (problem,)
        article_id = last.article_id if last else None
        row = LedgerRow(path, fingerprint, "", verdict, article_id, problems)
        self._ledger.write(row, self._clock.now())
        if last is not None and (last.verdict, last.problems) == (verdict, problems):
            return Effects()
        return Effects(told=(FileResult(path, verdict, problems, article_id),))


def is_of_one_file(error: Exception) -> bool:
    """Is the cause probably the file that was being stored? Not where the drop folder, the
    parsers, the disk or the database failed."""
    if isinstance(error, sqlite3.OperationalError):
        return not (will_pass(error) or is_damage(error))
    if isinstance(error, sqlite3.Error):
        return isinstance(error, _OF_A_FILE)
    return not isinstance(error, FeedmillError)
