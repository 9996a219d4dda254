"""Typed look-up in a parsed TOML table that collects every problem instead of raising.

Pure; does not know which keys exist. A problem names its key, what was found and what was
expected. A key that was never looked up is unknown and gets a suggestion.
"""

import math
import re
from collections.abc import Callable
from typing import Any, TypeGuard, TypeVar, cast

from worker.core.suggestions import did_you_mean

T = TypeVar("T")
Keys = tuple[str | int, ...]
"""The names of a key and of the tables around it; a number counts from 0."""

Check = Callable[[str], str]
"""Returns what was expected instead, or "" if the text is valid."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHOWN = 60


def found(value: object) -> str:
    """A value as a message quotes it, as in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    text = repr(value) if isinstance(value, (int, float, list)) else f'"{value}"'
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def not_empty(text: str) -> str:
    """The check for texts that must not be empty."""
    return "" if text.strip() else "a text that is not empty"


class Table:
    """One table; messages call it ``name``, "" for the whole file. ``known`` are the keys that
    have been looked up so far, ``in_use`` (shared by all tables) the values of all of them."""

    def __init__(
        self,
        name: str,
        values: dict[str, Any],
        problems: list[str],
        in_use: dict[Keys, object] | None = None,
        keys: Keys = (),
    ) -> None:
        self.name, self.problems = name, problems
        self._values, self._keys = values, keys
        self.in_use = {} if in_use is None else in_use
        self.known: list[str] = []

    def report(self, key: str, text: str) -> None:
        """Add a problem of this table's key."""
        self.problems.append(f"{self._dotted(key)}: {text}")

    def _dotted(self, key: str) -> str:
        name = key if _BARE.fullmatch(key) else f'"{key}"'
        return f"{self.name}.{name}" if self.name else name

    def take(self, key: str) -> object:
        """The raw value, None if missing; the key counts as known."""
        self.known.append(key)
        return self._values.get(key)

    def use(self, key: str, value: T) -> T:
        """The value that counts for a key, remembered."""
        self.in_use[*self._keys, key] = value
        return value

    def text(
        self, key: str, default: str, check: Check | None = None, *, lines: bool = False
    ) -> str:
        """A string; ``check`` can refuse it. It may have several ``lines``."""
        value = self.take(key)
        if value is None:
            return self.use(key, default)
        plain = value.replace("\n", " ") if lines and isinstance(value, str) else value
        wrong = _wrong_text(plain, check)
        if wrong:
            end = "" if wrong.endswith("?") else "."
            self.report(key, f"found {found(value)}, expected {wrong}{end}")
            return default
        return self.use(key, cast(str, value))

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        return self._value(key, default, lambda value: isinstance(value, bool), "true or false.")

    def _value(self, key: str, default: T, fits: Callable[[Any], bool], expected: str) -> T:
        value = self.take(key)
        if value is None or fits(value):
            return self.use(key, default if value is None else cast(T, value))
        self.report(key, f"found {found(value)}, expected {expected}")
        return default

    def number(
        self,
        key: str,
        default: T,
        least: float = -math.inf,
        most: float = math.inf,
        *,
        above: bool = False,
    ) -> float | T:
        """A finite number from ``least``, itself not allowed with ``above``, to ``most``."""

        def fits(value: object) -> bool:
            return (
                _is_number(value) and (least < value if above else least <= value) and value <= most
            )

        number = self._value(key, default, fits, f"a number{_between(least, most, above)}.")
        return number if number is default else float(cast(float, number))

    def count(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        expected = f"a whole number from {least:,} to {most:,}."
        return self._value(
            key,
            default,
            lambda value: _is_number(value, (int,)) and least <= value <= most,
            expected,
        )

    def choice(self, key: str, default: T, words: tuple[T, ...]) -> T:
        """One of the words."""
        meant = _meant(self._values.get(key), words)
        return self._value(key, default, lambda value: value in words, f"{_or(words)}.{meant}")

    def texts(self, key: str, check: Check = not_empty) -> tuple[str, ...]:
        """A list of different strings, empty if missing."""
        value = self.take(key)
        if value is None:
            return self.use(key, ())
        if not isinstance(value, list):
            self.report(key, f"found {found(value)}, expected a list of texts in [ ].")
            return ()
        items: list[str] = []
        for item in value:
            wrong = _wrong_text(item, check)
            if not wrong and item in items:
                wrong = "each value only once"
            if wrong:
                self.report(key, f"found {found(item)} in the list, expected {wrong}.")
            else:
                items.append(item)
        return self.use(key, tuple(items))

    def choices(self, key: str, default: tuple[T, ...], words: tuple[T, ...]) -> tuple[T, ...]:
        """A list of at least one of the words, each only once."""
        if key not in self._values:
            self.take(key)
            return self.use(key, default)
        before = len(self.problems)
        named = self.texts(key, lambda text: "" if text in words else _or(words))
        if not named and len(self.problems) == before:
            self.report(key, f"found an empty list, expected at least one of {_or(words)}.")
        return tuple(word for name in named for word in words if word == name) or default

    def table(self, key: str, title: str) -> "Table":
        """The table with that key, empty if missing."""
        value = self.take(key)
        if value is not None and not isinstance(value, dict):
            self.report(key, f"found {found(value)}, expected a section that starts with {title}.")
            value = None
        return Table(
            self._dotted(key),
            cast(dict[str, Any], value or {}),
            self.problems,
            self.in_use,
            (*self._keys, key),
        )

    def tables(self, key: str) -> list["Table"]:
        """The tables that start with [[key]]."""
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.report(key, f"found {found(value)}, expected sections that start with [[{key}]].")
            return []
        return [
            Table(f"{key}[{number + 1}]", item, self.problems, self.in_use, (key, number))
            for number, item in enumerate(value)
        ]

    def has(self, key: str) -> bool:
        """Whether the key exists; it counts as known in both cases."""
        if self.take(key) is None:
            self.use(key, None)
            return False
        return True

    def is_table(self, key: str) -> bool:
        """Whether the key exists and its value is a table."""
        return isinstance(self._values.get(key), dict)

    def others(self) -> list[str]:
        """The keys that have not been looked up so far."""
        return [key for key in self._values if key not in self.known]

    def finish(self) -> None:
        """Report every key that was never looked up."""
        for key in self.others():
            self.report(key, f"unknown key.{did_you_mean(key, self.known)}")


def _wrong_text(value: object, check: Check | None) -> str:
    if not isinstance(value, str):
        return "a text in quotes"
    if _CONTROL.search(value):
        return "a text on one line, without control characters"
    return check(value) if check else ""


def _is_number(value: object, kinds: tuple[type, ...] = (int, float)) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, kinds):
        return False
    return math.isfinite(cast(float, value))


def _between(least: float, most: float, above: bool) -> str:
    if math.isfinite(least) and math.isfinite(most):
        return f" from {least:g} to {most:g}"
    if math.isfinite(least):
        return f" above {least:g}" if above else f" of at least {least:g}"
    return ""


def _or(words: tuple[object, ...]) -> str:
    quoted = [found(word) for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _meant(value: object, words: tuple[object, ...]) -> str:
    return did_you_mean(value, map(str, words)) if isinstance(value, str) else ""
