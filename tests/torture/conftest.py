"""The long harness runs only when asked for: ``make torture``, or ``-m torture``."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "torture" in config.getoption("-m"):
        return
    skip = pytest.mark.skip(reason="the long fault harness: make torture")
    for item in items:
        if item.get_closest_marker("torture"):
            item.add_marker(skip)
