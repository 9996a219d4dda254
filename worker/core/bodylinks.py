"""Addresses as they stand in a body: made absolute, or left out.

Forgives what browsers forgive, as the URL Standard does, for a body often comes from a web page;
what is left then has to be an address that ``worker/core/urls.py`` accepts, or a ``mailto:``.
"""

import re
from urllib.parse import quote, urljoin

from worker.core import urls as links

# Nearly all addresses look like this one and need no taking apart.
_ORDINARY = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
    r"(?:[/?#](?:[a-z0-9/?._~&=+:;,@!$()*'-]|%[0-9a-f]{2})*)?",
    re.ASCII | re.IGNORECASE,
)
_BREAKS = str.maketrans("", "", "\t\n\r")
_EDGE = "".join(map(chr, range(0x21)))
_NEVER_IN_URL = re.compile(r"[\s\x00-\x20\x7f\"<>\\^`{|}]")
_MAIL = re.compile(r"mailto:(?=.)", re.IGNORECASE)
_SIZE = re.compile(r"[0-9.]{1,12}[wxh]", re.ASCII)

_BARE = re.compile(r"(?<!\w)https?://[^\s<>\"、。，！？；：）」』】》“”‘’]+", re.IGNORECASE)
_SENTENCE_ENDS = ".,;:!?'*_~"
_CLOSERS = {")": "(", "]": "["}


def absolute_url(url: str, base_url: str, *, web_only: bool = False) -> str:
    """``url`` resolved against ``base_url``, or "" where that gives nothing to follow safely.

    ``web_only`` refuses ``mailto:``, as a picture's address has to. Doing it twice changes
    nothing.
    """
    if _ORDINARY.fullmatch(url):
        return url
    url = url.strip(_EDGE).translate(_BREAKS)
    if _MAIL.match(url):
        return "" if web_only else "mailto:" + _escaped(url[7:])
    if not url:
        return ""
    try:
        return links.absolute_url(_escaped(urljoin(base_url, url)), base_url)
    except ValueError:  # LinkError is one; urljoin raises it for an unclosed "["
        return ""


def _escaped(url: str) -> str:
    return _NEVER_IN_URL.sub(lambda found: quote(found[0]), url)


def absolute_srcset(value: str, base_url: str) -> str:
    """A ``srcset`` with every address absolute; candidates without a usable one are left out."""
    kept = []
    for address, size in _candidates(value):
        absolute = absolute_url(address, base_url, web_only=True)
        if absolute and (not size or _SIZE.fullmatch(size)):
            kept.append(f"{absolute} {size}" if size else absolute)
    return ", ".join(kept)


def _candidates(value: str) -> list[tuple[str, str]]:
    """(address, size) of each candidate: addresses may hold commas, but not end in one."""
    found = []
    address = ""
    for word in value.split():
        if address:
            size, _, rest = word.partition(",")
            found.append((address, size))
            address = rest.strip(",")
        else:
            address = word.strip(",")
            if address and word.endswith(","):
                found.append((address, ""))
                address = ""
    return [*found, (address, "")] if address else found


def split_at_addresses(text: str) -> list[tuple[str, bool]]:
    """``text`` cut into pieces, each with whether it is a bare http or https address.

    The mark that ends a sentence is not part of an address, nor is a closing bracket whose
    opening one stands before it.
    """
    pieces = []
    at = 0
    for found in _BARE.finditer(text):
        address = _without_tail(found[0])
        if found.start() > at:
            pieces.append((text[at : found.start()], False))
        pieces.append((address, True))
        at = found.start() + len(address)
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces


def _without_tail(address: str) -> str:
    surplus = {end: address.count(end) - address.count(start) for end, start in _CLOSERS.items()}
    end = len(address)
    while end:
        last = address[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _SENTENCE_ENDS:
            break
        end -= 1
    return address[:end]
