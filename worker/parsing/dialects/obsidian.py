"""Marks of note-taking and publishing tools in Markdown that other tools would show.

Obsidian's links, embedded files, comments and highlights; kramdown's attribute lists; links to a
tool's source files. Formatting is removed silently; an embedded file
or an address that only the tool can resolve is a warning.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from worker.parsing.dialects.attribute_lists import attribute_edits
from worker.parsing.dialects.code_spans import CodeSpans
from worker.parsing.dialects.links import element_for, medium, note, to_file
from worker.parsing.dialects.shortcodes import Edit

# Not a link with words in brackets, [[1]](address), nor a shell's [[ -f name ]].
_WIKI = re.compile(r"(?<!\\)(!?)\[\[(?![\s\[])([^\[\]\n|]+)(?:\|([^\[\]\n]*))?\]\](?![(\[])")
_SPECIAL = re.compile(r"([\\`*_\[\]<>~])")
_CONTENTS = re.compile(r"^[ \t]*\[(?:\[_?TOC_?\]|TOC)\][ \t]*$", re.MULTILINE | re.IGNORECASE)
_COMMENT = re.compile(r"(?<![%\\])%%(?!%)")
_MARKED = re.compile(r"(?<![=\w])==(?=[^\s=])[^=\n]*(?<=[^\s])==(?![=\w])")
_BLOCK_ID = re.compile(r"[ \t]\^(?=[a-z0-9-]*[a-z])[A-Za-z0-9-]{4,60}[ \t]*$", re.MULTILINE)
_TAG_LINE = re.compile(r"^(?:#(?=[\w/-]*[^\W\d])[\w/-]++[ \t]*+)+$", re.MULTILINE)
_SOURCE_LINK = re.compile(
    r"""(?:\]\(|="|='|^[ ]{0,3}\[[^\]\n]+\]:[ \t]*<?)"""
    r"""(@/|[{|](static|filename|attach|tag|category|author|index)[}|])[^)\s"'<>]*""",
    re.MULTILINE,
)
_BEFORE_SOURCE = re.compile(r"""(?:\]\(|="|='|\]:[ \t]*<?)(?:@/|[{|])""")


def has_marks(text: str) -> bool:
    """Whether ``note_edits`` may find anything; cheap, since every text is checked."""
    return (
        ("[" in text and ("[[" in text or "[TOC]" in text))
        or ("%" in text and "%%" in text)
        or ("=" in text and "==" in text and _MARKED.search(text) is not None)
        or ("^" in text and " ^" in text)
        or ("{" in text and "{:" in text)
    )


def has_source_links(text: str) -> bool:
    """Whether ``source_links`` may find anything; cheap, since every text is checked."""
    return ("{" in text or "|" in text or ("@" in text and "@/" in text)) and (
        _BEFORE_SOURCE.search(text) is not None
    )


def source_links(text: str, code: CodeSpans, mark: str) -> Iterator[Edit]:
    """Turns the address of links of Zola and Pelican to source files into one that is known.

    A static file is copied to the same path on the site, and other files are beside the article;
    a page that only Pelican makes leaves ``mark``.
    """
    for found in _SOURCE_LINK.finditer(text):
        start, end = found.start(1), found.end()
        if start in code:
            continue
        if found[1] == "@/":
            yield Edit(start, end, note(unquote(text[start + 2 : end])))
        elif found[2] in ("static", "filename", "attach"):
            yield Edit(start, found.end(1), "")
        else:
            yield Edit(start, end, mark, "tool-address", text[start:end])


def note_edits(text: str, code: CodeSpans) -> Iterator[Edit]:
    """The edits that turn the marks into plain Markdown, unordered; some may be in ``code``."""
    for pattern in (_CONTENTS, _BLOCK_ID):
        yield from (Edit(*found.span(), "") for found in pattern.finditer(text))
    if "[[" in text:
        yield from _links(text)
    if "%%" in text:
        yield from _comments(text, code)
    if "==" in text:
        for found in _MARKED.finditer(text):
            yield Edit(found.start(), found.start() + 2, "<mark>")
            yield Edit(found.end() - 2, found.end(), "</mark>")
    if "{:" in text:
        yield from attribute_edits(text, code)


def tag_lines(text: str, code: CodeSpans) -> Iterator[Edit]:
    """Lines of nothing but Obsidian's ``#tags``; the labels are the lines."""
    for found in _TAG_LINE.finditer(text):
        if found.start() not in code:
            yield Edit(*found.span(), "", label=found[0])


def _links(text: str) -> Iterator[Edit]:
    for found in _WIKI.finditer(text):
        page, label = found[2].removesuffix("\\"), (found[3] or "").strip()
        if not found[1]:
            address, words = to_file(page), _words(found)
            yield Edit(*found.span(), f"[{words}]({address})" if address and words else words)
        elif address := medium(page):
            yield Edit(*found.span(), element_for(address, label))
        else:
            yield Edit(*found.span(), "", "embedded-file", found[0])


def _words(link: re.Match[str]) -> str:
    """What Obsidian shows for a link: its label, or the names of the note and the heading."""
    page, label = link[2].removesuffix("\\"), (link[3] or "").strip()
    parts = [label] if label else [part.strip() for part in page.split("#")]
    words = (part for part in parts if part and (label or not part.startswith("^")))
    return " > ".join(_SPECIAL.sub(r"\\\1", part) for part in words)


def _comments(text: str, code: CodeSpans) -> Iterator[Edit]:
    """Between two ``%%``, in one line or from the start of a line; ``100%%`` begins none."""
    marks = [found.start() for found in _COMMENT.finditer(text) if found.start() not in code]
    at = 0
    while at + 1 < len(marks):
        start, end = marks[at], marks[at + 1] + 2
        before = text[text.rfind("\n", 0, start) + 1 : start]
        lines = text.count("\n", start, end)
        if before.strip() if lines else before[-1:].isalnum():
            at += 1
            continue
        yield Edit(start, end, "\n" * lines)
        at += 2
