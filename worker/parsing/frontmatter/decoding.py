"""A file's bytes to text, or the reason why they are none; and the characters no feed may carry.

Accepts UTF-8 with or without a byte order mark, and any line ends: the text that comes out has
line feeds only. Refuses every other encoding, since a guess would put wrong letters in feeds.
"""

import codecs
import re
from collections.abc import Iterator

from worker.core.problems import Place, Problem
from worker.parsing.frontmatter.block import UnreadableError

_SAVE = "Save it as UTF-8 in your editor and drop it again."
_KINDS = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an older office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
)

# XML 1.0 section 2.2 forbids the C0 controls but tab and line ends, lone surrogates (which JSON
# escapes can spell), U+FFFE and U+FFFF. DEL and the C1 controls it only discourages, but they
# are always left-overs of another encoding, and libyaml refuses them.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_AS_SPACE = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f")
# The last private plane, which nobody is known to use.
_STAND_INS = 0x10F000
_MARKED = re.compile(f"[{chr(_STAND_INS)}-{chr(_STAND_INS + 0xFFF)}]")


def decode(data: bytes) -> str:
    """The text of a file, with ``\\n`` as the only line end.

    Raises UnreadableError, with the place of the first byte that is not UTF-8.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    kind = next((name for magic, name in _KINDS if data.startswith(magic)), "")
    if kind:
        raise _not_utf8(
            Place(1, 1), f"The file is {kind}, not text.", "Save the article as plain text."
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _undecodable(data, error) from None
    if data.count(0) * 4 > len(data):
        raise _not_utf8(
            _end_of(text[: text.index("\0")]),
            "The file is full of zero bytes, so it is not UTF-8 text.",
            f"It looks like UTF-16 or like no text at all. {_SAVE}",
        )
    return _with_line_feeds(text)


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _undecodable(data: bytes, error: UnicodeDecodeError) -> UnreadableError:
    before = data[: error.start].decode()
    place = _end_of(before)
    byte = data[error.start]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        hint = f"The file looks like UTF-16. {_SAVE}"
    elif error.reason == "unexpected end of data" and not before.isascii():
        hint = "The file ends in the middle of a character: copy it again, it may be incomplete."
    else:
        hint = f"The file looks like Windows-1252 or another older encoding. {_SAVE}"
    return _not_utf8(place, f"The byte 0x{byte:02X} here is not UTF-8 text.", hint)


def _end_of(text: str) -> Place:
    """The place just after ``text``."""
    text = _with_line_feeds(text)
    return Place(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _not_utf8(place: Place, message: str, hint: str) -> UnreadableError:
    return UnreadableError(Problem("not-utf8", message, place, hint))


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
