"""Receipts: text files beside articles that tell authors what happened.

They depend only on the ledger, the articles and the files: the next comparison writes missing
receipts, rewrites old ones and removes extra ones. Nothing here decides about an article, and a
receipt that cannot be written does not affect its file.
"""

import errno
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from feeds import at
from worker.authors.excerpts import Source
from worker.authors.receipt_files import (
    NotOursError,
    put_receipt,
    receipt_path,
    receipts_below,
    remove_receipt,
)
from worker.authors.receipt_text import (
    PAGE,
    TEXT_VERSION,
    Facts,
    FeedLink,
    Listed,
    is_deserved,
    is_of_other_kind,
    note_text,
    receipt_text,
)
from worker.config.model import Config
from worker.core.clock import Clock
from worker.core.events import event
from worker.core.fault_points import reach
from worker.core.paths import NOTE, join, language_in, printable, split
from worker.core.problems import Problem
from worker.core.stages import Filed
from worker.inbox.filters import is_unread
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, error_text
from worker.ingest.conflicts import STANDING
from worker.ingest.verdicts import (
    content_hash,
    contested,
    link_target,
    translation,
    unreadable,
)
from worker.parsing.frontmatter.dates import zone_named
from worker.store.articles import Articles, Publication
from worker.store.database import Database
from worker.store.ledger import Ledger, LedgerRow
from worker.store.mentions import Mentions, Translations
from worker.store.queries import feeds_of_article

log = logging.getLogger("feedmill.receipts")

SLICE_SECONDS = 0.2
"""How long one turn writes receipts: a hundred thousand of them must not hold the feeds up."""

MOST_NAMES = 50
"""How many files a folder's note names."""

PATIENCE_SECONDS = 5.0
"""How long a file must be unreadable before it gets a receipt: most such errors pass."""

_READ_ONLY = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_NOT_THERE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP))
_FACT = "receipts"


class Receipts:
    """The receipts of one drop folder."""

    def __init__(self, config: Config, database: Database, inbox: DropFolder, clock: Clock) -> None:
        self._config = config
        self._mode = config.drop.receipts
        self._fallback = config.drop.receipts_folder
        self._db = database
        self._ledger = Ledger(database)
        self._articles = Articles(database)
        self._mentions = Mentions(database)
        self._translations = Translations(database, config.site.language)
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

    # -- which receipts are due

    def mark_due(self, paths: Iterable[str]) -> None:
        """These files changed: ``write_pending`` updates their receipts."""
        for path in paths:
            self._unreadable.pop(path, None)
            self._waiting[path] = None
            if is_unread(path):
                self._waiting[_note_on(path)] = None

    def mark_unreadable(self, path: str, text: str) -> None:
        """The file cannot be read now; it gets a receipt after ``PATIENCE_SECONDS``."""
        since, _ = self._unreadable.get(path, (self._clock.monotonic(), ""))
        self._unreadable[path] = (since, text)
        if self._clock.monotonic() >= since + PATIENCE_SECONDS:
            self._waiting[path] = None

    def mark_all_due(self) -> None:
        """Every receipt may have changed."""
        self.mark_due(self._ledger.paths())

    def reconcile(self, found: Iterable[str]) -> None:
        """Compare with the receipts that a scan of the whole drop folder ``found``, by path."""
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
        """The first time, compare texts too: a killed worker may have left old ones.

        Receipts of public articles change only with the configuration, and are too many.
        """
        self._is_compared = True
        unchanged = self._db.fact(_FACT) == self._digest()
        self.mark_due(self._unusual() if unchanged and self._mode == "all" else paths)

    def _wanted(self) -> Iterator[str]:
        """The paths of files that should have a receipt now."""
        if self._mode != "off":
            yield from self._unreadable
            yield from self._unusual()
        if self._mode == "all":
            yield from (path for path in self._ledger.paths() if not is_unread(path))

    def _unusual(self) -> Iterator[str]:
        for row, state in self._ledger.unusual():
            if is_of_other_kind(row.problems) or self._is_noted_page(row.problems):
                yield _note_on(row.path)
            elif is_deserved("problems", row.verdict, state, self._problems(row)):
                yield row.path

    def is_waiting(self) -> bool:
        """Whether any receipt is due."""
        return bool(self._waiting)

    @property
    def place(self) -> str:
        """Where receipts are if not beside their files; else empty."""
        if not self._elsewhere:
            return ""
        reason = f": {self._read_only}" if self._read_only else ""
        return f"{self._fallback} (the drop folder is not writable{reason})"

    @property
    def in_the_way(self) -> str:
        """A file that has a receipt's name but is not one; empty if there is none."""
        return next(iter(self._blocked.values()), "")

    # -- writing them

    def write_pending(self) -> str:
        """Write or remove the receipts that are due, for at most ``SLICE_SECONDS``.

        Returns why one failed, in a sentence; empty if none did. Raises DropError; the rest stay
        due then.
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
        """Write the receipts of files that were moved to rejected/, beside them."""
        for item in filed if self._mode != "off" else ():
            if item.verdict != "rejected" or item.path is None:
                continue
            source = self._source(item.path, item.content_hash, item.problems)
            name = printable(item.path)
            facts = Facts(name, "rejected", item.problems, source, None, self._zone, is_filed=True)
            place, text = receipt_path(item.path), receipt_text(facts)
            self._attempt(place, partial(self._put, place, text))

    def _attempt(self, place: str, work: Callable[[], object]) -> None:
        """Call ``work`` or remember why it failed; the next scan tries again."""
        self._failed.pop(place, None)
        self._blocked.pop(place, None)
        try:
            reach("receipt-before")
            work()
            reach("receipt-after")
        except NotOursError as error:
            self._blocked[place] = f"{printable(place)}: {error.strerror}. Rename it."
        except OSError as error:
            if error.errno not in _NOT_THERE:
                self._failed[place] = f"{printable(place)}: {error_text(error)}."
            if error.errno in _READ_ONLY:
                self._failed[place] += (
                    " Give the worker write access to the folder, or set drop.receipts_folder."
                )

    def _bring_up(self, path: str) -> None:
        place, (folder, name) = receipt_path(path), split(path)
        if name == NOTE:
            self._bring_up_note(place, folder)
            return
        row, state = self._ledger.present_at(path) or (None, "")
        if path in self._unreadable and self._mode != "off":
            self._put(place, receipt_text(self._unread(path, row)))
            return
        problems = self._problems(row) if row else ()
        note = _note_on(path)
        if not is_unread(path) and (self._is_noted_page(problems) or self._is_there(note)):
            self._waiting[note] = None
        if row is None or not is_deserved(self._mode, row.verdict, state, problems):
            self._remove(place)
            return
        source = self._source(path, row.content_hash, problems)
        if source is None and _has_places(problems):
            return  # the file has changed since: its new verdict comes soon
        # A shadowed file's row names the article that is published instead of it.
        article, feeds = self._publicity(row if row.verdict != "shadowed" else None)
        facts = Facts(printable(path), row.verdict, problems, source, article, self._zone, feeds)
        self._put(place, receipt_text(facts))

    def _bring_up_note(self, place: str, folder: str) -> None:
        others = Listed(*self._ledger.passed_over(folder, "other-kind", MOST_NAMES))
        pages = Listed()
        if self._mode == "problems":  # with "all", each of them has a receipt
            pages = Listed(*self._ledger.passed_over(folder, PAGE, MOST_NAMES))
        if (others.total or pages.total) and self._mode != "off":
            self._put(place, note_text(others, pages))
        else:
            self._remove(place)

    def _is_there(self, path: str) -> bool:
        """Whether there is a receipt for this path."""
        return receipt_path(path) in self._here or receipt_path(path) in self._elsewhere

    def _is_noted_page(self, problems: Sequence[Problem]) -> bool:
        """Whether a note tells of the file: a page without a date, which may be news."""
        return self._mode == "problems" and any(problem.code == PAGE for problem in problems)

    def _unread(self, path: str, row: LedgerRow | None) -> Facts:
        """The facts on a file that cannot be read, but may have been before."""
        _, text = self._unreadable[path]
        problems, about = (unreadable(text),), self._publicity(row)
        return Facts(printable(path), "refused", problems, None, about[0], self._zone, about[1])

    def _source(self, path: str, digest: str, problems: tuple[Problem, ...]) -> Source | None:
        """The file's lines; None if it has changed since the verdict or none are needed."""
        if not _has_places(problems):
            return None
        match self._inbox.read(path):
            case Content(data) if content_hash(data) == digest:
                return Source(data)
        return None

    # -- facts

    def _problems(self, row: LedgerRow) -> tuple[Problem, ...]:
        """The file's problems, the links whose article is not public yet, the translation that is
        shown instead, and the files that have the same id, link or content."""
        if row.article_id is None or row.verdict == "shadowed":
            return row.problems
        problems = row.problems
        if row.verdict in STANDING:
            problems += tuple(map(link_target, self._mentions.missing(row.article_id)))
            if self._config.translations == "one":
                main = self._translations.main_path(row.article_id)
                problems += (translation(main),) if main else ()
        rivals = self._ledger.shadowed_by(row.article_id)
        return (*problems, contested(rivals)) if rivals else problems

    def _publicity(self, row: LedgerRow | None) -> tuple[Publication | None, list[FeedLink]]:
        """The file's article, if it has one, and its feeds."""
        if row is None or row.article_id is None:
            return None, []
        known = self._articles.publication(row.article_id)
        is_live = known.state == "live"
        # Whether a translation will be shown in its topics is open until it is public.
        is_known = is_live or self._config.translations == "all" or not language_in(known.path)
        return known, list(self._feeds(known.id, is_live)) if is_known else []

    def _feeds(self, article_id: int, is_live: bool) -> Iterator[FeedLink]:
        """The feeds that list it, or will list it once it is public."""
        site, formats = self._config.site.url, self._config.feeds.formats
        for name, key in feeds_of_article(self._db, article_id, is_live):
            yield FeedLink(name or "All articles", tuple(f"{site}{key}.{end}" for end in formats))

    def _digest(self) -> str:
        """A digest of everything in the configuration that changes receipts."""
        site, feeds = self._config.site, self._config.feeds
        about = (site.url, site.timezone, feeds.formats, self._config.translations)
        parts = (TEXT_VERSION, self._mode, *about)
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
        # Before the first scan it is unknown which receipts exist; after it, a hundred thousand
        # files without one cost nothing.
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
        """Whether the path is in ``drop.receipts_folder``, which may be in the drop folder."""
        if self._fallback is None:
            return False
        return (self._config.drop.folder / place).is_relative_to(self._fallback)

    def _in_fallback(self) -> Iterator[str]:
        if self._fallback is not None and self._fallback.is_dir():
            with _opened_fallback(self._fallback) as root_fd:
                for folder, names, _ in receipts_below(root_fd, ""):
                    yield from (join(folder, name) for name in names)

    def _sweep_rejected(self) -> None:
        """Remove receipts in rejected/ whose file was deleted or moved back."""
        if self._config.drop.after != "archive":
            return
        with self._inbox.opened() as root_fd:
            for folder, names, others in receipts_below(root_fd, "rejected"):
                keep = {receipt_path(name) for name in others if self._mode != "off"}
                for name in set(names) - keep:
                    place = join(folder, name)
                    self._attempt(place, partial(remove_receipt, root_fd, place))


def _note_on(path: str) -> str:
    """The note of a file for another program, named as a file whose receipt it would be."""
    return join(split(path)[0], NOTE)


def _has_places(problems: tuple[Problem, ...]) -> bool:
    return any(problem.place for problem in problems)


@contextmanager
def _opened_fallback(folder: Path) -> Iterator[int]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = at.open_(folder, os.O_RDONLY | at.O_DIRECTORY | at.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        at.close(descriptor)
