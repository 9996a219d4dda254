"""A Feedmill for each test, whose processes end with the test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import Feedmill, feedmill


@pytest.fixture
def make_mill(tmp_path: Path) -> Iterator[Callable[..., Feedmill]]:
    """Makes a Feedmill in the test's folder; settings as for ``process.Feedmill``."""
    with ExitStack() as stack:
        yield lambda name="house", **settings: stack.enter_context(
            feedmill(tmp_path / name, **settings)
        )


@pytest.fixture
def mill(make_mill: Callable[..., Any]) -> Feedmill:
    """A Feedmill with the settings that most tests want."""
    found: Feedmill = make_mill()
    return found
