"""Other programs that acceptance tests talk to: there in CI, perhaps missing elsewhere."""

import os
import shutil
from typing import NoReturn

import pytest


def program(name: str) -> str:
    """The path of a program; where it is missing the test fails in CI and skips elsewhere."""
    return shutil.which(name) or missing(name)


def missing(what: str) -> NoReturn:
    """End the test: it fails in CI and is skipped elsewhere."""
    message = f"{what} is not installed"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
