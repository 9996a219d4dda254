"""Fixtures for tests on real folders, real SQLite and a real server."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.feeds.server.webfiles import FEED, FEEDS, PAGES, SECRET
from tests.integration.feeds.server.webserver import served
from tests.integration.house import House, InProcessParsers, build
from worker.admin import machine_checks, podcast_checks
from worker.authors import check
from worker.parsing.sandbox.fork_server import ForkServer
from worker.service import composition


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Builds and starts houses; stops them at the end."""
    houses: list[House] = []

    def make(name: str = "house", **drop: object) -> House:
        house = build(tmp_path / name, **drop)
        houses.append(house)
        house.start()
        return house

    yield make
    for house in houses:
        house.stop()


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    """One started house with the default settings."""
    return make_house()


@pytest.fixture
def parsers_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands start no children; for tests of anything but the parsers."""
    monkeypatch.setattr(ForkServer, "start", lambda self: None)
    for module in (check, composition):
        monkeypatch.setattr(module, "parsers", lambda _, rules: InProcessParsers(rules))
    for module in (machine_checks, podcast_checks):
        monkeypatch.setattr(module, "ParserPool", lambda _, rules, **__: InProcessParsers(rules))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the tests that leave its files alone, or have files of their own."""
    base = tmp_path_factory.mktemp("web")
    (base / "secret.txt").write_bytes(SECRET)
    (base / "public-not").mkdir()
    (base / "public-not" / "x.txt").write_bytes(SECRET)
    folder = base / "public"
    folder.mkdir()
    with served(folder) as running:
        for path in (*FEEDS, *PAGES):
            running.write(path, FEED)
        running.write("archive/topics/mills/1.rss", FEED)
        running.write(".hidden.html", SECRET)
        running.write("topics/.git/config", SECRET)
        (folder / "link.html").symlink_to(base / "secret.txt")
        (folder / "linked").symlink_to(base / "public-not")
        (folder / "inner.html").symlink_to("index.html")
        os.mkfifo(folder / "pipe.html")
        yield running


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.url, headers={"accept-encoding": "identity"}) as found:
        yield found
