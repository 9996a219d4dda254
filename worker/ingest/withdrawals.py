"""Deleted files: their articles are withdrawn, unless too many vanished at once.

A deletion counts when the drop folder is the one that the file was seen in, the file is still
missing after the grace period, and no more than ``drop.withdraw_share`` of the public articles
are missing. Otherwise nothing is withdrawn (docs/decisions/005).
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

    A single file may always go, if the folder is the one it was seen in: one of one, or one of
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
    """The ``paths`` that were withdrawn, what became of the other missing files, and why nothing
    was withdrawn where that was ``blocked``."""

    paths: list[str] = field(default_factory=list)
    taken: BatchResult = field(default_factory=BatchResult)
    blocked: str = ""


class Withdrawals:
    """Withdraws the articles of missing files once the grace period is over."""

    def __init__(
        self, config: Config, database: Database, inbox: DropFolder, ingestor: Ingestor
    ) -> None:
        self._db = database
        self._inbox = inbox
        self._conflicts = ingestor.conflicts
        self._ledger = ingestor.ledger
        self._articles = ingestor.articles
        # Moments are kept in whole seconds: a part of one would never be waited for exactly.
        self._grace = timedelta(seconds=math.ceil(config.drop.withdraw_after_seconds))
        self._share = config.drop.withdraw_share
        self._files_away = config.drop.after == "archive"

    def next_due(self) -> datetime | None:
        """When the oldest missing file has been missing for the grace period."""
        missing = self._ledger.missing()
        return min(since for _, since in missing) + self._grace if missing else None

    def apply_due(
        self, now: datetime, *, same_root: bool = True, allow_mass: bool = False
    ) -> Withdrawn:
        """Withdraw what has been missing long enough, unless too much is missing.

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
            lost = self._articles.count_live_at(path for path, _ in missing)
            live = self._articles.count_live()
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
        """``after = "archive"``: a judged file that is missing was not deleted. A worker moved it
        away, and was killed before it could delete the file's row in the ledger."""
        deleted: list[tuple[str, datetime]] = []
        for path, since in missing:
            row = self._ledger.at(path)
            if row is None or row.verdict not in FILED:
                deleted.append((path, since))
                continue
            is_told = row.verdict == "rejected"
            place = self._inbox.filed_as(path, "rejected", row.fingerprint) if is_told else None
            taken.filed.append(Filed(path, place, row.verdict, row.content_hash, row.problems))
        return deleted

    def _withdraw(self, path: str, now: datetime, taken: BatchResult) -> None:
        self._conflicts.release(path, taken)
        self._ledger.delete(path)
        known = self._articles.by_path(path)
        if known is not None:
            self._conflicts.withdraw(known.article_id, "its file was deleted", now, taken)
        log.info(event("file-withdrawn", path=path))
