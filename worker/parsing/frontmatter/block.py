"""A front matter block: its text, where it stands in the file, its limits, what it contains.

The readers of the three dialects (YAML, TOML, JSON) meet in these types; the limits here hold
for all of them, since a file of a few hundred bytes can otherwise swell or stall its reader.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from worker.core.problems import Place, Problem
from worker.core.text import has_illegal, illegal_in, is_half, scrubbed, shown, unmarked
from worker.parsing.frontmatter.keys import EXACT

MAX_CHARS = 65_536
MAX_DEPTH = 32
MAX_NODES = 10_000

OPAQUE = "secured"
"""The key whose value is dropped while reading, at any depth, and never shown.

Keys that contain the word are dropped too: ``---secured`` is a slip, and better lose a stranger's
key than publish a secret.
"""

KeyPath = tuple[str | int, ...]


class RawScalar(str):
    """A value as it is written in the file, where the dialect would make something else of it.

    A title ``1.10`` or a topic ``no`` is meant as it stands: only ``meaning`` loses the text.
    """

    __slots__ = ()

    def meaning(self) -> Any:
        """What the dialect takes the text for: a number, a truth value, a date, or text."""
        return str(self)


class NumberText(RawScalar):
    """A number with a fraction or exponent, as TOML and JSON write it."""

    __slots__ = ()

    def meaning(self) -> Any:
        """The number, or its text where no float holds it."""
        number = float(self)
        return number if isfinite(number) else str(self)


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of front matter; ``line`` is the number of the first one in the file."""

    text: str
    line: int = 1

    def place(self, index: int) -> Place:
        """The place in the file of the character at ``index`` of the text."""
        return Place.at(self.text, min(max(index, 0), len(self.text)), self.line)

    def row(self, index: int) -> int:
        """The number of the line, from 0, of the character at ``index`` of the text."""
        return self.place(index).line - self.line


@dataclass(slots=True)
class ParsedBlock:
    """What a reader found.

    ``values`` is made of dicts, lists, texts, ``RawScalar`` texts, None, and for TOML and JSON
    numbers, truth values and dates; the keys of dicts are texts. ``index_of`` gives the
    position of a key or list item in the block, or None.
    """

    values: Any
    block: Block
    index_of: Callable[[KeyPath], int | None]
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: KeyPath) -> Place:
        """Where the key at ``path`` stands, or the nearest one around it."""
        while path:
            index = self.index_of(path)
            if index is not None:
                return self.block.place(index)
            path = path[:-1]
        return self.block.place(0)


class UnreadableError(Exception):
    """The bytes, or the front matter, cannot be read at all; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def too_big(block: Block) -> UnreadableError:
    """For a block of more than MAX_CHARS characters."""
    return UnreadableError(
        Problem(
            "front-matter-too-big",
            f"The front matter has {len(block.text):,} characters; allowed are {MAX_CHARS:,}.",
            block.place(0),
            "Move long text below the front matter.",
        )
    )


def too_deep(block: Block, index: int) -> UnreadableError:
    """For a value nested deeper than MAX_DEPTH, with its position in the block."""
    return UnreadableError(
        Problem(
            "front-matter-too-deep",
            f"The front matter is nested more than {MAX_DEPTH} levels deep here.",
            block.place(index),
            "Remove the extra brackets or indentation.",
        )
    )


def deep_bracket(text: str, tokens: re.Pattern[str], *, one_value: bool) -> int | None:
    """The position of the first bracket that opens a level below MAX_DEPTH, or None.

    Counted before a parser sees the text: how deep a parser can go depends on the interpreter.
    ``tokens`` matches opening brackets as group 1, closing ones as group 2, and as a whole what
    may hold brackets that are none; ``one_value`` ends the count where the first value does.
    """
    depth = 0
    for found in tokens.finditer(text):
        depth += bool(found[1]) - bool(found[2])
        if depth > MAX_DEPTH:
            return found.start()
        if one_value and found[2] and depth <= 0:
            break
    return None


def too_many(block: Block, index: int) -> UnreadableError:
    """For a block with more than MAX_NODES values."""
    return UnreadableError(
        Problem(
            "front-matter-too-many",
            f"The front matter holds more than {MAX_NODES:,} values.",
            block.place(index),
            "Keep in the front matter only what describes the article.",
        )
    )


def duplicate(block: Block, key: str, index: int, first: int) -> Problem:
    """For a key that its mapping already has."""
    return Problem(
        "duplicate-key",
        f"The key {shown(key)} is given twice; it first stands in line {block.place(first).line}.",
        block.place(index),
        "Keep one of the two.",
    )


def within_limits(values: Any, block: Block) -> Any:
    """``values`` of TOML or JSON without the opaque parts; raises beyond the limits."""
    left = MAX_NODES

    def copy(value: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise too_many(block, 0)
        if not isinstance(value, dict | list):
            return value
        if depth > MAX_DEPTH:
            raise too_deep(block, 0)
        if isinstance(value, list):
            return [copy(item, depth + 1) for item in value]
        return {k: copy(v, depth + 1) for k, v in value.items() if OPAQUE not in k.lower()}

    return copy(values, 1)


_EXACT = frozenset((key,) for key in EXACT)
INVISIBLE = "Delete it; it may be invisible in your editor."
_AS_ESCAPE = "Delete it; it is written with a backslash, such as \\x07 or \\u0007."


def scrubbed_block(block: ParsedBlock, *, is_marked: bool) -> ParsedBlock:
    """``block`` without the characters that no feed may carry, and a problem for each text.

    Where a value must stay as its author wrote it, the problem is an error. ``is_marked`` where
    such characters stood in the file itself and ``marked`` was applied, not only as escapes.
    """
    problems = list(block.problems)

    def text_of(raw: str, path: KeyPath) -> str:
        text = unmarked(raw) if is_marked else raw
        if not has_illegal(text):
            return raw
        problems.append(_illegal(text, path, block.place(path), is_marked=is_marked))
        return scrubbed(text)

    def clean(value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {
                text_of(key, (*path, key)): clean(item, (*path, key)) for key, item in value.items()
            }
        if isinstance(value, list):
            return [clean(item, (*path, at)) for at, item in enumerate(value)]
        return text_of(value, path) if isinstance(value, str) else value

    return replace(block, values=clean(block.values, ()), problems=problems)


def _illegal(text: str, path: KeyPath, place: Place, *, is_marked: bool) -> Problem:
    _, name = next(illegal_in(text))
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    exact = path in _EXACT
    what = "half a character" if is_half(name) else "the control character"
    return Problem(
        "control-characters",
        f"{shown(scrubbed(unmarked(key)))} contains {what} {name}, "
        + ("which no feed can carry." if exact else "which was removed."),
        place,
        INVISIBLE if is_marked else _AS_ESCAPE,
        "error" if exact else "warning",
    )
