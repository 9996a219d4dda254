"""What a log line says, before it is a line: an event's name and its values, each by its key.

Pure. Text for people and journals is ``event key=value``, a value in quotes where it needs
them; JSON takes the values as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.core.paths import printable


@dataclass(frozen=True, slots=True)
class Event:
    """One event, to be handed to a logger in the place of a message."""

    name: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        return " ".join((self.name, *(f"{key}={quoted(value)}" for key, value in self.items())))

    def items(self) -> list[tuple[str, object]]:
        """The values that say something, by key."""
        return [(key, value) for key, value in self.fields.items() if value not in (None, "")]


def event(name: str, /, **fields: object) -> Event:
    """An event; values that are None or empty are left out."""
    return Event(name, fields)


def quoted(value: object) -> str:
    r"""A value as it stands behind ``key=``: in double quotes where it holds a space, an equals
    sign, a quote or a backslash, so that no file's name can pass for another key."""
    text = printable(str(value))
    if text and not any(character in ' ="\\' for character in text):
        return text
    inner = text.replace('"', '\\"')
    return f'"{inner}"'
