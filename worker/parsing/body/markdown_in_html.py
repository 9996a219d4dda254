"""Markdown whose HTML blocks end where their author meant.

Rewrites a Markdown source before it is parsed. ``<aside markdown="1">`` (kramdown, md_in_html of
Python-Markdown) gets an empty line after its opening tag and before its closing one, so that
CommonMark parses what is between; ``Separated.line`` gives the lines back. ``<script>``,
``<style>``, ``<pre>``, ``<textarea>`` and comments that are never closed, which CommonMark
reads to the end of the file, end with their paragraph or are shown as text.

Takes linear time for any text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from worker.core.problems import Place, Problem
from worker.parsing.body.raw_html import MAX_DEPTH, unclosed_message
from worker.parsing.body.unclosed import Unclosed

_FENCE = re.compile(r"[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})([^\n]*)")
_RAW = re.compile(r" {0,3}<(?:(script|style|pre|textarea)(?=[\s>/]|$)|!--)", re.IGNORECASE)
_ENDS_ITSELF = re.compile(r"(?:\s[^<>]*)?/>")
_MARKED = re.compile(r"<[a-z][^<>]*\smarkdown\s*=\s*[\"']?(?:1|block|span)\b", re.IGNORECASE)
_BLOCKS = """address article aside blockquote center dd details dialog div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup li main menu nav ol p section
    summary table tbody td tfoot th thead tr ul"""
_TAG = re.compile(rf"<(/?)({'|'.join(_BLOCKS.split())})((?:\s[^<>]*)?)>", re.IGNORECASE)
_NOT_INLINE = rf"(?:{'|'.join(_BLOCKS.split())}|pre|script|style|textarea)\b"
_INLINE_TAG = re.compile(rf" {{0,3}}</?(?!{_NOT_INLINE})[a-z][^<>]*>[ \t]*", re.IGNORECASE)
_ASKS = re.compile(
    r"\smarkdown\s*=\s*(?:[\"'](?:1|block|span)[\"']|(?:1|block|span)(?=[\s>]|$))", re.I
)
_CONTAINER = re.compile(r"\s*(?:>|(?:[-*+]|\d{1,9}[.)])(?:\s|$))")


class Separated(NamedTuple):
    """The rewritten source, the line of the given one for each of its lines (None: the same)."""

    text: str
    lines: list[int] | None
    problems: list[Problem]

    def line(self, line: int, first_line: int) -> int:
        """The line of the file, for a line of ``text`` in a file that has these lines."""
        at = line - first_line
        if self.lines is None or not 0 <= at < len(self.lines):
            return line
        return first_line + self.lines[at]


def separated(source: str, first_line: int) -> Separated:
    """``source``, which begins on line ``first_line`` of its file, with separate HTML blocks."""
    if "<" not in source:
        return Separated(source, None, [])
    problems: list[Problem] = []
    if _RAW_ANYWHERE.search(source):
        source = "\n".join(_with_ends(source, first_line, problems))
    if not _MARKED.search(source):
        return Separated(source, None, problems)
    splitter = _Splitter()
    for number, (line, is_code) in enumerate(_lines(source)):
        splitter.add(line, number, is_code)
    return Separated("\n".join(splitter.out), splitter.lines, problems)


_RAW_ANYWHERE = re.compile(rf"^{_RAW.pattern}", re.IGNORECASE | re.MULTILINE)


def _lines(source: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to fenced code."""
    fence = ""
    for line in source.split("\n"):
        if fence:
            yield line, True
            mark = line.strip(" \t>")
            if len(mark) >= len(fence) and mark == fence[0] * len(mark):
                fence = ""
            continue
        found = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
        yield line, bool(fence)


def _with_ends(source: str, first_line: int, problems: list[Problem]) -> list[str]:
    """The lines, in which every raw HTML block that begins on one ends."""
    lines = list(_lines(source))
    closing = _Closings(["" if is_code else line.lower() for line, is_code in lines])
    out: list[str] = []
    until, ending = -1, ""
    told: set[str] = set()
    for number, (given, is_code) in enumerate(lines):
        line = given
        if ending and not line.strip():
            out[-1] += ending
            ending = ""
        found = None if is_code or ending or number <= until else _RAW.match(line)
        if found:
            name = (found[1] or "!--").lower()
            line = _ended_by_itself(line, found.end(), name)
            end = closing.after(name, number, line[found.end() :].lower())
            until = max(until, end)
            if end < 0:
                line, ending = _without_end(line, name)
                if name not in told:
                    problems.append(_problem(name, not ending, first_line + number))
                told.add(name)
        out.append(line)
    out[-1] += ending
    return out


def _ended_by_itself(line: str, at: int, name: str) -> str:
    """The line with an end tag after a tag that ends in ``/>``."""
    found = _ENDS_ITSELF.match(line, at)
    return f"{line[: found.end()]}</{name}>{line[found.end() :]}" if found else line


def _without_end(line: str, name: str) -> tuple[str, str]:
    """A line with a tag that is shown as text, or what ends its element."""
    if name in ("pre", "!--"):
        return line, "</pre>" if name == "pre" else " -->"
    return line.replace("<", "&lt;", 1), ""


class _Closings:
    """Where the raw elements of a Markdown source end; looks at each line once for each name.

    An end in fenced code is none: ``-->`` there is an arrow of a compiler's message.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.found: dict[str, int] = {}

    def after(self, name: str, number: int, rest: str) -> int:
        """The line on which the element that begins on line ``number`` ends; -1 if none does."""
        mark = "-->" if name == "!--" else f"</{name}"
        if mark in rest or (name == "!--" and rest.startswith((">", "->"))):
            return number
        at = max(number + 1, self.found.get(name, 0))
        opening = f"<{name}"
        while at < len(self.lines):
            line = self.lines[at]
            if line.startswith(opening) and not self.lines[at - 1].strip():
                return -1
            if mark in line:
                break
            at += 1
        self.found[name] = at
        return at if at < len(self.lines) else -1


def _problem(name: str, is_shown: bool, line: int) -> Problem:
    element = Unclosed(name, 0, "shown" if is_shown else "ended")
    message, hint = unclosed_message(element, 1)
    return Problem("unclosed-html", message, Place(line, 1), hint, "warning")


class _Splitter:
    """Gives lines of their own to the tags of elements whose content is Markdown.

    ``open`` are those elements: their name, how many of that name are open in them, and the
    indentation that their content loses (None: not known yet).
    """

    def __init__(self) -> None:
        self.out: list[str] = []
        self.lines: list[int] = []
        self.open: list[tuple[str, int, int | None]] = []
        self.number = 0

    def add(self, line: str, number: int, is_code: bool) -> None:
        """Add one line of the source."""
        self.number = number
        if self.open:
            line = self.outdented(line)
        if is_code or "<" not in line or (not self.open and not _ASKS.search(line)):
            self.put(line)
            return
        at = ticks = counted = 0
        is_contained = bool(_CONTAINER.match(line)) or line.startswith(("    ", "\t"))
        for tag in _TAG.finditer(line):
            ticks += line.count("`", counted, tag.start())
            counted = tag.start()
            if ticks % 2 or (is_contained and not self.open):
                continue
            if not tag[1] and _ASKS.search(tag[3]):
                self.split(line[at : tag.start()], f"<{tag[2]}{_ASKS.sub('', tag[3])}>")
                self.open.append((tag[2].lower(), 0, None))
            elif not self.closes(tag):
                continue
            else:
                self.split(line[at : tag.start()], tag[0])
            at = tag.end()
        if at == 0 or line[at:].strip():
            rest = line[at:].lstrip() if at else line
            # CommonMark takes the lines below a tag alone on its line for HTML.
            self.put(f"{rest}<!---->" if self.open and _INLINE_TAG.fullmatch(rest) else rest)

    def put(self, line: str) -> None:
        self.out.append(line)
        self.lines.append(self.number)

    def split(self, before: str, tag: str) -> None:
        """Add the words before a tag, and the tag between two empty lines."""
        if before.strip():
            self.put(before if not self.open else before.lstrip())
        indent = before if not before.strip() and not self.open else ""
        if self.out and self.out[-1].strip():
            self.put("")
        self.put(indent + tag)
        self.put("")

    def closes(self, tag: re.Match[str]) -> bool:
        """Whether this is the end tag of an open element; counts the namesakes within it.

        What is open within the element ends with it.
        """
        name = tag[2].lower()
        within = reversed(self.open[-MAX_DEPTH:])
        at = next((at for at, each in enumerate(within, 1) if each[0] == name), 0)
        if not at:
            return False
        _, depth, indent = self.open[-at]
        if tag[1] and not depth:
            del self.open[-at:]
            return True
        self.open[-at] = (name, depth + (-1 if tag[1] else 1), indent)
        return False

    def outdented(self, line: str) -> str:
        """The line without the indentation of the first line in its element."""
        name, depth, indent = self.open[-1]
        own = len(line) - len(line.lstrip(" "))
        if indent is None:
            if not line.strip() or line.lstrip().startswith("</"):
                return line.lstrip(" ")
            indent = own
            self.open[-1] = (name, depth, indent)
        return line[min(own, indent) :]
