"""Front matter without plain fences: header lines, and fences that name a language.

Header lines are those of Pelican and Nikola; Eleventy names the language (``---json``). Text is
never taken for metadata: a line such as ``Note: the ferry is late`` is text, and so is any block
that has other keys than the tool's own before its first empty line.
"""

import re
from dataclasses import dataclass, field

from worker.core.problems import Place, Problem
from worker.core.text import has_illegal
from worker.parsing.frontmatter.block import (
    OPAQUE,
    Block,
    KeyPath,
    ParsedBlock,
    UnreadableError,
    duplicate,
    scrubbed_block,
)
from worker.parsing.frontmatter.keys import PELICAN_KEYS
from worker.parsing.frontmatter.splitter import SplitFile

_MOST_LINES = 200
_PELICAN_FILES = (".md", ".markdown", ".txt")

_PELICAN_LINE = re.compile(r"([A-Za-z][A-Za-z_-]*):(?:[ \t]+(.*))?$", re.DOTALL)
_PELICAN_MORE = re.compile(r"(?: {4,}|\t)[ \t]*(\S.*)", re.DOTALL)
_NIKOLA_LINE = re.compile(r"\.\.[ \t]+([\w-]+):(?:[ \t]+(.*))?$", re.DOTALL)
# "--- yaml" is not among them: it is a mistake of those who write YAML by hand.
_NAMED_FENCE = re.compile(
    r"---(?:[ \t]*(?=[jt]))?(json|toml|ya?ml|js|javascript)[ \t]*\n", re.IGNORECASE
)
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_FENCES = {"json": "", "toml": "+++", "yaml": "---", "yml": "---"}
_JSON_START = re.compile(r"""\s*\{\s*["'}]""")
# Nikola before version 8 kept these words among the tags.
_STATUS_TAGS = frozenset(("draft", "private"))


@dataclass(slots=True)
class _Header:
    """The keys of header lines, in lower case, with their values as text and their places."""

    text: str
    values: dict[str, str] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, key: str, value: str, index: int) -> None:
        key = key.lower()
        if key in self.at and key not in ("tags", "authors"):
            self.problems.append(duplicate(Block(self.text), key, index, self.at[key]))
        elif OPAQUE not in key:
            self.at.setdefault(key, index)
            self.values[key] = f"{self.values[key]}, {value}" if key in self.values else value

    def file(self, end: int) -> SplitFile:
        """The front matter, and the text from ``end`` on as the body."""
        values: dict[str, object] = dict(self.values)
        block = Block(self.text[:end])
        contents = ParsedBlock(values, block, self.index_of, self.problems)
        if topics := self.topics():
            values["topics"] = topics
            values.pop("tags", None)
        if "authors" in values:
            values["authors"] = _listed(self.values["authors"])
        line = Place.at(self.text, end).line
        if has_illegal(block.text):
            contents = scrubbed_block(contents, is_marked=False)
        return SplitFile(contents, self.text[end:], line, tuple(contents.problems))

    def topics(self) -> list[str]:
        """The category and the tags: both tools make a feed for each."""
        listed = [self.values.get("category", "").strip(), *_listed(self.values.get("tags", ""))]
        return [topic for topic in listed if topic]

    def index_of(self, path: KeyPath) -> int | None:
        key = str(path[0])
        if key == "topics":
            key = "tags" if "tags" in self.at else "category"
        return self.at.get(key) if len(path) == 1 else None


def _listed(text: str) -> list[str]:
    """A list as Pelican reads it: separated by semicolons if it has any, else by commas."""
    return [item.strip() for item in text.split(";" if ";" in text else ",") if item.strip()]


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
        hint = "Write the keys as YAML between two `---` lines."
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

    ``text`` has no fences; by its ``name`` Pelican decides whether to look for header lines.
    """
    start = len(text) - len(text.lstrip("\n"))
    if text.startswith((".. ", "<!--"), start):
        return _nikola(text, start)
    first = text[start : text.find("\n", start)]
    if ":" in first[:20] and name.lower().endswith(_PELICAN_FILES):
        return _pelican(text, start)
    return None


def _lines(text: str, start: int) -> list[tuple[int, str]]:
    """(position, line) of at most 200 lines from ``start`` on."""
    found: list[tuple[int, str]] = []
    while start < len(text) and len(found) < _MOST_LINES:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        found.append((start, text[start:end]))
        start = end + 1
    return found


def _pelican(text: str, start: int) -> SplitFile | None:
    """A title and at least one more of Pelican's keys, and no other key, to an empty line."""
    header, key, end = _Header(text), "", len(text)
    for at, line in _lines(text, start):
        if not line.strip():
            end = at
            break
        more = _PELICAN_MORE.match(line)
        if more and key:
            joint = ", " if key in ("tags", "authors") else " "
            header.values[key] += joint + more[1] if header.values[key] else more[1]
            continue
        found = _PELICAN_LINE.match(line)
        if not found or found[1].lower() not in PELICAN_KEYS:
            return None
        key = found[1].lower()
        header.add(key, found[2] or "", at)
    return header.file(end) if _is_pelican(header.values) else None


def _is_pelican(values: dict[str, str]) -> bool:
    """An invitation may have "Title:" and "Date: next Tuesday"; Pelican's dates have digits."""
    dated = all(
        re.search(r"\d", values[key]) for key in ("date", "modified") if values.get(key, "").strip()
    )
    return bool(values.get("title", "").strip()) and len(values) > 1 and dated


def _nikola(text: str, start: int) -> SplitFile | None:
    """``.. title:`` and more such lines, to an empty line or the end of their comment."""
    lines = _lines(text, start)
    commented = text.startswith("<!--", start)
    if commented and lines.pop(0)[1].strip() != "<!--":
        return None
    header, end = _Header(text), len(text)
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


def _status_from_tags(header: _Header) -> None:
    tags = _listed(header.values.get("tags", ""))
    words = [tag for tag in tags if tag.lower() in _STATUS_TAGS]
    if words:
        header.values["tags"] = ", ".join(tag for tag in tags if tag not in words)
        header.values["status"] = words[0].lower()
        header.at["status"] = header.at["tags"]
