"""From a path to its stored verdict: reads, judges and stores files in batches.

What fails on one file becomes its verdict and is never raised. What fails in the database is
raised after the transaction was rolled back; the caller tries the batch again.
"""

import errno
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypeVar

from worker.config.model import Config
from worker.core.article import Article, Reading
from worker.core.clock import Clock, from_seconds
from worker.core.events import event
from worker.core.fault_points import reach
from worker.core.fingerprint import Fingerprint
from worker.core.paths import printable, topics_of_folder
from worker.core.problems import Problem
from worker.core.stages import BatchResult, Claim, Effects, Filed, FileResult, Known, Past
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, Gone
from worker.ingest.batches import Batch, BatchReader, FileRead, Seen
from worker.ingest.conflicts import STANDING, Conflicts
from worker.ingest.identity import Same, Shadowed, arrival, identify, link_key, mint, since
from worker.ingest.lifecycle import next_change, state_at, times
from worker.ingest.storing import Step, Storing
from worker.ingest.verdicts import Verdict, judge, parser_died, reader_hash, topic_limit, topic_slip
from worker.parsing.sandbox.pool import Crashed, ParserPool
from worker.store.articles import WITHDRAWN_BY_COMMAND, Articles, Version
from worker.store.database import Database
from worker.store.ledger import Ledger, LedgerRow
from worker.store.placement import First, Placement
from worker.store.topics import Assigned

log = logging.getLogger("feedmill.ingest")

_MaybeKnown = TypeVar("_MaybeKnown", Known, Known | None)

# The verdicts after which ``after = "archive"`` moves a file out of the author's way.
FILED = ("accepted", "rejected")

DATABASE_LOST = (
    "The database's file was removed or replaced: no file is moved until the worker is restarted."
)


class Ingestor:
    """Brings the database up to what is at paths of the drop folder."""

    def __init__(
        self,
        config: Config,
        database: Database,
        inbox: DropFolder,
        readers: ParserPool,
        clock: Clock,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """``between`` is called after each file that was read and each part of a batch that was
        stored, outside of any transaction."""
        self._config = config
        self._db = database
        self._inbox = inbox
        self._clock = clock
        self._readers = readers
        self._archives = config.drop.after == "archive"
        self._undo = timedelta(minutes=config.drop.undo_minutes)
        self.ledger = Ledger(database)
        self.articles = Articles(database)
        self.placement = Placement(database, config)
        self.conflicts = Conflicts(self.ledger, self.articles, self.placement)
        self._between = between
        self._batch_reader = BatchReader(inbox, readers, self.ledger, between)
        self._looked_at: Mapping[str, Fingerprint] = {}
        self._storing = Storing(database, self.ledger, clock, readers.is_hurried, self._look_up)

    def now(self) -> datetime:
        """The moment, by the clock that verdicts are dated with."""
        return self._clock.now()

    def rehearse(self, path: str, content: Content) -> str:
        """Store a file and undo it; gives its verdict. Raises what ``take`` raises."""
        file, reading = self._batch_reader.parse(path, content)
        with self._db.rehearsal():
            told = self._take_file(file, reading).told
        return told[-1].verdict if told else "unchanged"

    def take(self, paths: Mapping[str, Fingerprint]) -> Iterator[BatchResult]:
        """Bring the database up to what is at these paths, in batches; gives what became of the
        files of each transaction once it is stored. ``paths`` has the fingerprint by which each
        file was found to be complete.

        Ends early when the parsers are hurried. Raises sqlite3.Error, DropError or ReadersError.
        A path that is in no answer then was not stored: the caller tries it again.
        """
        self._looked_at = paths
        for batch in self._batch_reader.batches(paths):
            yield from self._store_batch(batch, paths)

    def _store_batch(self, batch: Batch, paths: Mapping[str, Fingerprint]) -> Iterator[BatchResult]:
        steps = list(self._steps(batch))
        gone, later = batch.gone, batch.later
        done = [path for path, refused in batch.refused if refused.fingerprint is None]
        while True:
            count, effects = self._storing.part(steps, paths)
            done += (step.path for step in steps[:count])
            moves = self._file_away(batch, effects.told, set(done)) if self._archives else {}
            for told in effects.told:
                _log(told)
            yield BatchResult(
                told=effects.told,
                done=done,
                gone=gone,
                again=(*effects.again, *(path for path, move in moves.items() if move is None)),
                later=later,
                contested=effects.contested,
                filed=[move for move in moves.values() if isinstance(move, Filed)],
                unfiled={path: why for path, why in moves.items() if isinstance(why, str)},
            )
            steps = steps[count:]
            if not steps or self._readers.is_hurried():
                return
            self._between()
            gone, later, done = [], {}, []

    def _steps(self, batch: Batch) -> Iterator[Step]:
        for seen in batch.unchanged:
            yield Step(seen.path, seen.fingerprint, partial(self._store_unchanged, seen))
        for path, refused in batch.refused:
            if refused.fingerprint is None:
                continue
            # Never opened (a symlink, a pipe), or too large to be read.
            verdict = refused.fingerprint, "refused", refused.problem
            store = partial(self._storing.set_unread, path, *verdict)
            yield Step(path, refused.fingerprint, store)
        for file, reading in batch.read:
            store = partial(self._take_file, file, reading)
            yield Step(file.path, file.fingerprint, store, _looked_up_by(file, reading))

    def _look_up(self, steps: Sequence[Step]) -> None:
        """Look for what most files are not found by, for all of them at once."""
        paths = [step.path for step in steps]
        self.ledger.look_up(paths)
        self.placement.look_up(paths)
        claims = [step.claim for step in steps if step.claim]
        uris = [next(mint(claim, self._config.id_url)) for claim in claims]
        self.articles.look_up(claims, uris)

    def _store_unchanged(self, seen: Seen) -> Effects:
        """The bytes of the last verdict, perhaps at another path and with another time. A
        broken file's time is not that of the last good version, which stays public."""
        fingerprint = self._to_be_kept(seen.fingerprint, seen.verdict)
        self.ledger.update_fingerprint(seen.path, fingerprint)
        if (
            seen.article_id is not None
            and seen.verdict in STANDING
            and self.articles.update_file(seen.article_id, seen.path, seen.fingerprint.mtime_ns)
        ):
            effects = self.conflicts.retry_shadowed(seen.article_id)
            self.placement.follow(seen.article_id, self.now())
            return effects
        return Effects()

    def _to_be_kept(self, fingerprint: Fingerprint, verdict: str) -> Fingerprint:
        """Until a file is moved away, each scan looks at it again: a worker may be killed between
        its verdict's transaction and the move."""
        is_leaving = self._archives and verdict in FILED
        return fingerprint.doubtful() if is_leaving else fingerprint

    def _take_file(self, read: FileRead, reading: Reading | Crashed) -> Effects:
        """Judge one file and store what follows. Last of all told is what is new to its author."""
        now = self._clock.now()
        released = self.conflicts.release(read.path)
        if isinstance(reading, Crashed):
            verdict = Verdict("quarantined", None, (parser_died(reading.reason),))
        else:
            verdict = judge(reading, self._config, now, read.path)
        if verdict.article is not None:
            return released + self._take_article(read, verdict, verdict.article, now)
        # The article whose last good version stays public while its file is broken; one whose
        # file is no article any more leaves the feeds.
        known = self.articles.by_path(read.path)
        article_id = known.article_id if known else None
        if verdict.outcome == "ignored" and article_id is not None:
            released += self.conflicts.withdraw(article_id, "its file is no article", now)
            article_id = None
        return released + self._record(read, verdict.outcome, verdict.problems, article_id, now)

    def _take_article(
        self, read: FileRead, verdict: Verdict, article: Article, now: datetime
    ) -> Effects:
        claim = Claim(
            path=read.path,
            explicit_id=article.explicit_id,
            link_key=link_key(article.link),
            content_hash=read.own_hash,
            mtime_ns=read.fingerprint.mtime_ns,
            came=self._arrival(read, now),
        )
        by_path = self._seen(self.articles.by_path(read.path))
        identity = identify(
            claim,
            by_path=by_path,
            by_id=self._seen(self.articles.by_id(claim.explicit_id)),
            by_link=[self._seen(known) for known in self.articles.by_link(claim)],
            by_content=[self._seen(known) for known in self.articles.by_content(claim)],
        )
        if isinstance(identity, Shadowed):
            problem, effects = self.conflicts.give_way(identity, by_path, now)
            winner_id = identity.winner.known.article_id
            return effects + self._record(read, "shadowed", (problem,), winner_id, now)
        known = identity.known if isinstance(identity, Same) else None
        freed = self.conflicts.retry_shadowed_on_change(known, claim) if known else Effects()
        version = self._version(claim, article, verdict.outcome == "held", known, now)
        article_id = self.articles.save(version, known.article_id if known else None)
        topics = self._place(article_id, read.path, article, now, is_new=known is None)
        lost = self.conflicts.resolve(identity, article_id, read.path, by_path, now)
        problems = (*verdict.problems, *self._told_of(topics, article_id, article))
        return freed + lost + self._record(read, verdict.outcome, problems, article_id, now)

    def _seen(self, known: _MaybeKnown) -> _MaybeKnown:
        """The same, with whether its file is there: the store does not know."""
        if known is None or known.withdrawn:
            return known
        return replace(known, present=not isinstance(self._inbox.look(known.path), Gone))

    def _arrival(self, read: FileRead, now: datetime) -> str:
        """A file that was read just after a change has a doubtful fingerprint, without its ctime;
        the look before has that."""
        ctime_ns = self._looked_at.get(read.path, read.fingerprint).ctime_ns
        return arrival(read.path, ctime_ns or None, read.fingerprint.mtime_ns, now)

    def _told_of(self, assigned: Assigned, article_id: int, article: Article) -> Iterator[Problem]:
        """What the author is told of the topics: those beyond the limit, and those that are new
        with this article and resemble older ones."""
        place = article.topics_place
        if assigned.left_out:
            yield topic_limit(assigned.left_out, place, self._config)
        for topic in assigned.topics:
            meant = self.placement.topics.likely_meant(topic, article_id)
            if meant:
                yield topic_slip(topic.name, meant, place)

    def _record(
        self,
        read: FileRead,
        verdict: str,
        problems: tuple[Problem, ...],
        article_id: int | None,
        now: datetime,
    ) -> Effects:
        last = self.ledger.at(read.path) if verdict == "shadowed" else None
        fingerprint = self._to_be_kept(read.fingerprint, verdict)
        row = LedgerRow(read.path, fingerprint, read.hash, verdict, article_id, problems)
        self.ledger.write(row, now)
        told = (read.hash, verdict, problems)
        if last is not None and (last.content_hash, last.verdict, last.problems) == told:
            return Effects()  # read again, and it still gives way
        return Effects(told=(FileResult(read.path, verdict, problems, article_id),))

    def _place(
        self, article_id: int, path: str, article: Article, now: datetime, *, is_new: bool
    ) -> Assigned:
        """Put the article on its topics and into its feeds."""
        folders, names = topics_of_folder(path), article.topics
        assigned = self.placement.assign_topics(article_id, names, folders, is_new=is_new)
        first = First(assigned.topics, bool(article.mentions)) if is_new else None
        self.placement.place(article_id, now, first)
        return assigned

    def _version(
        self, claim: Claim, article: Article, held: bool, known: Known | None, now: datetime
    ) -> Version:
        """What the file says, with the dates, the state and the URI that follow from what is
        ``known`` of its article."""
        past = self.articles.past(known.article_id) if known else None
        text_hash = reader_hash(article)
        moments = times(
            article,
            past,
            reader_hash=text_hash,
            content_hash=claim.content_hash,
            file_time=from_seconds(claim.mtime_ns // 1_000_000_000),
            now=now,
            undo=self._undo,
            taken_over=known is not None and known.present and known.path != claim.path,
        )
        by_command = known is not None and self.articles.is_withdrawn_by_command(known.article_id)
        public = moments.public_from, moments.public_until
        state = state_at(now, held=held, public_from=public[0], public_until=public[1])
        return Version(
            article=article,
            claim=claim,
            since=since(claim, known),
            uri=known.uri if known else self._mint(claim),
            times=moments,
            state="withdrawn" if by_command else state,
            reason=WITHDRAWN_BY_COMMAND if by_command else "",
            due=None if by_command else next_change(state, *public),
            held=held,
            reader_hash=text_hash,
            public_since=_public_since(past, now if state == "live" and not by_command else None),
        )

    def _mint(self, claim: Claim) -> str:
        minted = mint(claim, self._config.id_url)
        return next(uri for uri in minted if not self.articles.is_minted(uri))

    def _file_away(
        self, batch: Batch, told: Sequence[FileResult], done: set[str]
    ) -> dict[str, Filed | str | None]:
        """``after = "archive"``: the verdict is safe in the database, the file may move. Gives for
        each path the moved file, or why it could not be moved; None where it is to be read again.

        An unchanged file is still here when a worker was killed before it could move it.
        """
        # SQLite goes on writing to a removed file: nothing moves that only it holds.
        is_safe = self._db.is_in_place()
        prints = {file.path: file.fingerprint for file, _ in batch.read}
        ready = [(item.path, item.verdict, prints.get(item.path)) for item in told]
        unchanged = (seen for seen in batch.unchanged if seen.path in done)
        ready += [(seen.path, seen.verdict, seen.fingerprint) for seen in unchanged]
        return {
            path: self._file_one(path, verdict, fingerprint) if is_safe else DATABASE_LOST
            for path, verdict, fingerprint in ready
            if verdict in FILED and fingerprint is not None
        }

    def _file_one(self, path: str, verdict: str, fingerprint: Fingerprint) -> Filed | str | None:
        place: Literal["archive", "rejected"] = "archive" if verdict == "accepted" else "rejected"
        try:
            reach("move-before")
            moved = self._inbox.move_to(path, place, fingerprint)
            reach("move-after")
        except OSError as error:
            return _why_unfiled(path, place, error)
        row = self.ledger.at(path)
        if moved is None or row is None:
            return None
        return Filed(path, moved, verdict, row.content_hash, row.problems)

    def forget_filed(self, filed: Iterable[Filed]) -> None:
        """Nothing is left to do for these files: delete their rows."""
        with self._db.transaction():
            for item in filed:
                self.ledger.delete(item.origin)
        reach("move-forgotten")


def _looked_up_by(read: FileRead, reading: Reading | Crashed) -> Claim | None:
    """What the file claims, without its arrival, if it is an article."""
    if isinstance(reading, Crashed) or reading.article is None:
        return None
    article = reading.article
    return Claim(read.path, article.explicit_id, link_key(article.link), read.own_hash, 0)


def _why_unfiled(path: str, place: str, error: OSError) -> str:
    fix = "Let the worker's user write to it."
    if error.errno in (errno.ENOTDIR, errno.ELOOP):
        fix = f"Remove what stands in the place of the folder {place}/; the worker makes it."
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        fix = "Make room on the disk."
    return f"{printable(path)} could not be moved to {place}/: {error.strerror}. {fix}"


def _public_since(past: Past | None, now: datetime | None) -> datetime | None:
    """When readers first could see the article; ``now`` is None where they still cannot."""
    return past.public_since if past and past.public_since else now


def _log(told: FileResult) -> None:
    codes = ",".join(dict.fromkeys(problem.code for problem in told.problems))
    good = told.verdict in ("accepted", "held", "ignored")
    level = logging.INFO if good else logging.WARNING
    log.log(level, event(f"file-{told.verdict}", path=told.path, codes=codes))
