"""Authors at work on a folder, and a worker that misses half of it: at rest, its database and its
feeds are those of a worker that sees the folder for the first time.

Where every file has an id of its own, the folder decides everything, to the byte. Files without
an id, or with what others claim as well, owe the worker's memory their URIs and dates, and
nothing else but who of several that claim the same came first.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.integration.house import START, House, build
from tests.integration.logical import dump, json_ids, standing_feeds
from tests.integration.service.test_convergence import EXAMPLES
from worker.config.model import Config, Search
from worker.core.stages import Claim, Known, Since
from worker.ingest import identity, ingestor
from worker.ingest.identity import since

NAMES = ("a", "a.de", "a.en", "b")  # some are translations of one article
PATHS = [f"{folder}{name}.md" for folder in ("", "sub/", "sub/deep/") for name in NAMES]
BROKEN = b"---\ntitle: [\n---\n"

paths = st.sampled_from(PATHS)
which = st.integers(0, len(PATHS) - 1)
heard = st.sampled_from([0, 1, 1, 2])  # the event is lost, heard, or comes twice
# Some become public, and some expire, while the worker runs.
days = {"date": st.sampled_from([0, 0, 1, 3]), "expires": st.sampled_from([None, None, 4, 6])}
authors = st.sampled_from(["", "Ann", "Bo"])
topics = st.sampled_from([("news",), ("space",), ("news", "space")])
LINKS = ["", "https://one.example/x", "http://www.one.example/x/", "https://two.example/y"]


@dataclass(frozen=True)
class Text:
    """What an author writes; ``number`` tells versions apart, dates are days from ``START``."""

    topics: tuple[str, ...] = ("news",)
    id: str = ""
    link: str = ""
    date: int | None = None
    expires: int | None = None
    is_draft: bool = False
    number: int = 0
    author: str = ""

    def data(self) -> bytes:
        fields = {
            "title": f"Title {self.number}",
            "topics": f"[{', '.join(self.topics)}]",
            "id": f'"{self.id}"' if self.id else "",
            "link": self.link,
            "author": self.author,
            "date": _day(self.date),
            # By the author's word alone, where everything is to be so.
            "updated": "" if self.date is None else _day(self.number),
            "expires": _day(self.expires),
            "draft": "true" if self.is_draft else "",
        }
        head = "\n".join(f"{name}: {value}" for name, value in fields.items() if value)
        return f"---\n{head}\n---\n\nSome text.\n".encode()


def _with_all_feeds(config: Config) -> Config:
    """Feeds of every kind."""
    searches = Search("No news", topics_none=("news",)), Search("German", language="de")
    feeds = replace(config.feeds, authors=True, languages=True)
    return replace(config, feeds=feeds, searches=searches)


def _day(number: int | None) -> str:
    return "" if number is None else (START + timedelta(days=number)).date().isoformat()


class Authors(RuleBasedStateMachine):
    """Each rule is something that an author does, or that befalls the worker."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.files: dict[str, Text] = {}
        self._numbers = itertools.count(1)
        self.house = build(
            Path(self._stack.enter_context(_folder_in_memory())) / "house",
            unpublished="hold",
            withdraw_share=1.0,
            receipts="off",
        )
        self.house.config = _with_all_feeds(self.house.config)
        self._stack.callback(self.house.stop)
        self.house.start()

    def teardown(self) -> None:
        with self._stack:
            self.come_to_rest()

    def _create(self, path: str, text: Text, heard: int) -> None:
        self._write(path, replace(text, number=next(self._numbers)))
        self._tell(heard, path)

    @precondition(lambda self: self.files)
    @rule(which=which, how=st.sampled_from(["edit", "append", "touch", "break"]), heard=heard)
    def change(self, which: int, how: str, heard: int) -> None:
        path = self._path(which)
        if how == "edit":
            self._edit(path)
        elif how == "append":
            with (self.house.drop / path).open("ab") as file:
                file.write(b"\nMore.\n")
            self._stamp(path)
        elif how == "touch":
            self._stamp(path)
        else:
            (self.house.drop / path).write_bytes(BROKEN)
            self._stamp(path)
        self._tell(heard, path)

    @precondition(lambda self: self.files)
    @rule(which=which, goal=paths, heard=heard)
    def rename(self, which: int, goal: str, heard: int) -> None:
        """Also onto a file that is there."""
        path = self._path(which)
        self._move(path, goal)
        self._tell(heard, path, goal)

    @precondition(lambda self: self.files)
    @rule(which=which, heard=heard)
    def delete(self, which: int, heard: int) -> None:
        path = self._path(which)
        (self.house.drop / path).unlink()
        del self.files[path]
        self._tell(heard, path)

    @rule(
        what=st.sampled_from(["turn", "restart", "lose the feeds"]),
        seconds=st.sampled_from([0.5, 5, 100_000]),
    )
    def befall(self, what: str, seconds: float) -> None:
        self.house.clock.pass_time(seconds)
        if what == "lose the feeds":
            shutil.rmtree(self.house.public, ignore_errors=True)
        if what == "turn":
            self.house.turn()
        else:
            self.house.restart()

    @rule()
    def come_to_rest(self) -> None:
        self._mend()
        self._settle()
        with self._newcomer() as newcomer:
            assert self.said_by(self.house) == self.said_by(newcomer)
        _check_feeds(self.house)
        before, written = self.house.public_files(), self._written()
        self.house.reconcile(5)
        assert (self.house.public_files(), self._written()) == (before, written)

    @precondition(lambda self: self.files)
    @rule(
        which=which, goal=paths, how=st.sampled_from(["rename", "edit", "drop again"]), heard=heard
    )
    def do_one_thing_at_rest(self, which: int, goal: str, how: str, heard: int) -> None:
        """Whatever is done to a single file, its article keeps its id."""
        self._mend()
        self._settle()
        path, before = self._path(which), self._uri(self._path(which))
        if before is None or self._has_copies(path):
            return
        if how == "rename" and goal not in self.files:
            self._move(path, goal)
        elif how == "edit":
            goal = path
            self._edit(path)
        elif self._has_rivals(path):
            return  # one of them stands once the file is gone, and goes on to stand
        else:
            goal, data = path, (self.house.drop / path).read_bytes()
            (self.house.drop / path).unlink()
            self._settle()
            (self.house.drop / path).write_bytes(data)
            self._stamp(path)
        self._tell(heard, path, goal)
        self._settle()
        assert self._uri(goal) == before

    def said_by(self, house: House) -> object:
        """All that the folder alone decides."""
        raise NotImplementedError

    # -- helpers

    def _path(self, which: int) -> str:
        return sorted(self.files)[which % len(self.files)]

    def _tell(self, heard: int, *paths: str) -> None:
        for _ in range(heard):
            for path in paths:
                self.house.turn(path)

    def _write(self, path: str, text: Text) -> None:
        target = self.house.drop / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.data())
        self.files[path] = text
        self._stamp(path)

    def _edit(self, path: str) -> None:
        self._write(path, replace(self.files[path], number=next(self._numbers)))

    def _move(self, path: str, goal: str) -> None:
        (self.house.drop / goal).parent.mkdir(parents=True, exist_ok=True)
        (self.house.drop / path).rename(self.house.drop / goal)
        self.files[goal] = self.files.pop(path)

    def _stamp(self, path: str) -> None:
        """Later than any file before, and in whole seconds, as many file systems have it."""
        stamp = START.timestamp() - 100_000 + next(self._numbers)
        os.utime(self.house.drop / path, (stamp, stamp))

    def _mend(self) -> None:
        """A newcomer cannot know the last good version of a file that is broken."""
        for path in sorted(self.files):
            if (self.house.drop / path).read_bytes().startswith(BROKEN):
                self._edit(path)

    def _settle(self) -> None:
        self.house.reconcile(2)
        self.house.reconcile(self.house.config.drop.withdraw_after_seconds + 1)

    def _written(self) -> int:
        return len(self.house.worker.loop.progress.written)

    def _uri(self, path: str) -> str | None:
        line = self.house.worker.ledger.at(path)
        if line is None or line.verdict not in ("accepted", "held"):
            return None
        rows = self.house.rows(f"SELECT uri FROM articles WHERE id = {line.article_id}")
        return str(rows[0][0])

    def _has_rivals(self, path: str) -> bool:
        line = self.house.worker.ledger.at(path)
        return bool(self.house.worker.ledger.shadowed_by(line.article_id))

    def _has_copies(self, path: str) -> bool:
        """A copy that is seen before the renamed file may go on with its id."""
        data = (self.house.drop / path).read_bytes()
        return sum((self.house.drop / other).read_bytes() == data for other in self.files) > 1

    @contextmanager
    def _newcomer(self) -> Iterator[House]:
        """A worker without a past, on the same folder."""
        with _folder_in_memory() as base:
            house = build(Path(base) / "newcomer")
            house.config = replace(_with_all_feeds(house.config), drop=self.house.config.drop)
            house.clock.moment = self.house.clock.moment
            try:
                house.start()
                house.reconcile()
                house.reconcile(5)
                yield house
            finally:
                house.stop()


class Owners(Authors):
    """Each article has an id, and dates, of its own."""

    @rule(
        path=paths,
        text=st.builds(Text, topics=topics, author=authors, is_draft=st.booleans(), **days),
        heard=heard,
    )
    def create(self, path: str, text: Text, heard: int) -> None:
        self._create(path, replace(text, id=f"own-{next(self._numbers)}"), heard)

    def said_by(self, house: House) -> object:
        found = dump(house, ever=False)
        # What an author was told at the time (that the article is scheduled) was true then.
        found["ledger"] = [line[:-1] for line in found["ledger"]]
        return found, standing_feeds(house)


class Rivals(Authors):
    """Articles without an id, or with an id or a link that others claim too; copies."""

    @rule(
        path=paths,
        text=st.builds(
            Text,
            topics=topics,
            id=st.sampled_from(["", "", "", "42"]),
            link=st.sampled_from(LINKS),
            is_draft=st.sampled_from([False, False, True]),
        ),
        heard=heard,
    )
    def create(self, path: str, text: Text, heard: int) -> None:
        self._create(path, text, heard)

    @precondition(lambda self: self.files)
    @rule(which=which, goal=paths, heard=heard)
    def copy(self, which: int, goal: str, heard: int) -> None:
        self._write(goal, self.files[self._path(which)])
        self._tell(heard, goal)

    @contextmanager
    def _newcomer(self) -> Iterator[House]:
        """A worker whose only memory is since when each standing file makes its claims."""
        sql = "SELECT path, content_hash, id_since, link_since, content_since FROM articles"
        where = " WHERE state NOT IN ('shadowed', 'withdrawn')"
        places = {row[:2]: Since(*row[2:]) for row in self.house.rows(sql + where)}

        def remembered(claim: Claim, known: Known | None) -> Since:
            return places.get((claim.path, claim.content_hash)) or since(claim, known)

        with (
            patch.object(identity, "since", remembered),
            patch.object(ingestor, "since", remembered),
            super()._newcomer() as house,
        ):
            yield house

    def said_by(self, house: House) -> object:
        return [
            sorted(house.rows(sql), key=repr)
            for sql in (
                "SELECT path, title, summary, text, state, content_hash, held FROM articles"
                " WHERE state NOT IN ('shadowed', 'withdrawn')",
                "SELECT folder, name, verdict, content_hash, missing_since FROM ledger",
                "SELECT f.key, a.path FROM entries e JOIN feeds f ON f.id = e.feed_id"
                " JOIN articles a ON a.id = e.article_id WHERE e.withdrawn_at IS NULL",
            )
        ]


def _folder_in_memory() -> "tempfile.TemporaryDirectory[str]":
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def _check_feeds(house: House) -> None:
    """The files say what the database says, in every format."""
    standing: dict[str, set[str]] = {}
    for key, uri in house.rows(
        "SELECT f.key, e.uri FROM feeds f LEFT JOIN entries e"
        " ON f.id = e.feed_id AND e.withdrawn_at IS NULL"
    ):
        standing.setdefault(key, set()).update([uri] if uri else [])
    for key, uris in standing.items():
        ids = json_ids((house.public / f"{key}.json").read_bytes())
        assert len(ids) == len(uris)
        assert set(ids) == uris
        for extension in ("rss", "atom"):
            assert [entry.id for entry in house.feed(key, extension).entries] == ids


TestOwners = Owners.TestCase
TestRivals = Rivals.TestCase
TestOwners.settings = TestRivals.settings = settings(
    max_examples=max(6, EXAMPLES // 2), stateful_step_count=20
)
