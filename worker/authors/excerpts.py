"""Shows the line that a problem points to, with a caret below the right character.

Pure. Handles tabs, wide characters and long lines, and never shows the value of a `secured` key.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from worker.core.paths import META_MARK
from worker.core.problems import Place
from worker.parsing.frontmatter.block import OPAQUE

WIDEST = 96
_TAB = 4
_BOM = "\ufeff"
# In a long line, the part before the caret says more than the part after it.
_BEFORE_CARET = 60
_AROUND = 1_000
"""How many characters of a line are read on each side of the caret."""
_SECURED = re.compile(rf"[\"']?{OPAQUE}[\"']?\s*[:=]?\s*", re.IGNORECASE)
# The value of a `secured` key ends at a fence or the next key at the latest. The last line of
# base64 may end with "=", which is no TOML key.
_NEXT = re.compile(
    r"(?:-{3,}|\+{3,}|[.]{3})\s*$|\s*(?:-\s+)*[\"']?[\w.@$-]{1,40}[\"']?\s*(?::(?:\s|$)|=\s+\S)"
)
# Base64 and the like: upper and lower case letters and digits, nothing else in between.
# Tried only at the start of a run: otherwise the look-aheads start again at each letter, and a
# line of 70,000 letters stops the worker for half a minute.
_BLOB = re.compile(
    r"(?<![A-Za-z0-9+/=])"
    r"(?=[A-Za-z0-9+/=]*[a-z])(?=[A-Za-z0-9+/=]*[A-Z])(?=[A-Za-z0-9+/=]*\d)[A-Za-z0-9+/=]{33,}"
)
_BLOB_SHOWN = 8
_NOT_SHOWN = "(not shown)"


class Excerpt(NamedTuple):
    """A line as shown, and the line below it, which ends with a caret."""

    line: str
    caret: str


class Source:
    """A file's lines, counted as problems count them."""

    def __init__(self, data: bytes) -> None:
        """``data`` may be any bytes; invalid UTF-8 is shown as U+FFFD."""
        text = data.rpartition(META_MARK)[2].decode("utf-8", "replace").removeprefix(_BOM)
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def excerpt(self, place: Place) -> Excerpt | None:
        """The line of ``place`` with a caret below its column; None if the line is missing or
        blank."""
        if not 0 < place.line <= len(self._lines) or not self._lines[place.line - 1].strip():
            return None
        line, at = self._open_part(place.line - 1, place.column - 1)
        at = min(max(at, 0), len(line))
        start = max(0, at - _AROUND)
        cells = list(_cells(line, start, at + _AROUND))
        at -= start
        first, last = _window(cells, at)
        shown = "".join(text for text, _ in cells[first:last])
        left, right = "…" * (start + first > 0), "…" * (start + last < len(line))
        before = len(left) + sum(width for _, width in cells[first:at])
        return Excerpt(f"{left}{shown}{right}".rstrip(), " " * before + "^")

    def _open_part(self, row: int, at: int) -> tuple[str, int]:
        """The row without what a ``secured`` key in it or above it holds, and where ``at``
        stands in that."""
        line = self._lines[row]
        found = _SECURED.search(line)
        if found:
            return line[: found.end()] + _NOT_SHOWN, min(at, found.end())
        return (_NOT_SHOWN, 0) if self._is_secured(row) else (line, at)

    def _is_secured(self, row: int) -> bool:
        for above in range(row, -1, -1):
            if _SECURED.search(self._lines[above]):
                return True
            if _NEXT.match(self._lines[above]):
                return False
        return False


def _cells(line: str, start: int, stop: int) -> Iterator[tuple[str, int]]:
    """(what is shown, its width in columns) for each character from ``start`` to ``stop``."""
    column = 0
    hidden = {
        at: at == found.start() + _BLOB_SHOWN
        for found in _BLOB.finditer(line)
        for at in range(max(found.start() + _BLOB_SHOWN, start), min(found.end(), stop))
    }
    for at, character in enumerate(line[start:stop], start):
        if at in hidden:
            cell = ("…", 1) if hidden[at] else ("", 0)
        elif character == "\t":
            width = _TAB - column % _TAB
            cell = ("→".ljust(width), width)
        else:
            cell = _cell(character)
        column += cell[1]
        yield cell


def _cell(character: str) -> tuple[str, int]:
    category = unicodedata.category(character)
    if category in ("Mn", "Me"):
        return character, 0
    # Controls and format characters (among them those that turn the direction of writing
    # around) would show something else than what stands there.
    if category[0] == "C" or category in ("Zl", "Zp"):
        return "·", 1
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _window(cells: list[tuple[str, int]], at: int) -> tuple[int, int]:
    """From where to where the cells are shown, so that the one at ``at`` is among them."""
    first = last = 0
    width = sum(width for _, width in cells[:at])
    if sum(width for _, width in cells) > WIDEST:
        while width > _BEFORE_CARET:
            width -= cells[first][1]
            first += 1
    width = 0
    for last in range(first, len(cells)):
        width += cells[last][1]
        if width > WIDEST:
            return first, last
    return first, len(cells)
