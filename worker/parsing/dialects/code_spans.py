"""Where a text shows code: marks in it have no meaning and stay.

Knows fenced, indented and inline code of Markdown, and in any text ``<pre>``, ``<code>``,
``<script>`` and ``<style>``. Takes linear time for any text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

_FENCE = re.compile(r"[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)")
# Not the tags of nested shortcodes, which people indent.
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*(?!\{\{[<%]|\{%)\S")
_LISTED = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]|\[\^[^\]\n]+\]:)(?:[ \t]|$)")
_TICKS = re.compile(r"`+")
BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")
_ELEMENT = re.compile(r"<(pre|code|script|style)\b", re.IGNORECASE)

Spans = list[tuple[int, int]]


class CodeSpans:
    """The spans of a text that show code; with ``html_only``, only those of elements."""

    def __init__(self, text: str, *, html_only: bool = False) -> None:
        spans = [] if html_only else list(_blocks(text))
        self._set(_merged(spans, _elements(text)))
        if not html_only and "`" in text:
            self._set(_merged(self.spans, _inline(text, self)))

    def _set(self, spans: Spans) -> None:
        self.spans = spans
        self._starts = [start for start, _ in spans]

    def __contains__(self, index: int) -> bool:
        at = bisect_right(self._starts, index) - 1
        return at >= 0 and index < self.spans[at][1]


def _merged(spans: Spans, more: Iterable[tuple[int, int]]) -> Spans:
    """All spans in order, without those that begin within another."""
    merged: Spans = []
    for start, end in sorted([*spans, *more]):
        if not merged or start >= merged[-1][1]:
            merged.append((start, end))
    return merged


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Fenced blocks (the last may be open), and lines indented below an empty one."""
    fence, opened, at = "", 0, 0
    blank, listed = True, False
    for line in text.split("\n"):
        end = at + len(line)
        if fence:
            if _closes(line, fence):
                yield opened, end
                fence = ""
        elif opening := _fence_in(line):
            fence, opened, blank = opening, at, False
        elif not line.strip():
            blank = True
        elif blank and not listed and _INDENTED.match(line):
            yield at, end
        else:
            goes_on = listed and (not blank or line[0] in " \t")
            blank, listed = False, goes_on or bool(_LISTED.match(line))
        at = end + 1
    if fence:
        yield opened, len(text)


def _fence_in(line: str) -> str:
    """The fence that the line opens, "" if none."""
    if "```" not in line and "~~~" not in line:
        return ""
    found = _FENCE.match(line)
    if not found or (found[1][0] == "`" and "`" in found[2]):
        return ""
    return found[1]


def _closes(line: str, fence: str) -> bool:
    mark = line.strip(" \t>")
    return len(mark) >= len(fence) and mark == fence[0] * len(mark)


def _elements(text: str) -> Iterator[tuple[int, int]]:
    """Closed elements whose content is code, with their tags."""
    at = 0
    unclosed: set[str] = set()
    while found := _ELEMENT.search(text, at):
        name, at = found[1].lower(), found.end()
        if name in unclosed:
            continue
        closing = re.compile(f"</{name}\\s*>", re.IGNORECASE).search(text, at)
        if closing:
            yield found.start(), closing.end()
            at = closing.end()
        else:
            unclosed.add(name)


def _inline(text: str, code: CodeSpans) -> Iterator[tuple[int, int]]:
    """Between equal runs of backticks, within one paragraph and outside other ``code``."""
    runs = [found.span() for found in _TICKS.finditer(text) if found.start() not in code]
    by_length: dict[int, list[int]] = {}
    for start, end in runs:
        by_length.setdefault(end - start, []).append(start)
    breaks = [found.start() for found in BLANK_LINE.finditer(text)] + [
        start for start, _ in code.spans
    ]
    breaks.sort()
    at = 0
    for start, end in runs:
        if start < at or text[start - 1 : start] == "\\":
            continue
        same = by_length[end - start]
        closing = bisect_right(same, start)
        limit = bisect_left(breaks, start)
        if closing == len(same) or (limit < len(breaks) and breaks[limit] < same[closing]):
            continue
        at = same[closing] + end - start
        yield start, at
