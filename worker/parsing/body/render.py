"""Markdown, HTML or plain text to safe HTML with absolute or deferred URLs, and to text.

The only module that uses markdown-it. It rejects no file: what a feed must not carry is left out
with a warning, and what cannot be parsed safely is shown as plain text.
"""

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from worker.core.article import Mention
from worker.core.problems import Place, Problem
from worker.core.text import folded, has_illegal, illegal_in, scrubbed, shortened
from worker.core.urls import split_at_addresses
from worker.parsing.body.addresses import Origin, within
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
    line = body.title_line and written.line(body.title_line, first_line)
    problems = [
        replace(each, place=Place(written.line(each.place.line, first_line), each.place.column))
        if each.place
        else each
        for each in body.problems
    ]
    title = body.title if drop_title else ""
    lost = lost_words(source, markup, body.html, title, first_line) if markup != "text" else None
    found = (*written.problems, *problems, *([lost] if lost else ()))
    return replace(body, title_line=line, problems=found)


def _rendered(
    source: str, markup: Markup, origin: Origin, first_line: int, drop_title: bool
) -> Body:
    problems = _control_characters(source, first_line)
    source = scrubbed(source) if problems else source
    if markup == "text":
        return _plain(source, first_line, drop_title, problems)
    try:
        raw, whole, tokens = _parsed(source, markup)
        html = sanitized(whole.html, origin)
        if is_too_deep(html):
            raise _TooComplexError
    except _TooComplexError:
        problems.append(Problem("too-deep", *_TOO_DEEP, level="warning"))
        text = stripped_of_tags(source) if markup == "html" else source
        body = _plain(text, first_line, drop_title, problems)
        return replace(body, title_line=None) if markup == "html" else body
    html = _without_controls(html, problems)
    html = resanitized(html, origin) if "<" in source else repaired(html)
    html, mentions, too_many = within(html, source, origin, first_line)
    problems += [*_left_out(raw, whole, tokens, first_line), *too_many]
    body = _rich(html, source, tokens, origin.base_url, first_line, drop_title, problems)
    return replace(body, mentions=mentions)


def _rich(
    html: str,
    source: str,
    tokens: list[Token] | None,
    base_url: str,
    first_line: int,
    drop_title: bool,
    problems: list[Problem],
) -> Body:
    """The body from safe HTML; ``tokens`` are Markdown's, None if the source is HTML."""
    found = blocks(html)
    own = document_title(source) if tokens is None else ""
    title = title_of(html, found, document_title=own, base_url=base_url, by_line=tokens is not None)
    if tokens is None:
        line = line_of_title(source, title.tag, title.text)
    else:
        line = _title_line(tokens, title.tag)
    if drop_title and title.block:
        found.remove(title.block)
        html = html[: title.block.start] + html[title.block.end :]
    return Body(
        html.strip(),
        text_of_blocks(found),
        title.text,
        first_line + line if title.text and line is not None else None,
        summary_of_blocks(found),
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


def _parsed(source: str, markup: Markup) -> tuple[str, Closed, list[Token] | None]:
    """(HTML as written, the same closed, Markdown's tokens); raises _TooComplexError."""
    raw, tokens = _markdown(source) if markup == "markdown" else (source, None)
    whole = closed(raw, is_document=tokens is None) if "<" in source else Closed(raw, [], [])
    if is_too_complex(whole.html):
        raise _TooComplexError
    return raw, whole, tokens


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
    raw: str, whole: Closed, tokens: list[Token] | None, first_line: int
) -> Iterator[Problem]:
    shown = [each.offset for each in whole.unclosed if each.fate == "shown"]
    hidden = sorted([*whole.hidden, *((offset - 1, offset + 1) for offset in shown)])
    for kind, offset in left_out(raw, hidden):
        place = (
            Place.at(raw, offset, first_line)
            if tokens is None
            else _place_of(tokens, kind, first_line)
        )
        message, hint = LEFT_OUT[kind]
        yield Problem("dropped-html", message, place, hint, "warning")
    pieces = [(raw, 0)] if tokens is None else list(_raw_pieces(tokens))
    yield from unclosed_problems(raw, whole.unclosed, pieces, first_line)


# --- Markdown ---------------------------------------------------------------------------------

# markdown-it silently drops what is nested deeper, and takes longer for runs of "[".
_MAX_NESTING: Final = 24
# Parsing takes up to 25 microseconds and 3 kB for each unit of work. Prose has one unit for 25 to
# 300 characters, so an article of 2 MB stays below this.
_MAX_WORK: Final = 120_000
# A reference's address is written out at each use: 100 kB can become 150 MB.
_MAX_ADDRESSES: Final = 8_000_000


class _TooComplexError(Exception):
    """The source would take too long to parse, or would lose text in parsing."""


class _Markdown(MarkdownIt):
    """markdown-it without its checks of addresses: the sanitizer does those.

    The library would show an unsafe link as source text, data included; its checks take a tenth
    of the parsing time.
    """

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link


def _count_inline(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    return _count(state.env)


def _count_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    return _count(state.env)


def _count(env: MutableMapping[str, Any]) -> bool:
    """A rule that never matches; it only counts how often the parser tries one."""
    env["work"] += 1
    if env["work"] > _MAX_WORK:
        raise _TooComplexError
    return False


def _link_addresses(state: StateCore) -> None:
    """Turn bare addresses into links, as most Markdown tools do, but not inside a link."""
    for token in state.tokens:
        if token.type == "inline" and "://" in token.content and token.children:
            token.children = list(_with_links(token.children))


def _with_links(children: list[Token]) -> Iterator[Token]:
    within = 0
    for child in children:
        if child.type in ("link_open", "link_close"):
            within += child.nesting
        elif child.type == "html_inline":
            tag = child.content[:3].lower()
            within += (tag in ("<a ", "<a>", "<a\n")) - (tag == "</a")
        if child.type != "text" or within > 0 or "://" not in child.content:
            yield child
            continue
        for piece, is_address in split_at_addresses(child.content):
            shown = Token("text", "", 0, content=piece)
            if is_address:
                yield Token("link_open", "a", 1, attrs={"href": piece})
                yield shown
                yield Token("link_close", "a", -1)
            else:
                yield shown


def _markdown_parser() -> MarkdownIt:
    parser = _Markdown("commonmark", {"maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.inline.ruler.after("text", "count", _count_inline)
    within = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("table", "count", _count_block, {"alt": within})
    parser.core.ruler.push("link_addresses", _link_addresses)
    return parser


_MARKDOWN = _markdown_parser()
_ALIGNED = re.compile(r'<(t[dh]) style="text-align:(left|center|right)">')


def _markdown(source: str) -> tuple[str, list[Token]]:
    """(HTML that is not yet safe, tokens). Raises _TooComplexError."""
    env: dict[str, Any] = {"work": 0}
    tokens = _MARKDOWN.parse(source, env)
    if any(token.level >= _MAX_NESTING - 1 for token in tokens):
        raise _TooComplexError
    if env.get("references") and _length_of_addresses(tokens) > _MAX_ADDRESSES:
        raise _TooComplexError
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)
    if "text-align:" in html:
        html = _ALIGNED.sub(r'<\1 align="\2">', html)
    return html, tokens


def _length_of_addresses(tokens: list[Token]) -> int:
    return sum(
        len(str(value))
        for token in tokens
        for child in token.children or ()
        for value in child.attrs.values()
    )


def _title_line(tokens: list[Token], tag: str) -> int | None:
    """The line, from 0, of the first heading ``tag``; without a tag, of the first words."""
    opening = re.compile(rf"<{tag}[\s>]", re.IGNORECASE)
    opened = ""
    for token in tokens:
        if token.map and opened == tag and _has_words(token):
            return token.map[0]
        if tag and token.map and token.type == "html_block":
            found = opening.search(token.content)
            if found:
                return Place.at(token.content, found.start(), token.map[0]).line
        opened = token.tag if token.type == "heading_open" and tag else ""
    return None


def _has_words(token: Token) -> bool:
    if token.type == "html_block":
        return bool(stripped_of_tags(token.content).strip())
    if token.children is None:
        return bool(token.content.strip())
    worded = ("text", "code_inline")
    return any(child.type in worded and child.content.strip() for child in token.children)


def _place_of(tokens: list[Token], kind: str, first_line: int) -> Place | None:
    """The line where something of this kind of ``LEFT_OUT`` first occurs."""
    for html, line in _raw_pieces(tokens):
        for found in left_out(html, closed(html).hidden):
            if found.kind == kind:
                return Place(Place.at(html, found.offset, first_line + line).line, 1)
    return None


def _raw_pieces(tokens: list[Token]) -> Iterator[tuple[str, int]]:
    """(HTML, line from 0) of each piece of raw HTML, link and picture in Markdown."""
    for token in tokens:
        if not token.map:
            continue
        line = token.map[0]
        if token.type == "html_block":
            yield token.content, line
        for child in token.children or ():
            if child.type == "html_inline":
                yield child.content, line
            elif child.attrs:
                address = escape(str(child.attrs.get("href") or child.attrs.get("src")))
                yield f'<a href="{address}">', line
            line += child.content.count("\n") + child.type.endswith("break")
