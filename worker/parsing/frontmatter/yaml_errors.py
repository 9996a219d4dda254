"""libyaml's errors as problems for authors who do not know YAML.

libyaml points to where it gave up, often lines below the mistake. So the lines up to there are
searched first for common mistakes: a quotation mark that is not closed, a missing space after a
colon, a tab. Messages never quote the value itself.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from worker.core.problems import Problem
from worker.parsing.frontmatter.block import OPAQUE, Block

KEY_LINE = re.compile(r"""[ \t]*(?:-[ \t]+)*["']?([\w.@$-]+)["']?[ \t]*:(?:[ \t]|$)""")
"""A line that begins with a one-word key and its colon."""

_VALUE = re.compile(r"""[ \t]*(?:-[ \t]+)*(?:["']?[\w.@$-]+["']?[ \t]*:[ \t]+)?""")
_INDENT = re.compile(r"[ \t]*(?:-[ \t]+)*")
_GLUED = re.compile(r"[ \t]*(?:-[ \t]+)*([A-Za-z][\w.-]*):(?=[^\s:/])")
_QUOTED = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*"'),
    "'": re.compile(r"'(?:[^']|'')*'"),
}
_BRACKETS = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'|([\[{])|([\]}])""")
_TYPOGRAPHIC = frozenset("“”„‟‘’‚‛«»‹›")
_REST = re.compile(r"[ \t]*(?:[,\]}:].*|#.*)?$")

# A hash sign within a value, and not before a comment as people write it, with a space.
_HASHTAG = re.compile(
    r"""^[ \t]*(?:-[ \t]+)*([\w.@$-]+):[ \t]+[^\s"'|>\[{#][^#\n]*?[ \t]#(?=[^\s#])""", re.MULTILINE
)


class ParserMessage(NamedTuple):
    """libyaml's error: what it was reading, from where, what it found, and where."""

    context: str
    context_at: int
    problem: str
    problem_at: int


def explain(block: Block, trouble: ParserMessage) -> Problem:
    """The problem for libyaml's error in ``block``."""
    lines = block.text.split("\n")
    row = block.row(trouble.problem_at)
    return (
        _tab(block, lines, row)
        or _open_quote(block, lines, row)
        or _by_complaint(block, lines, trouble)
        or _said("syntax", block, trouble.problem_at, trouble.problem)
    )


def cut_values(block: Block) -> Iterator[Problem]:
    """Warnings for values that a hash sign cuts off: in YAML it begins a comment."""
    for found in _HASHTAG.finditer(block.text):
        if OPAQUE not in found[1].lower():
            yield Problem(
                "yaml-hash",
                f"YAML reads what follows the # in `{found[1]}` as a comment, so it is left out.",
                block.place(found.end() - 1),
                "If the # is part of the value, use quotes. If not, add a space after it.",
                "warning",
            )


_SAYS = {
    "syntax": (
        "yaml-syntax",
        "The front matter is not valid YAML here: {}.",
        "Write each line as `key: value`, and put values with special characters in quotes.",
    ),
    "tab": (
        "yaml-tab",
        "The line is indented with a tab, which YAML does not allow.",
        "Use spaces instead of the tab.",
    ),
    "open-quote": (
        "yaml-quote",
        "The quotation mark {0} that opens here is not closed.",
        "Add {0} at the end of the value.",
    ),
    "early-quote": (
        "yaml-quote",
        "The quotation mark {0} here ends the value, but line {1} has more text after it.",
        "Put the whole value in {2} marks, or write {3} for a mark inside it.",
    ),
    "indented-key": (
        "yaml-indent",
        "The line looks like a key, but is indented like a part of the value above it.",
        "Give all keys of a group the same indentation. If the line is part of the value above, "
        "put that value in quotes.",
    ),
    "misfit": (
        "yaml-indent",
        "The line does not fit below the lines above it.",
        "Give all keys of a group, and all items of a list, the same indentation.",
    ),
    "glued": (
        "yaml-space",
        "There is no space after the colon of `{0}`.",
        "Write `{0}: value`, with a space after the colon.",
    ),
    "no-colon": (
        "yaml-no-colon",
        "The line is neither `key: value` nor part of the value above it.",
        "Add the colon after the key, or indent the line if it continues the value above.",
    ),
    "escape": (
        "yaml-escape",
        "The backslash here is followed by something that YAML does not know.",
        "Write the backslash twice, or put the value in single quotes.",
    ),
    "comma": ("yaml-start", "There is no value before this comma.", "Remove the comma."),
    "start": (
        "yaml-start",
        "The value begins with {}, which has a special meaning in YAML.",
        "Put the value in quotes.",
    ),
    "surplus": (
        "yaml-bracket",
        "The {} here has no opening bracket or brace.",
        "Remove it, or put the whole value in quotes if it is meant as text.",
    ),
    "open-bracket": (
        "yaml-bracket",
        "The {0} here is not closed with {1}, or a comma is missing.",
        "Close it with {1}, or put the value in quotes if it is meant as text.",
    ),
}


def _said(word: str, block: Block, index: int, *given: object) -> Problem:
    code, message, hint = _SAYS[word]
    return Problem(code, message.format(*given), block.place(index), hint.format(*given))


def _by_complaint(block: Block, lines: list[str], trouble: ParserMessage) -> Problem | None:
    said = trouble.problem
    if said.startswith("mapping values are not allowed"):
        return _colon(block, lines, trouble)
    if said == "could not find expected ':'":
        return _no_colon(block, lines, trouble)
    if said in {"did not find expected key", "did not find expected '-' indicator"}:
        return _misfit(block, lines, trouble)
    if "quoted scalar" in trouble.context:
        return _quoted(block, trouble)
    if trouble.context in {"while parsing a flow sequence", "while parsing a flow mapping"}:
        return _bracket(block, trouble.context_at)
    if trouble.context == "while parsing a flow node":
        return _in_brackets(block, lines, trouble)
    return _start(block, lines, trouble)


def _index(lines: list[str], row: int, column: int = 0) -> int:
    """The position in the block of a column (from 0) of a row (from 0)."""
    return sum(len(line) + 1 for line in lines[:row]) + column


def _value_of(line: str) -> tuple[int, str]:
    """Where the value of a ``key: value`` line begins, and the value."""
    start = _match_end(_VALUE, line)
    return start, line[start:]


def _match_end(pattern: re.Pattern[str], line: str) -> int:
    found = pattern.match(line)
    return found.end() if found else 0


def _tab(block: Block, lines: list[str], row: int) -> Problem | None:
    """A tab in the indentation of the line; libyaml reports the next character."""
    line = lines[min(row, len(lines) - 1)]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    if "\t" not in indent:
        return None
    return _said("tab", block, _index(lines, row, indent.index("\t")))


def _open_quote(block: Block, lines: list[str], row: int) -> Problem | None:
    """The first value up to ``row`` whose quotation mark is closed too early or not at all.

    A quoted value may have several lines; it counts as not closed when the next line begins
    with a key.
    """
    at = 0
    while at <= min(row, len(lines) - 1):
        start, value = _value_of(lines[at])
        quote = value[:1]
        at += 1
        if quote not in _QUOTED:
            continue
        closed = _QUOTED[quote].match(value)
        place = block.place(_index(lines, at - 1, start))
        if closed and _REST.match(value, closed.end()):
            continue
        if closed:
            index = _index(lines, at - 1, start + closed.end() - 1)
            other, doubled = ("'", '\\"') if quote == '"' else ('"', "''")
            return _said("early-quote", block, index, quote, place.line, other, doubled)
        end = _closing_row(lines, at, quote)
        if end is None:
            return _said("open-quote", block, _index(lines, at - 1, start), quote)
        at = end
    return None


def _closing_row(lines: list[str], row: int, quote: str) -> int | None:
    """The row after the one that closes a quotation begun before ``row``; None if none does."""
    for at in range(row, len(lines)):
        if KEY_LINE.match(lines[at]):
            return None
        if quote in lines[at]:
            return at + 1
    return None


def _colon(block: Block, lines: list[str], trouble: ParserMessage) -> Problem:
    row = block.row(trouble.problem_at)
    line = lines[row]
    column = trouble.problem_at - _index(lines, row)
    found = KEY_LINE.match(line)
    if found and column > found.end(1):
        return Problem(
            "yaml-colon",
            f"The value of `{found[1]}` contains a colon, so YAML reads it as another key.",
            block.place(trouble.problem_at),
            "Put the value in quotes."
            if _value_of(line)[1][:1] not in _TYPOGRAPHIC
            else "Put the value in straight quotes: YAML does not accept curly ones.",
        )
    if problem := _key_above(block, lines, row):
        return problem
    indent = len(line) - len(line.lstrip(" "))
    return _said("indented-key", block, _index(lines, row, indent))


def _key_above(block: Block, lines: list[str], row: int) -> Problem | None:
    """The mistake in the line above, which libyaml took for the beginning of a text."""
    above = row - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    if above < 0:
        return None
    start = _match_end(_INDENT, lines[above])
    if glued := _GLUED.match(lines[above]):
        return _said("glued", block, _index(lines, above, glued.start(1)), glued[1])
    if KEY_LINE.match(lines[above]) or start != _match_end(_INDENT, lines[row]):
        return None
    return _said("no-colon", block, _index(lines, above, start))


def _no_colon(block: Block, lines: list[str], trouble: ParserMessage) -> Problem:
    row = block.row(trouble.context_at)
    if glued := _GLUED.match(lines[row]):
        return _said("glued", block, _index(lines, row, glued.start(1)), glued[1])
    return _said("no-colon", block, trouble.context_at)


def _misfit(block: Block, lines: list[str], trouble: ParserMessage) -> Problem:
    """For something in the place of the next key: wrong indentation, or text after a bracket."""
    row = block.row(trouble.problem_at)
    start, value = _value_of(lines[row])
    if value[:1] in {"[", "{"} and trouble.problem_at > _index(lines, row, start):
        if block.text[trouble.problem_at : trouble.problem_at + 1] in {"]", "}"}:
            return _said("surplus", block, trouble.problem_at, block.text[trouble.problem_at])
        return _said("start", block, _index(lines, row, start), value[0])
    return _said("misfit", block, trouble.problem_at)


def _quoted(block: Block, trouble: ParserMessage) -> Problem:
    quote = block.text[trouble.context_at : trouble.context_at + 1]
    if trouble.context == "while scanning a quoted scalar":
        return _said("open-quote", block, trouble.context_at, quote)
    # libyaml points at or a little after the backslash: ``\\u00zz``.
    found = block.text.rfind("\\", 0, trouble.problem_at + 1)
    return _said("escape", block, found if found >= 0 else trouble.problem_at)


def _in_brackets(block: Block, lines: list[str], trouble: ParserMessage) -> Problem | None:
    """For something between brackets that is not a value: nothing, or a special character."""
    if block.text[trouble.problem_at : trouble.problem_at + 1] == ",":
        return _said("comma", block, trouble.problem_at)
    opened: list[int] = []
    for found in _BRACKETS.finditer(block.text, 0, trouble.problem_at):
        if found[1]:
            opened.append(found.start())
        elif found[2] and opened:
            opened.pop()
    if block.text[trouble.problem_at :].strip() or not opened:
        return _start(block, lines, trouble)
    return _bracket(block, opened[-1])


def _bracket(block: Block, index: int) -> Problem:
    mark = block.text[index : index + 1]
    return _said("open-bracket", block, index, mark, "]" if mark == "[" else "}")


def _start(block: Block, lines: list[str], trouble: ParserMessage) -> Problem | None:
    """For a value that begins with a special character of YAML."""
    index = trouble.context_at if trouble.context_at < trouble.problem_at else trouble.problem_at
    row = block.row(index)
    start, value = _value_of(lines[row])
    if index == _index(lines, row, start) and value and not value[0].isalnum():
        return _said("start", block, index, value[0])
    if block.text[index : index + 1] in set("@`%*&!|>?-,]}"):
        return _said("start", block, index, block.text[index])
    return None
