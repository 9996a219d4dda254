"""A worker that is started on a damaged database: each kind of damage, by the same chance."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack.damages import ALWAYS_SEEN, DAMAGES
from tests.e2e.process import Feedmill, article

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_worker_ends_with_a_sentence_or_works(
    mill: Feedmill, damage: Callable[[Path, random.Random], None]
) -> None:
    for number in range(40):
        mill.write(f"{number}.md", article(f"Title {number}", "Text. " * 200, tags="a"))
    mill.once()
    damage(mill.store, random.Random(damage.__name__))
    mill.start()
    mill.until_said_or_ended("watching folder=")
    status = mill.stop() if mill.is_running() else mill.ended()
    assert "Traceback" not in mill.log()
    assert status in (0, 2)
    if damage.__name__ in ALWAYS_SEEN:
        assert status == 2
        assert mill.said("feedmill: database: ")
