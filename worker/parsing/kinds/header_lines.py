"""Front matter as lines of keys and values, without fences: header lines and field lists.

Pelican, MultiMarkdown and Nikola write ``Date: 2026-05-01``, reStructuredText ``:date: …``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from worker.core.problems import Place, Problem
from worker.core.text import has_illegal
from worker.parsing.frontmatter.block import (
    OPAQUE,
    Block,
    KeyPath,
    ParsedBlock,
    duplicate,
    scrubbed_block,
)
from worker.parsing.frontmatter.splitter import SplitFile


@dataclass(slots=True)
class HeaderLines:
    """The keys, in lower case, with their values as text and their places.

    Of a key given twice the first value counts, or the last one with ``last_counts``.
    """

    text: str
    last_counts: bool = False
    values: dict[str, str] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, key: str, value: str, index: int) -> None:
        """Add the key at ``index`` of the text. Tags and authors on several lines are one list."""
        key = key.lower().strip()
        if OPAQUE in key:
            return
        if self.last_counts or key not in self.values:
            self.values[key] = value
        elif key in ("tags", "authors"):
            self.values[key] += f", {value}"
        if key in self.at and (self.last_counts or key not in ("tags", "authors")):
            again = duplicate(Block(self.text), key, index, self.at[key])
            hint = again.hint if self.last_counts else "The first one counts. Keep one of the two."
            self.problems.append(replace(again, hint=hint))
        self.at.setdefault(key, index)

    def file(self, end: int, body: int = -1) -> SplitFile:
        """The front matter to ``end``, and the text from ``body``, else ``end``, as the body.

        Category and tags are both topics: the tools make a feed for each.
        """
        body = end if body < 0 else body
        values: dict[str, object] = dict(self.values)
        values |= {k: listed(self.values[k]) for k in ("authors", "keywords") if k in values}
        topics = [self.values.get("category", "").strip(), *listed(self.values.get("tags", ""))]
        if topics := [topic for topic in topics if topic]:
            values["topics"] = topics
            values.pop("tags", None)
        contents = ParsedBlock(values, Block(self.text[:end]), self.index_of, self.problems)
        if has_illegal(self.text[:end]):
            contents = scrubbed_block(contents, is_marked=False)
        line = Place.at(self.text, body).line
        return SplitFile(contents, self.text[body:], line, tuple(contents.problems))

    def index_of(self, path: KeyPath) -> int | None:
        """Where the key at ``path`` is."""
        key = str(path[0])
        if key == "topics":
            key = "tags" if "tags" in self.at else "category"
        return self.at.get(key) if len(path) == 1 else None


def listed(text: str) -> list[str]:
    """A list as Pelican reads it: separated by semicolons if it has any, else by commas."""
    return [item.strip() for item in text.split(";" if ";" in text else ",") if item.strip()]


def lines_from(text: str, start: int, most: int) -> Iterator[tuple[int, str]]:
    """(position, line) of at most ``most`` lines from ``start`` on."""
    while start < len(text) and most > 0:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start, most = end + 1, most - 1
