"""Log events: a name and values by key, before they are formatted.

Pure. As text, an event is ``name key=value``, with quotes where a value needs them; JSON uses
the values as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.core.paths import printable


@dataclass(frozen=True, slots=True)
class Event:
    """One event; pass it to a logger instead of a message."""

    name: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        return " ".join((self.name, *(f"{key}={quoted(value)}" for key, value in self.items())))

    def items(self) -> list[tuple[str, object]]:
        """The values that are not empty, by key."""
        return [(key, value) for key, value in self.fields.items() if value not in (None, "")]


def event(name: str, /, **fields: object) -> Event:
    """An event; values that are None or empty are left out."""
    return Event(name, fields)


def quoted(value: object) -> str:
    r"""A value as written after ``key=``: in double quotes if it has a space, an equals sign, a
    quote or a backslash, so that a file name cannot look like another key."""
    text = printable(str(value))
    if text and not any(character in ' ="\\' for character in text):
        return text
    inner = text.replace('"', '\\"')
    return f'"{inner}"'
