"""Which words of a body are its title, and whether they can be taken out of it.

Pure: looks at safe HTML and its blocks.
"""

from dataclasses import dataclass

from worker.core.text import shortened
from worker.parsing.body.text import BREAK, HEADINGS, TAG, TITLE_LENGTH, TextBlock, words_in


@dataclass(frozen=True, slots=True)
class Title:
    """A body's title, "" where there is none.

    ``tag`` is the heading that it was found in, "title" for an HTML document's own, "" for a
    first line. ``block`` is what can be taken out of the body so that the title does not stand
    there too, None where that would lose more than the title.
    """

    text: str = ""
    tag: str = ""
    block: TextBlock | None = None


def title_of(
    html: str, found: list[TextBlock], *, document_title: str, base_url: str, by_line: bool
) -> Title:
    """The title of a body of safe ``html``, whose blocks are ``found``.

    The first heading; where that is below ``<h1>``, an HTML document's own title goes before
    it. Without either, the first line: a line of the source ``by_line`` (Markdown keeps them),
    else what stands before a line break. More than 200 characters are cut, and stay in the body.
    """
    heading = next((block for block in found if block.tag in HEADINGS and block.words), None)
    block = heading or next((block for block in found if block.words), None)
    inside = html[block.start : block.end] if block else ""
    everything = words_in(inside)
    if document_title and not (heading and heading.tag == "h1"):
        words, tag = document_title, "title"
    elif heading:
        words, tag = everything, heading.tag
    else:
        words, tag = _first_line(inside, by_line or "<pre" in inside), ""
    text = shortened(words, TITLE_LENGTH)
    if block and not (text == everything and _can_be_removed(html, found, block, base_url)):
        block = None
    return Title(text, tag, block)


def _first_line(inside: str, by_line: bool) -> str:
    lines = BREAK.split(inside)
    if by_line:
        lines = [line for part in lines for line in TAG.sub("", part).split("\n")]
    return next((words for line in lines if (words := words_in(line))), "")


def _can_be_removed(html: str, found: list[TextBlock], block: TextBlock, base_url: str) -> bool:
    """Whether the block is an element of its own, before all other words, and only words.

    A paragraph has to be the very first thing (not a list's item or a quotation); pictures may
    stand before a heading. A heading's link to itself, as exporters add it, is no loss.
    """
    if not block.whole or block.tag not in HEADINGS | {"p"}:
        return False
    before = html[: block.start]
    if block.tag == "p" and before.strip():
        return False
    if any(other.words for other in found[: found.index(block)]):
        return False
    inside = html[block.start : block.end].replace(f'<a href="{base_url}#', "")
    return "<img" not in inside and '<a href="' not in inside
