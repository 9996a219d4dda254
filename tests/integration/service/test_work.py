"""What the hot paths do, counted: no noise of the machine can make these fail or pass.

Statements, files and renderings per article are what makes Feedmill fast; a change that does
more of them has to say so here. ``make bench-smoke`` prints the counts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpus import article
from benchmarks.spelling import yaml_file
from feeds.public_folder import NewFile, PublicFolder
from tests.integration import house as houses
from tests.integration.house import House
from worker.config.model import Feeds, Search
from worker.inbox.folder import DropFolder
from worker.parsing.sandbox.pool import Job
from worker.publishing import front_page
from worker.publishing.editions import edition
from worker.service.pacing import LONGEST_HOLD

TOPICS = 4
FORMATS = 3  # RSS, Atom, JSON
NEWS = ("News",)
# Upper bounds on SQL statements; raise them with a reason only. The first two are per article of
# a whole folder, into the database and on into feeds and pages; the former are nearly all rows that
# are inserted.
STATEMENTS_TO_INGEST = 20
STATEMENTS_TO_PUBLISH = 16
# Five of these are files that an owner may have put there by hand; three note that the search index
# is no longer right.
STATEMENTS_FOR_ONE_FILE = 160
STATEMENTS_FOR_ONE_EDIT = 157
STATEMENTS_AT_REST = 23


@dataclass
class Work:
    """What was done between two looks."""

    statements: int = 0
    parsed: Counter[str] = field(default_factory=Counter)
    parsed_bytes: int = 0
    read: int = 0
    entries: int = 0
    audited: int = 0
    feeds: int = 0
    cards: int = 0
    written: Counter[str] = field(default_factory=Counter)

    def told(self, what: str) -> "Work":
        """Print it, for whoever wants to see the counts."""
        print(  # noqa: T201 -- shown by ``make bench-smoke``
            f"{what}: {self.statements} statements, {self.parsed_bytes} bytes parsed in"
            f" {sum(self.parsed.values())} files, {self.entries} entries and {self.feeds} feeds"
            f" rendered, {self.audited} entries audited, {sum(self.written.values())} files written"
        )
        return self


def counting(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, note: Callable[..., None]
) -> None:
    """Have every call noted; it does what it ever did."""
    real = getattr(owner, name)

    def call(*args: Any, **options: Any) -> Any:
        note(*args)
        return real(*args, **options)

    monkeypatch.setattr(owner, name, call)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Counts what every house of the test does; everything is done as ever."""
    counted = Work()

    def entry(*_: Any) -> None:
        counted.entries += 1

    def audited(*_: Any) -> None:
        counted.audited += 1

    def feed(*_: Any) -> None:
        counted.feeds += 1

    def card(*_: Any) -> None:
        counted.cards += 1

    def written(_: PublicFolder, files: Sequence[NewFile]) -> None:
        counted.written.update(file.path for file in files)

    def read(*_: Any) -> None:
        counted.read += 1

    counting(monkeypatch, edition, "render_entry", entry)
    counting(monkeypatch, edition, "audit_entry", audited)
    counting(monkeypatch, edition, "render_head", feed)
    counting(monkeypatch, front_page, "render_card", card)
    counting(monkeypatch, PublicFolder, "write_all", written)
    counting(monkeypatch, DropFolder, "read", read)

    real_read = houses.InProcessParsers.read

    def parse(self: Any, jobs: Iterable[Job]) -> Iterator[Any]:
        def noted() -> Iterator[Job]:
            for job in jobs:
                counted.parsed[job.name] += 1
                counted.parsed_bytes += len(job.data)
                yield job

        return real_read(self, noted())

    monkeypatch.setattr(houses.InProcessParsers, "read", parse)
    return counted


@contextmanager
def counted(house: House, work: Work) -> Iterator[Work]:
    """The work of what is done within."""

    def trace(statement: str) -> None:
        if not statement.startswith("--"):  # a trigger's own
            work.statements += 1

    fresh = Work()
    for name in fresh.__dataclass_fields__:
        setattr(work, name, getattr(fresh, name))
    connection = house.worker.database.tables.conn
    connection.set_trace_callback(trace)
    try:
        yield work
    finally:
        connection.set_trace_callback(None)


def put(house: House, number: int, **changes: Any) -> Path:
    """Drop an article of the benchmarks' corpus."""
    item = replace(article(number, TOPICS), **changes)
    return house.write(f"{item.name}.md", yaml_file(item, extra="published: true\n"))


def filled(make_house: Callable[..., House], count: int) -> House:
    """A house at rest with so many articles, and windows of ten."""
    house = make_house(f"house-{count}")
    house.restart(feeds=Feeds(folder=house.config.feeds.folder, min_entries=10, min_days=0))
    for number in range(count):
        put(house, number)
    house.reconcile()
    house.worker.loop.publish_index()
    return house


def feed_files(work: Work) -> dict[str, int]:
    """The feeds' own files among those written, and how often."""
    kinds = (".rss", ".atom", ".json")
    return {
        path: times
        for path, times in work.written.items()
        if path.endswith(kinds) and not path.startswith("archive/")
    }


def test_a_folder_is_taken_in_with_each_file_parsed_once(
    make_house: Callable[..., House], work: Work
) -> None:
    house, count = make_house(), 40
    files = [put(house, number) for number in range(count)]
    with counted(house, work):
        house.turn(*(path.name for path in files))
    work.told(f"{count} new articles in an empty house")
    assert work.parsed == {path.name: 1 for path in files}
    assert work.parsed_bytes == sum(path.stat().st_size for path in files)
    assert work.read == count
    assert work.entries == work.audited == count * FORMATS
    assert work.feeds == (TOPICS + 1) * FORMATS
    assert set(work.written.values()) == {1}
    assert work.statements <= (STATEMENTS_TO_INGEST + STATEMENTS_TO_PUBLISH) * count


def test_a_new_file_costs_the_same_whatever_the_archive_holds(
    make_house: Callable[..., House], work: Work
) -> None:
    counts = []
    for size in (15, 65):
        house = filled(make_house, size)
        path = put(house, 1000, topics=NEWS)
        with counted(house, work):
            house.turn(path.name)
        work.told(f"1 new article beside {size}")
        assert work.parsed == {path.name: 1}
        assert work.entries == work.audited == FORMATS
        assert work.feeds == len(feed_files(work)) == 2 * FORMATS  # all, and its topic
        assert set(work.written.values()) == {1}
        counts.append((work.statements, sum(work.written.values())))
    assert counts[0] == counts[1]
    assert counts[0][0] <= STATEMENTS_FOR_ONE_FILE


def test_searches_that_cannot_match_cost_an_article_nothing(
    make_house: Callable[..., House], work: Work
) -> None:
    counts = []
    for many in (1, 50):
        house = make_house(f"searches-{many}")
        searches = (Search(f"No. {i}", "tide", topics=(f"Topic {i}",)) for i in range(many))
        house.restart(searches=tuple(searches))
        house.reconcile()
        path = put(house, 1, topics=NEWS)
        with counted(house, work):
            house.turn(path.name)
        counts.append(work.statements)
    assert counts[0] == counts[1]


def test_an_edit_costs_the_same_whatever_the_archive_and_its_topic_hold(
    make_house: Callable[..., House], work: Work
) -> None:
    counts = []
    for size in (15, 65):
        house = filled(make_house, size)
        put(house, 1000, topics=NEWS)
        house.reconcile(5)
        path = put(house, 1000, topics=NEWS, title="Another title")
        house.clock.pass_time(5)
        with counted(house, work):
            house.turn(path.name)
        work.told(f"1 edit beside {size}")
        assert work.entries == work.audited == FORMATS
        assert work.feeds == len(feed_files(work)) == 2 * FORMATS
        assert set(work.written.values()) == {1}
        counts.append((work.statements, sum(work.written.values())))
    assert counts[0] == counts[1]
    assert counts[0][0] <= STATEMENTS_FOR_ONE_EDIT


def test_many_files_at_once_write_each_feed_once(
    make_house: Callable[..., House], work: Work
) -> None:
    house = filled(make_house, 5)
    files = [put(house, number) for number in range(100, 140)]
    with counted(house, work):
        house.turn(*(path.name for path in files))
    work.told("40 new articles at once")
    assert set(feed_files(work).values()) == {1}
    assert work.parsed == {path.name: 1 for path in files}


def test_the_first_files_of_a_burst_wait_for_the_rest_of_it(
    make_house: Callable[..., House], work: Work
) -> None:
    house = filled(make_house, 5)
    hints = house.worker.hints
    hints.put("101.md", "created")
    first, second = put(house, 100, topics=NEWS), put(house, 101, topics=NEWS)
    with counted(house, work):
        house.turn(first.name)
        assert not feed_files(work)
        hints.take(0)
        house.turn(second.name)
    assert len(feed_files(work)) == 2 * FORMATS
    assert set(feed_files(work).values()) == {1}


def test_a_burst_without_end_holds_no_feed_back_for_longer_than_is_stated(
    make_house: Callable[..., House], work: Work
) -> None:
    house = filled(make_house, 5)
    house.worker.hints.put("102.md", "created")
    with counted(house, work):
        house.turn(put(house, 100, topics=NEWS).name)
        house.clock.pass_time(LONGEST_HOLD)
        house.turn(put(house, 101, topics=NEWS).name)
    assert len(feed_files(work)) == 2 * FORMATS


def test_an_article_writes_no_page_of_older_ones_but_once_in_a_page_of_them(
    make_house: Callable[..., House], work: Work
) -> None:
    house = filled(make_house, 65)
    history: list[Counter[str]] = []
    for number in range(1000, 1021):
        with counted(house, work):
            house.turn(put(house, number, topics=NEWS).name)
        pages = (path for path in work.written if path.endswith(".html"))
        history.append(Counter(path.rpartition("/")[0] for path in pages if path[-6].isdigit()))
    # A new page and its neighbour, which leads to it; the topic's first page has none.
    assert [pages["all"] for pages in history if pages["all"]] == [2, 2]
    assert [pages["topics/news"] for pages in history if pages["topics/news"]] == [1]


def test_a_topic_s_article_renders_no_other_topic_s_card(
    make_house: Callable[..., House], work: Work
) -> None:
    house = make_house()
    files = [put(house, number, topics=(f"Topic {number}",)) for number in range(30)]
    house.turn(*(path.name for path in files))
    path = put(house, 1000, topics=NEWS)
    with counted(house, work):
        house.turn(path.name)
    assert work.cards == 1


def test_where_nothing_changed_nothing_is_read_rendered_or_written(
    make_house: Callable[..., House], work: Work
) -> None:
    house = filled(make_house, 30)
    house.restart()
    with counted(house, work):
        house.reconcile()
    work.told("30 articles, nothing changed")
    assert (work.read, work.entries, work.audited, work.feeds) == (0, 0, 0, 0)
    assert not work.written
    assert work.statements <= STATEMENTS_AT_REST
