r"""Mathematics between ``\(`` and ``\)``, ``\[`` and ``\]`` as code, so that no mark in it counts.

MathJax and KaTeX read these brackets, with two backslashes where Markdown takes one away. Brackets
that an author only escaped (``\[citation needed\]``) stay text. Every line keeps its number.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from worker.parsing.dialects.code_spans import BLANK_LINE, CodeSpans
from worker.parsing.dialects.shortcodes import Edit

_BRACKET = re.compile(r"(?<!\\)(\\+)([()\[\]])")
_CLOSING = {"(": ")", "[": "]"}
_TEX = re.compile(r"\\[A-Za-z]{2}|\^|(?<![A-Za-z0-9])[A-Za-z]_[\w{\\]|[)}\]]_")
_OPERATOR = re.compile(r"[=<>+]")
_WORD = re.compile(r"[^\W\d_]{3}")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TICKS = re.compile(r"`+")
_LINE_START = re.compile(r"[ \t>]*")
_LINE_END = re.compile(r"[ \t]*[.,;]?[ \t]*(?:\n|$)")
_IN_HTML = re.compile(
    r"\s*<(?!/?(?:a|abbr|b|br|code|em|i|img|kbd|small|span|strong|sub|sup|u)\b)[a-z/!]",
    re.IGNORECASE,
)


class _Pair(NamedTuple):
    start: int
    end: int
    source: str
    """With one backslash before its brackets."""


def has_formulas(text: str) -> bool:
    """Whether ``formula_edits`` may find anything; cheap, since every text is checked."""
    return "\\" in text and ("\\(" in text or "\\[" in text)


def formula_edits(text: str) -> list[Edit]:
    """The edits that show mathematics as code, in order.

    Brackets with TeX in them are mathematics; in an article that has such, short ones are too.
    """
    pairs = list(_pairs(text))
    if not any(_is_tex(pair.source) for pair in pairs):
        return []
    return [
        Edit(pair.start, pair.end, _shown(text, pair))
        for pair in pairs
        if _is_tex(pair.source) or _is_short(pair.source)
    ]


def _pairs(text: str) -> Iterator[_Pair]:
    """Brackets outside code and HTML, the innermost of each kind, each pair in a paragraph.

    Those on lines of their own may enclose empty lines.
    """
    code = CodeSpans(text)
    breaks = [found.start() for found in BLANK_LINE.finditer(text)]
    opened: dict[tuple[str, int], re.Match[str]] = {}
    for found in _BRACKET.finditer(text):
        slashes, bracket = len(found[1]), found[2]
        if found.start() in code:
            continue
        if bracket in _CLOSING:
            opened[_CLOSING[bracket], slashes % 2] = found
            continue
        opening = opened.pop((bracket, slashes % 2), None)
        if opening is None or len(opening[1]) > 2 or _is_glued(text, opening.start(), found.end()):
            continue
        at = bisect_left(breaks, opening.start())
        is_parted = at < len(breaks) and breaks[at] < found.end()
        pair = _pair(text, opening, found)
        if not (is_parted and not _is_block(text, pair)) and not _IN_HTML.match(
            text, breaks[at - 1] if at else 0
        ):
            yield pair


def _is_glued(text: str, start: int, end: int) -> bool:
    """Whether the brackets follow a word, ``f(x)``, or are those of a link."""
    before = text[start - 1 : start]
    return (before.isascii() and before.isalnum()) or text.startswith(("(", "[", ":"), end)


def _pair(text: str, opening: re.Match[str], closing: re.Match[str]) -> _Pair:
    slashes = len(opening[1])
    inner = text[opening.end() : closing.end() - slashes - 1]
    if slashes == 2:
        inner = _ESCAPED.sub(r"\1", inner)
    source = f"\\{opening[2]}{inner}\\{closing[2]}"
    return _Pair(opening.start(), closing.end(), source)


def _is_tex(source: str) -> bool:
    inner = source[2:-2]
    is_sum = _OPERATOR.search(inner) and not _WORD.search(inner)
    return bool(is_sum or (_TEX.search(inner) and "://" not in inner))


def _is_short(source: str) -> bool:
    return bool(source[2:-2].strip()) and not _WORD.search(source)


def _is_block(text: str, pair: _Pair) -> bool:
    """Whether the pair fills lines of its own."""
    start = text.rfind("\n", 0, pair.start) + 1
    before = _LINE_START.fullmatch(text, start, pair.start)
    return bool(before and "\n" in pair.source and _LINE_END.match(text, pair.end))


def _shown(text: str, pair: _Pair) -> str:
    if _is_block(text, pair):
        source = pair.source.replace("&", "&amp;").replace("<", "&lt;")
        return f"<pre><code>{source}</code></pre>"
    ticks = "`" * (max((len(run) for run in _TICKS.findall(pair.source)), default=0) + 1)
    return f"{ticks}{pair.source}{ticks}"
