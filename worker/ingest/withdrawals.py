"""Deletions, and the guard before them: a vanished folder is not a thousand withdrawals.

A deletion counts when the drop folder is the one that the file was seen in, a second look after
the grace period agrees, and not more than a set share of the live articles vanished at once.
Otherwise nothing is withdrawn.
"""

import logging
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker.config.model import Config
from worker.core.events import event
from worker.core.fault_points import reach
from worker.core.stages import Filed
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Gone
from worker.ingest.ingestor import FILED, BatchResult, Ingestor
from worker.store.database import Database

log = logging.getLogger("feedmill.withdraw")


def mass_withdrawal(missing: int, live: int, share: float, *, same_root: bool) -> str:
    """Why ``missing`` of ``live`` articles may not be withdrawn at once; empty if they may.

    A single file may always go, from the folder that it was seen in: one of one, or one of
    two, is an author's everyday deletion. What was never in a folder was not deleted from it.
    """
    if missing == 0 or (same_root and (missing == 1 or missing <= share * live)):
        return ""
    if not same_root:
        return (
            f"{missing} of {live} public articles are missing from the drop folder, "
            f"and that is not the one it was"
        )
    return (
        f"{missing} of {live} public articles vanished at once; "
        f"at most {share:.0%} are withdrawn without being asked"
    )


@dataclass(slots=True)
class Withdrawn:
    """What became of the missing files: withdrawn ones, ones that are there again, and why
    nothing was withdrawn where the guard said no."""

    paths: list[str] = field(default_factory=list)
    taken: BatchResult = field(default_factory=BatchResult)
    blocked: str = ""


class Withdrawals:
    """Turns missing files into withdrawn articles, in its time."""

    def __init__(
        self, config: Config, database: Database, inbox: DropFolder, ingestor: Ingestor
    ) -> None:
        self._db = database
        self._inbox = inbox
        self._ingestor = ingestor
        self._ledger = ingestor.ledger
        # Moments are kept in whole seconds: a part of one would never be waited for exactly.
        self._grace = timedelta(seconds=math.ceil(config.drop.withdraw_after_seconds))
        self._share = config.drop.withdraw_share
        self._files_away = config.drop.after == "archive"

    def next_due(self) -> datetime | None:
        """When the oldest missing file has been missing for the grace period."""
        missing = self._ledger.missing()
        return min(since for _, since in missing) + self._grace if missing else None

    def settle(
        self, now: datetime, *, same_root: bool = True, allow_mass: bool = False
    ) -> Withdrawn:
        """Withdraw what has been missing long enough, unless the guard says no.

        Raises DropError when the folder is not the one that was pinned.
        """
        result = Withdrawn()
        missing = self._ledger.missing()
        if self._files_away:
            missing = self._without_filed(missing, result.taken)
        due = [path for path, since in missing if since + self._grace <= now]
        if not due:
            return result
        gone = [path for path in due if isinstance(self._inbox.look(path), Gone)]
        result.taken.again += (path for path in due if path not in set(gone))
        if not allow_mass:
            lost, live = self._live_among([path for path, _ in missing]), self._live()
            result.blocked = mass_withdrawal(lost, live, self._share, same_root=same_root)
        if gone and not result.blocked:
            with self._db.transaction():
                for path in gone:
                    self._withdraw(path, now, result.taken)
                reach("withdrawal-before-commit")
            reach("withdrawal-after-commit")
            result.paths = gone
        return result

    def _without_filed(
        self, missing: list[tuple[str, datetime]], taken: BatchResult
    ) -> list[tuple[str, datetime]]:
        """``after = "archive"``: a judged file that is missing was filed away, by a worker that
        was killed before it could strike the line out. Nobody deleted it."""
        deleted: list[tuple[str, datetime]] = []
        for path, since in missing:
            line = self._ledger.at(path)
            if line is None or line.verdict not in FILED:
                deleted.append((path, since))
                continue
            is_told = line.verdict == "rejected"
            place = self._inbox.filed_as(path, "rejected", line.fingerprint) if is_told else None
            taken.filed.append(Filed(path, place, line.verdict, line.content_hash, line.problems))
        return deleted

    def _withdraw(self, path: str, now: datetime, taken: BatchResult) -> None:
        self._ingestor.leave(path, taken)
        self._ledger.forget(path)
        known = self._ingestor.store.by_path(path)
        if known is not None:
            self._ingestor.withdraw_article(known.article_id, "its file was deleted", now, taken)
        log.info(event("file-withdrawn", path=path))

    def _live(self) -> int:
        return int(self._db.one("SELECT count(*) FROM articles WHERE state = 'live'")[0])

    def _live_among(self, paths: list[str]) -> int:
        sql = "SELECT 1 FROM articles WHERE path = ? AND state = 'live'"
        return sum(self._db.one(sql, (path,)) is not None for path in paths)
