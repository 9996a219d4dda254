"""A file's bytes to text with line feeds only.

Accepts UTF-8 with any number of byte order marks, and any line ends. Refuses every other encoding:
a guess would put wrong letters into feeds.
"""

import codecs

from worker.core.problems import Place, Problem
from worker.parsing.frontmatter.block import UnreadableError

_SAVE = "Save it as UTF-8 in your editor and drop it again."
_KINDS = {
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an older office document",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip archive",
}


def decode(data: bytes) -> str:
    """The text of a file, with ``\\n`` as the only line end.

    Raises UnreadableError with the place of the first byte that is not UTF-8.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    if data.startswith(tuple(_KINDS)):
        kind = next(name for magic, name in _KINDS.items() if data.startswith(magic))
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
            "The file contains zero bytes, so it is not UTF-8 text.",
            f"It may be UTF-16, or not text at all. {_SAVE}",
        )
    return _with_line_feeds(text.lstrip("\ufeff"))


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
    return _not_utf8(place, f"The byte 0x{byte:02X} here is not valid UTF-8.", hint)


def _end_of(text: str) -> Place:
    """The place just after ``text``."""
    text = _with_line_feeds(text)
    return Place.at(text, len(text))


def _not_utf8(place: Place, message: str, hint: str) -> UnreadableError:
    return UnreadableError(Problem("not-utf8", message, place, hint))
