"""A house with pictures beside its articles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.house import House, build


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = build(tmp_path / "house")
    built.start()
    yield built
    built.stop()
