"""The sites that the acceptance tests look at, each published and served once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.acceptance.browser import chromium
from tests.acceptance.tidemill import published, served_demo


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Tidemill's address."""
    with published(tmp_path_factory.mktemp("site")) as url:
        yield url


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of what `make demo` serves."""
    with served_demo(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as found:
        yield found
