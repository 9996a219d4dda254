"""Markdown to HTML that is not yet safe, and where in the source something is.

The only module that uses comrak. Refuses what would take too long or too much memory; the
sanitizer decides about elements and addresses. The tree of the source is made only where it is
needed (a title's line, a warning's place, callouts), since it takes longer than the HTML.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape, unescape
from typing import Final

import comrak

from worker.core.problems import Place
from worker.core.urls import split_at_addresses
from worker.parsing.body.raw_html import MAX_DEPTH, left_out, stripped_of_tags
from worker.parsing.body.unclosed import closed

_EXTENSIONS: Final = comrak.ExtensionOptions(
    strikethrough=True,
    table=True,
    autolink=True,
    tasklist=True,
    header_id_prefix="",
    footnotes=True,
    inline_footnotes=True,
    description_lists=True,
    ofm_callouts=True,
    math_dollars=True,
    cjk_friendly_emphasis=True,
    block_directive=True,
)
# Columns in bytes: comrak counts characters (sourcepos_chars) in quadratic time.
_PARSING: Final = comrak.ParseOptions()
_RAW: Final = comrak.RenderOptions(unsafe_=True)
_ESCAPED: Final = comrak.RenderOptions(escape=True)

# What would be shown as plain text anyhow is not parsed. For directives, comrak's time is
# quadratic in the depth: 40,000 take 17 s.
_CONTAINERS = re.compile(r"((?:[ \t]*(?:>|(?:[-+*:]|\d{1,9}[.)])(?=[ \t])|\[\^[^\]\s]+\]:)){200})")
# A search for a line feed is several times as fast as one for "^".
_MORE_CONTAINERS = re.compile(rf"\n{_CONTAINERS.pattern}")
_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*)+|(?:\*[ \t]*)+)")
_DIRECTIVES = re.compile(r"^[ \t>]*:{3,}[ \t]*([\w{]?)", re.MULTILINE)
# Addresses and notes are written out at each use: 100 kB can become 150 MB.
_MAX_HTML: Final = 8_000_000
_MAX_GROWTH: Final = 8
# Elements of a source whose tree is made: a node takes about 600 bytes.
_MAX_ELEMENTS: Final = 200_000

_TREE_NEEDED = re.compile(r"\[![\w-]|^[ \t>]*:::|<a\s", re.MULTILINE | re.IGNORECASE)


class TooComplexError(Exception):
    """The source would take too long to parse, or would become too long."""


@dataclass(frozen=True)
class Markdown:
    """A source in Markdown and its ``html``, which is not yet safe."""

    source: str
    html: str = field(default="")

    @cached_property
    def _tree(self) -> comrak.AstNode | None:
        return _tree(self.source)

    def title_line(self, tag: str) -> int | None:
        """The line, from 0, of the first heading ``tag``; without a tag, of the first words."""
        if not tag:
            return self._line_of_words()
        opening = re.compile(rf"<{tag}[\s>]", re.IGNORECASE)
        for node in _walk(self._tree):
            value = node.node_value
            line = node.sourcepos.start.line - 1
            if isinstance(value, comrak.Heading):
                if f"h{value.value.level}" == tag and _worded(node):
                    return line
            elif isinstance(value, comrak.HtmlBlock):
                found = opening.search(value.value.literal)
                if found:
                    return Place.at(value.value.literal, found.start(), line).line
        return None

    def _line_of_words(self) -> int | None:
        node = _worded(self._tree)
        return node.sourcepos.start.line - 1 if node else None

    def place_of(self, kind: str, first_line: int) -> Place | None:
        """Where something of this kind of ``LEFT_OUT`` first occurs."""
        for html, start in _raw_pieces(self._tree):
            for found in left_out(html, closed(html).hidden):
                if found.kind == kind:
                    within = Place.at(html, found.offset, 1)
                    before = self._characters_before(start) if within.line == 1 else 0
                    return Place(first_line + start.line + within.line - 2, before + within.column)
        return None

    def raw_pieces(self) -> list[tuple[str, int]]:
        """(HTML, line from 0) of each piece of raw HTML, link and picture."""
        return [(html, start.line - 1) for html, start in _raw_pieces(self._tree)]

    def _characters_before(self, start: comrak.LineColumn) -> int:
        line = self.source.split("\n")[start.line - 1].encode("utf-8", "surrogatepass")
        return len(line[: start.column - 1].decode("utf-8", "ignore"))


def parsed(source: str) -> Markdown:
    """The HTML of ``source``; raises TooComplexError."""
    if _is_too_deep(source):
        raise TooComplexError
    html = _rendered(source)
    if "^" in source and "[^" in source and "]:" in source:
        shown = _with_unused_notes(source, html)
        if shown != source:
            html = _rendered(shown)
    return Markdown(source, _plain_tags(html, source))


def _rendered(source: str) -> str:
    html = ""
    # Cheap tests first: most articles have none of these.
    marked = "<" in source or ":::" in source or ("!" in source and "[!" in source)
    if marked and _TREE_NEEDED.search(source):
        tree = _tree(source)
        if tree:
            _rewrite(tree)
            html = comrak.format_html(tree, _EXTENSIONS, _PARSING, _RAW)
    html = html or comrak.markdown_to_html(source, _EXTENSIONS, _PARSING, _RAW)
    if len(html) > _MAX_HTML + _MAX_GROWTH * len(source):
        raise TooComplexError
    return html


_NOTE = re.compile(r"\[\^([^\]\s]+)\]:")
_LEAVE_NOTES: Final = comrak.ParseOptions(leave_footnote_definitions=True)


def _with_unused_notes(source: str, html: str) -> str:
    """``source`` where the marks of notes that nothing refers to are text.

    The engine would leave such notes out without a word.
    """
    names = {name.casefold() for name in _NOTE.findall(source)}
    if len(names) <= html.count('<li id="fn-'):
        return source
    lines = source.split("\n")
    for node in _walk(_tree(source, _LEAVE_NOTES)):
        value = node.node_value
        if isinstance(value, comrak.FootnoteDefinition) and not value.value.total_references:
            at = node.sourcepos.start.line - 1
            mark = f"[^{value.value.name}]:"
            lines[at] = lines[at].replace(mark, "\\" + mark)
    return "\n".join(lines)


def _is_too_deep(source: str) -> bool:
    """Whether containers or directives nest so deeply that parsing takes long."""
    first = _CONTAINERS.match(source)
    for deep in (*([first] if first else ()), *_MORE_CONTAINERS.finditer(source)):
        if not _RULE.fullmatch(source[deep.start(1) :].partition("\n")[0]):
            return True
    depth = 0
    for line in _DIRECTIVES.finditer(source) if ":::" in source else ():
        depth = depth + 1 if line[1] else max(0, depth - 1)
        if depth > MAX_DEPTH:
            return True
    return False


# --- the tree ---------------------------------------------------------------------------------

_ANY_TAG = re.compile(r"<(/?)(?!(?:img|br|hr|input)\b)[a-z][^<>]*>")


def _tree(source: str, parsing: comrak.ParseOptions = _PARSING) -> comrak.AstNode | None:
    """The tree of ``source``, None if it is too deep or too large for one.

    comrak builds it recursively, so a deep one would end the process. The depth is that of its
    HTML with all of the source's own HTML escaped.
    """
    html = comrak.markdown_to_html(source, _EXTENSIONS, parsing, _ESCAPED)
    if html.count("<") > _MAX_ELEMENTS or len(html) > _MAX_HTML:
        return None
    depth = 0
    for tag in _ANY_TAG.finditer(html):
        depth += -1 if tag[1] else 1
        if depth > MAX_DEPTH:
            return None
    return comrak.parse_document(source, _EXTENSIONS, parsing, _RAW)


def _walk(tree: comrak.AstNode | None) -> Iterator[comrak.AstNode]:
    """Every node, in the order of the source."""
    waiting = [tree] if tree else []
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def _own_words(value: object) -> str:
    if isinstance(value, comrak.Text):
        return value.value
    if isinstance(value, comrak.Code | comrak.CodeBlock | comrak.Math):
        return value.value.literal
    if isinstance(value, comrak.HtmlBlock):
        return stripped_of_tags(value.value.literal)
    return ""


def _worded(node: comrak.AstNode | None) -> comrak.AstNode | None:
    """The first node with words; the alternative text of a picture is none."""
    waiting = [node] if node else []
    while waiting:
        child = waiting.pop()
        if _own_words(child.node_value).strip():
            return child
        if not isinstance(child.node_value, comrak.Image):
            waiting.extend(reversed(child.children))
    return None


def _raw_pieces(tree: comrak.AstNode | None) -> Iterator[tuple[str, comrak.LineColumn]]:
    """(HTML, start) of each piece of raw HTML, link and picture."""
    for node in _walk(tree):
        value = node.node_value
        if isinstance(value, comrak.HtmlBlock):
            yield value.value.literal, node.sourcepos.start
        elif isinstance(value, comrak.HtmlInline):
            yield value.value, node.sourcepos.start
        elif isinstance(value, comrak.Link | comrak.Image):
            yield f'<a href="{escape(value.value.url)}">', node.sourcepos.start


# --- callouts and directives ------------------------------------------------------------------

_KINDS = """abstract attention bug caution danger details error example failure faq hint important
    info message note question quote seealso success summary tip todo tldr warning"""
_KNOWN = frozenset(_KINDS.split())
_DIRECTIVE = re.compile(r"\{?([\w.-]*)\}?[ \t]*(?:\[(.*)\])?[ \t]*(.*)", re.DOTALL)
_ATTRIBUTES = re.compile(r"\{[^{}]*\}")
_TITLE_ATTRIBUTE = re.compile(r"""title=(?:"([^"]*)"|'([^']*)')""")


def _rewrite(tree: comrak.AstNode) -> None:
    """Turn callouts and directives into quotations with a bold title; no link in a link."""
    for node in list(_walk(tree)):
        value = node.node_value
        if isinstance(value, comrak.Callout):
            _rewrite_callout(node, value.value.callout_type)
        elif isinstance(value, comrak.BlockDirective):
            title = _directive_title(value.value.info)
            if title:
                node.children = [_title([_text(title, node)], node), *node.children]
                node.node_value = comrak.BlockQuote()
        elif node.children and not isinstance(value, comrak.Document):
            _unlink(node)


def _rewrite_callout(node: comrak.AstNode, kind: str) -> None:
    children = list(node.children)
    words = [_text(kind[:1].upper() + kind[1:], node)]
    if children and isinstance(children[0].node_value, comrak.CalloutTitle):
        words = [inline for block in children.pop(0).children for inline in block.children] or words
    node.node_value = comrak.BlockQuote()
    node.children = [_title(words, node), *children]


def _directive_title(info: str) -> str:
    """What ``:::`` says after its name, else the name of a known kind."""
    named = _TITLE_ATTRIBUTE.search(info)
    found = _DIRECTIVE.fullmatch(_ATTRIBUTES.sub("", info).strip())
    if not found:
        return info
    name, label, rest = found[1], found[2] or "", found[3]
    title = f"{named[1] or named[2] or ''}" if named else f"{label} {rest}".strip()
    return title or (name[:1].upper() + name[1:] if name.lower() in _KNOWN else "")


def _text(words: str, near: comrak.AstNode) -> comrak.AstNode:
    return comrak.AstNode(comrak.Text(words), near.sourcepos, None, [])


def _title(words: list[comrak.AstNode], near: comrak.AstNode) -> comrak.AstNode:
    strong = comrak.AstNode(comrak.Strong(), near.sourcepos, None, words)
    return comrak.AstNode(comrak.Paragraph(), near.sourcepos, None, [strong])


def _unlink(node: comrak.AstNode) -> None:
    """Bare addresses within ``<a>`` of raw HTML are no links of their own."""
    kept: list[comrak.AstNode] = []
    within = False
    for child in node.children:
        value = child.node_value
        if isinstance(value, comrak.HtmlInline):
            tag = value.value[:3].lower()
            within = tag != "</a" and (within or tag in ("<a ", "<a\n", "<a\t"))
        if within and isinstance(value, comrak.Link):
            kept += child.children
        else:
            kept.append(child)
    if len(kept) != len(node.children) or any(
        a is not b for a, b in zip(kept, node.children, strict=True)
    ):
        node.children = kept


# --- tags that readers show without CSS -------------------------------------------------------

_ANCHOR = re.compile(
    r'<a href="#[^"]*" aria-label="[^"]*" data-heading-content="[^"]*" class="anchor"></a>'
)
_OWN_ID = re.compile(
    r'<h([1-6]) id="[^"]*">([^\n]*?)[ \t]*\{[ \t]*([^{}<>\n&]*)\}[ \t]*</h\1>', re.ASCII
)
_ID_WITHIN = re.compile(r"(?:^|\s)#([^\s#.=]+)")
_ATTRIBUTE_LIST = re.compile(r"(?:[#.][^\s#.=]+|[\w-]+=\S+)(?:\s+(?:[#.][^\s#.=]+|[\w-]+=\S+))*\s*")
_BOX = re.compile(r'<input type="checkbox"( checked="")? disabled="" /> ?')
_MATH = re.compile(r'(\w?)<span data-math-style="(inline|display)">([^<]*)</span>(?=(\w?))')
_FORMULA = re.compile(r'<pre><code class="language-math"[^<>]*>([^<]*)</code></pre>')
_WIDE = re.compile(r'<a href="(?:https?|mailto):[^"]*">(https?://[^<]*[^\x00-\x7f][^<]*)</a>')


def _plain_tags(html: str, source: str) -> str:
    if "#" in html and 'class="anchor"' in html:
        html = _ANCHOR.sub("", html)
        if "}</h" in html:
            html = _OWN_ID.sub(_with_own_id, html)
    if "]" in source and '<input type="checkbox"' in html:
        html = _BOX.sub(lambda box: "☑ " if box[1] else "☐ ", html)
    if "$" in source and "data-math-style" in html:
        html = _MATH.sub(_dollars, html)
    if not html.isascii() and ">http" in html:
        html = _WIDE.sub(_narrowed, html)
    if 'class="language-math"' in html:
        html = _FORMULA.sub(r"<pre><code>$$\n\1$$</code></pre>", html)
    if "^" in source and "data-footnotes" in html:
        html = html.replace('<section class="footnotes"', '<hr>\n<section class="footnotes"')
    return html


def _with_own_id(heading: re.Match[str]) -> str:
    level, words, attributes = heading[1], heading[2], heading[3].strip()
    if not _ATTRIBUTE_LIST.fullmatch(attributes):
        return heading[0]
    own = _ID_WITHIN.search(attributes)
    name = f' id="{escape(own[1])}"' if own else ""
    return f"<h{level}{name}>{words}</h{level}>"


def _dollars(math: re.Match[str]) -> str:
    """Mathematics as its source; ``$`` beside a letter is none (``$HOME/$USER``)."""
    before, style, source, after = math.groups()
    if style == "display":
        return f"{before}<code>$${source}$$</code>"
    is_text = before + after and (before + after).isascii()
    return f"{before}${source}$" if is_text else f"{before}<code>${source}$</code>"


def _narrowed(link: re.Match[str]) -> str:
    """A bare address ends where Chinese and Japanese punctuation begins."""
    words = unescape(link[1])
    address = split_at_addresses(words)[0][0]
    if address == words:
        return link[0]
    return (
        f'<a href="{escape(address)}">{escape(address, quote=False)}</a>'
        f"{escape(words[len(address) :], quote=False)}"
    )
