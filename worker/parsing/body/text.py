"""Text from safe HTML, and HTML from plain text.

``blocks`` reads only what the sanitizer or this module wrote, where tags are well-formed and
every ``<`` and ``>`` belongs to one; never hostile HTML.
"""

import re
from html import escape, unescape
from typing import NamedTuple

from worker.core.text import folded, shortened
from worker.core.urls import body_url, split_at_addresses

SUMMARY_LENGTH = 300
"""The most characters of a summary."""

TITLE_LENGTH = 200
"""The most characters of a title that is taken from the text."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_ENOUGH = 120  # a first paragraph below this is a byline or a caption: the next one is added
_SHORT_LINE = 60
_LIST_MARK = re.compile(r"(?:[-*•–]|[0-9]{1,3}[.)])\s")

_BLOCK_TAG = re.compile(
    r"(<(/?)(p|h[1-6]|li|ul|ol|div|pre|blockquote|hr|table|thead|tbody|tfoot|tr|td|th|caption"
    r"|dl|dt|dd|figure|figcaption|section|article|aside|header|footer|main|nav|address"
    r"|details|summary|audio|video)(?: [^>]*)?>)"
)
PICTURE = re.compile(r"<img(?: [^>]*)?>")
ALT = re.compile(r' alt="([^"]*)"')
BREAK = re.compile(r"<br(?: [^>]*)?>")
TAG = re.compile(r"<[^>]*>")
_NOTE_MARK = "feedmill:here#fn"
# A note's number in the text, and the way back from the note.
_NOTE = re.compile(
    rf'(?:<sup>)?<a href="{_NOTE_MARK}(?:ref)?-[^>]*>[^<]*(?:<sup>[^<]*</sup>)?</a>(?:</sup>)?'
)
_FIRST_NOTE = '<li id="feedmill:fn-'
_NO_PROSE = HEADINGS | {"pre", "td", "th", "caption", "figcaption", "dt"}


class TextBlock(NamedTuple):
    """The text between two block tags.

    ``tag`` is the heading or block that it begins, "" for text after the end of one; ``text``
    includes the alternative texts of pictures, ``words`` does not. ``whole`` if it is all the
    content of its element; then ``start`` and ``end`` are the element's bounds, else the text's.
    """

    tag: str
    text: str
    words: str
    whole: bool
    start: int
    end: int


def blocks(html: str) -> list[TextBlock]:
    """The blocks of safe HTML that hold text or pictures with alternative text, in order."""
    found: list[TextBlock] = []
    heading = opened = ""
    began = at = 0
    parts = _BLOCK_TAG.split(html)
    for piece, tag, closing, name in zip(*(parts[k::4] for k in range(4)), strict=False):
        end = at + len(piece)
        after = end + len(tag)
        if piece and not piece.isspace():
            whole = bool(closing) and opened == name
            bounds = (began, after) if whole else (at, end)
            _add_block(found, heading or opened, piece, whole, bounds)
        if name in HEADINGS:
            heading = "" if closing else name
        opened = "" if closing or name == "hr" else name
        began, at = end, after
    _add_block(found, "", parts[-1], False, (at, len(html)))
    return found


def _add_block(
    found: list[TextBlock], tag: str, piece: str, whole: bool, bounds: tuple[int, int]
) -> None:
    words = text = _text_of(piece, tag)
    if "<img" in piece:
        text = _text_of(PICTURE.sub(_alternative, piece), tag)
    if text:
        found.append(TextBlock(tag, text, words, whole, *bounds))


def _alternative(picture: re.Match[str]) -> str:
    alt = ALT.search(picture[0])
    return f" {alt[1]} " if alt else " "


def _text_of(piece: str, tag: str) -> str:
    """Inline HTML as text: ``<br>`` ends a line, white space is folded except in ``pre``."""
    if tag == "pre":
        return unescape(TAG.sub("", BREAK.sub("\n", piece))).strip("\n ")
    if "<" in piece:
        if _NOTE_MARK in piece:
            piece = _NOTE.sub("", piece)
        if "<br" in piece:
            return "\n".join(_text_of(line, tag) for line in BREAK.split(piece)).strip("\n")
        piece = TAG.sub("", piece)
    if "&" in piece:
        piece = unescape(piece)
    # Unlike core.text.folded, no-break spaces too; nearly all pieces have single spaces only.
    is_folded = "  " not in piece and piece.isprintable()
    return piece.strip(" ") if is_folded else " ".join(piece.split())


def words_in(html: str) -> str:
    """The words of one block on one line, with the no-break spaces that ``TextBlock`` loses."""
    return folded(unescape(TAG.sub("", BREAK.sub(" ", html))))


def text_of_blocks(found: list[TextBlock]) -> str:
    """The blocks' text, with an empty line between paragraphs."""
    return "\n\n".join(block.text for block in found)


def before_notes(html: str, found: list[TextBlock]) -> list[TextBlock]:
    """The blocks before the notes at the end."""
    end = html.find(_FIRST_NOTE)
    return found if end < 0 else [block for block in found if block.start < end]


def summary_of_blocks(found: list[TextBlock]) -> str:
    """The first prose of the blocks, at most 300 characters.

    Takes paragraphs until they have 120 characters or a heading follows; takes code, tables and
    captions only if there is nothing else.
    """
    prose: list[str] = []
    for block in found:
        if block.tag in HEADINGS and prose:
            break
        if block.words and block.tag not in _NO_PROSE:
            prose.append(block.words)
    return summary_of(prose or [block.words for block in found if block.tag not in HEADINGS])


def summary_of(paragraphs: list[str]) -> str:
    """The first paragraph, and the next ones while it is shorter than 120 characters."""
    taken = ""
    for paragraph in paragraphs:
        taken = folded(f"{taken} {paragraph}")
        if len(taken) >= _ENOUGH:
            break
    return shortened(taken, SUMMARY_LENGTH)


def paragraphs_of(lines: list[str]) -> list[str]:
    """The paragraphs of plain text, which blank lines separate.

    A paragraph of lines of at most 60 characters (verse, an address) keeps its line breaks; the
    lines of any other are joined, except before a line that begins like a list item.
    """
    paragraphs: list[str] = []
    current: list[str] = []
    for line in [*lines, ""]:
        if stripped := line.strip():
            current.append(folded(stripped))
        elif current:
            paragraphs.append(_joined(current))
            current = []
    return paragraphs


def _joined(lines: list[str]) -> str:
    if max(map(len, lines)) <= _SHORT_LINE:
        return "\n".join(lines)
    parts = [lines[0]]
    for line in lines[1:]:
        parts += ("\n" if _LIST_MARK.match(line) else " ", line)
    return "".join(parts)


def html_of_paragraphs(paragraphs: list[str]) -> str:
    """Paragraphs as safe HTML: escaped, with line breaks, bare addresses as links."""
    return "\n".join(f"<p>{_inline(paragraph)}</p>" for paragraph in paragraphs)


def _inline(paragraph: str) -> str:
    if "://" not in paragraph:
        return escape(paragraph, quote=False).replace("\n", "<br>\n")
    parts = []
    for piece, is_address in split_at_addresses(paragraph):
        shown = escape(piece, quote=False).replace("\n", "<br>\n")
        address = body_url(piece, "") if is_address else ""
        parts.append(f'<a href="{escape(address)}">{shown}</a>' if address else shown)
    return "".join(parts)
