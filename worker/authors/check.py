"""``feedmill check``: the worker's verdict on any file, without a database.

The same code decides as in the worker, except for what depends on other files (the same id).
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from worker.authors.excerpts import Source
from worker.authors.surroundings import Surroundings
from worker.config.model import Config
from worker.core.article import Article, Reading
from worker.core.paths import join, printable
from worker.core.problems import Problem, plain_verdict
from worker.core.suggestions import is_one_edit_away
from worker.core.topic_names import topic_key
from worker.inbox.filters import NameFilter, names_of
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Content, Refused, too_large
from worker.inbox.scanner import Unreadable
from worker.ingest.conflicts import STANDING
from worker.ingest.verdicts import (
    judge,
    parser_died,
    reading_rules,
    topic_slip,
    unreadable,
)
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer
from worker.parsing.sandbox.inline import parsers
from worker.parsing.sandbox.pool import Crashed, Job, ParserPool

BAD = ("rejected", "refused", "quarantined")
"""Verdicts on files that are not published until they change."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One file's verdict, as the worker would give it; ``path`` is printable.

    "ignored" are also files that the worker does not look at because of their names. ``source``
    is for excerpts; None if nothing was read.
    """

    path: str
    verdict: str
    problems: tuple[Problem, ...]
    source: Source | None = None

    def plain(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        return plain_verdict(self.path, self.verdict, self.problems)


@dataclass(frozen=True, slots=True)
class _File:
    """A file to check: its path as shown, its path below the drop folder, and a function that
    reads it or returns the problem. ``root`` is the folder below which its links and pictures
    are, None for standard input."""

    shown: str
    path: str
    read: Callable[[], bytes | Problem]
    root: Path | None = None


def check_files(files: Iterable[Path], config: Config, now: datetime) -> Iterator[Checked]:
    """The verdicts in the given order; for a folder, on each file that the worker would read."""
    checker = _Checker(config, now)
    return checker.judged(item for path in files for item in checker.found(path))


def check_text(data: bytes, name: str, config: Config, now: datetime) -> Checked:
    """The verdict on text, as if it were in a file called ``name``."""
    checker = _Checker(config, now)
    most = config.drop.max_bytes
    found = too_large(len(data), most) if len(data) > most else data
    return next(checker.judged(checker.named(printable(name), name, lambda: found)))


class _Checker:
    """One run of the command."""

    def __init__(self, config: Config, now: datetime) -> None:
        self._config = config
        self._now = now
        self._names: NameFilter = names_of(config)
        self._roots: dict[Path, Surroundings] = {}

    # -- finding files

    def found(self, path: Path) -> Iterator[_File | Checked]:
        """The files that an argument names."""
        inside = self._inside(path)
        # A link to a folder is walked, unless it has an article's name: the worker refuses that.
        if path.is_dir() and not (path.is_symlink() and self._names.takes_file("", path.name)):
            yield from self._walked(path, inside)
            return
        inbox = DropFolder(path.parent, self._config.drop.max_bytes)
        below = path.name if inside is None else inside
        root = path.parent if inside is None else self._config.drop.folder
        yield from self.named(printable(str(path)), below, partial(_read, inbox, path.name), root)

    def _inside(self, path: Path) -> str | None:
        """The path relative to the drop folder; None if it is not below it."""
        try:
            below = path.absolute().relative_to(self._config.drop.folder.absolute())
        except ValueError:
            return None
        return "" if below == Path() else below.as_posix()

    def _walked(self, folder: Path, inside: str | None) -> Iterator[_File | Checked]:
        """The files that the worker would read if the folder were (in) the drop folder."""
        root, under = (folder, "") if inside is None else (self._config.drop.folder, inside)
        inbox = DropFolder(root, self._config.drop.max_bytes, self._names)
        for item in inbox.scan(under):
            if isinstance(item, Unreadable):
                problem = unreadable(item.error)
                yield Checked(self._shown(folder, under, item.path), "refused", (problem,))
                continue
            for path, problem in item.refused:
                yield Checked(self._shown(folder, under, path), "refused", (problem,))
            for name, *_ in item.files:
                below = join(item.path, name)
                shown = self._shown(folder, under, below)
                yield _File(shown, below, partial(_read, inbox, below), root)

    @staticmethod
    def _shown(folder: Path, under: str, path: str) -> str:
        return printable(str(folder / path.removeprefix(under).lstrip("/")))

    def named(
        self,
        shown: str,
        path: str,
        read: Callable[[], bytes | Problem],
        root: Path | None = None,
    ) -> Iterator[_File | Checked]:
        """The named file, or "ignored" if the worker ignores its name."""
        if not self._names.is_article_name(path):
            yield _ignored(shown)
        else:
            yield _File(shown, path, read, root)

    # -- judging them

    def judged(self, items: Iterable[_File | Checked]) -> Iterator[Checked]:
        """The verdicts in order. Files are read only as fast as the parsers take them."""
        waiting: deque[Checked | tuple[_File, Source]] = deque()

        def jobs() -> Iterator[Job]:
            for item in items:
                if isinstance(item, Checked):
                    waiting.append(item)
                    continue
                data = item.read()
                if isinstance(data, Problem):
                    waiting.append(Checked(item.shown, "refused", (data,)))
                else:
                    waiting.append((item, Source(data)))
                    yield Job(item.path, data)

        rules = reading_rules(self._config)
        with ForkServer(PARSERS) as server, parsers(server, rules) as readers:
            for reading in readers.read(jobs()):
                while isinstance(item := waiting.popleft(), Checked):
                    yield item
                yield self._verdict(*item, reading, readers)
        yield from (item for item in waiting if isinstance(item, Checked))

    def _verdict(
        self, file: _File, source: Source, reading: Reading | Crashed, readers: ParserPool
    ) -> Checked:
        if isinstance(reading, Crashed):
            return Checked(file.shown, "quarantined", (parser_died(reading.reason),))
        verdict = judge(reading, self._config, self._now, file.path)
        problems = list(verdict.problems)
        if verdict.article:
            problems += self._topic_typos(verdict.article)
            if file.root is not None and verdict.outcome in STANDING:
                problems += self._around(file.root, readers).problems(verdict.article)
        return Checked(file.shown, verdict.outcome, tuple(problems), source)

    def _around(self, root: Path, readers: ParserPool) -> Surroundings:
        if root not in self._roots:
            self._roots[root] = Surroundings(root, self._config, self._names, readers)
        return self._roots[root]

    def _topic_typos(self, article: Article) -> Iterator[Problem]:
        """Topics that are almost the same as one in the configuration."""
        rules = self._config.topics
        known = {
            topic_key(name): rule.name for rule in rules for name in (rule.name, *rule.aliases)
        }
        for name in article.topics:
            key = topic_key(name)
            near = sorted(other for other in known if is_one_edit_away(key, other))
            if key not in known and near:
                yield topic_slip(name, known[near[0]], article.topics_place)


def _read(inbox: DropFolder, path: str) -> bytes | Problem:
    match inbox.read(path):
        case Content(data):
            return data
        case Refused(problem):
            return problem
        case outcome:
            return unreadable(getattr(outcome, "text", "there is no such file"))


def _ignored(shown: str) -> Checked:
    message = "The worker ignores files with this name, because of its extension or drop.ignore."
    hint = (
        "Names of articles end in .md, .markdown, .mdx, .rst, .txt, .html or .htm and start with "
        "no dot."
    )
    return Checked(shown, "ignored", (Problem("passed-over", message, None, hint, "warning"),))
