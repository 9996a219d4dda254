"""The title of a body, and whether it can be removed from the body.

Reads safe HTML and its blocks only.
"""

from dataclasses import dataclass

from worker.core.text import shortened
from worker.parsing.body.text import BREAK, HEADINGS, TAG, TITLE_LENGTH, TextBlock, words_in


@dataclass(frozen=True, slots=True)
class Title:
    """A body's title, "" if none.

    ``tag`` is the heading that holds it, "title" for an HTML document's own, "" for a first
    line. ``block`` can be removed from the body so that the title is not shown twice; None if
    that would lose more than the title.
    """

    text: str = ""
    tag: str = ""
    block: TextBlock | None = None


def title_of(
    html: str, found: list[TextBlock], *, document_title: str, base_url: str, by_line: bool
) -> Title:
    """The title of safe ``html``, whose blocks are ``found``.

    The first heading; an HTML document's own title takes precedence over a heading below
    ``<h1>``. Without both, the first line: a line of the source if ``by_line`` (Markdown keeps
    them), else the text before a line break. A title of more than 200 characters is cut, and
    stays in the body.
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
    """Whether the block is a whole heading of words only, before all other words.

    A first paragraph is text, so it stays. Pictures may come before a heading. A heading's link
    to itself, which exporters add, does not count.
    """
    if not block.whole or block.tag not in HEADINGS:
        return False
    if any(other.words for other in found[: found.index(block)]):
        return False
    inside = html[block.start : block.end]
    for own in (f'<a href="{base_url}#', '<a href="feedmill:here#'):
        inside = inside.replace(own, "")
    return "<img" not in inside and '<a href="' not in inside
