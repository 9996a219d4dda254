"""How values are written into messages, and how text from a file is folded.

Pure string work; nothing here knows what the text means.
"""

import re
from collections.abc import Iterator
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


# XML 1.0 section 2.2 forbids the C0 controls but tab and line ends, lone surrogates (which JSON
# escapes can spell), U+FFFE and U+FFFF. DEL and the C1 controls it only discourages, but they
# are always left-overs of another encoding, and libyaml refuses them.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


_AS_SPACE = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f")


# The last private plane, which nobody is known to use.
_STAND_INS = 0x10F000


_MARKED = re.compile(f"[{chr(_STAND_INS)}-{chr(_STAND_INS + 0xFFF)}]")


def has_illegal(text: str) -> bool:
    """Whether ``text`` holds a character that XML, and so a feed, may not carry."""
    return _ILLEGAL.search(text) is not None


def illegal_in(text: str) -> Iterator[tuple[int, str]]:
    """(position, name as ``U+001B``) of each character that no feed may carry."""
    for found in _ILLEGAL.finditer(text):
        yield found.start(), f"U+{ord(found[0]):04X}"


def is_half(name: str) -> bool:
    """Whether a character's name is that of a lone surrogate: half of an emoji, as a rule."""
    return name[:4] in {"U+D8", "U+D9", "U+DA", "U+DB", "U+DC", "U+DD", "U+DE", "U+DF"}


def scrubbed(text: str) -> str:
    """``text`` without them; those that part words, such as a form feed, become a space."""
    return _ILLEGAL.sub(lambda found: " " if found[0] in _AS_SPACE else "", text)


def marked(text: str) -> str:
    """``text`` with a stand-in for each of them, one for one, which every parser lets pass.

    So a stray control character does not make a whole front matter unreadable, and what it
    belongs to can be told afterwards.
    """
    return _ILLEGAL.sub(lambda found: chr(_STAND_INS + (ord(found[0]) & 0xFFF)), text)


def unmarked(text: str) -> str:
    """The inverse of ``marked``."""
    return _MARKED.sub(lambda found: _original(ord(found[0]) - _STAND_INS), text)


def _original(low: int) -> str:
    return chr(low | 0xF000) if low >= 0xFFE else chr(low)
