"""Whether a full-text query is valid, and what is wrong with it (SQLite FTS5, section 3).

Queries are compiled on an empty table of the same shape in memory; no file is touched.
"""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache

from worker.store.schema import MIGRATIONS

_SPECIAL = re.compile(r"[^\w\s]")


@dataclass(frozen=True, slots=True)
class Misread:
    """Why a query is invalid, and the fix."""

    cause: str
    fix: str


def is_available() -> bool:
    """Does the SQLite of this Python have full-text search?"""
    with closing(sqlite3.connect(":memory:")) as blank, suppress(sqlite3.Error):
        blank.execute("CREATE VIRTUAL TABLE found USING fts5 (text)")
        return True
    return False


def wrong_query(query: str, example: Callable[[str], str]) -> Misread | None:
    """What is wrong with a query; None where it is valid. ``example`` writes a query in the way
    that this one was written: in the configuration, or as an argument."""
    said = _complaint(query)
    return explained(query, said, example) if said else None


@cache
def _complaint(query: str) -> str:
    with closing(sqlite3.connect(":memory:")) as blank:
        blank.executescript("\n".join(MIGRATIONS))
        try:
            blank.execute("SELECT 1 FROM articles_fts WHERE articles_fts MATCH ?", (query,))
        except sqlite3.Error as error:
            return str(error)
    return ""


def explained(query: str, said: str, example: Callable[[str], str]) -> Misread:
    """SQLite's complaint in words that help."""
    as_text = f"To look for it as it stands, put it in double quotes: {example(_quoted(query))}."
    if "unterminated string" in said:
        return Misread("a double quote is not closed", "Close it.")
    if "unknown special query" in said:
        return Misread("“*” cannot stand at its beginning", f"It follows a word: wind*. {as_text}")
    if found := re.search(r"no such column: (.*)", said):
        cause = f"“{found[1]}:” or “-{found[1]}” is read as a part of the article to search in"
        return Misread(cause, f"There are title:, summary: and text:. {as_text}")
    if found := re.search(r'syntax error near "(.*)"', said, re.DOTALL):
        cause = (
            f"“{found[1]}” cannot stand there" if found[1] else "something is missing at its end"
        )
        plain = _SPECIAL.search(query) is None
        return Misread(
            cause, "AND, OR and NOT stand between words, in capitals." if plain else as_text
        )
    return Misread(said, as_text)


def _quoted(query: str) -> str:
    return '"' + query.replace('"', "") + '"'
