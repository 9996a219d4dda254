"""Front matter without plain fences: header lines, and fences that name a language.

Header lines are those of Pelican, MultiMarkdown and Nikola; Eleventy names the language
(``---json``). Text is never taken for metadata: a line such as ``Note: the ferry is late`` is
text, and so is any block without a title and one more of the tool's own keys.
"""

import re

from worker.core.problems import Place, Problem
from worker.parsing.frontmatter.block import (
    MAX_CHARS,
    MAX_NODES,
    Block,
    UnreadableError,
    too_big,
    too_many,
)
from worker.parsing.frontmatter.keys import PELICAN_KEYS
from worker.parsing.frontmatter.splitter import SplitFile
from worker.parsing.kinds.header_lines import HeaderLines, lines_from, listed

_PELICAN_FILES = (".md", ".markdown", ".txt")

# MultiMarkdown's keys may have spaces.
_PELICAN_LINE = re.compile(
    r" {0,3}([A-Za-z0-9](?:[\w-]| (?=\w)){0,39}):(?:(?!//)[ \t]*(.*))?$", re.DOTALL
)
_PELICAN_END = re.compile(r"(?:-{3,}|\.{3})[ \t]*$")
_PELICAN_MORE = re.compile(r"(?: {4,}|\t)[ \t]*(\S.*)", re.DOTALL)
_NIKOLA_LINE = re.compile(r"\.\.[ \t]+([\w-]+):(?:[ \t]+(.*))?$", re.DOTALL)
# "--- yaml" is not among them: it is a mistake of those who write YAML by hand.
_NAMED_FENCE = re.compile(
    r"---(?:[ \t]*(?=[jt]))?(json|toml|ya?ml|js|javascript)[ \t]*\n", re.IGNORECASE
)
# A title, a date and one more.
_SURELY_A_HEADER = 3
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_FENCES = {"json": "", "toml": "+++", "yaml": "---", "yml": "---"}
_JSON_START = re.compile(r"""\s*\{\s*["'}]""")
# Nikola before version 8 kept these words among the tags.
_STATUS_TAGS = frozenset(("draft", "private"))


def normalize_fences(text: str) -> str:
    """``text`` with plain fences if its first one names a language.

    Every line keeps its number. Raises UnreadableError for a language that is not read.
    """
    start = len(text) - len(text.lstrip("\n"))
    opening = _NAMED_FENCE.match(text, start) if text.startswith("---", start) else None
    if opening is None:
        return text
    language, place = opening[1].lower(), Place(start + 1, 1)
    fence = _FENCES.get(language)
    if fence is None:
        message = f"The front matter is a program ({opening[1]}); Feedmill runs no programs."
        hint = "Write it as YAML: `title: …` instead of `const title = …`, and `---` as first line."
        raise UnreadableError(Problem("bad-fence", message, place, hint))
    closing = _FENCE.search(text, opening.end())
    if closing is None:
        message = f"The front matter ({opening[1]}) starts here but has no closing `---` line."
        hint = "Add a line `---` after its end."
        raise UnreadableError(Problem("unclosed-front-matter", message, place, hint))
    inner = text[opening.end() : closing.start()]
    if language == "json" and not _JSON_START.match(inner):
        message = "The front matter must be JSON, which starts with a brace and a key."
        raise UnreadableError(
            Problem("json-syntax", message, Place(start + 2, 1), 'Write {"title": "…"}.')
        )
    return f"{text[:start]}{fence}\n{inner}{fence}{text[closing.end() :]}"


def split_headers(text: str, name: str) -> SplitFile | None:
    """A file that begins with the header lines of Pelican or Nikola, else None.

    ``text`` has no fences, or only one behind its header lines; by its ``name`` Pelican decides
    whether to look for them. Raises UnreadableError for a header beyond the limits.
    """
    start = len(text) - len(text.lstrip("\n"))
    if text.startswith((".. ", "<!--"), start):
        return _nikola(text, start)
    found = _PELICAN_LINE.match(text[start : text.find("\n", start)])
    if found and found[1].lower() in PELICAN_KEYS and name.lower().endswith(_PELICAN_FILES):
        return _pelican(text, start)
    return None


def _pelican(text: str, start: int) -> SplitFile | None:
    """A title and at least one more known key, among any others, to an empty line or ``---``.

    Two known keys may belong to a letter, so a line of text right below ends three only.
    """
    header, key, end, body = HeaderLines(text), "", -1, -1
    last = start
    for last, line in lines_from(text[:MAX_CHARS], start, MAX_NODES):
        if not line.strip() or _PELICAN_END.match(line):
            end = last
            body = last + len(line) if line.strip() else last
            break
        more = _PELICAN_MORE.match(line)
        if more and key in header.values:
            joint = ", " if key in ("tags", "authors") else " "
            header.values[key] += joint + more[1] if header.values[key] else more[1]
            continue
        found = _PELICAN_LINE.match(line)
        if not found:
            end = body = last
            if len(PELICAN_KEYS & header.values.keys()) < _SURELY_A_HEADER:
                return None
            break
        key = found[1].lower()
        header.add(key, (found[2] or "").strip(), last)
    if not _is_pelican(header.values):
        return None
    if end < 0 and text.find("\n", last) >= 0 and text[last:].partition("\n")[2]:
        long = Block(text[start:].partition("\n\n")[0])
        raise too_big(long) if len(long.text) > MAX_CHARS else too_many(long, last)
    return header.file(len(text) if end < 0 else end, body)


def _is_pelican(values: dict[str, str]) -> bool:
    """An invitation may have "Title:" and "Date: next Tuesday"; Pelican's dates have digits."""
    dated = all(
        re.search(r"\d", values[key]) for key in ("date", "modified") if values.get(key, "").strip()
    )
    known = PELICAN_KEYS & values.keys()
    return bool(values.get("title", "").strip()) and len(known) > 1 and dated


def _nikola(text: str, start: int) -> SplitFile | None:
    """``.. title:`` and more such lines, to an empty line or the end of their comment."""
    lines = lines_from(text[:MAX_CHARS], start, MAX_NODES)
    commented = text.startswith("<!--", start)
    if commented and next(lines)[1].strip() != "<!--":
        return None
    header, end = HeaderLines(text), len(text)
    for at, line in lines:
        if line.strip() == ("-->" if commented else ""):
            end = at
            break
        found = _NIKOLA_LINE.match(line)
        if found:
            header.add(found[1], found[2] or "", at)
        elif line.strip():
            return None
    else:
        if commented:
            return None
    if "title" not in header.values or len(header.values) < 2:
        return None
    if commented:
        end = min(text.find("\n", end) + 1 or len(text), len(text))
    _status_from_tags(header)
    return header.file(end)


def _status_from_tags(header: HeaderLines) -> None:
    tags = listed(header.values.get("tags", ""))
    words = [tag for tag in tags if tag.lower() in _STATUS_TAGS]
    if words:
        header.values["tags"] = ", ".join(tag for tag in tags if tag not in words)
        header.values["status"] = words[0].lower()
        header.at["status"] = header.at["tags"]
