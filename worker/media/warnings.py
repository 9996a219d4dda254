"""Warnings about the files that articles show, at the place that names them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from worker.core.paths import printable
from worker.core.problems import Place, Problem
from worker.media.kinds import TAKEN
from worker.media.source import shown
from worker.store.ledger import Ledger, LedgerRow
from worker.store.public_files import MOST_OF_ARTICLE, MediaKey, MediaTable

CODES = frozenset({"missing-media", "bad-media", "large-media", "unready-media", "too-many-media"})
_MOST_TOLD = 20


class MediaWarnings:
    """Keeps the warnings in the ledger up to the table ``media``."""

    def __init__(self, ledger: Ledger, table: MediaTable) -> None:
        self._ledger = ledger
        self._table = table

    def update(self, article_ids: Iterable[int]) -> list[str]:
        """Bring these articles' warnings up to date; inside a transaction. Returns the paths of
        the files whose warnings changed."""
        changed = []
        for article_id in article_ids:
            problems = self._problems(article_id)
            for row in filter(None, map(self._ledger.at, self._ledger.held_by(article_id))):
                told = self._told(row, problems)
                if told != row.problems:
                    self._ledger.update_problems(row.path, told)
                    changed.append(row.path)
        return changed

    @staticmethod
    def _told(row: LedgerRow, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """The row's problems with these; a broken newest version has only its own."""
        others = tuple(problem for problem in row.problems if problem.code not in CODES)
        return (*others, *problems) if row.verdict in ("accepted", "held") else others

    def _problems(self, article_id: int) -> list[Problem]:
        return told_of(self._table.problems_of(article_id), self._table.count(article_id))


def told_of(found: Sequence[tuple[Place | None, Problem]], count: int) -> list[Problem]:
    """What the author of an article is told that names ``count`` files, by where it names them."""
    told = [replace(problem, place=place) for place, problem in found[:_MOST_TOLD]]
    if len(found) > _MOST_TOLD:
        rest = f"{len(found) - _MOST_TOLD} more pictures, sounds and films have such problems."
        told.append(Problem(told[-1].code, rest, level="warning"))
    if count > MOST_OF_ARTICLE:
        told.append(too_many(count))
    return told


def missing(key: MediaKey, other_case: str) -> Problem:
    """There is no such file; ``other_case`` is the name of one that differs in case."""
    where = "drop.assets" if key.kind == "asset" else "the drop folder"
    hint = "Put the file there, or correct its name in the article."
    if other_case:
        hint = f"There is “{printable(other_case)}”: upper and lower case count."
    text = f"“{shown(key)}” is not in {where}: readers may not see it."
    return Problem("missing-media", text, hint=hint, level="warning")


def bad(key: MediaKey, reason: str) -> Problem:
    """The file is of a kind that is not published; ``reason`` is a sentence."""
    return Problem(
        "bad-media",
        f"“{shown(key)}” is left out. {reason}",
        hint=f"Save it again as one of {TAKEN}.",
        level="warning",
    )


def large(key: MediaKey, size: int, most: int) -> Problem:
    """The file has more bytes than are published."""
    text = f"“{shown(key)}” has {size:,} bytes; the limit is {most:,}, so it is left out."
    hint = "Make it smaller, or ask the administrator to raise media.max_bytes in feedmill.toml."
    return Problem("large-media", text, hint=hint, level="warning")


def unready(key: MediaKey, cause: str) -> Problem:
    """The file could not be read, again and again."""
    text = f"“{shown(key)}” cannot be read: {cause}. It is left out until that works."
    hint = "Let the worker's user read the file, and finish writing it."
    return Problem("unready-media", text, hint=hint, level="warning")


def too_many(count: int) -> Problem:
    """The article shows more files than are published of one article."""
    text = f"The article shows {count:,} files; the first {MOST_OF_ARTICLE} are published."
    hint = "Split the article."
    return Problem("too-many-media", text, hint=hint, level="warning")
