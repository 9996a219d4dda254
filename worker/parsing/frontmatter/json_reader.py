"""JSON front matter to plain values; finds the places of keys when a problem needs them."""

import json
import re
from typing import Any

from worker.core.problems import Problem
from worker.core.text import marked
from worker.parsing.frontmatter.block import (
    MAX_CHARS,
    OPAQUE,
    Block,
    KeyPath,
    NumberText,
    ParsedBlock,
    UnreadableError,
    deep_bracket,
    duplicate,
    too_big,
    too_deep,
    within_limits,
)

_WHITE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NESTING = re.compile(r""""(?:[^"\\\n]|\\.)*"|([\[{])|([\]}])""")
_ATOM = re.compile(r"[^\s,\]}]+")
# Longer integers count nothing, and Python refuses to read very long ones.
_LONGEST_INT = 18

_WORDS = {
    "Expecting property name enclosed in double quotes": (
        "There must be a key in double quotes here.",
        'Write keys as "key", and no comma after the last value.',
    ),
    "Expecting ',' delimiter": (
        "A comma or a closing bracket is missing before this.",
        "Put a comma between two values, and close every [ and {.",
    ),
    "Expecting ':' delimiter": ("There is no colon after the key.", 'Write "key": value.'),
    "Expecting value": (
        "There is no value here, or it is not valid JSON.",
        "Put text in double quotes. Other values are numbers, true, false and null.",
    ),
    "Unterminated string starting at": (
        "The quotation mark that opens here is not closed.",
        'Add " at the end of the value.',
    ),
    "Invalid control character at": (
        "The text in quotes does not end on this line.",
        'Add " at the end of the value, or write \\n for a line break inside it.',
    ),
    "Invalid \\escape": (
        "The backslash here is followed by something that JSON does not know.",
        "Write the backslash twice.",
    ),
    "Invalid \\uXXXX escape": (
        "\\u must be followed by four hexadecimal digits.",
        "Write the backslash twice if it is part of the text.",
    ),
}

_LAST_COMMA = ("There must be no comma after the last value.", "Remove the comma.")


class _NotJsonError(ValueError):
    """A constant that Python reads but JSON does not have."""


def end_of_json(text: str, line: int) -> int:
    """The position in ``text`` after the object that it begins with.

    ``line`` is the number of the text's first line. Raises UnreadableError.
    """
    block = Block(marked(text[:MAX_CHARS]), line)
    deep = deep_bracket(block.text, _NESTING, one_value=True)
    try:
        return _decoder([]).raw_decode(block.text[:deep])[1]
    except json.JSONDecodeError as error:
        if deep is not None and error.pos >= len(block.text[:deep].rstrip()):
            raise too_deep(block, deep) from None
        if error.pos >= MAX_CHARS or (len(text) > MAX_CHARS and "Unterminated" in error.msg):
            raise too_big(Block(text, line)) from None
        raise UnreadableError(_problem(block, error)) from None
    except _NotJsonError as error:
        raise UnreadableError(_constant(block, str(error))) from None


def read_json(block: Block) -> ParsedBlock:
    """The values of ``block``, one object. Raises UnreadableError beyond the limits."""
    again: list[str] = []
    values = within_limits(_decoder(again).decode(block.text), block)
    places = _JsonPlaces(block)
    return ParsedBlock(values, block, places.index_of, places.duplicates() if again else [])


def _decoder(again: list[str]) -> json.JSONDecoder:
    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            again.append("")
        return values

    def whole(text: str) -> Any:
        return int(text) if len(text) <= _LONGEST_INT else text

    def constant(text: str) -> Any:
        raise _NotJsonError(text)

    # Control characters in strings are refused: the splitter marks those of the file before.
    return json.JSONDecoder(
        object_pairs_hook=mapping,
        parse_float=NumberText,
        parse_int=whole,
        parse_constant=constant,
        strict=True,
    )


def _problem(block: Block, error: json.JSONDecodeError) -> Problem:
    said, text, at = error.msg.removesuffix(" at"), block.text, error.pos
    before = text[:at].rstrip()
    if text.startswith(("//", "/*", "#"), at):
        message, hint = "JSON does not allow comments.", "Remove the comment."
    elif said.startswith("Illegal trailing comma"):  # since Python 3.13
        message, hint = _LAST_COMMA
    elif text[at : at + 1] in {"}", "]"} and before.endswith(","):
        (message, hint), at = _LAST_COMMA, len(before) - 1
    else:
        message, hint = _WORDS.get(error.msg) or _WORDS.get(said) or (f"{said}.", "")
    return Problem("json-syntax", f"This is not valid JSON. {message}", block.place(at), hint)


def _constant(block: Block, name: str) -> Problem:
    return Problem(
        "json-syntax",
        f"This is not valid JSON: {name} is not a value.",
        block.place(max(block.text.find(name), 0)),
        "Write a number, or null.",
    )


class _JsonPlaces:
    """The places of keys and items in valid JSON, found at the first problem."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.found: dict[KeyPath, int] = {}
        self.again: list[tuple[KeyPath, int]] = []

    def index_of(self, path: KeyPath) -> int | None:
        self._walked()
        return self.found.get(path)

    def duplicates(self) -> list[Problem]:
        self._walked()
        return [
            duplicate(self.block, str(path[-1]), index, self.found[path])
            for path, index in self.again
            if not any(OPAQUE in str(part).lower() for part in path[:-1])
        ]

    def _walked(self) -> None:
        if not self.found:
            self._value(_skip(self.block.text, 0), ())

    def _value(self, at: int, path: KeyPath) -> int:
        """Walk the value at ``at``; gives where it ends."""
        text = self.block.text
        if text[at] not in "[{":
            return _end(_STRING if text[at] == '"' else _ATOM, text, at)
        opening, at, count = text[at], _skip(text, at + 1), 0
        key: str | int
        while text[at] not in "]}":
            start, key = at, count
            if opening == "{":
                at = _end(_STRING, text, at)
                key = json.loads(text[start:at])
                at = _skip(text, _skip(text, at) + 1)
            self._add((*path, key), start)
            at = _skip(text, self._value(at, (*path, key)))
            at = _skip(text, at + 1) if text[at] == "," else at
            count += 1
        return at + 1

    def _add(self, path: KeyPath, index: int) -> None:
        if path in self.found:
            self.again.append((path, index))
        else:
            self.found[path] = index


def _skip(text: str, at: int) -> int:
    return _end(_WHITE, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at + 1
