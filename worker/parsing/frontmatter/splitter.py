"""A file's text to front matter and body, by python-frontmatter's handlers.

YAML is between ``---`` lines, TOML between ``+++`` lines, JSON in braces; a file may have none.
Refuses what is meant as front matter but cannot be read; what only looks like front matter (a
horizontal rule) is body. Why the library splits but does not parse: docs/decisions/013.
"""

import re
from dataclasses import dataclass
from typing import Any

from frontmatter import detect_format
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from worker.core.problems import Place, Problem
from worker.core.text import has_illegal, marked
from worker.parsing.frontmatter.block import (
    MAX_CHARS,
    Block,
    KeyPath,
    ParsedBlock,
    UnreadableError,
    scrubbed_block,
    too_big,
)
from worker.parsing.frontmatter.json_reader import end_of_json, read_json
from worker.parsing.frontmatter.keys import KNOWN
from worker.parsing.frontmatter.toml_reader import read_toml
from worker.parsing.frontmatter.yaml_errors import KEY_LINE
from worker.parsing.frontmatter.yaml_reader import read_yaml


@dataclass(frozen=True, slots=True)
class SplitFile:
    """A file split into front matter and body.

    ``contents`` is None if there is front matter that cannot be read; else its values are a dict,
    empty if there is no front matter, without characters that no feed may carry.
    """

    contents: ParsedBlock | None
    body: str
    body_line: int = 1
    problems: tuple[Problem, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The front matter, empty if it cannot be read."""
        return self.contents.values if self.contents else {}

    @property
    def has_front_matter(self) -> bool:
        """Whether the file begins with front matter, be it empty or broken."""
        return self.body_line > 1

    def place(self, path: KeyPath) -> Place:
        """The place in the file of the key at ``path``, or of the nearest key around it."""
        return self.contents.place(path) if self.contents else Place(1, 1)


class _LocatedHandler(BaseHandler):
    """A handler for one file; ``line`` is the number of its first line that is not empty.

    ``load`` gives a ``ParsedBlock``, or None for text between two horizontal rules.
    """

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


class _FencedHandler(_LocatedHandler):
    """A handler of front matter between two fences.

    ``FM_BOUNDARY`` is the first one, ``CLOSING`` the second. Both include the line end of the
    fence, but not the empty lines below, which the library's own patterns drop.
    """

    FM_BOUNDARY: re.Pattern[str]
    CLOSING: re.Pattern[str]

    def split(self, text: str) -> tuple[str, str]:
        """What is between the fences, and the text below. Raises ValueError without a second one.

        Searches for a line feed, which is several times as fast as the library's way, for ``^``.
        """
        opening = self.FM_BOUNDARY.match(text)
        start = opening.end() if opening else 0
        closing = self.CLOSING.search(text, start - 1)
        if closing is None:
            raise ValueError("no second fence")
        return text[start : closing.start() + 1], text[closing.end() :]


class _YamlHandler(_FencedHandler, YAMLHandler):
    FM_BOUNDARY = re.compile(r"\s*-{3,}[ \t]*(?:\n|\Z)")
    CLOSING = re.compile(r"\n(?:-{3,}|\.{3})[ \t]*(?:\n|\Z)")

    def load(self, fm: str, **_: object) -> Any:
        return _read_yaml(Block(fm, self.line + 1))


class _TomlHandler(_FencedHandler):
    # The library's own TOMLHandler is None unless the package `toml` is installed.
    FM_BOUNDARY = re.compile(r"\s*\+{3,}[ \t]*(?:\n|\Z)")
    CLOSING = re.compile(r"\n\+{3,}[ \t]*(?:\n|\Z)")
    START_DELIMITER = END_DELIMITER = "+++"

    def load(self, fm: str) -> Any:
        block = Block(fm, self.line + 1)
        if len(fm) > MAX_CHARS:
            raise too_big(block)
        return read_toml(block)


class _JsonHandler(_LocatedHandler, JSONHandler):
    # The library's own pattern needs both braces alone on their lines.
    FM_BOUNDARY = re.compile(r"""\s*\{[ \t]*(?:\n|\Z|["'}]|[\w-]+[ \t]*:)""")

    def split(self, text: str) -> tuple[str, str]:
        """The object, and the text below its last line. Raises UnreadableError."""
        rest = text[_first_line(text) :]
        end = end_of_json(rest, self.line)
        line_end = rest.find("\n", end)
        line_end = len(rest) if line_end < 0 else line_end
        if rest[end:line_end].strip():
            problem = Problem(
                "json-syntax",
                "There is text after the closing } of the front matter on the same line.",
                Block(rest, self.line).place(end),
                "Start the text on a new line, and check that every { has one }.",
            )
            raise UnreadableError(problem)
        return rest[:end], rest[line_end + 1 :]

    def load(self, fm: str, **_: object) -> Any:
        return read_json(Block(fm, self.line))


_HANDLERS = (_YamlHandler, _JsonHandler, _TomlHandler)
_YAML_FENCE = re.compile(r"(?:-{3,}|\.{3})[ \t]*$")
_TOML_LINE = re.compile(r"[ \t]*[\w-]+[ \t]*=[ \t]*\S")
_GLUED_LINE = re.compile(r"[ \t]*[\w-]+:[^\s/:]")
_COMMENT = re.compile(r"[ \t]*#")
_HEADING = re.compile(r"#{1,6} (?!.*:)")
# Dashes that an editor made of three hyphens, misspelled fences, hyphens with text behind them.
_ALMOST = re.compile(r"(?:[^\w\s]{1,10}|---[ \t]*\S.*)[ \t]*$")
_AS_A_LINE = "If you want a horizontal line in the text, write `***` instead."


def split_front_matter(text: str) -> SplitFile:
    """The front matter and the body of ``text``, whose line ends are ``\\n``."""
    line = Place.at(text, _first_line(text)).line
    handler = detect_format(text, (kind(line) for kind in _HANDLERS))
    if handler is None:
        problem = _fence_slip(text, line)
        return _all_body(text, *([problem] if problem else []))
    try:
        source, body = handler.split(text)
    except UnreadableError as error:
        return SplitFile(None, "", line, (error.problem,))
    except ValueError:  # there is no second fence
        return _unclosed(text, line)
    body_line = Place.at(text, len(text) - len(body)).line
    illegal = has_illegal(source)
    try:
        contents = handler.load(marked(source) if illegal else source)
    except UnreadableError as error:
        return SplitFile(None, body, body_line, (error.problem,))
    if not isinstance(contents, ParsedBlock):
        return _all_body(text, _rule_at_top(line))
    early = _early_fence(body, body_line) if handler.END_DELIMITER else ()
    if illegal or "\\" in source:
        contents = scrubbed_block(contents, is_marked=illegal)
    return SplitFile(contents, body, body_line, (*contents.problems, *early))


def _first_line(text: str) -> int:
    """The position of the first line that is not empty."""
    return text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1


def _all_body(text: str, *problems: Problem) -> SplitFile:
    return SplitFile(ParsedBlock({}, Block(text), lambda _: None), text, problems=problems)


def _read_yaml(block: Block) -> ParsedBlock | None:
    """The values of a mapping; None for text between two horizontal rules."""
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
    """Raises UnreadableError if a lone text is front matter with the same mistake on each line."""
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
    """Whether a line of ``text`` begins like front matter."""
    return any(KEY_LINE.match(line) or _GLUED_LINE.match(line) for line in text.split("\n"))


def _is_sentence(values: dict[str, Any]) -> bool:
    """Whether the mapping is a sentence with a colon: every "key" has several words."""
    return bool(values) and all(" " in key for key in values)


def _is_heading(text: str) -> bool:
    """Whether YAML comments are a Markdown heading, not keys that are commented out."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(_HEADING.match(line) for line in lines)


def _rule_at_top(line: int) -> Problem:
    return Problem(
        "rule-at-top",
        "There is no `key: value` between the two `---` lines, so it was read as text.",
        Place(line, 1),
        "For front matter, write lines such as `title: …`. For a horizontal line, write `***`.",
        "warning",
    )


def _unclosed(text: str, line: int) -> SplitFile:
    """Front matter without its closing fence, or text below a horizontal rule."""
    opening, *lines = text[_first_line(text) :].split("\n")
    fence = opening.strip()
    first = next((at for at, line in enumerate(lines) if _counts(line)), None)
    pattern = _TOML_LINE if fence.startswith("+") else KEY_LINE
    if first is None or not (pattern.match(lines[first]) or _GLUED_LINE.match(lines[first])):
        return _all_body(text)
    last = line + 1 + _last_key(lines, first, pattern)
    problem = Problem(
        "unclosed-front-matter",
        f"The front matter starts here but has no closing `{fence}` line.",
        Place(line, 1),
        f"Add a line `{fence}` after line {last}, the last line that looks like a key."
        + (f" {_AS_A_LINE}" if fence.startswith("-") else ""),
    )
    return SplitFile(None, "", last + 1, (problem,))


def _counts(line: str) -> bool:
    return bool(line.strip()) and not _COMMENT.match(line)


def _last_key(lines: list[str], first: int, pattern: re.Pattern[str]) -> int:
    """The row of the last line from ``first`` on that looks like front matter."""
    last = first
    for row in range(first, len(lines)):
        line = lines[row]
        if pattern.match(line) or line.startswith((" ", "\t", "- ")):
            last = row if line.strip() else last
        elif _counts(line):
            break
    return last


def _fence_slip(text: str, line: int) -> Problem | None:
    """Front matter with a missing or misspelled first fence; it would be published."""
    start = _first_line(text)
    lines = text[start : start + MAX_CHARS].split("\n")
    opening, place = lines[0].lstrip(), Place(line, 1)
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
    """Whether two or more keys and a fence follow; one line alone is an underlined heading."""
    keys = 0
    for line in lines:
        if _YAML_FENCE.match(line):
            return keys > 1
        keys += _known_key(line)
        if line.strip() and not line.startswith((" ", "\t", "- ")) and not KEY_LINE.match(line):
            return False
    return False


def _early_fence(body: str, line: int) -> list[Problem]:
    """A fence between the keys: the keys below it would be published."""
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
