"""Values that no row has: what a new file is looked up by, and mostly not found by."""

import json
from collections.abc import Callable, Iterable
from typing import Any


class Absent:
    """Values that a column is known not to have, for one transaction.

    One statement looks up those of many files. Whoever writes a value in the transaction calls
    ``discard``. A value that was not looked up is not in it, whether a row has it or not.
    """

    def __init__(self, tuples: Callable[[str, tuple[str]], list[Any]], sql: str) -> None:
        """``sql`` gives those of the values in a JSON array that some row has."""
        self._tuples = tuples
        self._sql = sql
        self._values: set[str] = set()

    def look_up(self, values: Iterable[str]) -> None:
        """Look for all of these at once."""
        # Before 3.45, SQLite's JSON ends a text at a NUL.
        wanted = {value for value in values if value and "\0" not in value}
        self._values = wanted
        if wanted:
            found = self._tuples(self._sql, (json.dumps(list(wanted)),))
            self._values = wanted.difference(row[0] for row in found)

    def __contains__(self, value: str) -> bool:
        return value in self._values

    def discard(self, value: str) -> None:
        """A row has this value from now on."""
        self._values.discard(value)

    def write(self) -> None:
        """Nothing waits to be written."""

    def end(self, *, undone: bool) -> None:
        """Forget them all."""
        del undone
        self._values = set()
