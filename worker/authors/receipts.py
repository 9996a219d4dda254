"""Receipts: beside each file that needs one, a note that tells its author what became of it.

They follow from ledger, articles and files alone: whichever are missing, stale or left over,
whoever did that, the next comparison puts right. Nothing here decides anything about an
article, and no trouble with a receipt is trouble with its file.
"""

import errno
import hashlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from worker.authors.excerpts import Source
from worker.authors.receipt_files import (
    NotOursError,
    put_receipt,
    receipt_path,
    receipts_below,
    remove_receipt,
)
from worker.authors.receipt_text import (
    TEXT_VERSION,
    Facts,
    FeedLink,
    Publicity,
    is_deserved,
    receipt_text,
)
from worker.config.model import Config
from worker.core.clock import Clock
from worker.core.events import event
from worker.core.fault_points import reach
from worker.core.paths import join, printable, split
from worker.core.problems import Problem
from worker.core.stages import Filed
from worker.core.timestamps import from_text
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, error_text
from worker.ingest.verdicts import content_hash, contested, unreadable
from worker.parsing.frontmatter.dates import zone_named
from worker.store.database import Database
from worker.store.ledger import Ledger, load_problems

log = logging.getLogger("feedmill.receipts")

SLICE_SECONDS = 0.2
"""How long one turn writes receipts: a hundred thousand of them must not hold the feeds up."""

PATIENCE_SECONDS = 5.0
"""How long a file may be unreadable before its author is told: most such trouble passes."""

_READ_ONLY = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_NOT_THERE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP))
_FACT = "receipts"
_ROW = """
SELECT l.verdict, l.content_hash, l.problems, l.article_id, a.id, a.uri, a.state, a.published,
 a.public_from, a.public_until, a.public_since
 FROM ledger l LEFT JOIN articles a ON a.id = l.article_id
 WHERE l.folder = ? AND l.name = ? AND l.missing_since IS NULL"""
_ALL = "SELECT folder, name FROM ledger WHERE missing_since IS NULL"
# By an index each: one condition for the three of them reads the whole ledger, and a page of the
# articles for each of its lines.
_UNUSUAL = """
SELECT l.folder, l.name, l.verdict, l.problems, l.article_id, a.state FROM (
 SELECT folder, name FROM ledger WHERE verdict <> 'accepted'
 UNION SELECT folder, name FROM ledger WHERE problems <> ''
 UNION SELECT w.folder, w.name FROM ledger s CROSS JOIN ledger w ON w.article_id = s.article_id
 WHERE s.verdict <> 'accepted' AND s.verdict = 'shadowed'
 UNION SELECT o.folder, o.name FROM articles b CROSS JOIN ledger o ON o.article_id = b.id
 WHERE b.state IN ('held', 'scheduled', 'expired', 'shadowed', 'withdrawn')) AS u
 CROSS JOIN ledger l ON l.folder = u.folder AND l.name = u.name
 LEFT JOIN articles a ON a.id = l.article_id
 WHERE l.missing_since IS NULL"""


class Receipts:
    """The receipts of one drop folder."""

    def __init__(self, config: Config, database: Database, inbox: DropFolder, clock: Clock) -> None:
        self._config = config
        self._mode = config.drop.receipts
        self._fallback = config.drop.receipts_folder
        self._db = database
        self._ledger = Ledger(database)
        self._inbox = inbox
        self._clock = clock
        self._zone = zone_named(config.site.timezone)
        self._waiting: dict[str, None] = {}
        self._here: set[str] = set()
        self._elsewhere: set[str] = set()
        self._read_only = ""
        self._failed: dict[str, str] = {}
        self._blocked: dict[str, str] = {}
        self._unreadable: dict[str, tuple[float, str]] = {}
        self._is_compared = False

    # -- what is to be done

    def note(self, paths: Iterable[str]) -> None:
        """Something about these files changed; their receipts are seen to in ``settle``."""
        for path in paths:
            self._unreadable.pop(path, None)
            self._waiting[path] = None

    def note_unreadable(self, path: str, text: str) -> None:
        """The system does not let the file be read; told once it has not passed for a while."""
        since, _ = self._unreadable.get(path, (self._clock.monotonic(), ""))
        self._unreadable[path] = (since, text)
        if self._clock.monotonic() >= since + PATIENCE_SECONDS:
            self._waiting[path] = None

    def note_all(self) -> None:
        """What every receipt tells may have changed."""
        self.note(join(row[0], row[1]) for row in self._db.execute(_ALL))

    def reconcile(self, found: Iterable[str]) -> None:
        """Compare with what a scan of the whole drop folder ``found``: the paths of receipts."""
        self._here = {place for place in found if not self._is_elsewhere(place)}
        self._elsewhere = set(self._in_fallback())
        self._failed.clear()
        self._blocked.clear()
        wanted = {receipt_path(path): path for path in self._wanted()}
        there = self._here | self._elsewhere
        self._waiting.update((path, None) for place, path in wanted.items() if place not in there)
        for place in there - wanted.keys():
            self._attempt(place, partial(self._remove, place))
        if not self._is_compared:
            self._compare(wanted.values())
        self._sweep_rejected()

    def _compare(self, paths: Iterable[str]) -> None:
        """The first time, compare texts too: a worker that was killed may have left old ones.

        Those of public articles change with the configuration only, and are too many.
        """
        self._is_compared = True
        unchanged = self._db.fact(_FACT) == self._digest()
        self.note(self._unusual() if unchanged and self._mode == "all" else paths)

    def _wanted(self) -> Iterator[str]:
        """The paths of the files that should have a receipt now."""
        if self._mode != "off":
            yield from self._unreadable
        if self._mode == "problems":
            yield from self._unusual()
        elif self._mode == "all":
            yield from (join(row[0], row[1]) for row in self._db.execute(_ALL))

    def _unusual(self) -> Iterator[str]:
        for row in self._db.execute(_UNUSUAL):
            problems = self._problems(row)
            if is_deserved("problems", row["verdict"], row["state"] or "", problems):
                yield join(row["folder"], row["name"])

    def is_waiting(self) -> bool:
        """Is there a receipt to be seen to?"""
        return bool(self._waiting)

    @property
    def place(self) -> str:
        """Where receipts go, where that is not beside their files; else empty."""
        if not self._elsewhere:
            return ""
        reason = f": {self._read_only}" if self._read_only else ""
        return f"{self._fallback} (the drop folder cannot be written{reason})"

    @property
    def in_the_way(self) -> str:
        """What an author has in a receipt's place; empty where nothing is."""
        return next(iter(self._blocked.values()), "")

    # -- doing it

    def settle(self) -> str:
        """See to the receipts that wait, for at most ``SLICE_SECONDS``.

        Returns why one could not be written, in a sentence, empty where all could. Raises
        DropError; what waits goes on waiting then.
        """
        until = self._clock.monotonic() + SLICE_SECONDS
        while self._waiting and self._clock.monotonic() < until:
            path = next(iter(self._waiting))
            self._attempt(receipt_path(path), partial(self._bring_up, path))
            del self._waiting[path]
        if not self._waiting and self._is_compared and self._db.fact(_FACT) != self._digest():
            with self._db.transaction():
                self._db.set_fact(_FACT, self._digest())
        return next(iter(self._failed.values()), "")

    def write_filed(self, filed: Iterable[Filed]) -> None:
        """The receipts of files that were moved to rejected/, beside them."""
        for item in filed if self._mode != "off" else ():
            if item.verdict != "rejected" or item.path is None:
                continue
            source = self._source(item.path, item.content_hash, item.problems)
            name = printable(item.path)
            facts = Facts(name, "rejected", item.problems, source, None, self._zone, is_filed=True)
            place, text = receipt_path(item.path), receipt_text(facts)
            self._attempt(place, partial(self._put, place, text))

    def _attempt(self, place: str, work: Callable[[], object]) -> None:
        """Do it, or remember why not; what failed is tried again after the next scan."""
        self._failed.pop(place, None)
        self._blocked.pop(place, None)
        try:
            reach("receipt-before")
            work()
            reach("receipt-after")
        except NotOursError as error:
            self._blocked[place] = f"{printable(place)}: {error.strerror}. Rename that."
        except OSError as error:
            if error.errno not in _NOT_THERE:
                self._failed[place] = f"{printable(place)}: {error_text(error)}."
            if error.errno in _READ_ONLY:
                self._failed[place] += (
                    " Let the worker write to the folder, or set drop.receipts_folder."
                )

    def _bring_up(self, path: str) -> None:
        place = receipt_path(path)
        row = self._db.one(_ROW, split(path))
        if path in self._unreadable and self._mode != "off":
            self._put(place, receipt_text(self._unread(path, row)))
            return
        problems = self._problems(row) if row else ()
        if row is None or not is_deserved(self._mode, row["verdict"], row["state"] or "", problems):
            self._remove(place)
            return
        source = self._source(path, row["content_hash"], problems)
        if source is None and _has_places(problems):
            return  # the file is another one by now: its verdict is on its way
        # A shadowed file's line names the article that stands in its place.
        article = self._publicity(row) if row["id"] and row["verdict"] != "shadowed" else None
        facts = Facts(printable(path), row["verdict"], problems, source, article, self._zone)
        self._put(place, receipt_text(facts))

    def _unread(self, path: str, row: sqlite3.Row | None) -> Facts:
        """The facts on a file that cannot be read, but may have been before."""
        _, text = self._unreadable[path]
        article = self._publicity(row) if row and row["id"] else None
        return Facts(printable(path), "refused", (unreadable(text),), None, article, self._zone)

    def _source(self, path: str, digest: str, problems: tuple[Problem, ...]) -> Source | None:
        """The file's lines, if they are those that the verdict is on, and are needed."""
        if not _has_places(problems):
            return None
        match self._inbox.read(path):
            case Content(data) if content_hash(data) == digest:
                return Source(data)
        return None

    # -- facts

    def _problems(self, row: sqlite3.Row) -> tuple[Problem, ...]:
        """What a file's author is told, the files that claim to be the same one included."""
        problems = load_problems(row["problems"])
        if row["article_id"] is None or row["verdict"] == "shadowed":
            return problems
        rivals = self._ledger.shadowed_by(row["article_id"])
        return (*problems, contested(rivals)) if rivals else problems

    def _publicity(self, row: sqlite3.Row) -> Publicity:
        until, since = row["public_until"], row["public_since"]
        return Publicity(
            uri=row["uri"],
            state=row["state"],
            published=from_text(row["published"]),
            public_from=from_text(row["public_from"]),
            public_until=from_text(until) if until else None,
            public_since=from_text(since) if since else None,
            feeds=tuple(self._feeds(row["id"], row["state"])),
        )

    def _feeds(self, article_id: int, state: str) -> Iterator[FeedLink]:
        """The feeds it stands in, or those of its topics where it stands in none yet."""
        if state == "live":
            rows = self._db.execute(
                "SELECT f.name, f.key FROM entries e JOIN feeds f ON f.id = e.feed_id"
                " WHERE e.article_id = ? AND e.withdrawn_at IS NULL"
                " ORDER BY f.kind = 'all', f.key",
                (article_id,),
            ).fetchall()
        else:
            rows = self._db.execute(
                "SELECT t.name, 'topics/' || t.slug FROM article_topics a"
                " JOIN topics t ON t.id = a.topic_id WHERE a.article_id = ?"
                " UNION ALL SELECT '', 'all'",
                (article_id,),
            ).fetchall()
        site, formats = self._config.site.url, self._config.feeds.formats
        for name, key in rows:
            yield FeedLink(name or "All articles", tuple(f"{site}{key}.{end}" for end in formats))

    def _digest(self) -> str:
        """Changes when the configuration changes what receipts say."""
        site, feeds = self._config.site, self._config.feeds
        parts = (TEXT_VERSION, self._mode, site.url, site.timezone, feeds.formats)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    # -- files

    def _put(self, place: str, text: str) -> None:
        try:
            with self._inbox.opened() as root_fd:
                written = put_receipt(root_fd, place, text)
        except OSError as error:
            if error.errno not in _READ_ONLY or self._fallback is None:
                raise
            self._read_only = error_text(error)
            with _opened_fallback(self._fallback) as root_fd:
                written = put_receipt(root_fd, place, text, make_folders=True)
            self._elsewhere.add(place)
        else:
            self._here.add(place)
            self._remove_elsewhere(place)
        if written:
            log.debug(event("receipt-written", path=place))

    def _remove(self, place: str) -> None:
        # Before the first scan nobody knows what is there; after it, a hundred thousand files
        # without a receipt cost nothing.
        if place in self._here or not self._is_compared:
            with self._inbox.opened() as root_fd:
                remove_receipt(root_fd, place)
            self._here.discard(place)
        self._remove_elsewhere(place)

    def _remove_elsewhere(self, place: str) -> None:
        is_possible = place in self._elsewhere or not self._is_compared
        if is_possible and self._fallback is not None and self._fallback.is_dir():
            with _opened_fallback(self._fallback) as root_fd:
                remove_receipt(root_fd, place)
            self._elsewhere.discard(place)

    def _is_elsewhere(self, place: str) -> bool:
        """Does the place lie in the other folder, which may be a folder in the drop folder?"""
        if self._fallback is None:
            return False
        return (self._config.drop.folder / place).is_relative_to(self._fallback)

    def _in_fallback(self) -> Iterator[str]:
        if self._fallback is not None and self._fallback.is_dir():
            with _opened_fallback(self._fallback) as root_fd:
                for folder, names, _ in receipts_below(root_fd, ""):
                    yield from (join(folder, name) for name in names)

    def _sweep_rejected(self) -> None:
        """A rejected file that was taken back, or deleted, leaves its receipt behind."""
        if self._config.drop.after != "archive":
            return
        with self._inbox.opened() as root_fd:
            for folder, names, others in receipts_below(root_fd, "rejected"):
                keep = {receipt_path(name) for name in others if self._mode != "off"}
                for name in set(names) - keep:
                    place = join(folder, name)
                    self._attempt(place, partial(remove_receipt, root_fd, place))


def _has_places(problems: tuple[Problem, ...]) -> bool:
    return any(problem.place for problem in problems)


@contextmanager
def _opened_fallback(folder: Path) -> Iterator[int]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
