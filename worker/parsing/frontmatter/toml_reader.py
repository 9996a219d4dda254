"""TOML front matter to plain values; finds the places of keys when a problem needs them."""

import re
import tomllib

from worker.core.problems import Problem
from worker.core.text import shown
from worker.parsing.frontmatter.block import (
    MAX_DEPTH,
    Block,
    KeyPath,
    NumberText,
    ParsedBlock,
    UnreadableError,
    deep_bracket,
    too_deep,
    within_limits,
)

_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_LINE = re.compile(rf"^[ \t]*(?:(\[\[?)[ \t]*({_KEY})[ \t]*\]|({_KEY})[ \t]*=)", re.MULTILINE)
_PARTS = re.compile(_PART)
# tomllib takes quadratic time in the length of a dotted key.
_LONG_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MAX_DEPTH},}}")
_NESTING = re.compile(
    r"""\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*"""
    r"""|([\[{])|([\]}])""",
    re.DOTALL,
)
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_DIGITS = re.compile(r"[\d_]{4300,}")
_YAML_LINE = re.compile(r"[ \t]*[\w-]+:(?:[ \t]|$)")

_WORDS = (
    ("Expected '='", "The key must be followed by = and a value.", 'Write `key = "value"`.'),
    (
        "Invalid value",
        "TOML does not know this kind of value.",
        'Put text in double quotes: `key = "value"`.',
    ),
    ("Invalid date", "The date does not exist.", "Write it like 2021-02-04T18:21:00Z."),
    (
        "Illegal character '\\n'",
        "A quotation mark is not closed on this line.",
        'Add " at the end of the value.',
    ),
    ("Unterminated", "A quotation mark is not closed.", "Close every quotation mark."),
    (
        "Unescaped '\\' in a string",
        "The backslash here is followed by something that TOML does not know.",
        "Write the backslash twice, or put the value in single quotes.",
    ),
    ("Unclosed", "A bracket is not closed, or a value is missing.", "Close every [ and {."),
    (
        "Expected newline or end of document",
        "There is more text after the value.",
        "Put the whole value in quotes, and each key on its own line.",
    ),
)


def read_toml(block: Block) -> ParsedBlock:
    """The values of ``block``. Raises UnreadableError."""
    if found := _LONG_KEY.search(block.text):
        raise too_deep(block, found.start())
    deep = deep_bracket(block.text, _NESTING, one_value=False)
    if deep is not None:
        raise too_deep(block, deep)
    try:
        values = tomllib.loads(block.text, parse_float=NumberText)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError(_problem(block, str(error))) from None
    except (ValueError, OverflowError):
        raise UnreadableError(_long_number(block)) from None
    return ParsedBlock(within_limits(values, block), block, _TomlPlaces(block.text).index_of)


def _long_number(block: Block) -> Problem:
    """For an integer of more than 4,300 digits, which Python refuses to read."""
    found = _DIGITS.search(block.text)
    return Problem(
        "toml-syntax",
        "This is not valid TOML. The number has too many digits.",
        block.place(found.start() if found else 0),
        "Write a shorter number, or put it in quotes.",
    )


def _given_twice(block: Block, said: str, index: int) -> Problem:
    """For a key given twice; tomllib points behind its value."""
    end = block.text.find("\n", index)
    lines = [*_LINE.finditer(block.text, 0, end if end >= 0 else len(block.text))]
    key, at = "", 0
    if lines:  # none where the key's own quotes are escaped
        group = 2 if lines[-1][2] else 3
        key, at = lines[-1][group].strip("\"'"), lines[-1].start(group)
    if said.startswith("Duplicate inline"):
        key = said.partition("'")[2].rstrip("'")
    message = f"The key {shown(key)} appears twice." if key else "A key appears twice."
    return Problem("duplicate-key", message, block.place(at), "Keep one of the two.")


def _problem(block: Block, said: str) -> Problem:
    index = len(block.text.rstrip())
    if found := _AT.search(said):
        said = said[: found.start()]
        if found[1]:
            starts = [0, *(at.end() for at in re.finditer("\n", block.text))]
            index = starts[int(found[1]) - 1] + int(found[2]) - 1
        elif said == "Invalid value":
            said = "Unclosed"
    start = block.text.rfind("\n", 0, index) + 1
    if _YAML_LINE.match(block.text, start):
        message = "The line is YAML, but the lines between `+++` must be TOML."
        hint = 'Write `key = "value"`, or use `---` instead of the two `+++`.'
        return Problem("toml-syntax", message, block.place(start), hint)
    if said.startswith(("Cannot", "Duplicate")):
        return _given_twice(block, said, index)
    known = (words[1:] for words in _WORDS if said.startswith(words[0]))
    message, hint = next(known, ("The line cannot be read.", 'Write `key = "value"`.'))
    # tomllib points behind a backslash with what follows it.
    index = block.text.rfind("\\", 0, index) if said.startswith("Unescaped") else index
    return Problem("toml-syntax", f"This is not valid TOML. {message}", block.place(index), hint)


class _TomlPlaces:
    """The places of keys that begin a line; a key of an inline table has its table's place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[KeyPath, int] = {}

    def index_of(self, path: KeyPath) -> int | None:
        if not self.found:
            self._scan()
        return self.found.get(path)

    def _scan(self) -> None:
        table: KeyPath = ()
        counts: dict[KeyPath, int] = {}
        for line in _LINE.finditer(self.text):
            bracket, header, key = line.groups()
            if header is None:
                self._add(table, _parts(key), line.start(3))
                continue
            table = self._inside(counts, _parts(header))
            if bracket == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            self._add((), table, line.start(2))

    def _inside(self, counts: dict[KeyPath, int], parts: KeyPath) -> KeyPath:
        """The path of a header; a list of tables within it means its last table."""
        path: KeyPath = ()
        for at, part in enumerate(parts):
            path = (*path, part)
            if at < len(parts) - 1 and path in counts:
                path = (*path, counts[path])
        return path

    def _add(self, table: KeyPath, parts: KeyPath, index: int) -> None:
        for end in range(1, len(parts) + 1):
            self.found.setdefault((*table, *parts[:end]), index)


def _parts(key: str) -> KeyPath:
    return tuple(part.strip("\"'") for part in _PARTS.findall(key))
