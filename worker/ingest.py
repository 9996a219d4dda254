"""One path from reading to outcome: the joint of inbox, readers, decisions and store.

Trouble with one file never leaves this module as an exception; trouble with the database
does, after its transaction was rolled back, and the batch is tried again later.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from worker.article import Article, Reading
from worker.children import Crashed, Readers
from worker.config import Config
from worker.database import Database
from worker.decide import (
    Claim,
    Known,
    New,
    Same,
    Shadowed,
    identify,
    link_key,
    mint,
    next_change,
    state_at,
    times,
)
from worker.faults import reach
from worker.inbox import Fingerprint, Gone, Inbox, Refused
from worker.intake import Batch, FileRead, Intake
from worker.ledger import Ledger, Line
from worker.names import split
from worker.problem import Problem
from worker.shelves import Shelves
from worker.store import WITHDRAWN_BY_COMMAND, Store, Version
from worker.utc import from_seconds
from worker.verdict import judge, reader_hash

log = logging.getLogger("feedmill.ingest")


@dataclass(frozen=True, slots=True)
class Told:
    """One verdict, as log, receipts and status tell it."""

    path: str
    verdict: str
    problems: tuple[Problem, ...] = ()
    article_id: int | None = None


@dataclass(slots=True)
class Taken:
    """What became of a batch. ``again`` are paths to look at anew for a reason that lies
    outside their files; ``later`` maps paths that could not be read now to the reason;
    ``done`` are those whose verdict is stored."""

    told: list[Told] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)


class Ingestor:
    """Takes paths of the drop folder into the database."""

    def __init__(
        self,
        config: Config,
        database: Database,
        inbox: Inbox,
        readers: Readers,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._db = database
        self._inbox = inbox
        self._clock = clock
        self._archives = config.drop.after == "archive"
        self._undo = timedelta(minutes=config.drop.undo_minutes)
        self.ledger = Ledger(database)
        self.store = Store(database, self._is_present)
        self.shelves = Shelves(database, config)
        self._intake = Intake(inbox, readers, self.ledger)

    def now(self) -> datetime:
        """The moment, by the clock that verdicts are dated with."""
        return self._clock()

    def _is_present(self, path: str) -> bool:
        return not isinstance(self._inbox.look(path), Gone)

    def take(self, paths: Mapping[str, Fingerprint]) -> Iterator[Taken]:
        """Bring the database up to what stands at these paths, in batches of one transaction
        each; gives what became of each batch once it is stored. ``paths`` has the fingerprint
        by which each file was found to be complete.

        Raises sqlite3.Error, DropError or ReadersError; the batch at hand is then not stored,
        and whoever has its paths tries them again.
        """
        for batch in self._intake.batches(paths):
            yield self._store_batch(batch)

    def _store_batch(self, batch: Batch) -> Taken:
        taken = Taken(gone=batch.gone, later=batch.later)
        try:
            with self._db.transaction():
                for seen in batch.unchanged:
                    self.ledger.see_again(seen.path, seen.fingerprint)
                    if seen.article_id is not None:
                        mtime_ns = seen.fingerprint.mtime_ns
                        self.store.see_at(seen.article_id, seen.path, mtime_ns)
                for path, refused in batch.refused:
                    self._refuse(path, refused, taken)
                for file, reading in batch.read:
                    taken.told.append(self._take_one(file, reading, taken))
                reach("batch-before-commit")
            reach("batch-after-commit")
        except BaseException:
            self.shelves.forget_cache()
            raise
        taken.done = [seen.path for seen in batch.unchanged]
        taken.done += [path for path, _ in batch.refused] + [file.path for file, _ in batch.read]
        if self._archives:
            self._file_away(batch, taken)
        for told in taken.told:
            _log(told)
        return taken

    def _refuse(self, path: str, refused: Refused, taken: Taken) -> None:
        """A path that is never opened (a symlink, a pipe) or too large to be read."""
        if refused.fingerprint is None:
            return
        last, problems = self.ledger.at(path), (refused.problem,)
        article_id = last.article_id if last else None
        line = Line(path, refused.fingerprint, "", "refused", article_id, problems)
        self.ledger.write(line, self._clock())
        if last is None or last.verdict != "refused" or last.problems != problems:
            taken.told.append(Told(path, "refused", problems, article_id))

    def _take_one(self, read: FileRead, reading: Reading | Crashed, taken: Taken) -> Told:
        now = self._clock()
        if isinstance(reading, Crashed):
            return self._quarantine(read, reading, now)
        verdict = judge(reading, self._config, now)
        if verdict.article is None:
            return self._note(read, "rejected", verdict.problems, self._last_article(read), now)
        claim = Claim(
            path=read.path,
            explicit_id=verdict.article.explicit_id,
            link_key=link_key(verdict.article.link),
            content_hash=read.hash,
            mtime_ns=read.fingerprint.mtime_ns,
        )
        by_path = self.store.by_path(read.path)
        identity = identify(
            claim,
            by_path=by_path,
            by_id=self.store.by_id(claim.explicit_id),
            by_link=self.store.by_link(claim),
            by_content=self.store.by_content(claim),
        )
        if isinstance(identity, Shadowed):
            return self._give_way(read, identity, by_path, now, taken)
        article_id = self._save(
            claim, verdict.article, verdict.outcome == "held", identity, now, taken
        )
        self._settle_rivals(identity, article_id, by_path, claim, now, taken)
        return self._note(read, verdict.outcome, verdict.problems, article_id, now)

    def _quarantine(self, read: FileRead, crashed: Crashed, now: datetime) -> Told:
        message = f"The file could not be read: {crashed.reason}."
        hint = "It will not be tried again until it is changed."
        problems = (Problem("parser-died", message, None, hint),)
        return self._note(read, "quarantined", problems, self._last_article(read), now)

    def _last_article(self, read: FileRead) -> int | None:
        """The article whose last good version stays public while its file is broken."""
        known = self.store.by_path(read.path)
        return known.article_id if known else None

    def _note(
        self,
        read: FileRead,
        verdict: str,
        problems: tuple[Problem, ...],
        article_id: int | None,
        now: datetime,
    ) -> Told:
        line = Line(read.path, read.fingerprint, read.hash, verdict, article_id, problems)
        self.ledger.write(line, now)
        return Told(read.path, verdict, problems, article_id)

    def _save(
        self,
        claim: Claim,
        article: Article,
        held: bool,
        identity: Same | New,
        now: datetime,
        taken: Taken,
    ) -> int:
        known = identity.known if isinstance(identity, Same) else None
        if known and (known.link_key, known.explicit_id) != (claim.link_key, claim.explicit_id):
            self._call_back(known.article_id, taken)
        text_hash = reader_hash(article)
        moments = times(
            article,
            self.store.past(known.article_id) if known else None,
            reader_hash=text_hash,
            file_time=from_seconds(claim.mtime_ns // 1_000_000_000),
            now=now,
            undo=self._undo,
        )
        by_command = known is not None and self.store.is_withdrawn_by_command(known.article_id)
        state = state_at(
            now,
            held=held,
            public_from=moments.public_from,
            public_until=moments.public_until,
        )
        due = next_change(state, moments.public_from, moments.public_until)
        version = Version(
            article=article,
            claim=claim,
            uri=known.uri if known else self._mint(claim),
            times=moments,
            state="withdrawn" if by_command else state,
            reason=WITHDRAWN_BY_COMMAND if by_command else "",
            due=None if by_command else due,
            reader_hash=text_hash,
        )
        article_id = self.store.save(version, known.article_id if known else None)
        folder = split(split(claim.path)[0])[1]
        self.shelves.place(article_id, article.topics, folder)
        self.shelves.shelve(article_id, now)
        return article_id

    def _mint(self, claim: Claim) -> str:
        return next(
            uri for uri in mint(claim, self._config.site.url) if not self.store.is_minted(uri)
        )

    def _settle_rivals(
        self,
        identity: Same | New,
        article_id: int,
        by_path: Known | None,
        claim: Claim,
        now: datetime,
        taken: Taken,
    ) -> None:
        """What the decision means for the other articles and paths it concerns."""
        if by_path is not None and by_path.article_id != article_id:
            # Another article's file stood here; this one took its place.
            self.withdraw_article(by_path.article_id, "its file was replaced", now, taken)
        if isinstance(identity, Same) and identity.known.path != claim.path:
            self._leave_path(identity)
        loser = identity.loser
        if loser is None:
            return
        problem = _overtaken(claim.path, "link" if loser.link_key == claim.link_key else "id")
        line = self.ledger.at(loser.path)
        if line is not None:
            print_, digest = line.fingerprint, line.content_hash
            shadow = Line(loser.path, print_, digest, "shadowed", article_id, (problem,))
            self.ledger.write(shadow, now)
            taken.told.append(Told(loser.path, "shadowed", (problem,), article_id))
        if loser.article_id != article_id:
            self.store.set_state(loser.article_id, "shadowed", problem.message, None)
            self.shelves.shelve(loser.article_id, now)

    def _leave_path(self, identity: Same) -> None:
        """Renamed: nothing is missing at the article's last path."""
        if identity.loser is None:
            self.ledger.forget(identity.known.path)

    def _give_way(
        self, read: FileRead, identity: Shadowed, by_path: Known | None, now: datetime, taken: Taken
    ) -> Told:
        winner = identity.winner
        if by_path is not None and by_path.article_id != winner.article_id:
            self._call_back(by_path.article_id, taken)
            self.store.set_state(by_path.article_id, "shadowed", "", None)
            self.shelves.shelve(by_path.article_id, now)
        problems = (_overtaken(winner.path, identity.what),)
        return self._note(read, "shadowed", problems, winner.article_id, now)

    def _call_back(self, article_id: int, taken: Taken) -> None:
        """The files that gave way to this article get another chance."""
        for path in self.ledger.shadowed_by(article_id):
            # The next scan finds them too, if this process ends before.
            self.ledger.doubt(path)
            taken.again.append(path)

    def withdraw_article(self, article_id: int, reason: str, now: datetime, taken: Taken) -> None:
        """Take the article from all feeds; its identity stays for its return."""
        self._call_back(article_id, taken)
        self.store.set_state(article_id, "withdrawn", reason, None)
        self.shelves.shelve(article_id, now)

    def _file_away(self, batch: Batch, taken: Taken) -> None:
        """``after = "archive"``: the verdict is safe in the database, the file may move.

        An unchanged file still lies here when a worker was killed before it could move it.
        """
        prints = {file.path: file.fingerprint for file, _ in batch.read}
        ready = [(told.path, told.verdict, prints[told.path]) for told in taken.told]
        ready += [(seen.path, seen.verdict, seen.fingerprint) for seen in batch.unchanged]
        for path, verdict, fingerprint in ready:
            if verdict in ("accepted", "rejected"):
                self._file_one(path, verdict, fingerprint, taken)

    def _file_one(self, path: str, verdict: str, fingerprint: Fingerprint, taken: Taken) -> None:
        try:
            place: Literal["archive", "rejected"] = (
                "archive" if verdict == "accepted" else "rejected"
            )
            reach("move-before")
            moved = self._inbox.move_to(path, place, fingerprint)
            reach("move-after")
        except OSError as error:
            taken.later[path] = f"it could not be moved to {place}/: {error.strerror}"
            return
        if moved is None:
            taken.again.append(path)
            return
        with self._db.transaction():
            self.ledger.forget(path)
        reach("move-forgotten")


def _overtaken(path: str, what: str) -> Problem:
    same = {"id": "the same id", "link": "the same link", "content": "the same content"}[what]
    message = f"The file “{path}” has {same}; that one stands in the feeds, this one does not."
    hint = "Remove one of them, or give this one an id or a link of its own."
    return Problem("overtaken", message, None, hint)


def _log(told: Told) -> None:
    codes = ",".join(dict.fromkeys(problem.code for problem in told.problems))
    good = told.verdict in ("accepted", "held")
    level = logging.INFO if good else logging.WARNING
    log.log(level, "file-%s path=%s%s", told.verdict, told.path, f" codes={codes}" if codes else "")
