"""A house whose parser names the files beside an article."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.house import House, build
from tests.integration.media.files import parser_with_mentions


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with parser_with_mentions():
        built = build(tmp_path / "house")
        built.start()
        yield built
        built.stop()
