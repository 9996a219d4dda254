"""What is left where template code was taken out: no broken link, no empty heading, no stray dots.

``mark`` stands for the code that is gone. Every pattern here takes time in proportion to the
text, and keeps its line ends.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from worker.parsing.dialects.shortcodes import Markup

_PICTURES = frozenset(("img", "iframe", "source", "video", "audio", "embed", "object", "script"))


class _Patterns(NamedTuple):
    run: re.Pattern[str]
    link: re.Pattern[str]
    reference: re.Pattern[str]
    tag: re.Pattern[str]
    element: re.Pattern[str]
    attribute: re.Pattern[str]
    address: re.Pattern[str]
    line: re.Pattern[str]
    wrapped: re.Pattern[str]
    between: re.Pattern[str]
    before: re.Pattern[str]


# There are 32 possible marks, and nearly always the first one is taken.
@lru_cache(maxsize=4)
def _patterns(mark: str) -> _Patterns:
    m = re.escape(mark)
    words = r"(?:[^\[\]\n]|\n(?!\n)|!\[[^\[\]\n]*\]\([^()\n]*\))*"
    address = rf"[^()\n{m}]*{m}[^()\n]*"
    value = rf"""(?:"[^"{m}]*{m}[^"]*"|'[^'{m}]*{m}[^']*'|[^\s"'<>{m}]*{m}\S*)"""
    return _Patterns(
        run=re.compile(rf"{m}(?:[ \t]*{m})+"),
        # [words](address with code), and a picture's form too
        link=re.compile(rf"(!?)\[({words})\]\({address}\)"),
        reference=re.compile(rf"^( {{0,3}}\[(?!\^)[^\[\]\n]+\]:)[^\n{m}]*{m}[^\n]*$", re.M),
        tag=re.compile(rf"<([A-Za-z][\w:-]*)(\s[^<>`{m}]*{m}[^<>`]*)>"),
        element=re.compile(
            rf"<(h[1-6]|p|li|td|th|a|b|i|em|strong|span|div|figcaption)(?:\s[^<>]*)?>\s*{m}\s*</\1>"
        ),
        attribute=re.compile(rf"(?<!\s)\s+[\w:@.-]+\s*=\s*{value}"),
        # an address, or a path behind code that would have given its beginning
        address=re.compile(rf"<?\bhttps?://[^\s<>{m}]*{m}[^\s<>]*>?|{m}/[^\s<>()\[\]\"'{m}]*"),
        # nothing but code: a line, a list's item, a heading; or a line's beginning
        line=re.compile(
            rf"^([ \t>]*)(?:(?:(?:[-*+]|\d{{1,9}}[.)]|#{{1,6}})[ \t]+)?{m}[ \t]*$|{m}[ \t]*)", re.M
        ),
        wrapped=re.compile(
            rf"""(\*{{1,3}}|_{{1,3}}|~~|")[ \t]?{m}[ \t]?\1|\([ \t]?{m}[ \t]?\)|\[{m}\]|“{m}”"""
        ),
        between=re.compile(rf"([ \t]){m}[ \t]"),
        before=re.compile(rf"(?:,?[ \t])?{m}(?=[ \t]*(?:[.,;:!?]|$))", re.M),
    )


def closed(text: str, mark: str, markup: Markup) -> str:
    """``text`` without its marks, and without what makes no sense without the code."""
    patterns = _patterns(mark)
    text = patterns.run.sub(mark, text)
    if markup == "markdown":
        text = patterns.link.sub(_label, text)
        text = patterns.reference.sub(r"\1 <>", text)
    if markup != "text":
        text = patterns.tag.sub(lambda found: _tag(found, mark), text)
        text = patterns.element.sub(lambda found: mark + "\n" * found[0].count("\n"), text)
    text = patterns.address.sub(mark, text)
    text = patterns.line.sub(r"\1", text)
    text = patterns.wrapped.sub(mark, text)
    text = patterns.between.sub(r"\1", text)
    text = patterns.before.sub("", text)
    return text.replace(mark, "")


def _label(link: re.Match[str]) -> str:
    """Of a link its words; a picture without its address is nothing."""
    lines = "\n" * link[2].count("\n")
    return lines if link[1] else link[2]


def _tag(tag: re.Match[str], mark: str) -> str:
    """An HTML tag without the attributes that held code; a picture goes as a whole."""
    lines = "\n" * tag[0].count("\n")
    if tag[1].lower() in _PICTURES:
        return lines
    rest = _patterns(mark).attribute.sub("", tag[2]).replace(mark, "")
    lines = "\n" * (len(lines) - rest.count("\n"))
    return f"<{tag[1]}{rest}{lines}>"
