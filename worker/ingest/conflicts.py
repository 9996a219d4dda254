"""What the decision on one file means for the other articles and files it concerns.

Files that give way are named in the ledger with the article they gave way to, and are read
again when that one goes or changes its claim. Runs inside a transaction of the caller's.
"""

from dataclasses import replace
from datetime import datetime

from worker.core.problems import Problem
from worker.core.stages import BatchResult, Claim, FileResult, Known
from worker.ingest.identity import New, Rival, Same, Shadowed
from worker.ingest.verdicts import overtaken
from worker.store.articles import Store
from worker.store.ledger import Ledger, Line
from worker.store.placement import Placement

STANDING = ("accepted", "held")


class Conflicts:
    """Lets articles give way to each other, and come back."""

    def __init__(self, ledger: Ledger, store: Store, shelves: Placement) -> None:
        self._ledger = ledger
        self._store = store
        self._shelves = shelves

    def call_back_on_change(self, known: Known, claim: Claim, taken: BatchResult) -> None:
        """The article claims something else from now on: what it claimed before is free."""
        before = known.explicit_id, known.link_key, known.content_hash
        if before != (claim.explicit_id, claim.link_key, claim.content_hash):
            self.call_back(known.article_id, taken)

    def call_back(self, article_id: int, taken: BatchResult) -> None:
        """The files that gave way to this article get another chance."""
        for path in self._ledger.shadowed_by(article_id):
            # The next scan finds them too, if this process ends before.
            self._ledger.doubt(path)
            taken.again.append(path)

    def leave(self, path: str, taken: BatchResult) -> None:
        """The file at ``path`` is gone, or read again: the one it gave way to may hear of it."""
        line = self._ledger.at(path)
        if line is not None and line.verdict == "shadowed" and line.article_id is not None:
            taken.contested += self._ledger.held_by(line.article_id)

    def withdraw(self, article_id: int, reason: str, now: datetime, taken: BatchResult) -> None:
        """Take the article from all feeds; its identity stays for its return."""
        self.call_back(article_id, taken)
        if not self._store.is_withdrawn_by_command(article_id):
            self._store.set_state(article_id, "withdrawn", reason, None)
        self._shelves.shelve(article_id, now)

    def settle(
        self,
        identity: Same | New,
        article_id: int,
        by_path: Known | None,
        claim: Claim,
        now: datetime,
        taken: BatchResult,
    ) -> None:
        """The file of ``claim`` stands as ``article_id``: all others draw their conclusions."""
        if by_path is not None and by_path.article_id != article_id:
            # Another article's file stood here; this one took its place.
            self.withdraw(by_path.article_id, "its file was replaced", now, taken)
        if isinstance(identity, Same):
            self._leave_path(identity.known, claim.path)
        for rival in identity.losers:
            self._lose(rival, claim.path, article_id, now, taken)

    def _leave_path(self, known: Known, path: str) -> None:
        """Renamed: nothing is missing at the article's last path, unless that has become
        another article's since."""
        if known.path != path and not known.present:
            line = self._ledger.at(known.path)
            if line is not None and line.article_id == known.article_id:
                self._ledger.forget(known.path)

    def _lose(
        self, rival: Rival, winner: str, winner_id: int, now: datetime, taken: BatchResult
    ) -> None:
        problem = overtaken(winner, rival.what)
        known = rival.known
        line = self._ledger.at(known.path)
        if line is not None:
            self._overshadow(line, winner_id, problem, now, taken)
        if known.article_id != winner_id:
            self._shadow_article(known.article_id, problem, now, taken)

    def _overshadow(
        self, line: Line, winner_id: int, problem: Problem, now: datetime, taken: BatchResult
    ) -> None:
        """A file whose newest version is broken keeps that verdict: it is the one to fix."""
        if line.verdict in STANDING:
            line = replace(line, verdict="shadowed", article_id=winner_id, problems=(problem,))
            taken.told.append(FileResult(line.path, line.verdict, line.problems, winner_id))
        else:
            line = replace(line, article_id=None)
        self._ledger.write(line, now)

    def _shadow_article(
        self, article_id: int, problem: Problem, now: datetime, taken: BatchResult
    ) -> None:
        self.call_back(article_id, taken)
        self._store.set_state(article_id, "shadowed", problem.message, None)
        self._shelves.shelve(article_id, now)

    def give_way(
        self, identity: Shadowed, by_path: Known | None, now: datetime, taken: BatchResult
    ) -> Problem:
        """The file must not stand; an article that was at its path gives way with it."""
        winner = identity.winner
        taken.contested.append(winner.known.path)
        problem = overtaken(winner.known.path, winner.what)
        if by_path is not None and not self._store.is_withdrawn_by_command(by_path.article_id):
            self._shadow_article(by_path.article_id, problem, now, taken)
        return problem
