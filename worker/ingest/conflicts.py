"""Files that claim the same article: one stands, the others give way and may come back.

The ledger row of a file that gives way names the article that it gave way to; the file is read
again when that article goes or claims something else. Runs inside a transaction of the caller.
"""

from dataclasses import replace
from datetime import datetime

from worker.core.problems import Problem
from worker.core.stages import Claim, Effects, FileResult, Known
from worker.ingest.identity import New, Rival, Same, Shadowed
from worker.ingest.verdicts import overtaken
from worker.store.articles import Articles
from worker.store.ledger import Ledger, LedgerRow
from worker.store.placement import Placement

STANDING = ("accepted", "held")


class Conflicts:
    """Applies what the decision on one file means for other files and articles; each step gives
    its effects on files."""

    def __init__(self, ledger: Ledger, articles: Articles, placement: Placement) -> None:
        self._ledger = ledger
        self._articles = articles
        self._placement = placement

    def retry_shadowed_on_change(self, known: Known, claim: Claim) -> Effects:
        """If the article claims something else from now on, what it claimed before is free."""
        before = known.explicit_id, known.link_key, known.content_hash
        if before == (claim.explicit_id, claim.link_key, claim.content_hash):
            return Effects()
        return self.retry_shadowed(known.article_id)

    def retry_shadowed(self, article_id: int) -> Effects:
        """Have the files that gave way to this article read again."""
        paths = self._ledger.shadowed_by(article_id)
        for path in paths:
            # If this process ends before, the next scan finds them.
            self._ledger.mark_doubtful(path)
        return Effects(again=tuple(paths))

    def release(self, path: str) -> Effects:
        """The file at ``path`` is gone or read again. If it gave way to another one, that one's
        author was told so: the receipt may change."""
        row = self._ledger.at(path)
        if row is None or row.verdict != "shadowed" or row.article_id is None:
            return Effects()
        return Effects(contested=tuple(self._ledger.held_by(row.article_id)))

    def withdraw(self, article_id: int, reason: str, now: datetime) -> Effects:
        """Take the article out of all feeds; it keeps its identity for its return."""
        effects = self.retry_shadowed(article_id)
        if not self._articles.is_withdrawn_by_command(article_id):
            self._articles.set_state(article_id, "withdrawn", reason, None)
        self._placement.place(article_id, now)
        return effects

    def resolve(
        self, identity: Same | New, article_id: int, path: str, by_path: Known | None, now: datetime
    ) -> Effects:
        """The file at ``path`` is the article ``article_id``: the losers give way to it."""
        effects = Effects()
        if by_path is not None and by_path.article_id != article_id:
            # Another article's file stood here; this one took its place.
            effects = self.withdraw(by_path.article_id, "its file was replaced", now)
        if isinstance(identity, Same):
            self._leave_path(identity.known, path)
        losses = (self._lose(rival, path, article_id, now) for rival in identity.losers)
        return sum(losses, effects)

    def _leave_path(self, known: Known, path: str) -> None:
        """Renamed: no file is missing at the article's last path, unless another article's file
        was there since."""
        if known.path != path and not known.present:
            row = self._ledger.at(known.path)
            if row is not None and row.article_id == known.article_id:
                self._ledger.delete(known.path)

    def _lose(self, rival: Rival, winner: str, winner_id: int, now: datetime) -> Effects:
        problem = overtaken(winner, rival.what)
        known = rival.known
        row = self._ledger.at(known.path)
        effects = self._overshadow(row, winner_id, problem, now) if row else Effects()
        if known.article_id != winner_id:
            effects += self._shadow_article(known.article_id, problem, now)
        return effects

    def _overshadow(
        self, row: LedgerRow, winner_id: int, problem: Problem, now: datetime
    ) -> Effects:
        """A file whose newest version is broken keeps that verdict: its author must fix it."""
        if row.verdict not in STANDING:
            self._ledger.write(replace(row, article_id=None), now)
            return Effects()
        told = FileResult(row.path, "shadowed", (problem,), winner_id)
        row = replace(row, verdict="shadowed", article_id=winner_id, problems=(problem,))
        self._ledger.write(row, now)
        return Effects(told=(told,))

    def _shadow_article(self, article_id: int, problem: Problem, now: datetime) -> Effects:
        effects = self.retry_shadowed(article_id)
        self._articles.set_state(article_id, "shadowed", problem.message, None)
        self._placement.place(article_id, now)
        return effects

    def give_way(
        self, identity: Shadowed, by_path: Known | None, now: datetime
    ) -> tuple[Problem, Effects]:
        """The file gives way to another one; an article that was at its path gives way with it.
        Gives the problem of the file, too."""
        winner = identity.winner
        effects = Effects(contested=(winner.known.path,))
        problem = overtaken(winner.known.path, winner.what)
        if by_path is not None and not self._articles.is_withdrawn_by_command(by_path.article_id):
            effects += self._shadow_article(by_path.article_id, problem, now)
        return problem, effects
