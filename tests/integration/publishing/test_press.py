"""What children render is what the worker would have rendered, and each entry once."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration import house as houses
from tests.integration.house import House, article
from worker.core.errors import ReadersError
from worker.parsing.sandbox.fork_server import RENDERERS, ForkServer
from worker.parsing.sandbox.pool import Crashed
from worker.publishing.editions import child, press
from worker.publishing.editions.writer import DOCUMENTS_AT_ONCE

TOPICS, ARTICLES = 6, 30


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is much here."""
    monkeypatch.setattr(press, "WORTH_CHILDREN", 2)
    monkeypatch.setattr(press, "ENTRIES_AT_ONCE", 4)


def fill(house: House, first: int = 0) -> None:
    for number in range(first, first + ARTICLES):
        topics = f"[T{number % TOPICS}, T{(number + 1) % TOPICS}]"
        day = f"2026-02-{number % 28 + 1:02}"
        text = article(f"Title {number}", f"Text *{number}*.", topics=topics, date=day)
        house.write(f"{number}.md", text)
    house.reconcile(60)


@pytest.fixture
def by_worker(make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> House:
    """The same articles, without any help."""
    with monkeypatch.context() as alone:
        alone.setattr(press, "WORTH_CHILDREN", 10_000)
        house = make_house("worker")
        fill(house)
    return house


def shrink_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feeds of four entries, so that there is a history."""
    made = houses.Feeds
    monkeypatch.setattr(houses, "Feeds", lambda **a: made(**a, min_entries=4, min_days=0))


def children_of(house: House) -> Any:
    return house.worker.publisher._press._children


def test_the_bytes_are_the_same(monkeypatch, make_house):
    shrink_windows(monkeypatch)
    house, alone = make_house(), make_house("alone")
    fill(house)
    with monkeypatch.context() as context:
        context.setattr(press, "WORTH_CHILDREN", 10_000)
        fill(alone)
    assert any("archive/" in path for path in house.public_files())
    assert house.public_files() == alone.public_files()


def test_an_entry_of_several_feeds_is_rendered_once(make_house, monkeypatch):
    rendered = Counter[tuple[str, str]]()
    real = child.FeedRenderer.rendered

    def counted(self: Any, wanted: Any) -> Any:
        rendered.update((str(article_id), name) for article_id, names in wanted for name in names)
        return real(self, wanted)

    monkeypatch.setattr(child.FeedRenderer, "rendered", counted)
    monkeypatch.setattr("worker.publishing.editions.writer.FeedWriter._rendered", None)
    fill(make_house())
    assert len(rendered) == ARTICLES * 4  # RSS, Atom, JSON, HTML
    assert set(rendered.values()) == {1}


@pytest.mark.parametrize("failing", ["entries", "edition"])
def test_what_children_cannot_do_the_worker_does(make_house, by_worker, monkeypatch, failing):
    def broken(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(child, failing, broken)
    house = make_house()
    fill(house)
    assert house.public_files() == by_worker.public_files()


def test_without_children_the_worker_does_it_all(make_house, by_worker, monkeypatch, caplog):
    house = make_house()

    def refuse(jobs: Iterator[Any]) -> Iterator[Any]:
        next(jobs)
        yield Crashed("the last one")
        raise ReadersError("children", "do not start", "no memory")

    monkeypatch.setattr(children_of(house), "run", refuse)
    fill(house)
    assert house.public_files() == by_worker.public_files()
    assert "rendering-alone" in caplog.text


def test_a_feed_points_to_its_history_wherever_a_slice_ends(make_house, monkeypatch):
    """A slice may end after the last document and before the pages: the feed is touched."""
    shrink_windows(monkeypatch)
    house = make_house()
    monkeypatch.setattr("worker.service.pacing.HISTORY_SLICE", -1.0)
    fill_without_rest(house)
    publisher, now = house.worker.publisher, house.clock.now()

    def count() -> int:
        return len(list((house.public / "archive").rglob("*.atom")))

    while publisher.history_is_due(now):
        before = count()
        publisher.publish_history(now, lambda before=before: count() > before)
        publisher.publish(now)
    assert len(list(house.public.glob("archive/all/*.atom"))) > DOCUMENTS_AT_ONCE
    assert b'rel="prev-archive"' in (house.public / "all.atom").read_bytes()


def fill_without_rest(house: House) -> None:
    """Take the files in and publish the feeds, but not their history."""
    with pytest.raises(AssertionError, match="does not come to rest"):
        fill(house)


@pytest.fixture
def with_children(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Houses have real children."""
    with ForkServer(RENDERERS) as server:
        monkeypatch.setattr(
            houses, "InProcessRenderers", lambda config: press.rendering_children(server, config)
        )
        yield


@pytest.mark.slow
def test_real_children_write_the_same(by_worker, with_children, make_house):
    house = make_house()
    fill(house)
    assert children_of(house).health().started
    assert children_of(house).health().crashed == 0
    assert house.public_files() == by_worker.public_files()


@pytest.mark.slow
def test_a_child_that_is_killed_spoils_nothing(by_worker, with_children, make_house, monkeypatch):
    house = make_house()
    children = children_of(house)
    real, killed = children.run, []

    def run(jobs: Any) -> Iterator[Any]:
        for answer in real(jobs):
            if pids := children.health().pids:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)
            yield answer

    monkeypatch.setattr(children, "run", run)
    fill(house)
    assert len(killed) > TOPICS
    assert house.public_files() == by_worker.public_files()
