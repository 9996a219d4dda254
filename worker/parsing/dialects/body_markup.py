"""A body without what only other publishing tools understand, ready to be rendered.

Removes that and warns the author; finds where a summary ends. Every line keeps its number. A text
without such marks stays as it is, at the cost of a search for a few pairs of characters.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from worker.core.problems import Place, Problem
from worker.core.text import shown
from worker.parsing.dialects.admonitions import has_blocks, plain_blocks
from worker.parsing.dialects.code_spans import CodeSpans
from worker.parsing.dialects.formulas import formula_edits, has_formulas
from worker.parsing.dialects.obsidian import (
    has_marks,
    has_source_links,
    note_edits,
    source_links,
    tag_lines,
)
from worker.parsing.dialects.shortcodes import (
    Edit,
    Fate,
    apply_edits,
    close_gaps,
    edits_of,
    has_code,
    in_order,
)
from worker.parsing.rules import Markup

# Noncharacters, which no text has; the first one that the body does not have marks a gap.
_MARKS = [chr(code) for code in range(0xFDD0, 0xFDF0)]

# Hugo, Jekyll, Zola and Eleventy; Nikola; Pelican; and what Jekyll's users often configure.
_TEASER_ENDS = re.compile(
    r"<!--\s*(?:more|read ?more|(?:end )?excerpt|TEASER_END(?::[^<>]*?)?|PELICAN_END_SUMMARY)"
    r"\s*-->",
    re.IGNORECASE,
)
_TEASER_BEGINS = "<!-- PELICAN_BEGIN_SUMMARY -->"

# A file full of code needs no complete list.
_MAX_WARNINGS = 30
_FATES: dict[Fate, str] = {
    "gone": "was left out",
    "encloses": "was left out, but the text between its two tags stays",
    "gone-with-inside": "was left out, with everything between its two tags",
}
_SAYS = {
    "template-code": (
        "is code for a publishing tool and {fate}",
        "Write what it shows in words, or use a link or a picture. "
        "To show code, put it between backticks.",
    ),
    "tool-address": (
        "is an address that only a publishing tool understands, and was left out",
        "Write the full address, starting with https://.",
    ),
    "embedded-file": (
        "embeds a file that only a note-taking tool can show, and was left out",
        "For a picture, write `![words](https://…)`.",
    ),
}


@dataclass(frozen=True, slots=True)
class CleanBody:
    """A body without other tools' marks.

    ``teaser`` is the summary that the author marked, in the same markup, "" if none;
    ``is_note`` if it is certainly a note of Obsidian, whose ``tags`` had lines of their own.
    ``problems`` are warnings.
    """

    text: str
    teaser: str = ""
    tags: tuple[str, ...] = ()
    is_note: bool = False
    problems: tuple[Problem, ...] = ()


def clean_body(source: str, markup: Markup, *, first_line: int, separator: str = "") -> CleanBody:
    """``source``, which begins on line ``first_line`` of its file, without tools' marks.

    ``separator`` ends the summary; the front matter gives it.
    """
    clean = CleanBody(source)
    if has_code(source) or (markup != "text" and has_source_links(source)):
        clean = _without_code(clean, markup, first_line)
    if markup == "markdown" and has_marks(clean.text):
        clean = _without_marks(clean, first_line)
    if markup == "markdown" and has_blocks(clean.text):
        clean = replace(clean, text=plain_blocks(clean.text))
    if markup == "markdown" and has_formulas(clean.text):
        clean = replace(clean, text=apply_edits(clean.text, formula_edits(clean.text)))
    if "<!--" in clean.text or separator:
        clean = _with_teaser(clean, markup, separator)
    return clean


def _without_code(clean: CleanBody, markup: Markup, first_line: int) -> CleanBody:
    text = clean.text
    mark = next((mark for mark in _MARKS if mark not in text), "")
    if not mark:
        return clean
    code = CodeSpans(text, html_only=markup == "html")
    edits = edits_of(text, code, markup, mark)
    if markup != "text":
        edits = in_order([*edits, *source_links(text, code, mark)])
    if not edits:
        return clean
    problems = _warnings(text, edits, first_line)
    return replace(
        clean, text=close_gaps(apply_edits(text, edits), mark, markup), problems=problems
    )


def _without_marks(clean: CleanBody, first_line: int) -> CleanBody:
    text = clean.text
    code = CodeSpans(text)
    edits = in_order(edit for edit in note_edits(text, code) if edit.start not in code)
    if not edits:
        return clean
    is_note = any(text.startswith(("[[", "![[", "%%"), edit.start) for edit in edits)
    lines = list(tag_lines(text, code)) if is_note else []
    return CleanBody(
        apply_edits(text, in_order([*edits, *lines])),
        tags=tuple(word.lstrip("#") for line in lines for word in line.label.split()),
        is_note=is_note,
        problems=clean.problems + _warnings(text, edits, first_line),
    )


def _warnings(text: str, edits: Iterable[Edit], first_line: int) -> tuple[Problem, ...]:
    """One warning for each label, at its first place."""
    found: dict[tuple[str, str, Fate], list[int]] = {}
    for edit in edits:
        if edit.code:
            found.setdefault((edit.code, edit.label, edit.fate), []).append(edit.start)
    problems = []
    for (code, label, fate), places in list(found.items())[:_MAX_WARNINGS]:
        says, hint = _SAYS[code]
        message = f"{shown(label)} {says.format(fate=_FATES[fate])}"
        if len(places) > 1:
            message += f" ({len(places):,} times)"
        place = Place.at(text, places[0], first_line)
        problems.append(Problem(code, f"{message}.", place, hint, "warning"))
    return tuple(problems)


def _with_teaser(clean: CleanBody, markup: Markup, separator: str) -> CleanBody:
    """The body without the marks that end the summary, and the summary."""
    text = clean.text
    separator = separator.strip()
    ends = list(_TEASER_ENDS.finditer(text))
    own = text.find(separator) if len(separator) > 2 else -1
    if not ends and own < 0:
        return clean
    code = CodeSpans(text, html_only=markup == "html")
    spans = [found.span() for found in ends if found.start() not in code]
    if own >= 0 and own not in code:
        spans.append((own, own + len(separator)))
    begin = text.find(_TEASER_BEGINS)
    edits = in_order(Edit(start, end, "\n" * text.count("\n", start, end)) for start, end in spans)
    if not edits:
        return clean
    begin = begin + len(_TEASER_BEGINS) if 0 <= begin < edits[0].start else 0
    return replace(clean, text=apply_edits(text, edits), teaser=text[begin : edits[0].start])
