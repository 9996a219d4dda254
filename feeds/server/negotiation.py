"""Content negotiation and conditional requests (RFC 9110, sections 12 and 13).

Pure: header values in, decisions out. A malformed value counts as absent.
"""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal

Verdict = Literal["send", "not modified", "failed"]

# Clients repeat the same few headers; the limit is for hostile ones.
_remembered = lru_cache(maxsize=512)
_ETAG = re.compile(rb'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_RANGE = re.compile(rb"bytes[ \t]*=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)
_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_DEFAULT = 1.0


def _qualities(header: bytes) -> dict[str, float]:
    """The names in a list such as ``gzip;q=0.5, *``, in lower case, with their weights."""
    found: dict[str, float] = {}
    for item in header.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = _DEFAULT
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = float(value) if _QUALITY.fullmatch(value := value.strip()) else 0.0
        if name:
            found[name] = max(weight, found.get(name, 0.0))
    return found


@_remembered
def wants_gzip(accept_encoding: bytes | None) -> bool:
    """Whether gzip is accepted and weighs no less than no coding (section 12.5.3)."""
    if not accept_encoding:
        return False
    weights = _qualities(accept_encoding)
    anything = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", anything))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


@_remembered
def prefers_xml(accept: bytes | None, media_type: str) -> bool:
    """Whether a client prefers ``application/xml`` to ``media_type``.

    Browsers do, in every navigation. Chromium shows ``application/rss+xml`` as
    plain text, but ``application/xml`` with its style sheet.
    """
    if not accept:
        return False
    weights = _qualities(accept)
    return _weight(weights, "application/xml") > _weight(weights, media_type)


def _weight(weights: dict[str, float], media_type: str) -> float:
    """The weight of the most specific range that covers the type (section 12.5.1)."""
    family = media_type.partition("/")[0]
    ranges = (media_type, f"{family}/*", "*/*")
    return next((weights[name] for name in ranges if name in weights), 0.0)


def precondition(
    etag: bytes,
    modified: int,
    *,
    if_match: bytes | None = None,
    if_unmodified_since: bytes | None = None,
    if_none_match: bytes | None = None,
    if_modified_since: bytes | None = None,
) -> Verdict:
    """The result of a GET's or HEAD's conditions, in their order (section 13.2.2).

    ``etag`` is that of the selected representation, in its quotes; ``modified`` its time in
    POSIX seconds.
    """
    if if_match is not None:
        if not _matches(if_match, etag, weak=False):
            return "failed"
    elif if_unmodified_since is not None:
        since = http_date(if_unmodified_since)
        if since is not None and modified > since:
            return "failed"
    if if_none_match is not None:
        return "not modified" if _matches(if_none_match, etag, weak=True) else "send"
    if if_modified_since is not None:
        since = http_date(if_modified_since)
        if since is not None and modified <= since:
            return "not modified"
    return "send"


def byte_range(header: bytes | None, size: int) -> range | None:
    """The bytes of a file that ``Range`` asks for (section 14.1.2); empty if there are none there.

    None for the whole file: without the header, or for several ranges or other units, which a
    server may ignore (section 14.2).
    """
    found = _RANGE.fullmatch(header) if header else None
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:  # the last so many bytes
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def is_same_version(if_range: bytes | None, etag: bytes, modified: int) -> bool:
    """Whether a part of the file fits what the client has of it (section 13.1.5)."""
    if if_range is None:
        return True
    return if_range.strip() == etag or http_date(if_range) == modified


def _matches(header: bytes, etag: bytes, *, weak: bool) -> bool:
    """Whether a list of entity tags, or ``*``, has this one (section 8.8.3.2)."""
    if header == etag or header.strip() == b"*":
        return True
    wanted = etag[1:-1]
    return any(tag == wanted and (weak or not is_weak) for is_weak, tag in _ETAG.findall(header))


@_remembered
def http_date(text: bytes) -> int | None:
    """A date in any of the three formats of section 5.6.7, as POSIX seconds."""
    try:
        moment = parsedate_to_datetime(text.decode("ascii"))
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    except (ValueError, OverflowError, TypeError):
        return None
