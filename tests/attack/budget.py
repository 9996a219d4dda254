"""How long each attack goes on, from which seed, and how to play a failure again.

``FEEDMILL_ATTACK_SECONDS`` is the time of all attacks together, ``FEEDMILL_ATTACK_SEED`` what
chance begins with (a new one in each run), ``FEEDMILL_ATTACK_ROUND`` the only round to play.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SECONDS: Final = float(os.environ.get("FEEDMILL_ATTACK_SECONDS") or 600)
SEED: Final = int(os.environ.get("FEEDMILL_ATTACK_SEED") or int.from_bytes(os.urandom(4), "big"))
ONLY: Final = os.environ.get("FEEDMILL_ATTACK_ROUND", "")

SHARES: Final = {
    "reader": 0.3,
    "scripts": 0.25,
    "http": 0.1,
    "signals": 0.15,
    "damage": 0.1,
    "swaps": 0.1,
}
"""What part of the time each attack gets."""


class Round:
    """One round of an attack: its number, and the chance that plays it."""

    def __init__(self, part: str, number: int) -> None:
        self.part, self.number = part, number
        self.chance = random.Random(f"{SEED} {part} {number}")

    @property
    def again(self) -> str:
        """The command that plays this round alone."""
        return f"make attack PART={self.part} SEED={SEED} ROUND={self.number}"

    @contextmanager
    def play(self) -> Iterator[random.Random]:
        """Play it; a failure says how to see it again."""
        try:
            yield self.chance
        except BaseException as error:
            error.add_note(f"to see it again: {self.again}")
            raise


def rounds(part: str, share: float = 1.0) -> Iterator[Round]:
    """The rounds of an attack until its time is up, at least one; with what was done, told.

    ``share`` is the part of the part's time that is meant, where it has several tests.
    """
    if ONLY:
        yield Round(part, int(ONLY))
        return
    ends = time.monotonic() + SECONDS * SHARES[part] * share
    number = 0
    while number == 0 or time.monotonic() < ends:
        yield Round(part, number)
        number += 1


TOLD: list[str] = []


def tell(text: str) -> None:
    """What was tried, for the summary at the end."""
    TOLD.append(text)
