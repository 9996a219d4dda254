"""Lengths, types and durations of enclosures, as authors write them.

Every function raises InvalidValueError for a value that does not fit. Nothing is fetched: what
the file does not say is guessed by the extension or unknown.
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from worker.core.deferred import extension_of
from worker.core.text import shown
from worker.parsing.frontmatter.values import InvalidValueError, number_of, text_of

MOST: Final = 100
"""How many enclosures of one article are published."""

KINDS: Final = ("full", "trailer", "bonus")

_TYPES: Final[dict[str, str]] = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "csv": "text/csv",
    "txt": "text/plain",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "json": "application/json",
    "html": "text/html",
    "htm": "text/html",
}
_LARGEST = 2**53  # beyond it a JSON reader may read another number
_LONGEST = 1_000 * 3600
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})(?:\.\d+)?")
_ISO = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,7})(?:\.\d+)?S)?", re.IGNORECASE)
_SECONDS = re.compile(r"(\d{1,9})(?:\.\d+)?")
# A page with a player is no file, though its site plays films.
_PLAYERS = re.compile(r"(?:.+\.)?(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com)")


def guessed_type(url: str) -> str:
    """The media type by the extension in the address's path; empty if unknown."""
    return _TYPES.get(extension_of(urlsplit(url).path), "")


def is_page(url: str, media_type: str) -> bool:
    """Is it the address of a page for people, not of a file?"""
    host = urlsplit(url).hostname or ""
    return not media_type.startswith(("audio/", "video/")) and (
        media_type == "text/html" or bool(_PLAYERS.fullmatch(host))
    )


def parts_of(text: str) -> dict[str, Any]:
    """The keys in an address alone, or in ``url length type`` as WordPress writes it."""
    words = text.split()
    if len(words) == 3 and words[1].isdigit() and "/" in words[2]:
        return dict(zip(("url", "length", "type"), words, strict=True))
    return {"url": text}


def length_of(value: Any) -> int:
    """The size of a file in bytes; 0 means unknown."""
    text = str(value).strip().replace("_", "").replace(",", "")
    if text.isascii() and text.isdigit() and len(text) < 17 and int(text) <= _LARGEST:
        return int(text)
    raise InvalidValueError(
        "bad-enclosure",
        f"{shown(text_of(value))} is not the length of a file.",
        "Write the number of its bytes, such as 12345678, or remove the line.",
    )


def media_type_of(value: Any) -> str:
    """A media type without parameters, in lower case; never that of a page."""
    text = text_of(value).partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(text):
        message = f"{shown(text_of(value))} is not a media type."
        raise InvalidValueError("bad-enclosure", message, "Write a type such as audio/mpeg.")
    if text in ("text/html", "application/xhtml+xml"):
        message = f"An enclosure is a file to download, but {text} is a page."
        hint = "Name the file itself, or use `link` for the page."
        raise InvalidValueError("bad-enclosure", message, hint)
    return text


def duration_of(value: Any) -> int:
    """Whole seconds: ``3723``, ``62:03``, ``1:02:03`` or ISO 8601's ``PT1H2M3S``."""
    text = text_of(value)
    seconds = None
    if text.isascii() and (found := _SECONDS.fullmatch(text)):
        seconds = int(found[1])
    elif text.isascii() and (found := _CLOCK.fullmatch(text) or _ISO.fullmatch(text)):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        seconds = hours * 3600 + minutes * 60 + rest if any(found.groups()) else None
    if seconds is None or seconds > _LONGEST:
        message = f"{shown(text)} is not a duration."
        hint = "Write seconds, or hours, minutes and seconds as in 1:02:03."
        raise InvalidValueError("bad-enclosure", message, hint)
    return seconds


def ordinal_of(value: Any) -> int:
    """The number of an episode or a season: whole and positive."""
    number = number_of(value)
    if isinstance(number, int) and 0 < number < 1_000_000:
        return number
    message = f"{shown(text_of(value))} is not the number of an episode or a season."
    raise InvalidValueError("bad-enclosure", message, "Write a whole number, such as 24.")


def kind_of_episode(value: Any) -> str:
    """``full``, ``trailer`` or ``bonus``."""
    text = text_of(value).lower()
    if text in KINDS:
        return text
    message = f"{shown(text_of(value))} is not a kind of episode."
    raise InvalidValueError("bad-enclosure", message, "Write full, trailer or bonus.")
