"""What is wrong with a file, in words its author understands, and where.

A problem of level ``error`` rejects the file; a ``warning`` does not.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Level = Literal["error", "warning"]


class Place(NamedTuple):
    """A position in an article file, both parts counted from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a stable ``code``, what was found and expected, and the likely cure."""

    code: str
    message: str
    place: Place | None = None
    hint: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        """``line:column: level: text [code]``, the tail of what ``feedmill check`` prints."""
        line, column = self.place or Place(1, 1)
        text = f"{line}:{column}: {self.level}: {self.message}"
        if self.hint:
            text += f" {self.hint}"
        return f"{text} [{self.code}]"

    def plain(self) -> dict[str, Any]:
        """The problem as JSON values."""
        return {
            "line": self.place.line if self.place else None,
            "column": self.place.column if self.place else None,
            "level": self.level,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }


def failed_on(error: Exception) -> Problem:
    """The problem of a file at which Feedmill itself failed."""
    return Problem(
        "internal",
        f"Feedmill failed on this file ({type(error).__name__}); this is not your fault.",
        hint="Please report it, with the file. Changing the file may help meanwhile.",
    )
