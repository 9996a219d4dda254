"""Fixtures for tests on real folders and real SQLite."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.house import House, build


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
