"""Text helpers: values in messages, white space, and characters that XML forbids.

Pure; nothing here knows what the text means.
"""

import re
from collections.abc import Iterator
from typing import Any

_WHITE = re.compile(r"[ \t\n\r\x0b\x0c\x85\u2028\u2029]+")
_UNFOLDED = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]|  ")
_VISIBLE = re.compile("[^\\s\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
_SHOWN = 60
# A mistake in the lines above can make a secured value part of another value.
_BLOB = re.compile(r"([A-Za-z0-9+/=]{8})[A-Za-z0-9+/=]{25,}")

_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list"}


def folded(text: str) -> str:
    """``text`` on one line: each run of white space becomes one space, none at the ends.

    No-break spaces stay: they are there on purpose.
    """
    # Nearly all text is already folded, and checking is much faster than folding.
    is_folded = "  " not in text and (text.isprintable() or not _UNFOLDED.search(text))
    return (text if is_folded else _WHITE.sub(" ", text)).strip(" ")


def is_blank(text: str) -> bool:
    """Whether ``text`` is invisible: white space, byte order marks, zero-width characters."""
    return _VISIBLE.search(text) is None


def shown(value: object) -> str:
    """``value`` as a message quotes it: one line, at most 60 characters, in backquotes.

    Shows only the start of a long run of letters and digits, which may be a secret. A dot
    replaces what cannot be printed (terminal escapes, marks that change the text direction).
    """
    text = _BLOB.sub(r"\1…", folded(str(value)))
    if len(text) > _SHOWN:
        text = text[: _SHOWN - 1] + "…"
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else "·" for letter in text)
    return f"`{text}`"


def kind(value: Any) -> str:
    """The type of ``value`` in an author's words."""
    if isinstance(value, dict):
        return "a group of keys"
    return _KINDS.get(type(value), "text")


def shortened(text: str, limit: int) -> str:
    """``text`` with at most ``limit`` characters, cut at a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    at_word, _, _ = head.rpartition(" ")
    return (at_word if len(at_word) > limit // 2 else head[:-1]).rstrip(" ,;:") + "…"


# XML 1.0 section 2.2 forbids the C0 controls but tab and line ends, lone surrogates (which JSON
# escapes can spell), U+FFFE and U+FFFF. DEL and the C1 controls it only discourages, but they
# always come from another encoding, and libyaml refuses them.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(code for code in range(128) if _ILLEGAL.match(chr(code)))
_AS_SPACE = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f")
# The last private plane, which is not in use.
_STAND_INS = 0x10F000
_MARKED = re.compile(f"[{chr(_STAND_INS)}-{chr(_STAND_INS + 0xFFF)}]")


def has_illegal(text: str) -> bool:
    """Whether ``text`` has a character that XML, and so a feed, forbids."""
    if text.isascii():
        data = text.encode()
        return len(data.translate(None, _CONTROLS)) < len(data)
    return _ILLEGAL.search(text) is not None


def illegal_in(text: str) -> Iterator[tuple[int, str]]:
    """(position, name as ``U+001B``) of each character that XML forbids."""
    for found in _ILLEGAL.finditer(text):
        yield found.start(), f"U+{ord(found[0]):04X}"


def is_half(name: str) -> bool:
    """Whether the name is that of a lone surrogate, usually half of an emoji."""
    return name[:4] in {"U+D8", "U+D9", "U+DA", "U+DB", "U+DC", "U+DD", "U+DE", "U+DF"}


def scrubbed(text: str) -> str:
    """``text`` without these characters; those like a form feed become a space."""
    return _ILLEGAL.sub(lambda found: " " if found[0] in _AS_SPACE else "", text)


def marked(text: str) -> str:
    """``text`` with a private character, which every parser accepts, for each of them.

    So one control character does not make the whole front matter unreadable, and the message
    can name the key that contains it.
    """
    return _ILLEGAL.sub(lambda found: chr(_STAND_INS + (ord(found[0]) & 0xFFF)), text)


def unmarked(text: str) -> str:
    """The inverse of ``marked``."""
    return _MARKED.sub(lambda found: _original(ord(found[0]) - _STAND_INS), text)


def _original(low: int) -> str:
    return chr(low | 0xF000) if low >= 0xFFE else chr(low)
