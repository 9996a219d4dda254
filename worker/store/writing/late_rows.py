"""Rows that are inserted together: those of many articles, table by table.

Inserted one by one, ten rows of an article take twice as long, those of the search index thrice.
"""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

# The tables that rows wait for; and what may see that they wait without naming them: the search
# index by a trigger, all of them by a foreign key.
_CONCERNS = re.compile(
    r"\b(people|images|related|mentions|names|article_topics|entries|ledger|articles_fts)\b"
    r"|^\s*(UPDATE (OR \w+ )?articles\b|DELETE\b|REPLACE\b|PRAGMA\b)"
)


@lru_cache(maxsize=1_000)
def is_concerned(sql: str) -> bool:
    """Could the statement have another result while rows wait?"""
    return _CONCERNS.search(sql) is not None


class LateRows:
    """Rows that wait to be inserted, until a statement is concerned or the transaction ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
        self._ids: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Let the statement run once for each row, later."""
        self._rows[sql] += rows

    def add_id(self, sql: str, row_id: int) -> None:
        """Let the statement run once, later, with all such ids as a JSON array."""
        self._ids[sql].append(row_id)

    def write_before(self, sql: str) -> None:
        """Insert them now if this statement is concerned."""
        if (self._rows or self._ids) and is_concerned(sql):
            self.write()

    def write(self) -> None:
        """Insert them now."""
        for sql, rows in self._rows.items():
            self._connection.executemany(sql, rows)
        for sql, ids in self._ids.items():
            self._connection.execute(sql, (json.dumps(ids),))
        self.end(undone=False)

    def end(self, *, undone: bool) -> None:
        """Forget them."""
        del undone
        self._rows.clear()
        self._ids.clear()
