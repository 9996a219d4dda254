"""A file's text to front matter and body: where the one ends, and which dialect it is in.

YAML stands between ``---`` lines, TOML between ``+++`` lines, JSON in braces; any of them may
be missing. Refuses what is meant as front matter but cannot be read as such, and gives back as
body what only looks like it: a line across the page is no fence.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from frontmatter.default_handlers import BaseHandler, YAMLHandler

from worker.core.problems import Place, Problem
from worker.core.text import has_illegal, marked
from worker.parsing.frontmatter.block import (
    MAX_CHARS,
    Block,
    KeyPath,
    ParsedBlock,
    UnreadableError,
    too_big,
)
from worker.parsing.frontmatter.json_reader import read_json
from worker.parsing.frontmatter.keys import KNOWN
from worker.parsing.frontmatter.toml_reader import read_toml
from worker.parsing.frontmatter.yaml_errors import KEY_LINE
from worker.parsing.frontmatter.yaml_reader import read_yaml


@dataclass(frozen=True, slots=True)
class Matter:
    """A file in its two parts.

    ``contents`` is None where front matter is meant to be there but cannot be read; its values
    are a dict otherwise, empty where there is no front matter. ``doubtful`` where values may
    hold characters that no feed may carry, ``stand_ins`` where ``decoding.marked`` was applied.
    """

    contents: ParsedBlock | None
    body: str
    body_line: int = 1
    problems: tuple[Problem, ...] = ()
    doubtful: bool = False
    stand_ins: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The front matter, empty if it cannot be read."""
        return self.contents.values if self.contents else {}

    def place(self, path: KeyPath) -> Place:
        """Where the key at ``path`` stands in the file, or the nearest one around it."""
        return self.contents.place(path) if self.contents else Place(1, 1)


class _Yaml(YAMLHandler):
    # The library's boundary also takes the blank lines after it, which would shift the lines.
    FM_BOUNDARY = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
    closing = re.compile(r"^(?:-{3,}|\.{3})[ \t]*$", re.MULTILINE)


class _Toml(BaseHandler):
    # The library has a TOML handler only where the package `toml` is installed.
    FM_BOUNDARY = re.compile(r"^\+{3,}[ \t]*$", re.MULTILINE)
    closing = FM_BOUNDARY


_YAML, _TOML = _Yaml(), _Toml()

_JSON_START = re.compile(r"""\{[ \t]*(?:\n|$|["'}]|[\w-]+[ \t]*:)""")
_TOML_LINE = re.compile(r"[ \t]*[\w-]+[ \t]*=[ \t]*\S")
_GLUED_LINE = re.compile(r"[ \t]*[\w-]+:[^\s/:]")
_COMMENT = re.compile(r"[ \t]*#")
_HEADING = re.compile(r"#{1,6} (?!.*:)")
# What editors and slips make of three hyphens, and hyphens with more behind them.
_ALMOST = re.compile(r"(?:[^\w\s]{1,10}|---[ \t]*\S.*)[ \t]*$")
_AS_A_LINE = "If you want a horizontal line in the text, write `***` instead."


def split_matter(text: str) -> Matter:
    """The front matter and the body of ``text``, whose line ends are ``\\n``."""
    start = text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1
    first = text.find("\n", start)
    opening = text[start : first if first >= 0 else len(text)].lstrip()
    if opening.startswith("---") and _YAML.detect(opening):
        return _fenced(text, start, _read_yaml, _Yaml.closing)
    if opening.startswith("+++") and _TOML.detect(opening):
        return _fenced(text, start, _read_toml, _Toml.closing)
    if opening.startswith("{") and _JSON_START.match(opening):
        return _in_braces(text, start)
    problem = _fence_slip(text, start, opening)
    return Matter(_nothing(text), text, problems=(problem,) if problem else ())


def _nothing(text: str) -> ParsedBlock:
    return ParsedBlock({}, Block(text), lambda _: None)


def _line_of(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1


_Read = Callable[[Block], ParsedBlock | None]


def _fenced(text: str, start: int, read: _Read, closing: re.Pattern[str]) -> Matter:
    """``text`` whose first line, at ``start``, is a fence; all body where ``read`` gives None."""
    line = _line_of(text, start)
    begin = text.find("\n", start) + 1 or len(text)
    end = closing.search(text, begin)
    if end is None:
        return _unclosed(text, start, begin)
    block = Block(text[begin : end.start()], line + 1)
    after = min(end.end() + 1, len(text))
    return _parts(text, block, after, read)


def _parts(text: str, block: Block, after: int, read: _Read) -> Matter:
    illegal = has_illegal(block.text)
    if illegal:
        block = Block(marked(block.text), block.line)
    body, body_line = text[after:], _line_of(text, after)
    try:
        contents = read(block)
    except UnreadableError as error:
        return Matter(None, body, body_line, (error.problem,))
    if contents is None:
        return Matter(_nothing(text), text, problems=(_rule_at_top(block),))
    doubtful = illegal or "\\" in block.text
    problems = (*contents.problems, *_early_fence(body, body_line))
    return Matter(contents, body, body_line, problems, doubtful, illegal)


def _read_toml(block: Block) -> ParsedBlock:
    if len(block.text) > MAX_CHARS:
        raise too_big(block)
    return read_toml(block)


def _read_yaml(block: Block) -> ParsedBlock | None:
    """The contents of a mapping; None for prose between two lines across the page."""
    if len(block.text) > MAX_CHARS:
        if _has_keys(block.text):
            raise too_big(block)
        return None
    try:
        contents = read_yaml(block)
    except UnreadableError:
        if _has_keys(block.text):
            raise
        return None
    if isinstance(contents.values, dict):
        return None if _is_sentence(contents.values) else contents
    if contents.values is None:
        if _is_heading(block.text):
            return None
        contents.values = {}
        return contents
    if isinstance(contents.values, list):
        raise _not_a_mapping(block, "a list", "Write `key: value` lines without `- ` before them.")
    _refuse_slips(block)
    return None


def _refuse_slips(block: Block) -> None:
    """Raises where the lone text is no prose but front matter with a slip on every line."""
    first = next((line for line in block.text.split("\n") if line.strip()), "")
    if _GLUED_LINE.match(first):
        raise _not_a_mapping(block, "text", "Put a space after each key's colon: `key: value`.")
    if _TOML_LINE.match(first):
        raise _not_a_mapping(
            block, "TOML", "Use `+++` instead of the two `---`, or write `key: value`."
        )


def _not_a_mapping(block: Block, found: str, hint: str) -> UnreadableError:
    lead = len(block.text) - len(block.text.lstrip())
    return UnreadableError(
        Problem(
            "not-a-mapping",
            f"The front matter must consist of `key: value` lines, but it is {found}.",
            block.place(lead),
            f"{hint} {_AS_A_LINE}",
        )
    )


def _has_keys(text: str) -> bool:
    """Whether some line of ``text`` begins as front matter does."""
    return any(KEY_LINE.match(line) or _GLUED_LINE.match(line) for line in text.split("\n"))


def _is_sentence(values: dict[str, Any]) -> bool:
    """Whether the mapping is a sentence with a colon in it: every "key" is several words."""
    return bool(values) and all(" " in key for key in values)


def _is_heading(text: str) -> bool:
    """Whether YAML comments are a Markdown heading rather than keys switched off."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(_HEADING.match(line) for line in lines)


def _rule_at_top(block: Block) -> Problem:
    return Problem(
        "rule-at-top",
        "There is no `key: value` between the two `---` lines, so it was read as text.",
        Place(block.line - 1, 1),
        "For front matter, write lines such as `title: …`. For a horizontal line, write `***`.",
        "warning",
    )


def _unclosed(text: str, start: int, begin: int) -> Matter:
    """Front matter without its second fence, or prose below a line across the page."""
    fence = text[start:begin].strip()
    lines = text[begin:].split("\n")
    first = next((at for at, line in enumerate(lines) if _counts(line)), None)
    pattern = _TOML_LINE if fence.startswith("+") else KEY_LINE
    if first is None or not (pattern.match(lines[first]) or _GLUED_LINE.match(lines[first])):
        return Matter(_nothing(text), text)
    line = _line_of(text, start)
    last = line + 1 + _last_key(lines, first, pattern)
    problem = Problem(
        "unclosed-front-matter",
        f"The front matter starts here but has no closing `{fence}` line.",
        Place(line, 1),
        f"Add a line `{fence}` after line {last}, the last line that looks like a key."
        + (f" {_AS_A_LINE}" if fence.startswith("-") else ""),
    )
    return Matter(None, "", last + 1, (problem,))


def _counts(line: str) -> bool:
    return bool(line.strip()) and not _COMMENT.match(line)


def _last_key(lines: list[str], first: int, pattern: re.Pattern[str]) -> int:
    """The row of the last line that looks like front matter, counted on from ``first``."""
    last = first
    for row in range(first, len(lines)):
        line = lines[row]
        if pattern.match(line) or line.startswith((" ", "\t", "- ")):
            last = row if line.strip() else last
        elif _counts(line):
            break
    return last


def _in_braces(text: str, start: int) -> Matter:
    line = _line_of(text, start)
    rest = text[start:]
    illegal = has_illegal(rest[:MAX_CHARS])
    try:
        contents, end = read_json(marked(rest) if illegal else rest, line)
    except UnreadableError as error:
        return Matter(None, "", line, (error.problem,))
    stop = rest.find("\n", end)
    stop = len(rest) if stop < 0 else stop
    if rest[end:stop].strip():
        problem = Problem(
            "json-syntax",
            "There is text after the closing } of the front matter on the same line.",
            Block(rest, line).place(end),
            "Start the text on a new line, and check that every { has one }.",
        )
        return Matter(None, "", line, (problem,))
    after = min(start + stop + 1, len(text))
    doubtful = illegal or "\\" in contents.block.text
    problems = tuple(contents.problems)
    return Matter(contents, text[after:], _line_of(text, after), problems, doubtful, illegal)


def _fence_slip(text: str, start: int, opening: str) -> Problem | None:
    """Front matter whose first fence is missing or misspelt; else it would be published."""
    lines = text[start : start + MAX_CHARS].split("\n")
    place = Place(_line_of(text, start), 1)
    if _ALMOST.match(opening):
        if len(lines) > 1 and _known_key(lines[1]):
            return Problem(
                "bad-fence",
                "The lines around the keys must be `---` and nothing else.",
                place,
                "Remove what comes after the hyphens."
                if opening.startswith("---")
                else "Type three hyphens: some editors turn them into a dash.",
            )
        return None
    if not _leads_to_fence(lines):
        return None
    return Problem(
        "missing-fence",
        "The front matter ends with a `---` line but does not begin with one.",
        place,
        "Add a line `---` above the first key.",
    )


def _known_key(line: str) -> bool:
    found = KEY_LINE.match(line)
    return found is not None and found[1] in KNOWN


def _leads_to_fence(lines: list[str]) -> bool:
    """Whether two or more keys and then a fence follow; one alone is a heading underlined by it."""
    keys = 0
    for line in lines:
        if _Yaml.closing.match(line):
            return keys > 1
        keys += _known_key(line)
        if line.strip() and not line.startswith((" ", "\t", "- ")) and not KEY_LINE.match(line):
            return False
    return False


def _early_fence(body: str, line: int) -> list[Problem]:
    """A fence amid the keys: what follows it would be published."""
    top = body[:MAX_CHARS].lstrip("\n")
    if not (_known_key(top.partition("\n")[0]) and _leads_to_fence(top.split("\n"))):
        return []
    return [
        Problem(
            "early-fence",
            "The front matter ends here, but more keys and another `---` line follow.",
            Place(line - 1, 1),
            f"Remove this line, or the one below the keys. {_AS_A_LINE}",
        )
    ]
