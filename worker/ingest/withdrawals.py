"""Deleted files: their articles are withdrawn, unless too many vanished at once.

A deletion counts when the drop folder is the one that the file was seen in, the file is still
missing after the grace period, and no more than ``drop.withdraw_share`` of the public articles
are missing. Otherwise nothing is withdrawn (docs/decisions/005).
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.config.model import Config
from worker.core.events import event
from worker.core.stages import BatchResult, Effects, Filed
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Gone
from worker.ingest.ingestor import FILED, Ingestor
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


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The ``paths`` that were withdrawn, what follows for other files, and why nothing was
    withdrawn where that was ``blocked``."""

    paths: Sequence[str]
    others: BatchResult
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
        missing = self._ledger.missing()
        filed = self._filed(missing) if self._files_away else {}
        missing = [(path, since) for path, since in missing if path not in filed]
        due = [path for path, since in missing if since + self._grace <= now]
        gone = [path for path in due if isinstance(self._inbox.look(path), Gone)]
        blocked = ""
        if due and not allow_mass:
            lost = self._articles.count_live_at(path for path, _ in missing)
            live = self._articles.count_live()
            blocked = mass_withdrawal(lost, live, self._share, same_root=same_root)
        withdrawn = [] if blocked else gone
        effects = self._withdraw(withdrawn, now) if withdrawn else Effects()
        others = BatchResult(
            again=(*(path for path in due if path not in set(gone)), *effects.again),
            contested=effects.contested,
            filed=tuple(filed.values()),
        )
        return Withdrawn(withdrawn, others, blocked)

    def _filed(self, missing: Sequence[tuple[str, datetime]]) -> dict[str, Filed]:
        """``after = "archive"``: a judged file that is missing was not deleted. A worker moved it
        away, and was killed before it could delete the file's row in the ledger."""
        filed: dict[str, Filed] = {}
        for path, _ in missing:
            row = self._ledger.at(path)
            if row is not None and row.verdict in FILED:
                is_told = row.verdict == "rejected"
                place = self._inbox.filed_as(path, "rejected", row.fingerprint) if is_told else None
                filed[path] = Filed(path, place, row.verdict, row.content_hash, row.problems)
        return filed

    def _withdraw(self, paths: Sequence[str], now: datetime) -> Effects:
        effects = Effects()
        with self._db.transaction("withdrawal"):
            for path in paths:
                effects += self._conflicts.release(path)
                self._ledger.delete(path)
                known = self._articles.by_path(path)
                if known is not None:
                    reason = "its file was deleted"
                    effects += self._conflicts.withdraw(known.article_id, reason, now)
                log.info(event("file-withdrawn", path=path))
        return effects
