"""Other programs that acceptance tests talk to: there in CI, perhaps missing elsewhere."""

import os
import shutil

import pytest


def program(name: str) -> str:
    """The path of a program; where it is missing the test fails in CI and skips elsewhere."""
    found = shutil.which(name)
    if found:
        return found
    message = f"{name} is not installed"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
