"""Front matter without plain fences: header lines, and fences that name a language.

Header lines are those of Pelican, MultiMarkdown and Nikola; Eleventy names the language
(``---json``). Text is never taken for metadata: a line such as ``Note: the ferry is late`` is
text, and so is any block without a title and one more of the tool's own keys.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from worker.core.problems import Place, Problem
from worker.core.text import has_illegal
from worker.parsing.frontmatter.block import (
    MAX_CHARS,
    MAX_NODES,
    OPAQUE,
    Block,
    KeyPath,
    ParsedBlock,
    UnreadableError,
    duplicate,
    scrubbed_block,
    too_big,
    too_many,
)
from worker.parsing.frontmatter.keys import PELICAN_KEYS
from worker.parsing.frontmatter.splitter import SplitFile

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
            again = duplicate(Block(self.text), key, index, self.at[key])
            hint = "The first one counts. Keep one of the two."
            self.problems.append(replace(again, hint=hint, level="warning"))
        elif OPAQUE not in key:
            self.at.setdefault(key, index)
            self.values[key] = f"{self.values[key]}, {value}" if key in self.values else value

    def file(self, end: int, body: int = -1) -> SplitFile:
        """The front matter to ``end``, and the text from ``body``, else ``end``, as the body."""
        body = end if body < 0 else body
        values: dict[str, object] = dict(self.values)
        block = Block(self.text[:end])
        contents = ParsedBlock(values, block, self.index_of, self.problems)
        if topics := self.topics():
            values["topics"] = topics
            values.pop("tags", None)
        if "authors" in values:
            values["authors"] = _listed(self.values["authors"])
        line = Place.at(self.text, body).line
        if has_illegal(block.text):
            contents = scrubbed_block(contents, is_marked=False)
        return SplitFile(contents, self.text[body:], line, tuple(contents.problems))

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


def _lines(text: str, start: int) -> Iterator[tuple[int, str]]:
    """(position, line) of the lines from ``start`` on that a header may have."""
    for _ in range(MAX_NODES):
        if not start < min(len(text), MAX_CHARS):
            return
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _pelican(text: str, start: int) -> SplitFile | None:
    """A title and at least one more known key, among any others, to an empty line or ``---``.

    Two known keys may belong to a letter, so a line of text right below ends three only.
    """
    header, key, end, body = _Header(text), "", -1, -1
    last = start
    for last, line in _lines(text, start):
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
    lines = _lines(text, start)
    commented = text.startswith("<!--", start)
    if commented and next(lines)[1].strip() != "<!--":
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
