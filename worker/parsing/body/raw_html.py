"""HTML before it is sanitized: what will be left out, and whether it is safe to parse.

Decides nothing about what is kept; only the sanitizer's allow-list does. Scans hostile text in
linear time, to warn its author and to refuse input that would stall a parser.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

from worker.core.problems import Place, Problem
from worker.core.text import folded, scrubbed
from worker.parsing.body.unclosed import Unclosed, closed

MAX_DEPTH: Final = 200
"""Levels of nested elements; libxml2, which many feed readers use, gives up at 256."""

_MAX_WORK = 1_000_000
_MAX_ATTRIBUTES = 2_000
_MAX_REFERENCES = 300_000
_LONG = 20_000

LEFT_OUT: Final[dict[str, tuple[str, str]]] = {
    "script": ("A script was left out: feeds cannot contain programs.", ""),
    "style": ("A style sheet was left out: each feed reader uses its own.", ""),
    "frame": (
        "An embedded page (`<iframe>`) was left out: feed readers do not show it. "
        "A link to its address replaces it.",
        "",
    ),
    "form": ("A form, or part of one, was left out: forms do not work in feeds.", ""),
    "object": (
        "An embedded object was left out: feed readers do not show it.",
        "Use `<img>`, `<audio>` or `<video>`, or a link.",
    ),
    "drawing": (
        "A drawing or formula (`<svg>`, `<math>`, `<canvas>`) was left out.",
        "Use a picture of it instead.",
    ),
    "handler": ("An attribute that runs a script (such as `onclick`) was left out.", ""),
    "data": (
        "A picture or link that contains its own data (`data:`) was left out.",
        "Put the file on the web and use its address.",
    ),
    "link": (
        "A link that is not `http:`, `https:` or `mailto:` was left out; its text was kept.",
        "Use an address that readers can open.",
    ),
}
"""What may be left out, by kind: the message to the author, and the fix if there is one."""

_FATES = {
    "shown": "is not closed, so it is shown as text.",
    "dropped": "is not closed: its tag was left out, and the text after it stays.",
    "ended": "is not closed: it ends before the next paragraph.",
}


def unclosed_message(element: Unclosed, count: int) -> tuple[str, str]:
    """The message about an element without end tag, and the fix."""
    times = f" ({count:,} times)" if count > 1 else ""
    if element.name == "!--":
        return f"A comment (`<!--`) {_FATES[element.fate]}{times}", "Close it with `-->`."
    return (
        f"The element `<{element.name}>` {_FATES[element.fate]}{times}",
        f"Close it with `</{element.name}>`; to show the tag itself, write "
        f"`&lt;{element.name}&gt;`.",
    )


def unclosed_problems(
    raw: str, unclosed: list[Unclosed], pieces: list[tuple[str, int]], first_line: int
) -> Iterator[Problem]:
    """A warning for each name of elements that are not closed, at the first one.

    ``pieces`` are the raw HTML in ``raw`` in order, each with its line from 0.
    """
    first: dict[str, list[Unclosed]] = {}
    for element in unclosed:
        first.setdefault(element.name, []).append(element)
    for name, elements in first.items():
        opening = re.compile("<!--" if name == "!--" else rf"<{name}(?=[\s/>])", re.IGNORECASE)
        skipped = sum(1 for _ in opening.finditer(raw, 0, elements[0].offset))
        message, hint = unclosed_message(elements[0], len(elements))
        place = _place_of_tag(pieces, opening, skipped, first_line)
        yield Problem("unclosed-html", message, place, hint, "warning")


def _place_of_tag(
    pieces: list[tuple[str, int]], opening: re.Pattern[str], skipped: int, first_line: int
) -> Place | None:
    """Where the tag is that comes after ``skipped`` others in the pieces."""
    for html, line in pieces:
        for found in opening.finditer(html):
            if not skipped:
                return Place.at(html, found.start(), first_line + line)
            skipped -= 1
    return None


_ELEMENTS = {
    "script": "script",
    "style": "style",
    "frame": "iframe frame",
    "form": "form input button select textarea",
    "object": "object embed applet",
    "drawing": "svg math canvas",
}
_KINDS = {name: kind for kind, names in _ELEMENTS.items() for name in names.split()}
_ELEMENT = re.compile(rf"<({'|'.join(_KINDS)})(?=[\s/>])", re.IGNORECASE)
_HANDLER = re.compile(r"<[a-z][^<>]*?[\s\"'/]on[a-z]{3,20}\s*+=", re.IGNORECASE)
_ADDRESS = re.compile(
    r"<[a-z][^<>]*?[\s\"'/](?:href|src|poster)\s*+=\s*+[\"']?([^<>\"']{1,40})", re.IGNORECASE
)
_SCHEME = re.compile(r"[\s\x00-\x1f]*([a-z][a-z0-9+.\-\s]{1,30}):", re.IGNORECASE)


class LeftOut(NamedTuple):
    """A kind of ``LEFT_OUT`` and the offset of the first one."""

    kind: str
    offset: int


def left_out(html: str, hidden: list[tuple[int, int]]) -> list[LeftOut]:
    """What will be left out of ``html``: the first of each kind, by offset.

    ``hidden`` are the spans that hold no elements. A guess, for warnings only.
    """
    first: dict[str, int] = {}
    for kind, offset in _suspects(html):
        if offset >= first.get(kind, len(html)):
            continue
        before = bisect_left(hidden, (offset, 0)) - 1
        if before < 0 or hidden[before][1] <= offset:
            first[kind] = offset
    return sorted((LeftOut(*item) for item in first.items()), key=lambda found: found.offset)


def _suspects(html: str) -> Iterator[tuple[str, int]]:
    for found in _ELEMENT.finditer(html):
        yield _KINDS[found[1].lower()], found.start()
    for found in _HANDLER.finditer(html):
        yield "handler", found.start()
    for found in _ADDRESS.finditer(html):
        scheme = _SCHEME.match(unescape(found[1]))
        name = "".join(scheme[1].split()).lower() if scheme else "http"
        if name not in ("http", "https", "mailto", "feedmill"):
            yield ("data" if name == "data" else "link"), found.start()


_ANY_TAG = re.compile(r"<(/?)([a-z][^\s/>]*)([^<>]*)", re.IGNORECASE)
_VOID = "area base br col embed hr img input link meta param source track wbr"
_END_TAG_OPTIONAL = "p li dt dd td th tr tbody thead tfoot colgroup caption option html head body"
_NOT_NESTING = frozenset(f"{_VOID} {_END_TAG_OPTIONAL}".split())
_RUBY_PARTS = frozenset({"rt", "rp", "rb"})
"""Their end tags are optional within ``ruby`` only, as far as the parser looks for it."""

_SCOPES = frozenset({"ruby", "table", "object", "applet", "marquee", "template", "svg", "math"})
_FORMATS = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATS.split())


def is_too_complex(html: str) -> bool:
    """Whether ``html`` is nested so deeply, or has so many parts, that parsing it takes too long.

    An HTML parser takes quadratic time in the depth (200 kB of ``<ul><li>`` took nh3 4 s), in the
    attributes of a tag (2 MB: 15 s) and in the references of a text (2 MB of ``&``: 29 s), and
    repeats each open formatting element in every later block (200 kB of
    ``<b id=1><p><b id=2><p>`` took minutes and all memory). Only counts.
    """
    if len(html) < _LONG:
        if html.count("<") <= MAX_DEPTH:
            return False
    elif html.count("&") > _MAX_REFERENCES:
        return True
    opened: dict[str, int] = {}
    scopes = [""]
    depth = formatting = work = 0
    for found in _ANY_TAG.finditer(html):
        closing, name, rest = found[1], found[2].lower(), found[3]
        if _is_not_nesting(name, closing, scopes):
            work += formatting
        elif closing:
            if opened.get(name, 0):
                opened[name] -= 1
                depth -= 1
                formatting -= name in _FORMATTING
        elif not (_ends_itself(rest, opened) or (name == "a" and opened.get(name, 0))):
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            formatting += name in _FORMATTING
            work += formatting
        if depth > MAX_DEPTH or work > _MAX_WORK or _is_crowded(rest):
            return True
    return False


def _is_not_nesting(name: str, closing: str, scopes: list[str]) -> bool:
    """Void, or an element that the next of its kind ends; ``scopes`` is kept up to date."""
    if name in _RUBY_PARTS:
        return scopes[-1] == "ruby"
    if name in _SCOPES:
        if not closing:
            scopes.append(name)
        elif name in scopes:
            while scopes.pop() != name:
                pass
    return name in _NOT_NESTING


def _is_crowded(rest: str) -> bool:
    return len(rest) > _LONG and len(rest.split(None, _MAX_ATTRIBUTES)) > _MAX_ATTRIBUTES


def _ends_itself(rest: str, opened: dict[str, int]) -> bool:
    """``<path/>`` ends itself in a drawing or formula; ``<div/>`` does not in HTML."""
    return rest.endswith("/") and bool(opened.get("svg") or opened.get("math"))


_WRITTEN_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)(?: [^<>"]*+"[^"]*+")*+>')
_VOID_NAMES = frozenset(_VOID.split())


def is_too_deep(written: str) -> bool:
    """Whether HTML that a parser wrote out is nested deeper than ``MAX_DEPTH``.

    What ``is_tangle`` cannot see without being a parser: ``<span><div></span></div>`` leaves
    the span open, since a parser ignores the end tag of an element with a block in it.
    """
    if written.count("<") <= MAX_DEPTH:
        return False
    depth = 0
    for found in _WRITTEN_TAG.finditer(written):
        if found[1]:
            depth -= 1
        elif found[2] not in _VOID_NAMES:
            depth += 1
            if depth > MAX_DEPTH:
                return True
    return False


_MARKUP = re.compile(r"(?:&lt;[^<>&]*&gt;)?<!---->|<[/!?]?[a-z][^<>]*>?", re.IGNORECASE)
_LINE_TAG = re.compile(r"<(?:/?(?:p|div|li|h[1-6]|tr|blockquote|pre|ul|ol)|br)(?=[\s/>])", re.I)


def stripped_of_tags(html: str) -> str:
    """The text of HTML that is too costly to parse, one paragraph for each block."""
    text = _LINE_TAG.sub(r"\n\n\g<0>", closed(html, is_document=True).html)
    return unescape(_MARKUP.sub("", text))


_DOCUMENT_TITLE = re.compile(r"<title(?:\s[^<>]*)?>([^<]{1,1000})</title", re.IGNORECASE)


def document_title(html: str) -> str:
    """The text of an HTML document's ``<title>``, "" if none; not that of an ``<svg>``."""
    found = _DOCUMENT_TITLE.search(html)
    if found is None or "<svg" in html[: found.start()].lower():
        return ""
    return folded(scrubbed(unescape(found[1])))


def line_of_title(html: str, tag: str, words: str) -> int | None:
    """The line, from 0, of the first element ``tag``; without a tag, of the words; or None."""
    if tag:
        found = re.search(rf"<{tag}[\s>]", html, re.IGNORECASE)
        offset = found.start() if found else -1
    else:
        offset = html.find(words.partition(" ")[0]) if words else -1
    return Place.at(html, offset, 0).line if offset >= 0 else None
