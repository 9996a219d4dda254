"""Markdown, HTML or plain text to safe HTML with absolute or deferred URLs, and to text.

It rejects no file: what a feed must not carry is left out
with a warning, and what cannot be parsed safely is shown as plain text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from worker.core.article import Mention
from worker.core.problems import Place, Problem
from worker.core.text import folded, has_illegal, illegal_in, scrubbed, shortened
from worker.parsing.body.addresses import Origin, within
from worker.parsing.body.markdown import Markdown, TooComplexError, parsed
from worker.parsing.body.markdown_in_html import Separated, separated
from worker.parsing.body.raw_html import (
    LEFT_OUT,
    document_title,
    is_too_complex,
    is_too_deep,
    left_out,
    line_of_title,
    stripped_of_tags,
    unclosed_problems,
)
from worker.parsing.body.sanitizer import repaired, resanitized, sanitized
from worker.parsing.body.text import (
    TITLE_LENGTH,
    before_notes,
    blocks,
    html_of_paragraphs,
    paragraphs_of,
    summary_of,
    summary_of_blocks,
    text_of_blocks,
)
from worker.parsing.body.title import title_of
from worker.parsing.body.unclosed import Closed, closed
from worker.parsing.body.word_count import lost_words
from worker.parsing.rules import Markup


@dataclass(frozen=True, slots=True)
class Body:
    """A body, ready to be published.

    ``html`` is safe and all its URLs are absolute or deferred; ``text`` is the same as plain
    text, with an empty line between paragraphs. ``title`` is the body's own (at most 200
    characters, "" if none) and ``title_line`` its line in the file, None if not known;
    ``summary`` has at most 300 characters. ``problems`` are warnings, and an
    error if most of the words are lost; ``mentions`` are the files that it names, each once.
    """

    html: str
    text: str
    title: str
    title_line: int | None
    summary: str
    problems: tuple[Problem, ...]
    mentions: tuple[Mention, ...] = ()


def render_body(
    source: str,
    markup: Markup,
    *,
    base_url: str,
    first_line: int,
    drop_title: bool,
    path: str = "",
    is_linked: bool = False,
    assets: bool = False,
) -> Body:
    """Render one body. Never raises for anything that it may hold.

    ``source`` has ``\\n`` line ends and begins on line ``first_line`` of its file, from 1;
    ``base_url``, ``path``, ``is_linked`` and ``assets`` are an ``Origin``'s. The title is the first
    heading, else the first line; ``drop_title`` removes it from ``html``, ``text`` and
    ``summary``, unless that would lose more than the title (a picture, a link).
    """
    written = separated(source, first_line) if markup == "markdown" else Separated(source, None, [])
    origin = Origin(base_url, path, is_linked, assets)
    body = _rendered(written.text, markup, origin, first_line, drop_title)
    if written.lines is not None:
        body = _in_file(body, written, first_line)
    title = body.title if drop_title else ""
    lost = lost_words(source, markup, body.html, title, first_line) if markup != "text" else None
    if not (lost or written.problems):
        return body
    found = (*written.problems, *body.problems, *([lost] if lost else ()))
    return replace(body, problems=found)


def _in_file(body: Body, written: Separated, first_line: int) -> Body:
    """The body with the lines of the file for those of the rewritten source."""
    line = body.title_line and written.line(body.title_line, first_line)
    problems = tuple(
        replace(each, place=Place(written.line(each.place.line, first_line), each.place.column))
        if each.place
        else each
        for each in body.problems
    )
    return replace(body, title_line=line, problems=problems)


def _rendered(
    source: str, markup: Markup, origin: Origin, first_line: int, drop_title: bool
) -> Body:
    problems = _control_characters(source, first_line)
    source = scrubbed(source) if problems else source
    if markup == "text":
        return _plain(source, first_line, drop_title, problems)
    try:
        raw, whole, markdown = _parsed(source, markup)
        html = sanitized(whole.html, origin)
        if is_too_deep(html):
            raise TooComplexError
    except TooComplexError:
        problems.append(Problem("too-deep", *_TOO_DEEP, level="warning"))
        text = stripped_of_tags(source) if markup == "html" else source
        body = _plain(text, first_line, drop_title, problems)
        return replace(body, title_line=None) if markup == "html" else body
    html = _without_controls(html, problems)
    html = resanitized(html, origin) if "<" in source else repaired(html)
    html, mentions, too_many = within(html, source, origin, first_line)
    problems += [*_left_out(raw, whole, markdown, first_line), *too_many]
    body = _rich(html, source, markdown, origin.base_url, first_line, drop_title, problems)
    return replace(body, mentions=mentions) if mentions else body


def _rich(
    html: str,
    source: str,
    markdown: Markdown | None,
    base_url: str,
    first_line: int,
    drop_title: bool,
    problems: list[Problem],
) -> Body:
    """The body from safe HTML; ``markdown`` is None if the source is HTML."""
    found = blocks(html)
    own = document_title(source) if markdown is None else ""
    title = title_of(
        html, found, document_title=own, base_url=base_url, by_line=markdown is not None
    )
    if markdown is None:
        line = line_of_title(source, title.tag, title.text)
    else:
        # It is not needed where the front matter has the title.
        line = markdown.title_line(title.tag) if drop_title and title.text else None
    prose = before_notes(html, found)
    if drop_title and title.block:
        prose = [block for block in prose if block is not title.block]
        found.remove(title.block)
        html = html[: title.block.start] + html[title.block.end :]
    return Body(
        html.strip(),
        text_of_blocks(found),
        title.text,
        first_line + line if title.text and line is not None else None,
        summary_of_blocks(prose),
        tuple(problems),
    )


_UNDERLINE = re.compile(r"[ \t]*(?:={3,}|-{3,}|~{3,}|\*{3,})[ \t]*")


def _plain(source: str, first_line: int, drop_title: bool, problems: list[Problem]) -> Body:
    lines = source.split("\n")
    at = next((number for number, line in enumerate(lines) if line.strip()), None)
    if at is None:
        return Body("", "", "", None, "", tuple(problems))
    first = folded(lines[at].strip())
    title = shortened(first, TITLE_LENGTH)
    rest = lines[at:]
    if drop_title and title == first:
        underlined = len(rest) > 1 and _UNDERLINE.fullmatch(rest[1])
        rest = rest[2 if underlined else 1 :]
    paragraphs = paragraphs_of(rest)
    return Body(
        html_of_paragraphs(paragraphs),
        "\n\n".join(paragraphs),
        title,
        first_line + at,
        summary_of(paragraphs),
        tuple(problems),
    )


def _parsed(source: str, markup: Markup) -> tuple[str, Closed, Markdown | None]:
    """(HTML as written, the same closed, Markdown's source); raises TooComplexError."""
    markdown = parsed(source) if markup == "markdown" else None
    raw = markdown.html if markdown else source
    whole = closed(raw, is_document=markdown is None) if "<" in source else Closed(raw, [], [])
    if is_too_complex(whole.html):
        raise TooComplexError
    return raw, whole, markdown


# --- problems ---------------------------------------------------------------------------------

_TOO_DEEP = (
    "The text is nested too deeply or is too complex, so it is shown as plain text.",
    None,
    "Use fewer levels of lists, quotations and elements, or split it into several articles.",
)
_AS_ESCAPE = (
    "A control character, written like `&#7;`, was removed: it is not allowed in feeds.",
    None,
    "Delete it.",
)


def _control_characters(source: str, first_line: int) -> list[Problem]:
    illegal = list(illegal_in(source)) if has_illegal(source) else []
    if not illegal:
        return []
    offset, name = illegal[0]
    message = f"The control character {name} was removed: it is not allowed in feeds."
    if len(illegal) > 1:
        message = (
            f"{len(illegal):,} control characters were removed: they are not allowed in feeds. "
            f"The first is {name}."
        )
    place = Place.at(source, offset, first_line)
    return [Problem("control-characters", message, place, level="warning")]


def _without_controls(html: str, problems: list[Problem]) -> str:
    """The HTML without control characters that were written as references."""
    if not has_illegal(html):
        return html
    problems.append(Problem("control-characters", *_AS_ESCAPE, level="warning"))
    return scrubbed(html)


def _left_out(
    raw: str, whole: Closed, markdown: Markdown | None, first_line: int
) -> Iterator[Problem]:
    shown = [each.offset for each in whole.unclosed if each.fate == "shown"]
    hidden = sorted([*whole.hidden, *((offset - 1, offset + 1) for offset in shown)])
    for kind, offset in left_out(raw, hidden):
        place = (
            Place.at(raw, offset, first_line)
            if markdown is None
            else markdown.place_of(kind, first_line)
        )
        message, hint = LEFT_OUT[kind]
        yield Problem("dropped-html", message, place, hint, "warning")
    if whole.unclosed:
        pieces = markdown.raw_pieces() if markdown else [(raw, 0)]
        yield from unclosed_problems(raw, whole.unclosed, pieces, first_line)
