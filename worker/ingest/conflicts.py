"""Files that claim the same article: one stands, the others give way and may come back.

The ledger row of a file that gives way names the article that it gave way to; the file is read
again when that article goes or claims something else. Runs inside a transaction of the caller.
"""

from dataclasses import replace
from datetime import datetime

from worker.core.problems import Problem
from worker.core.stages import BatchResult, Claim, FileResult, Known
from worker.ingest.identity import New, Rival, Same, Shadowed
from worker.ingest.verdicts import overtaken
from worker.store.articles import Articles
from worker.store.ledger import Ledger, LedgerRow
from worker.store.placement import Placement

STANDING = ("accepted", "held")


class Conflicts:
    """Applies what the decision on one file means for other files and articles."""

    def __init__(self, ledger: Ledger, articles: Articles, placement: Placement) -> None:
        self._ledger = ledger
        self._articles = articles
        self._placement = placement

    def retry_shadowed_on_change(self, known: Known, claim: Claim, taken: BatchResult) -> None:
        """If the article claims something else from now on, what it claimed before is free."""
        before = known.explicit_id, known.link_key, known.content_hash
        if before != (claim.explicit_id, claim.link_key, claim.content_hash):
            self.retry_shadowed(known.article_id, taken)

    def retry_shadowed(self, article_id: int, taken: BatchResult) -> None:
        """Have the files that gave way to this article read again."""
        for path in self._ledger.shadowed_by(article_id):
            # If this process ends before, the next scan finds them.
            self._ledger.mark_doubtful(path)
            taken.again.append(path)

    def release(self, path: str, taken: BatchResult) -> None:
        """The file at ``path`` is gone or read again. If it gave way to another one, that one's
        author was told so: the receipt may change."""
        row = self._ledger.at(path)
        if row is not None and row.verdict == "shadowed" and row.article_id is not None:
            taken.contested += self._ledger.held_by(row.article_id)

    def withdraw(self, article_id: int, reason: str, now: datetime, taken: BatchResult) -> None:
        """Take the article out of all feeds; it keeps its identity for its return."""
        self.retry_shadowed(article_id, taken)
        if not self._articles.is_withdrawn_by_command(article_id):
            self._articles.set_state(article_id, "withdrawn", reason, None)
        self._placement.place(article_id, now)

    def resolve(
        self,
        identity: Same | New,
        article_id: int,
        by_path: Known | None,
        claim: Claim,
        now: datetime,
        taken: BatchResult,
    ) -> None:
        """The file of ``claim`` is the article ``article_id``: the losers give way to it."""
        if by_path is not None and by_path.article_id != article_id:
            # Another article's file stood here; this one took its place.
            self.withdraw(by_path.article_id, "its file was replaced", now, taken)
        if isinstance(identity, Same):
            self._leave_path(identity.known, claim.path)
        for rival in identity.losers:
            self._lose(rival, claim.path, article_id, now, taken)

    def _leave_path(self, known: Known, path: str) -> None:
        """Renamed: no file is missing at the article's last path, unless another article's file
        was there since."""
        if known.path != path and not known.present:
            row = self._ledger.at(known.path)
            if row is not None and row.article_id == known.article_id:
                self._ledger.delete(known.path)

    def _lose(
        self, rival: Rival, winner: str, winner_id: int, now: datetime, taken: BatchResult
    ) -> None:
        problem = overtaken(winner, rival.what)
        known = rival.known
        row = self._ledger.at(known.path)
        if row is not None:
            self._overshadow(row, winner_id, problem, now, taken)
        if known.article_id != winner_id:
            self._shadow_article(known.article_id, problem, now, taken)

    def _overshadow(
        self, row: LedgerRow, winner_id: int, problem: Problem, now: datetime, taken: BatchResult
    ) -> None:
        """A file whose newest version is broken keeps that verdict: its author must fix it."""
        if row.verdict in STANDING:
            row = replace(row, verdict="shadowed", article_id=winner_id, problems=(problem,))
            taken.told.append(FileResult(row.path, row.verdict, row.problems, winner_id))
        else:
            row = replace(row, article_id=None)
        self._ledger.write(row, now)

    def _shadow_article(
        self, article_id: int, problem: Problem, now: datetime, taken: BatchResult
    ) -> None:
        self.retry_shadowed(article_id, taken)
        self._articles.set_state(article_id, "shadowed", problem.message, None)
        self._placement.place(article_id, now)

    def give_way(
        self, identity: Shadowed, by_path: Known | None, now: datetime, taken: BatchResult
    ) -> Problem:
        """The file gives way to another one; an article that was at its path gives way with it."""
        winner = identity.winner
        taken.contested.append(winner.known.path)
        problem = overtaken(winner.known.path, winner.what)
        if by_path is not None and not self._articles.is_withdrawn_by_command(by_path.article_id):
            self._shadow_article(by_path.article_id, problem, now, taken)
        return problem
