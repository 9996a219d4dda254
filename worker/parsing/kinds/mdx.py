"""MDX without what is JavaScript: imports, exports, expressions, components' tags.

What remains is Markdown. The text between two tags stays, and every line keeps its number. Code
spans and fenced blocks are left alone.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from worker.core.problems import Place, Problem
from worker.core.text import shown

_MOST_WARNINGS = 30
_LONGEST = 20_000
_MOST_OPEN = 100
# Code first: what is within it is not looked at.
_NEXT: Final = re.compile(
    r"(?P<fence>^[ \t]*(?P<mark>`{3,}|~{3,})[^\n]*\n(?:.*\n)*?[ \t]*(?P=mark)[`~]*[ \t]*$)"
    r"|(?P<span>(?<!`)(?P<ticks>`+)(?!`)(?:[^`]|(?!(?P=ticks)(?!`))`)+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<escape>\\[{<])"
    r"|(?P<module>^(?:import|export)\b[ \t{*\"'][^\n]*(?:\n(?![ \t]*\n)[^\n]*)*)"
    r"|(?P<tag></?(?:(?:[A-Z][\w.]*|[a-z][\w-]*(?=\s[^<>]*=\{))(?=[\s/>])|(?=>)))"
    r"|(?P<brace>\{(?!#))",
    re.MULTILINE,
)
_IMPORT: Final = re.compile(
    r"import\b(?:[^;\n]|\n)*?[\"'][^\"'\n]*[\"'];?|export\s+(?:const|let|var|default|function|\{|\*)"
)
_COMMENT: Final = re.compile(r"\{\s*/\*(?:[^*]|\*(?!/))*\*/\s*\}")
_TEXT: Final = re.compile(r"""\{\s*(["'])([^"'\\\n{}]*)\1\s*\}""")
_ATTRIBUTE: Final = re.compile(r"\s[\w:-]+=\{")
_QUOTES = "\"'`"


class _Cut(NamedTuple):
    start: int
    end: int
    text: str
    label: str


def without_components(source: str, *, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    """(Markdown, warnings) of an MDX body that begins on line ``first_line`` of its file."""
    cuts = list(_cuts(source))
    parts, at = [], 0
    for cut in cuts:
        lost = source[cut.start : cut.end].count("\n") - cut.text.count("\n")
        parts += [source[at : cut.start], cut.text, "\n" * lost]
        at = cut.end
    told: dict[str, list[int]] = {}
    for cut in cuts:
        if cut.label:
            told.setdefault(cut.label, []).append(cut.start)
    problems = []
    for label, places in list(told.items())[:_MOST_WARNINGS]:
        times = f" ({len(places):,} times)" if len(places) > 1 else ""
        message = f"{shown(label)} is program code of MDX and was left out{times}."
        place = Place.at(source, places[0], first_line)
        hint = "Write in words or in Markdown what it shows."
        problems.append(Problem("mdx-code", message, place, hint, "warning"))
    return "".join([*parts, source[at:]]), tuple(problems)


def _cuts(source: str) -> Iterator[_Cut]:
    at = unclosed = 0
    while unclosed < _MOST_OPEN and (found := _NEXT.search(source, at)):
        at = found.end()
        cut = None
        if found["module"] and _IMPORT.match(found["module"]):
            cut = _Cut(found.start(), found.end(), "", found["module"].split("\n")[0])
        elif found["tag"] is not None:
            cut = _tag(source, found)
        elif found["brace"]:
            cut = _expression(source, found.start())
        if cut:
            yield cut
            at = cut.end
        # Each is looked for far behind it: a file full of them would take minutes.
        unclosed += not cut and bool(found["brace"] or found["tag"])


def _tag(source: str, found: re.Match[str]) -> _Cut | None:
    end = _end(source, found.end(), ">")
    if end is None:
        return None
    whole = source[found.start() : end]
    name = found["tag"].lstrip("</")
    if name[:1].islower():
        return _Cut(found.start(), end, _plain_tag(whole), "")
    is_end = found["tag"].startswith("</") or not name
    return _Cut(found.start(), end, "", "" if is_end else f"<{name}>")


def _plain_tag(tag: str) -> str:
    """An element's tag without the attributes that are expressions."""
    while match := _ATTRIBUTE.search(tag):
        end = _end(tag, match.end(), "}")
        if end is None:
            break
        tag = tag[: match.start()] + tag[end:]
    return tag


def _expression(source: str, start: int) -> _Cut | None:
    comment = _COMMENT.match(source, start, start + _LONGEST)
    end = comment.end() if comment else _end(source, start + 1, "}")
    if end is None:
        return None
    whole = source[start:end]
    text = _TEXT.fullmatch(whole)
    if text:
        return _Cut(start, end, text[2], "")
    return _Cut(start, end, "", "{/* … */}" if comment else whole)


def _end(source: str, at: int, closing: str) -> int | None:
    """Behind the ``closing`` bracket, past nested braces and quoted text; None if there is none."""
    depth, quote = 0, ""
    for index in range(at, min(len(source), at + _LONGEST)):
        letter = source[index]
        if quote:
            quote = "" if letter == quote else quote
        elif letter == closing and not depth:
            return index + 1
        elif letter in _QUOTES and (depth or closing == "}" or source[index - 1] == "="):
            quote = letter
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
        elif letter == "<" and closing == ">" and not depth:
            return None
    return None
