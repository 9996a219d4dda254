"""The front matter of reStructuredText: a title and a list of fields at the top.

Pelican, Nikola and Sphinx write ``:date: 2026-05-01`` below the title. A list of fields without
any known key is text.
"""

import re
from dataclasses import dataclass, field

from worker.core.problems import Place
from worker.core.text import has_illegal
from worker.parsing.frontmatter.block import (
    OPAQUE,
    Block,
    KeyPath,
    ParsedBlock,
    duplicate,
    scrubbed_block,
)
from worker.parsing.frontmatter.keys import KNOWN, TOOL_KEYS
from worker.parsing.frontmatter.splitter import SplitFile

_MOST_LINES = 200
_FIELD = re.compile(r":([A-Za-z][\w -]*):(?:[ \t]+(.*))?$", re.DOTALL)
_RULE = re.compile(r"([^\w\s])\1+[ \t]*")
_LISTS = ("tags", "authors", "keywords")


@dataclass(slots=True)
class _Fields:
    """Fields with their places; ``add`` continues the last one where there is no key."""

    text: str
    values: dict[str, str] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)
    last: str = ""
    contents: ParsedBlock = field(init=False)

    def __post_init__(self) -> None:
        self.contents = ParsedBlock({}, Block(self.text), self.index_of)

    def add(self, key: str, value: str, index: int) -> None:
        key = key.lower().strip()
        self.last = key
        if key in self.at:
            block = self.contents.block
            self.contents.problems.append(duplicate(block, key, index, self.at[key]))
        self.at.setdefault(key, index)
        self.values[key] = value.strip()

    def go_on(self, more: str) -> None:
        self.values[self.last] = f"{self.values[self.last]} {more.strip()}".strip()

    def index_of(self, path: KeyPath) -> int | None:
        key = str(path[0])
        if key == "topics":
            key = "tags" if "tags" in self.at else "category"
        return self.at.get(key)

    def file(self, end: int) -> SplitFile:
        values: dict[str, object] = {k: v for k, v in self.values.items() if OPAQUE not in k}
        for key in _LISTS:
            if key in self.values:
                values[key] = _listed(self.values[key])
        topics = [self.values.get("category", ""), *_listed(self.values.get("tags", ""))]
        if topics := [topic for topic in topics if topic]:
            values["topics"] = topics
            values.pop("tags", None)
        self.contents.values = values
        self.contents.block = Block(self.text[:end])
        contents = self.contents
        if has_illegal(self.text[:end]):
            contents = scrubbed_block(contents, is_marked=False)
        line = Place.at(self.text, end).line
        return SplitFile(contents, self.text[end:], line, tuple(contents.problems))


def _listed(text: str) -> list[str]:
    """A list as Pelican reads it: separated by semicolons if it has any, else by commas."""
    return [item.strip() for item in text.split(";" if ";" in text else ",") if item.strip()]


def split_rest(text: str) -> SplitFile | None:
    """The fields at the top with the title above them; None where other front matter may be.

    A title between two lines of dashes is no YAML: the file then has no front matter.
    """
    lines = _lines(text)
    title, at = _title(lines)
    fields = _Fields(text)
    if title >= 0:
        fields.add("title", lines[title][1], lines[title][0])
    end, known = len(text), False
    for index, line in lines[at:]:
        found = _FIELD.match(line)
        if found:
            fields.add(found[1], found[2] or "", index)
            known = known or found[1].lower() in TOOL_KEYS or found[1] in KNOWN
        elif line[:1].isspace() and line.strip() and fields.last not in ("", "title"):
            fields.go_on(line)
        else:
            end = index
            break
    if known:
        return fields.file(end)
    is_ruled = title > 0 and lines[title - 1][1].startswith("---")
    return SplitFile(ParsedBlock({}, Block(text), lambda _: None), text) if is_ruled else None


def _lines(text: str) -> list[tuple[int, str]]:
    """(position, line) of the first lines, from the first that is not empty."""
    start = len(text) - len(text.lstrip("\n"))
    found: list[tuple[int, str]] = []
    while start < len(text) and len(found) < _MOST_LINES:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        found.append((start, text[start:end]))
        start = end + 1
    return found


def _title(lines: list[tuple[int, str]]) -> tuple[int, int]:
    """The row of the title, -1 if none, and the row of what comes after it."""
    rows = [line for _, line in lines[:4]]
    row, after = -1, 0
    if len(rows) > 2 and _RULE.fullmatch(rows[0]) and rows[2].strip() == rows[0].strip():
        row, after = (1, 3) if rows[1].strip() else (-1, 0)
    elif len(rows) > 1 and rows[0].strip() and not rows[0][0].isspace():
        row, after = (0, 2) if _RULE.fullmatch(rows[1]) else (-1, 0)
    while row >= 0 and after < len(lines) and not lines[after][1].strip():
        after += 1
    return row, after
