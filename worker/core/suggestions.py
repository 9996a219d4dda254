"""Which known name a misspelt one means. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from worker.core.topic_names import SLIP_LENGTH


def did_you_mean(name: str, known: Iterable[str], quotes: str = '""') -> str:
    """A question, with a space before it, for a name that resembles a known one; else nothing."""
    plain = {other.casefold().replace("-", "_"): other for other in known}
    close = get_close_matches(name.casefold().replace("-", "_"), plain, n=1, cutoff=0.7)
    return f" Did you mean {quotes[0]}{plain[close[0]]}{quotes[1]}?" if close else ""


_TELLING: Final = 4


_FIGURES: Final = "0123456789"


def is_one_edit_away(key: str, other: str) -> bool:
    """Whether one letter more, less, another one, or two changed places make ``other`` of ``key``.

    Not of short ones ("AI", "AR"), nor where a figure is the difference ("2025", "2026"): those
    are two topics more often than a slip.
    """
    key, other = sorted((key, other), key=len)
    if len(key) < _TELLING or len(other) - len(key) > 1 or key == other:
        return False
    at = next((n for n, letter in enumerate(key) if letter != other[n]), len(key))
    if {key[at : at + 1], other[at : at + 1]} & set(_FIGURES):
        return False
    if len(key) < len(other):
        return key[at:] == other[at + 1 :]
    if key[at + 1 :] == other[at + 1 :]:
        return True
    return key[at + 2 :] == other[at + 2 :] and key[at : at + 2] == other[at : at + 2][::-1]


def slip_keys(key: str) -> set[str]:
    """What ``key`` shares with every key that is one edit away from it: itself, and what is left
    without one of its letters (the deletion neighbours of SymSpell).

    None for a key so short or so long that nobody is asked about it.
    """
    if not _TELLING <= len(key) <= SLIP_LENGTH:
        return set()
    return {key} | {key[:at] + key[at + 1 :] for at in range(len(key))}
