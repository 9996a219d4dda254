"""Finds the known name that a misspelt one probably means. Pure."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

# Shorter and longer topic keys get no suggestion.
_SHORTEST: Final = 4
_LONGEST: Final = 40
_DIGITS: Final = "0123456789"


def did_you_mean(name: str, known: Iterable[str], quotes: str = '""') -> str:
    """`` Did you mean "x"?`` with a space before it; empty if no known name is similar."""
    meant = closest(name, known, 0.7)
    return f" Did you mean {quotes[0]}{meant}{quotes[1]}?" if meant else ""


def closest(name: str, known: Iterable[str], cutoff: float) -> str:
    """The known name most similar to ``name``; empty if none has a similarity of ``cutoff``.

    Similarity is difflib's ratio, from 0 to 1, of the names as ``plain_name`` gives them; the
    same letters in another order count as 1.
    """
    best, meant = cutoff, ""
    matcher = SequenceMatcher(None, b=plain_name(name))
    for candidate in sorted(known):
        matcher.set_seq1(plain_name(candidate))
        likely = matcher.quick_ratio()
        if likely < 1:
            likely = matcher.ratio() if likely >= best else 0.0
        if likely >= best and (likely > best or not meant):
            best, meant = likely, candidate
    return meant


def plain_name(name: str) -> str:
    """``name`` without what a misspelling is not about: case, hyphens, underscores, spaces."""
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def is_one_edit_away(key: str, other: str) -> bool:
    """Whether one letter added, removed or replaced, or two letters swapped, give ``other``.

    False for short keys ("AI", "AR") and if a digit differs ("2025", "2026"): those are usually
    two topics, not a mistake.
    """
    key, other = sorted((key, other), key=len)
    if len(key) < _SHORTEST or len(other) - len(key) > 1 or key == other:
        return False
    at = next((n for n, letter in enumerate(key) if letter != other[n]), len(key))
    if {key[at : at + 1], other[at : at + 1]} & set(_DIGITS):
        return False
    if len(key) < len(other):
        return key[at:] == other[at + 1 :]
    if key[at + 1 :] == other[at + 1 :]:
        return True
    return key[at + 2 :] == other[at + 2 :] and key[at : at + 2] == other[at : at + 2][::-1]


def slip_keys(key: str) -> set[str]:
    """Keys that ``key`` has in common with every key one edit away: itself, and itself without
    one letter (the deletion neighbours of SymSpell).

    Empty if ``key`` is too short or too long for a suggestion.
    """
    if not _SHORTEST <= len(key) <= _LONGEST:
        return set()
    return {key} | {key[:at] + key[at + 1 :] for at in range(len(key))}
