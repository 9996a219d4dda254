"""How values are written into messages, and how text from a file is folded.

Pure string work; nothing here knows what the text means.
"""

import re
from typing import Any

_WHITE = re.compile(r"[ \t\n\r\x0b\x0c\x85\u2028\u2029]+")
_UNFOLDED = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]|  ")
_VISIBLE = re.compile("[^\\s\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
_SHOWN = 60
# A slip in the lines above can make a secured value part of another one.
_BLOB = re.compile(r"([A-Za-z0-9+/=]{8})[A-Za-z0-9+/=]{25,}")

_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list"}


def folded(text: str) -> str:
    """``text`` on one line: white space runs become one space, none at the ends.

    No-break spaces stay, typographers put them there on purpose.
    """
    # Nearly all text is folded already, and looking for that is much quicker than folding.
    return (_WHITE.sub(" ", text) if _UNFOLDED.search(text) else text).strip(" ")


def is_blank(text: str) -> bool:
    """Whether ``text`` shows nothing: white space, byte order marks, zero-width characters."""
    return _VISIBLE.search(text) is None


def shown(value: object) -> str:
    """``value`` as a message quotes it: on one line, at most 60 characters, in backquotes.

    Of what may be a secret, a long run of letters and digits, only the beginning is shown. What
    cannot be printed (orders to a terminal, marks that turn the direction of writing) is a dot.
    """
    text = _BLOB.sub(r"\1…", folded(str(value)))
    if len(text) > _SHOWN:
        text = text[: _SHOWN - 1] + "…"
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else "·" for letter in text)
    return f"`{text}`"


def kind(value: Any) -> str:
    """What ``value`` is, as an author would call it."""
    if isinstance(value, dict):
        return "a group of keys"
    return _KINDS.get(type(value), "text")


def shortened(text: str, limit: int) -> str:
    """``text`` if it has at most ``limit`` characters, else cut at a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    at_word, _, _ = head.rpartition(" ")
    return (at_word if len(at_word) > limit // 2 else head[:-1]).rstrip(" ,;:") + "…"
