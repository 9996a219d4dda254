"""kramdown's attribute lists, ``{: #id .class}``: ids stay, the rest is left out.

On the line of a heading or of words a list belongs to what is before it, on a line of its own to
the block above, or where there is none, below. Every line keeps its number; takes linear time.
"""

import re
from collections.abc import Iterator
from html import escape

from worker.parsing.dialects.code_spans import CodeSpans
from worker.parsing.dialects.shortcodes import Edit

# With the table of contents, and the list that it replaces; and the extensions {::comment}.
_LIST = re.compile(
    r"(?:^[*-][ \t][^\n]*\n)?\{:[ ]?toc[^{}\n]*\}|(?<!\\)\{:[ ]*([.#\w][^{}\n]*)\}"
    r"|\{:[:/][a-z]*(?:[ ][^{}\n]*)?/?\}",
    re.MULTILINE,
)
_ATTRIBUTES = re.compile(r"[.#][\w-]|[\w-]+=")
_DEFINITION = re.compile(r"^[ ]{0,3}\{:([A-Za-z][\w-]*):([^{}\n]*)\}", re.MULTILINE)
_ID = re.compile(r"""(?:^|\s)(?:#([^\s#.="'<>]+)|id=["']([^\s"'<>]+)["'])""")
_HEADING = re.compile(r"[ \t>]*#{1,6}[ \t]")
_UNDERLINE = re.compile(r"[ \t>]*(?:=+|-+)[ \t]*")
_MARKS = re.compile(r"[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)]|\[[ xX]\]|\[\^[^\]\s]+\]:)[ \t]+|\|[ \t]*)*")
# HTML, fences, rules and definitions of links: an element before them would change what they are.
_NO_WORDS = re.compile(r"<[a-z/!?]|```|~~~|[-*_= \t]*$|\[[^\]\n]+\]:", re.IGNORECASE)


def attribute_edits(text: str, code: CodeSpans) -> Iterator[Edit]:
    """The edits that remove attribute lists outside ``code`` and keep their ids, unordered."""
    defined: dict[str, str] = dict(_DEFINITION.findall(text))
    for found in _DEFINITION.finditer(text) if defined else ():
        yield Edit(*found.span(), "")
    for found in _LIST.finditer(text):
        given: str = (found[1] or "").strip()
        given = defined.get(given, given).strip()
        if found.start() in code or (given and not _ATTRIBUTES.match(given)):
            continue
        ids = _ID.findall(given)
        if ids:
            yield from _with_id(text, code, *found.span(), ids[-1][0] or ids[-1][1])
        else:
            yield Edit(*found.span(), "\n" * found[0].count("\n"))


def _with_id(text: str, code: CodeSpans, start: int, end: int, name: str) -> Iterator[Edit]:
    here = _line(text, start)
    element = f'<span id="{escape(name)}"></span>'
    words = text[here[0] : start].strip(" \t>"), text[end : here[1]].strip()
    if any(words):
        is_heading = not words[1] and bool(_HEADING.match(text, here[0]))
        yield Edit(start, end, f"{{#{name}}}" if is_heading else element)
        return
    at, is_heading = _place(text, code, here)
    if at is None:
        yield Edit(start, end, element)
    else:
        yield Edit(at, at, f" {{#{name}}}" if is_heading else element)
        yield Edit(start, end, "")


def _line(text: str, at: int) -> tuple[int, int]:
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)


def _place(text: str, code: CodeSpans, here: tuple[int, int]) -> tuple[int | None, bool]:
    """Where the id of a list goes that is alone on the line ``here``; whether to a heading."""
    start, end = _line(text, here[0] - 1) if here[0] else here
    is_above = _is_text(text, code, start, end) and start < here[0]
    if not is_above:
        start, end = _line(text, min(here[1] + 1, len(text)))
        if not _is_text(text, code, start, end):
            return None, False
    elif _UNDERLINE.fullmatch(text, start, end) and start:
        start, end = _line(text, start - 1)
        if text[start:end].strip():
            return end, True
    if _HEADING.match(text, start, end):
        line = text[start:end].rstrip(" \t")
        bare = line.rstrip("#")
        return start + len(bare.rstrip(" \t") if bare[-1:] in (" ", "\t") else line), True
    while is_above and start:
        above, end = _line(text, start - 1)
        if not _is_text(text, code, above, end) or _HEADING.match(text, above, end):
            break
        start = above
    marks = _MARKS.match(text, start)
    at = marks.end() if marks else start
    return None if _NO_WORDS.match(text, at, _line(text, at)[1]) else at, False


def _is_text(text: str, code: CodeSpans, start: int, end: int) -> bool:
    """Whether the line has words, outside code, and is no attribute list itself."""
    line = text[start:end].lstrip(" \t>")
    return bool(line.strip()) and not line.startswith("{:") and end - len(line) not in code
