"""HTML in which no element reaches beyond its own block.

An HTML5 parser hides everything after a ``<template>``, ``<style>`` or ``<iframe />`` that has no
end tag. Here such a tag is shown as text or left out, and the text after it stays; ``/>`` ends any
element; elements that are closed and not content are cut out. Decides nothing about safety: the
result goes through the sanitizer. Takes linear time for any text.
"""

import re
from bisect import bisect_right
from html import escape, unescape
from typing import Final, Literal, NamedTuple

from worker.parsing.body.sanitizer import TAGS

Fate = Literal["shown", "dropped", "ended"]

_CUT = frozenset({"script", "style", "textarea", "select", "svg", "math", "canvas", "iframe"})
"""Elements that are left out with their content if they are closed."""

_HOLLOW = "template noembed noframes title plaintext noscript frameset object applet marquee"
_UNWRAPPED = frozenset(_HOLLOW.split())
"""Elements that lose their tags and keep their content."""

_MEDIA = frozenset({"audio", "video"})
_OPAQUE = _CUT | _UNWRAPPED | {"xmp"}
_RAW_TEXT = frozenset({"script", "style", "textarea", "title"})
_EMPTY = """area base basefont bgsound br col embed frame hr img input keygen link meta param source
    track wbr"""
_VOID = frozenset(_EMPTY.split())
_BLOCKS = """address article aside blockquote body center dd details dialog div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre
    section summary table tbody td tfoot th thead tr ul"""
_WORDED = "p h1 h2 h3 h4 h5 h6 li td th dt dd summary figcaption caption"
_IN_WORDS = frozenset(_WORDED.split())
_CONTAINERS = frozenset(_BLOCKS.split()) - _IN_WORDS

_OTHERS = """acronym area base basefont bgsound big body button center datalist dialog dir embed
    fieldset font form frame head html image img input keygen label legend link listing map menu
    meta meter nobr optgroup option output param progress rb rtc search slot tt xmp"""
_HTML = TAGS | frozenset(_OTHERS.split())
"""All tags that are passed on: the sanitizer removes those of parts of drawings (``<text>``,
``<path>``) with all that follows them."""

_MARK = re.compile(r"<(?=[a-zA-Z/!?])")
# No line of a quoted value begins with a tag, so that a forgotten quotation mark ends in its block.
_TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/<>]*+)"
    r"((?:[^<>=]|=\s*+(?:\"(?:[^\"\n]|\n(?![ \t]*[\n<]))*+\""
    r"|'(?:[^'\n]|\n(?![ \t]*[\n<]))*+'|(?![\"'])[^\s<>]*+))*+)>"
)
_NAMED = re.compile(
    rf"<(/?)({'|'.join(sorted(_OPAQUE | _MEDIA))}|foreignobject)(?=[\s/>])", re.IGNORECASE
)
_BLOCK_TAG = re.compile(rf"<(/?)({'|'.join(_BLOCKS.split())})(?=[\s/>])", re.IGNORECASE)
_BLOCK_END = re.compile(rf"{_BLOCK_TAG.pattern}|\n[ \t]*\n", re.IGNORECASE)
_IN_PROSE = re.compile(r"[^\"'`\n;{}()=<]*+</(?:p|li|td|th|dd|dt|h[1-6])\s*>", re.IGNORECASE)
_COMMENT_END = re.compile(r"--!?>")
_DECLARATION = re.compile(r"<(?:!doctype|\?xml|!\[(?!CDATA\[))[^<>]*>", re.IGNORECASE)
_SOURCES = re.compile(r"(?:\s*+<(?:source|track)(?=[\s/>])[^<>]*+>)*+", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?:^|[\s\"'/])(data-src|src|title)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\s*+(?:https?:)?//\S|\s*+[^\s:#]", re.IGNORECASE)
_SCHEME = re.compile(r"[^/?#]*:")
_NOTHING: Final = "<!---->"  # keeps what is on both sides from becoming a tag


class Unclosed(NamedTuple):
    """An element (or comment, ``!--``) without end tag, its offset, and what became of its tag."""

    name: str
    offset: int
    fate: Fate


class Closed(NamedTuple):
    """The HTML, what was not closed, and the spans of the given HTML that hold no elements."""

    html: str
    unclosed: list[Unclosed]
    hidden: list[tuple[int, int]]


def closed(html: str, *, is_document: bool = False) -> Closed:
    """``html`` in which no element hides what comes after its own block.

    Of a document, the ``<title>`` is left out.
    """
    scan = _Scan(html, is_document)
    scan.run()
    return Closed("".join(scan.out), scan.unclosed, scan.hidden)


class _Scan:
    """One pass over HTML; ``last`` is the last tag written, "" for words."""

    def __init__(self, html: str, is_document: bool) -> None:
        self.html = html
        self.has_title = not is_document
        self.out: list[str] = []
        self.unclosed: list[Unclosed] = []
        self.hidden: list[tuple[int, int]] = []
        self.last = "div"
        self.missing: set[str] = set()
        self.breakout = -1
        self.starts: dict[str, list[int]] = {}
        self.ends: dict[str, list[int]] = {}
        self.matching: dict[int, int] = {}
        self.index()

    def index(self) -> None:
        """Find the tags of all elements that may be cut; match those of drawings."""
        opened: dict[str, list[int]] = {"svg": [], "math": []}
        for found in _NAMED.finditer(self.html):
            name = found[2].lower()
            side = self.ends if found[1] else self.starts
            side.setdefault(name, []).append(found.start())
            if name in opened and not found[1]:
                opened[name].append(found.start())
            elif opened.get(name):
                self.matching[opened[name].pop()] = found.start()

    def run(self) -> None:
        at = 0
        while found := _MARK.search(self.html, at):
            self.write(self.html[at : found.start()])
            at = self.take(found.start())
        self.write(self.html[at:])

    def write(self, text: str) -> None:
        if text:
            self.out.append(text)
            if not text.isspace():
                self.last = ""

    def take(self, start: int) -> int:
        """Handle the markup at ``start``; where it ends."""
        html = self.html
        if html.startswith("<!--", start):
            return self.comment(start)
        if html.startswith("<![CDATA[", start):
            end = self.find("]]>", start)
            if end >= 0:
                self.write(escape(html[start + 9 : end], quote=False))
                return end + 3
        if declaration := _DECLARATION.match(html, start):
            self.out.append(_NOTHING)
            return declaration.end()
        tag = _TAG.match(html, start)
        if tag is None:
            self.write("&lt;")
            return start + 1
        return self.tag(tag, tag[2].lower())

    def find(self, mark: str, start: int) -> int:
        """Where ``mark`` next is, -1 if nowhere; searches in vain only once."""
        if mark in self.missing:
            return -1
        found = self.html.find(mark, start)
        if found < 0:
            self.missing.add(mark)
        return found

    def comment(self, start: int) -> int:
        html = self.html
        for empty in ("<!-->", "<!--->"):
            if html.startswith(empty, start):
                return start + len(empty)
        found = None if "--" in self.missing else _COMMENT_END.search(html, start + 4)
        if found is None:
            self.missing.add("--")
            self.unclosed.append(Unclosed("!--", start, "ended"))
            found = _BLOCK_END.search(html, start)
            end = found.start() if found else len(html)
        else:
            end = found.end()
        self.hidden.append((start, end))
        self.out.append(_NOTHING)
        return end

    def tag(self, tag: re.Match[str], name: str) -> int:
        if name not in _HTML and (tag[1] or name not in _OPAQUE):
            self.out.append(_NOTHING)
            return tag.end()
        if tag[1]:
            self.out.append(tag[0])
            self.last = f"/{name}"
            return tag.end()
        if name not in _VOID and _ends_itself(tag[3]):
            return self.empty(tag, name)
        if name in _OPAQUE:
            return self.opaque(tag, name)
        self.out.append(tag[0])
        self.last = name
        if name in _MEDIA and self.end_of(tag, name) < 0:
            sources = _SOURCES.match(self.html, tag.end())
            end = sources.end() if sources else tag.end()
            self.out.append(f"{self.html[tag.end() : end]}</{name}>")
            self.unclosed.append(Unclosed(name, tag.start(), "ended"))
            return end
        return tag.end()

    def empty(self, tag: re.Match[str], name: str) -> int:
        """An element that ends itself, with the end tag that may follow all the same."""
        if name == "iframe":
            self.link(tag)
        elif name in _OPAQUE:
            self.out.append(_NOTHING)
        else:
            self.out.append(f"<{tag[2]}{tag[3][:-1]}></{tag[2]}>")
            self.last = f"/{name}"
        again = re.compile(rf"\s*+</{re.escape(name)}\s*+>", re.I).match(self.html, tag.end())
        return again.end() if again else tag.end()

    def opaque(self, tag: re.Match[str], name: str) -> int:
        start, end = tag.start(), self.end_of(tag, name)
        if end >= 0 and (name in _CUT or (name == "title" and not self.has_title)):
            self.has_title = self.has_title or name == "title"
            close = self.html.find(">", end)
            close = close + 1 if close >= 0 else len(self.html)
            if name in _RAW_TEXT:
                self.hidden.append((start, close))
            if not (name == "iframe" and self.link(tag)):
                self.out.append(_NOTHING)
            return close
        if end >= 0:
            self.out.append(tag[0] if name == "xmp" else _NOTHING)
            return tag.end()
        if name == "iframe" and self.link(tag):
            return tag.end()
        shown = not tag[3].strip()
        self.unclosed.append(Unclosed(name, start, "shown" if shown else "dropped"))
        self.write(escape(tag[0], quote=False) if shown else "")
        self.out.append(_NOTHING)
        return tag.end()

    def link(self, iframe: re.Match[str]) -> bool:
        """Write a link to the embedded page; False if it has no address on the web."""
        given: dict[str, str] = {}
        for found in _ATTRIBUTE.finditer(iframe[3]):
            value = unescape(found[2] or found[3] or found[4] or "").strip()
            given.setdefault(found[1].lower(), value)
        for name in ("src", "data-src"):
            address = given.get(name, "")
            if _ADDRESS.match(address) and _is_web(address):
                break
        else:
            return False
        words = " ".join(given.get("title", "").split()) or address.rpartition("://")[2]
        link = f'<a href="{escape(address)}">{escape(words.removeprefix("//"), quote=False)}</a>'
        alone = self.last.lstrip("/") in (_CONTAINERS if self.last[:1] != "/" else _BLOCKS.split())
        self.out.append(f"<p>{link}</p>" if alone else link)
        self.last = "/p" if alone else "a"
        return True

    def end_of(self, tag: re.Match[str], name: str) -> int:
        """Where the element's end tag begins; -1 if it has none before its block ends."""
        at = tag.end()
        if name in ("svg", "math"):
            end = self.matching.get(tag.start(), -1)
            return -1 if end < 0 or self.has_block(at, end) else end
        end = _next(self.ends.get(name), at)
        if end < 0 or name == "plaintext":
            return -1
        again = _next(self.starts.get(name), at)
        if name in _UNWRAPPED - {"title"}:
            return end if not self.crosses(at, min(end, again if again >= 0 else end)) else -1
        if name == "script":
            is_nested = 0 <= again < end and self.begins_line(again)
            return -1 if is_nested or _IN_PROSE.match(self.html, at, end) else end
        return -1 if 0 <= again < end or self.crosses(at, end) else end

    def begins_line(self, at: int) -> bool:
        before = self.html[max(0, at - 200) : at]
        return "\n" in before and not before.rpartition("\n")[2].strip()

    def has_block(self, start: int, end: int) -> bool:
        """Whether a block within a drawing ends it, as in a parser."""
        if 0 <= _next(self.starts.get("foreignobject"), start) < end:
            return False
        if self.breakout < start:
            found = _BLOCK_TAG.search(self.html, start)
            self.breakout = found.start() if found else len(self.html)
        return self.breakout < end

    def crosses(self, start: int, end: int) -> bool:
        """Whether a block begins or ends between the two places, but not both."""
        opened: list[str] = []
        paragraphs = 0
        for found in _BLOCK_TAG.finditer(self.html, start, end):
            name = found[2].lower()
            if not found[1]:
                opened.append(name)
            elif name not in opened:
                return True
            else:
                paragraphs += name == "p"
                while opened.pop() != name:
                    pass
        return paragraphs > 0 and opened[-1:] == ["p"]


def _next(places: list[int] | None, at: int) -> int:
    """The first of the sorted places that is not before ``at``, -1 if none."""
    if not places:
        return -1
    index = bisect_right(places, at - 1)
    return places[index] if index < len(places) else -1


def _ends_itself(attributes: str) -> bool:
    """Whether the tag ends in ``/>``, and the slash is not part of a value without quotes."""
    if not attributes.endswith("/"):
        return False
    word = attributes[-200:-1].rpartition(" ")[2].rpartition("\n")[2]
    return word[-1:] in ("", '"', "'", "/") or "=" not in word


def _is_web(address: str) -> bool:
    return address[:6].lower() in ("http:/", "https:") or not _SCHEME.match(address)
