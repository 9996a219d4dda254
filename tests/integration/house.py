"""A whole Feedmill in a temporary folder, driven turn by turn with a clock of its own.

Everything is real but two things: time passes when a test says so, and files are parsed in
this process, by the function that the child processes run.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import feedparser

from worker.config.model import Config, Drop, Feeds, Site
from worker.inbox.hint_queue import HintQueue, Hints
from worker.ingest.verdicts import reading_rules
from worker.media.inspection import inspect
from worker.parsing.article_reader import read_article
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.pool import Crashed, Health, Job
from worker.publishing.editions import child
from worker.service import composition

START = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


class FakeClock:
    """Both clocks of ``worker.core.clock``; they move only by ``pass_time``."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - START).total_seconds() + 1000.0

    def pass_time(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class InProcessParsers:
    """``worker.parsing.sandbox.pool.ParserPool`` without the children."""

    def __init__(self, rules: ReadingRules) -> None:
        self._rules = rules
        self.hurried = False

    def __enter__(self) -> "InProcessParsers":
        return self

    def __exit__(self, *_: object) -> None:
        """There is no child to stop."""

    def read(self, jobs: Iterable[Job]) -> Iterator[Any]:
        for job in jobs:
            if self.hurried:
                return
            yield read_article(job.data, job.name, self._rules)

    def inspect(self, job: Job) -> Any:
        """What a picture is, without a child."""
        return None if self.hurried else inspect(job.data)

    def hurry(self) -> None:
        """Parse no further file."""
        self.hurried = True

    def is_hurried(self) -> bool:
        return self.hurried

    def warm(self) -> None:
        """There is no child to start."""

    def rest(self, keep: int = 1) -> None:
        """There is none to end."""

    def health(self) -> Health:
        return Health((), 0, 0, limited=False)


class InProcessRenderers:
    """``worker.publishing.editions.press.rendering_children`` without the children."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._functions: dict[str, Any] = {"entries": child.entries, "edition": child.edition}

    def run(self, jobs: Iterable[Job]) -> Iterator[Any]:
        for job in jobs:
            try:
                yield self._functions[job.kind](job.data, job.name, self._config)
            except Exception as error:
                yield Crashed(repr(error))

    def rest(self, keep: int = 1) -> None:
        """There is no child to end."""

    def close(self) -> None:
        """The next job sees the database and the site's look of that moment."""
        child.close()


@dataclass
class House:
    """A drop folder, a public folder and a worker between them."""

    base: Path
    config: Config
    clock: FakeClock
    worker: Any = None
    between: Callable[[], None] = lambda: None
    _open: ExitStack | None = None

    @property
    def drop(self) -> Path:
        return self.config.drop.folder

    @property
    def public(self) -> Path:
        return self.config.feeds.folder

    def start(self) -> None:
        """Open the database as a worker does when it starts, and scan."""
        self._open = ExitStack()
        database = composition.open_for_work(self.config.store_path)
        self._open.callback(database.close)
        readers: Any = self.open_readers(self._open)
        hints = self._open.enter_context(HintQueue())
        renderers: Any = InProcessRenderers(self.config)
        self._open.callback(renderers.close)
        self.worker = composition.Worker(
            self.config, database, readers, renderers, hints, self.clock, between=self._call_between
        )
        self.worker.loop.rescan()

    def _call_between(self) -> None:
        """What the worker calls within long work, as a test has it at that moment."""
        self.between()

    def open_readers(self, until_stop: ExitStack) -> Any:
        """What parses the files; a house for files that may crash their parser has children."""
        del until_stop
        return InProcessParsers(reading_rules(self.config))

    def stop(self) -> None:
        if self._open:
            self._open.close()
        self._open = None

    def restart(self, **changes: Any) -> None:
        """Stop and start, with changes to the configuration."""
        self.stop()
        self.config = replace(self.config, **changes)
        self.start()

    def write(self, path: str, text: str | bytes, age: float = 60.0) -> Path:
        """Drop a file that was last changed ``age`` seconds ago by the house's clock."""
        target = self.drop / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        stamp = self.clock.moment.timestamp() - age
        os.utime(target, (stamp, stamp))
        return target

    def turn(self, *paths: str) -> None:
        """One turn after an event for each path."""
        self.worker.loop.turn(Hints(dict.fromkeys(paths, "ready"), frozenset()))

    def reconcile(self, seconds: float = 0.0) -> None:
        """Let ``seconds`` pass, scan, and take turns until nothing is left to do."""
        self.clock.pass_time(seconds)
        loop = self.worker.loop
        loop.rescan()
        loop.turn(Hints())
        for _ in range(50):
            if loop.is_idle() or loop.progress.troubles.keys() & {
                "drop-folder",
                "database",
                "public-folder",
            }:
                return
            self.clock.pass_time(0.5)
            loop.turn(Hints())
        message = "the house does not come to rest"
        raise AssertionError(message)

    def delete(self, path: str) -> None:
        """Delete a file and let the grace period pass."""
        (self.drop / path).unlink()
        self.reconcile()
        self.reconcile(self.config.drop.withdraw_after_seconds + 1)

    def feed(self, key: str = "all", extension: str = "atom") -> Any:
        """A published feed, as feedparser sees it."""
        parsed = feedparser.parse((self.public / f"{key}.{extension}").read_bytes())
        assert not parsed.bozo, parsed.bozo_exception
        return parsed

    def titles(self, key: str = "all") -> list[str]:
        return [entry.title for entry in self.feed(key).entries]

    def ids(self, key: str = "all") -> dict[str, str]:
        """Title to id."""
        return {entry.title: entry.id for entry in self.feed(key).entries}

    def verdict(self, path: str) -> str | None:
        line = self.worker.ledger.at(path)
        return line.verdict if line else None

    def public_files(self) -> dict[str, tuple[bytes, int]]:
        """Every public file's bytes and time."""
        return {
            str(path.relative_to(self.public)): (path.read_bytes(), int(path.stat().st_mtime))
            for path in sorted(self.public.rglob("*"))
            if path.is_file()
        }

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.worker.database.execute(sql)]


@cache
def _empty_database() -> bytes:
    """What the worker makes where there is no database; the migrations take 20 ms a house."""
    with tempfile.TemporaryDirectory() as base:
        path = Path(base) / "feedmill.db"
        composition.open_for_work(path).close()
        return path.read_bytes()


def build(base: Path, **drop: Any) -> House:
    """A house in ``base`` with an empty database; ``drop`` changes the [drop] section."""
    (base / "drop").mkdir(parents=True)
    config = Config(
        path=None,
        site=Site(title="House", url="https://house.example/"),
        drop=Drop(folder=base / "drop", **{"settle_seconds": 1.0, **drop}),
        feeds=Feeds(folder=base / "public"),
        store_path=base / "feedmill.db",
    )
    config.store_path.write_bytes(_empty_database())
    return House(base, config, FakeClock())


def article(title: str = "Title", body: str = "Some text.", **fields: str) -> str:
    """A Markdown file with YAML front matter."""
    lines = [f"title: {title}", *(f"{name}: {value}" for name, value in fields.items())]
    return "---\n" + "\n".join(lines) + f"\n---\n\n{body}\n"
