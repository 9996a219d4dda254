"""Whether words of a body are missing from what would be published.

A net below the parsers: counts the words of the source and of the safe HTML, where each Chinese or
Japanese character is a word. Knows nothing of how the HTML was made; what is left out on purpose
(scripts, drawings, forms, comments, addresses) does not count. Takes linear time for any text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

from worker.core.problems import Place, Problem
from worker.parsing.rules import Markup

_FEW = 20
"""Fewer missing words raise nothing: the two counts differ by some."""

_WARNED, _REJECTED = 0.1, 0.5
"""The shares of missing words from which there is a warning, and an error."""

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_LEFT_OUT = "script style svg math canvas select textarea iframe title"
_HIDING = re.compile(rf"<(?:!--|({'|'.join(_LEFT_OUT.split())})(?=[\s/>])[^<>]*>)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_ALT = re.compile(r"<[^<>]*\s(?:alt|title)=\"([^\"<>]*)\"[^<>]*>")
_JOINED = re.compile(r"[*~\[\]\\\u00ad\u200b]")  # marks within a word
_MARKS = re.compile(
    r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)"  # an address
    r"|\]\[[^\]\[\n]*\]"
    r"|\[\^[^\]\[\n]+\]:?"
    r"|^ {0,3}\[[^\]\[\n]+\]:[ \t]*\S[^\n]*$"
    r"|^[ \t>]*(?:`{3,}|~{3,})[^\n]*$"
    r"|\{[:#.][^{}\n]*\}",
    re.MULTILINE,
)


def lost_words(
    source: str, markup: Markup, html: str, title: str, first_line: int
) -> Problem | None:
    """A warning, or an error, if words of ``source`` are neither in ``html`` nor in ``title``.

    ``source`` begins on line ``first_line`` of its file.
    """
    if len(html) >= len(source) and len(_TAG.sub("", html)) >= (1 - _WARNED) * len(source):
        return None
    lines = _readable(source, markup).split("\n")
    words = [_WORD.findall(line) for line in lines]
    total = sum(map(len, words))
    alternatives = " ".join(_ALT.findall(html)) if "alt=" in html or "title=" in html else ""
    there = Counter(_words(f"{title} {alternatives} {_TAG.sub(_gap, html)}"))
    missing = [_missing(of_line, there) for of_line in words]
    lost = sum(missing)
    if lost < _FEW or lost <= _WARNED * total:
        return None
    rejects = lost > _REJECTED * total
    first = _densest(missing, [len(of_line) for of_line in words])
    verb = "would be" if rejects else "are"
    return Problem(
        "lost-words",
        f"{lost:,} of the text's {total:,} words {verb} missing from what is published, "
        f"most of them from line {first_line + first} on.",
        Place(first_line + first, 1),
        "Look there for an HTML tag, quotation mark or comment that is not closed. "
        "To show a tag, write `&lt;` for its `<`.",
        "error" if rejects else "warning",
    )


_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strike"
    r"|strong|sub|sup|time|tt|u|var|wbr)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)


def _gap(tag: re.Match[str]) -> str:
    """What a tag leaves: nothing within words, a space between blocks."""
    return "" if _INLINE.fullmatch(tag[0]) else " "


def _words(text: str) -> list[str]:
    return _WORD.findall(_JOINED.sub("", unescape(text)))


def _missing(words: list[str], there: Counter[str]) -> int:
    """How many of the words are not in ``there`` any more; takes them out."""
    missing = 0
    for word in words:
        if there[word] > 0:
            there[word] -= 1
        else:
            missing += 1
    return missing


def _densest(missing: list[int], words: list[int]) -> int:
    """The index of the line with which the worst loss begins."""
    scores = [2 * gone - all_words for gone, all_words in zip(missing, words, strict=True)]
    best, best_start, start = 0, 0, 0
    total = 0
    for index, score in enumerate(scores):
        if total <= 0:
            total, start = 0, index
        total += score
        if total > best:
            best, best_start = total, start
    return next((at for at in range(best_start, len(missing)) if missing[at]), best_start)


def _readable(source: str, markup: Markup) -> str:
    """The source without markup, line for line."""
    if "<" in source:
        source = "".join(_shown(source))
        source = _TAG.sub(lambda tag: _gap(tag) + "\n" * tag[0].count("\n"), source)
    if markup == "markdown":
        source = _MARKS.sub(lambda mark: "\n" * mark[0].count("\n"), source)
    return _JOINED.sub("", unescape(source))


def _shown(source: str) -> Iterator[str]:
    """The pieces of the source that are not in closed comments and elements that are left out."""
    small = source.lower()
    at = 0
    missing: set[str] = set()
    starts: dict[str, int] = {}
    for found in _HIDING.finditer(source):
        name = (found[1] or "").lower()
        if found.start() < at or name in missing or found[0].endswith("/>"):
            continue
        close = "-->" if not name else f"</{name}"
        end = small.find(close, found.end())
        if end < 0:
            missing.add(name)
            continue
        again = starts.get(name, -1)
        if again < found.end():
            again = small.find(f"<{name}" if name else "<!--", found.end())
            starts[name] = again = again if again >= 0 else len(source)
        if again < end:
            continue
        yield source[at : found.start()]
        yield "\n" * source.count("\n", found.start(), end)
        at = end + len(close)
    yield source[at:]
