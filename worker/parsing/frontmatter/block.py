"""A block of front matter: its text, its place in the file, its limits, its values.

The YAML, TOML and JSON readers share these types. The limits hold for all three: without them a
file of a few hundred bytes can fill the memory or stall its reader.
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

Keys that contain the word are dropped too: ``---secured`` is a typing mistake, and it is better to
lose another tool's key than to publish a secret.
"""

KeyPath = tuple[str | int, ...]


class RawScalar(str):
    """A value as written in the file, where its format has another type for it.

    A title ``1.10`` or a topic ``no`` is meant as text; ``meaning`` gives the typed value.
    """

    __slots__ = ()

    def meaning(self) -> Any:
        """The typed value: a number, a boolean, a date, or text."""
        return str(self)


class NumberText(RawScalar):
    """A number with a fraction or exponent, as TOML and JSON write it."""

    __slots__ = ()

    def meaning(self) -> Any:
        """The number, or its text if it is too large for a float."""
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
    """The values of a block, and where their keys are.

    ``values`` consists of dicts, lists, str, ``RawScalar``, None, and for TOML and JSON numbers,
    booleans and dates; the keys of dicts are str. ``index_of`` gives the
    position of a key or list item in the block, or None.
    """

    values: Any
    block: Block
    index_of: Callable[[KeyPath], int | None]
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: KeyPath) -> Place:
        """The place of the key at ``path``, or of the nearest key around it."""
        while path:
            index = self.index_of(path)
            if index is not None:
                return self.block.place(index)
            path = path[:-1]
        return self.block.place(0)


class UnreadableError(Exception):
    """The file or its front matter cannot be read at all; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def too_big(block: Block) -> UnreadableError:
    """For a block of more than MAX_CHARS characters."""
    return UnreadableError(
        Problem(
            "front-matter-too-big",
            f"The front matter has {len(block.text):,} characters; the limit is {MAX_CHARS:,}.",
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
    """The position of the first bracket nested deeper than MAX_DEPTH, or None.

    Checked before parsing, since how deep a parser can go depends on the interpreter. ``tokens``
    matches opening brackets as group 1, closing ones as group 2, and without a group the strings
    and comments to skip; ``one_value`` stops at the end of the first value.
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
            f"The front matter has more than {MAX_NODES:,} values.",
            block.place(index),
            "Keep only what describes the article in the front matter.",
        )
    )


def duplicate(block: Block, key: str, index: int, first: int) -> Problem:
    """A warning on a key that its mapping already has; the tools take the last one."""
    return Problem(
        "duplicate-key",
        f"The key {shown(key)} appears twice; the first one is on line {block.place(first).line}.",
        block.place(index),
        "The last one counts. Keep one of the two.",
        "warning",
    )


def within_limits(values: Any, block: Block) -> Any:
    """``values`` of TOML or JSON without opaque keys. Raises UnreadableError beyond the limits."""
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
INVISIBLE = "Delete it. Your editor may not show it."
_AS_ESCAPE = "Delete it. In the file it is written with a backslash, like \\x07 or \\u0007."


def scrubbed_block(block: ParsedBlock, *, is_marked: bool) -> ParsedBlock:
    """``block`` without characters that no feed may carry, with a problem for each text.

    The problem is an error where the value must stay as written. ``is_marked`` if the file had
    such characters outside escapes, and ``marked`` replaced them.
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
        + ("which is not allowed in feeds." if exact else "which was removed."),
        place,
        INVISIBLE if is_marked else _AS_ESCAPE,
        "error" if exact else "warning",
    )
