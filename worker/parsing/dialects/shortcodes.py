"""Template code of other publishing tools in a text, and its removal.

Shortcodes of Hugo, Nikola and Zola, tags and expressions of Liquid, Nunjucks, Jinja and Tera, and
``<% %>``. Runs nothing: code is removed, with its content if only the tool knows whether and how
that is shown (a condition, a loop, a diagram). Text between other opening and closing tags stays;
``raw`` and ``highlight`` become literal text and code. Rules: docs/decisions/007.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from worker.parsing.dialects.code_spans import CodeSpans
from worker.parsing.dialects.links import TAGS, of_tag, path_in_code
from worker.parsing.rules import Markup

Fate = Literal["gone", "encloses", "gone-with-inside"]

_OPENER = re.compile(r"\{\{[<%]?|\{[%#]|<%")
_CLOSERS: Final = {"{{<": ">}}", "{{%": "%}}", "{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>"}
_LONGEST = 5_000
_TRIES = 8
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_NAME = re.compile(r"[\w.-]*\w")
_WORD = re.compile(r"\w")
# In formulas `{{` directly follows a letter, a mark or a brace, as in \frac{{a}}{{b}}; after a
# dollar sign it belongs to tools that are not for publishing.
_GLUED = re.compile(r"[\w\\^}]\{\{(?=\S)(?![\w-]+[.|(])|[\\$]\{\{")
_LANGUAGE = re.compile(r"[\w+#.-]+")
_TICKS = re.compile(r"`+")
# What an address follows: of a link, a reference or an attribute.
_IS_ADDRESS = re.compile(r"""(?:\]\([ ]?<?|=["']?|^[ ]{0,3}\[[^\]\n]+\]:[ \t]*<?)$""", re.MULTILINE)

_CODE_PROBLEM = "template-code"
_LITERAL = frozenset(("raw", "verbatim"))
_CODE = frozenset(("highlight", "code", "codeblock", "prism"))
_LOGIC = """if ifchanged unless case for tablerow capture macro set assign comment
    schema javascript stylesheet script style css js mermaid chart diagram plantuml graphviz
    echarts plotly markmap kroki"""
_LOST = frozenset(_LOGIC.split())


class Edit(NamedTuple):
    """Replaces ``text[start:end]`` by ``text``.

    With a ``code`` there is a warning that says what became (``fate``) of ``label``.
    """

    start: int
    end: int
    text: str
    code: str = ""
    label: str = ""
    fate: Fate = "gone"


class _Tag(NamedTuple):
    opener: str
    name: str
    closes: bool
    inner: str
    start: int
    end: int

    @property
    def family(self) -> str:
        return "shortcode" if self.opener in ("{{<", "{{%") else self.opener

    @property
    def label(self) -> str:
        name = "…" if self.opener in ("{#", "<%") else self.name or "…"
        return f"{self.opener} {name} {_CLOSERS[self.opener]}"


def has_code(text: str) -> bool:
    """Whether ``edits_of`` may find anything; cheap, since every text is checked.

    One character is found much faster than two.
    """
    return ("{" in text and ("{{" in text or "{%" in text or "{#" in text)) or (
        "%" in text and "<%" in text
    )


def edits_of(text: str, code: CodeSpans, markup: Markup, mark: str) -> list[Edit]:
    """The edits that remove template code from ``text``, in order, none inside another.

    Removed code leaves ``mark``, a character that the text does not have, and its line ends.
    Takes linear time.
    """
    scanner = _Scanner(text, code, markup, mark)
    scanner.run()
    return in_order(scanner.edits)


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """The edits by place, without those that begin inside another."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


class _Scanner:
    """One pass over a text; ``open`` are the tags that may still be closed."""

    def __init__(self, text: str, code: CodeSpans, markup: Markup, mark: str) -> None:
        self.text, self.code, self.markup, self.mark = text, code, markup, mark
        self.edits: list[Edit] = []
        self.open: list[_Tag] = []
        self.names: Counter[tuple[str, str]] = Counter()
        self.closers: dict[str, int] = {}
        self.unclosed: set[str] = set()
        self.last = 0

    def run(self) -> None:
        at = 0
        while found := _OPENER.search(self.text, at):
            at = found.end()
            if found.start() not in self.code:
                at = self.take(found.start(), found[0]) or at
        for tag in self.open:
            self.drop(tag)

    def take(self, start: int, opener: str) -> int:
        """Handle the code that begins at ``start``; where it ends, 0 if there is none."""
        end = self.end_of(start, opener)
        if not end:
            return 0
        self.last = end
        inner = self.text[start + len(opener) : end - len(_CLOSERS[opener])].strip()
        if inner.startswith("/*") and inner.endswith("*/") and len(inner) > 3:
            self.literal(start, end, f"{opener} {inner[2:-2].strip()} {_CLOSERS[opener]}")
            return end
        if opener == "{{" and self.is_address(inner, start, end):
            return end
        tag = _tag(opener, inner, start, end)
        if tag.family in ("{{", "{#", "<%"):
            self.drop(tag)
        elif tag.name in TAGS and self.link(tag):
            pass
        elif tag.closes:
            self.close(tag)
        elif tag.name in _LITERAL | _CODE and (after := self.enclosed(tag)):
            return after
        elif inner.endswith("/"):
            self.drop(tag)
        else:
            self.open.append(tag)
            self.names.update([(tag.family, tag.name), (tag.family, "")])
        return end

    def is_address(self, inner: str, start: int, end: int) -> bool:
        """Whether the code is an address in plain sight, which stays."""
        path = path_in_code(inner, self.text[end : end + 2])
        if path is not None:
            self.edits.append(Edit(start, end, path))
        return path is not None

    def end_of(self, start: int, opener: str) -> int:
        """Where the code ends; 0 if it is not closed soon, or the braces mean something else."""
        closer, begin = _CLOSERS[opener], start + len(opener)
        found = self.closers.get(closer, -1)
        if found < begin:
            found = self.text.find(closer, begin)
            self.closers[closer] = found = len(self.text) if found < 0 else found
        for _ in range(_TRIES):
            if not 0 <= found <= begin + _LONGEST or found == len(self.text):
                break
            inner = self.text[begin:found]
            if opener in inner:
                break
            if _is_whole(opener, inner) and found not in self.code:
                end = found + len(closer)
                is_code = _is_code(opener, inner) and not self.is_glued(start, opener)
                return end if is_code else 0
            found = self.text.find(closer, found + 1, begin + _LONGEST)
        return 0

    def is_glued(self, start: int, opener: str) -> bool:
        """Whether the braces belong to the text directly before them, as in a formula."""
        if opener != "{{" or start in (0, self.last):
            return False
        return _GLUED.match(self.text, start - 1) is not None

    def drop(self, tag: _Tag, end: int = 0, fate: Fate = "gone", code: str = _CODE_PROBLEM) -> None:
        end = end or tag.end
        lines = "\n" * self.text.count("\n", tag.start, end)
        self.edits.append(Edit(tag.start, end, self.mark + lines, code, tag.label, fate))

    def close(self, tag: _Tag) -> None:
        """Match a closing tag; tags opened after its opening tag have no closing one."""
        if not self.names[tag.family, tag.name]:
            self.drop(tag)
            return
        while self.open:
            opened = self.open.pop()
            self.names.subtract([(opened.family, opened.name), (opened.family, "")])
            if opened.family == tag.family and tag.name in ("", opened.name):
                break
            self.drop(opened)
        if opened.name.lower() in _LOST or opened.name.endswith(".inline"):
            self.drop(opened, tag.end, "gone-with-inside")
        else:
            self.drop(opened, fate="encloses")
            self.drop(tag, code="")

    def link(self, tag: _Tag) -> bool:
        """Give the address of the file that the tag is of, if an address is expected here."""
        start, before = tag.start, self.edits[-1] if self.edits else None
        if before and before.end == start and "site." in self.text[before.start : start]:
            start = before.start  # `{{ site.baseurl }}{% link … %}`
        address = of_tag(tag.name, tag.inner)
        if not address or not _IS_ADDRESS.search(self.text, max(0, start - 300), start):
            return False
        if start != tag.start:
            self.edits.pop()
        self.edits.append(Edit(start, tag.end, address))
        return True

    def literal(self, start: int, end: int, text: str) -> None:
        """Show code that its author escaped."""
        self.edits.append(
            Edit(start, end, text if self.markup == "text" else text.replace("<", "&lt;"))
        )

    def enclosed(self, tag: _Tag) -> int:
        """Show the tag's content literally; where its closing tag ends, 0 if there is none."""
        if tag.label in self.unclosed:
            return 0
        name = re.escape(tag.name)
        pattern = rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}"
        if tag.family == "{%":
            pattern = rf"\{{%[-+~]?\s*end{name}\s*[-+~]?%\}}"
        closing = re.compile(pattern).search(self.text, tag.end)
        if closing is None:
            self.unclosed.add(tag.label)
            return 0
        if tag.name in _LITERAL or self.markup == "text":
            self.edits += [Edit(tag.start, tag.end, ""), Edit(*closing.span(), "")]
        else:
            self.show_code(tag, *closing.span())
        return closing.end()

    def show_code(self, tag: _Tag, start: int, end: int) -> None:
        text, inner = self.text, self.text[tag.end : start]
        word = next(iter(tag.inner.split()[1:2]), "").strip("\"'")
        language = word if _LANGUAGE.fullmatch(word) and "=" not in word else ""
        longest = max((len(found[0]) for found in _TICKS.finditer(inner)), default=0)
        if self.markup == "markdown" and "\n" not in inner and inner.strip():
            ticks = "`" * (longest + 1)
            self.edits.append(Edit(tag.start, end, f"{ticks} {inner.strip()} {ticks}"))
        elif (
            self.markup == "markdown" and _is_alone(text, *tag[-2:]) and _is_alone(text, start, end)
        ):
            fence = "`" * max(3, longest + 1)
            self.edits += [Edit(*tag[-2:], f"{fence}{language}"), Edit(start, end, fence)]
        else:
            lead = len(inner) - len(inner.lstrip("\n"))
            block = f"<pre><code>{escape(inner[lead:], quote=False)}</code></pre>"
            self.edits.append(Edit(tag.start, end, "\n" * lead + block))


def _tag(opener: str, inner: str, start: int, end: int) -> _Tag:
    """The tag with its name; a closing tag has the name of the opening one, "" for any."""
    words = inner.strip("-+~ \t\n")
    found = _NAME.match(words.lstrip("/ \t\n"))
    name = found[0] if found else ""
    closes = words.startswith("/")
    if opener == "{%" and name.startswith("end"):
        name, closes = name[3:], True
    return _Tag(opener, name, closes, words, start, end)


def _is_whole(opener: str, inner: str) -> bool:
    """Whether the closing mark after ``inner`` is not inside a string or a group in it."""
    if opener in ("{{<", "{{%"):
        quotes = inner.count('"') - inner.count('\\"')
        return quotes % 2 == 0 and inner.count("`") % 2 == 0
    return opener != "{{" or inner.count("{") <= inner.count("}")


def _is_code(opener: str, inner: str) -> bool:
    if opener in ("{{<", "{{%"):
        return bool(_NAME.match(inner.strip().lstrip("/* \t\n")))
    if opener == "{#":
        return inner[:1].isspace() or not ("\n" in inner or "}" in inner)
    if not _WORD.search(inner) or _EMPTY_LINE.search(inner):
        return False
    return opener != "{%" or bool(_NAME.match(inner.strip("-+~ \t\n/*")))


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing else is on the line of ``text[start:end]``."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    stop = text.find("\n", end)
    return not (before.strip() or text[end : len(text) if stop < 0 else stop].strip())


def apply_edits(text: str, edits: list[Edit]) -> str:
    """``text`` after the edits."""
    bounds = [0, *(bound for edit in edits for bound in edit[:2]), len(text)]
    kept = [text[start:end] for start, end in pairwise(bounds)][::2]
    return "".join(
        part for pair in zip(kept, [*(e.text for e in edits), ""], strict=True) for part in pair
    )


_PICTURES = frozenset(("img", "iframe", "source", "video", "audio", "embed", "object", "script"))


# There are 32 possible marks, but it is nearly always the first one.
@lru_cache(maxsize=4)
def _patterns(mark: str) -> dict[str, re.Pattern[str]]:
    m = re.escape(mark)
    words = r"(?:[^\[\]\n]|\n(?!\n)|!\[[^\[\]\n]*\]\([^()\n]*\))*"
    address = rf"[^()\n{m}]*{m}[^()\n]*"
    value = rf"""(?:"[^"{m}]*{m}[^"]*"|'[^'{m}]*{m}[^']*'|[^\s"'<>{m}]*{m}\S*)"""
    return {
        "run": re.compile(rf"{m}(?:[ \t]*{m})+"),
        # [words](address with code), and a picture's form too
        "link": re.compile(rf"(!?)\[({words})\]\({address}\)"),
        "reference": re.compile(rf"^( {{0,3}}\[(?!\^)[^\[\]\n]+\]:)[^\n{m}]*{m}[^\n]*$", re.M),
        "tag": re.compile(rf"<([A-Za-z][\w:-]*)(\s[^<>`{m}]*{m}[^<>`]*)>"),
        "element": re.compile(
            rf"<(h[1-6]|p|li|td|th|a|b|i|em|strong|span|div|figcaption)(?:\s[^<>]*)?>\s*{m}\s*</\1>"
        ),
        "attribute": re.compile(rf"(?<!\s)\s+[\w:@.-]+\s*=\s*{value}"),
        # an address, or a path behind code that would have given its beginning
        "address": re.compile(rf"<?\bhttps?://[^\s<>{m}]*{m}[^\s<>]*>?|{m}/[^\s<>()\[\]\"'{m}]*"),
        # nothing but code: a line, a list's item, a heading; or a line's beginning
        "line": re.compile(
            rf"^([ \t>]*)(?:(?:(?:[-*+]|\d{{1,9}}[.)]|#{{1,6}})[ \t]+)?{m}[ \t]*$|{m}[ \t]*)", re.M
        ),
        "wrapped": re.compile(
            rf"""(\*{{1,3}}|_{{1,3}}|~~|")[ \t]?{m}[ \t]?\1|\([ \t]?{m}[ \t]?\)|\[{m}\]|“{m}”"""
        ),
        "between": re.compile(rf"([ \t]){m}[ \t]"),
        "before": re.compile(rf"(?:,?[ \t])?{m}(?=[ \t]*(?:[.,;:!?]|$))", re.M),
    }


def close_gaps(text: str, mark: str, markup: Markup) -> str:
    """``text`` without its marks, and without what makes no sense without the code.

    A link keeps its words; a picture, attribute, heading or item of code only is removed.
    """
    patterns = _patterns(mark)
    text = patterns["run"].sub(mark, text)
    if markup == "markdown":
        text = patterns["link"].sub(_label, text)
        text = patterns["reference"].sub(r"\1 <>", text)
    if markup != "text":
        text = patterns["tag"].sub(lambda found: _is_tag(found, mark), text)
        text = patterns["element"].sub(lambda found: mark + "\n" * found[0].count("\n"), text)
    text = patterns["address"].sub(mark, text)
    text = patterns["line"].sub(r"\1", text)
    text = patterns["wrapped"].sub(mark, text)
    text = patterns["between"].sub(r"\1", text)
    text = patterns["before"].sub("", text)
    return text.replace(mark, "")


def _label(link: re.Match[str]) -> str:
    """The words of a link; nothing of a picture."""
    lines = "\n" * link[2].count("\n")
    return lines if link[1] else link[2]


def _is_tag(tag: re.Match[str], mark: str) -> str:
    """An HTML tag without the attributes that held code; nothing of a picture."""
    lines = "\n" * tag[0].count("\n")
    if tag[1].lower() in _PICTURES:
        return lines
    rest = _patterns(mark)["attribute"].sub("", tag[2]).replace(mark, "")
    lines = "\n" * (len(lines) - rest.count("\n"))
    return f"<{tag[1]}{rest}{lines}>"
