"""Turns addresses as authors write them into absolute http(s) URLs in ASCII.

Refuses other schemes (``javascript:``, ``data:``, ``file:``), user names in addresses, and domains
without a scheme, which would be read as file names below the site.
"""

import re
from collections.abc import Callable
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from worker.core.text import shown

_MOST = 4_000

_PATH_PART = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]++|%[0-9A-Fa-f]{2})*+"
_QUERY_PART = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-Fa-f]{2})*+"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
# What needs no change: RFC 3986 without user information, scheme and host in lower case.
_CLEAN = re.compile(
    rf"https?://(?![^/?#]*[A-Z]){_LABEL}(?:\.{_LABEL})*(?::\d{{1,4}})?"
    rf"(?:/{_PATH_PART})?(?:\?{_QUERY_PART})?(?:#{_QUERY_PART})?"
)
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_IPV6 = re.compile(r"[0-9a-f:.]{2,45}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BARE = re.compile(
    r"(?:www\.[^/\s]+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.([A-Za-z]{2,24}))(?::\d+)?(?=[/?#]|$)"
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# With these extensions, a name without a slash is a file below the site, not a domain.
_FILES = frozenset((
    "md", "markdown", "txt", "htm", "html", "xhtml", "php", "asp", "aspx", "jsp", "pdf", "zip",
    "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "bmp", "ico", "mp3", "mp4", "ogg", "webm",
    "wav", "opus", "mov", "flac", "aac", "oga", "ogv", "vtt", "srt", "epub", "csv", "xml", "json",
))  # fmt: skip
_PATH = "/%:@!$&'()*+,;=-._~"


class LinkError(ValueError):
    """The text is not a valid address; ``hint`` says how to write one."""

    def __init__(self, message: str, hint: str = "Write it like https://example.com/page.") -> None:
        super().__init__(message)
        self.hint = hint


def absolute_url(text: str, site_url: str) -> str:
    """``text`` as an absolute URL; a relative one is resolved against ``site_url``.

    Spaces and characters beyond ASCII are percent-encoded (RFC 3987 section 3.1), a host beyond
    ASCII is written in its ASCII form (RFC 3490). Raises LinkError.
    """
    text = text.strip()
    if len(text) <= _MOST and _CLEAN.fullmatch(text):
        return text
    _refuse_odd(text)
    scheme = _SCHEME.match(text)
    if scheme is None:
        if text[0] not in "/." and "://" in re.split("[?#]", text)[0]:
            raise LinkError(
                f"The address {shown(text)} does not start with http:// or https://.",
                "Write only the address, without words, brackets or curly quotes around it.",
            )
        return _resolved(text, site_url)
    if scheme[1].lower() not in {"http", "https"}:
        raise _foreign(text, scheme[1])
    return _encoded(text)


def _refuse_odd(text: str) -> None:
    if not text:
        raise LinkError("The address is empty.")
    if len(text) > _MOST:
        raise LinkError(
            f"The address has {len(text):,} characters; the limit is {_MOST:,}.",
            "Shorten it: the part after the ? is often not needed.",
        )
    if _CONTROL.search(text):
        raise LinkError(
            f"The address {shown(text)} contains a control character or a line break.",
            "Write it on one line.",
        )
    if '"' in text:
        raise LinkError(
            f"The address {shown(text)} contains a quotation mark.",
            "Put quotation marks on both sides of the address, or on neither side.",
        )
    if "\\" in text:
        raise LinkError(f"The address {shown(text)} contains a backslash.", "Use / instead.")


def _foreign(text: str, scheme: str) -> LinkError:
    rest = text[len(scheme) + 1 :]
    if rest[:1].isdigit() or "." in scheme:
        return LinkError(
            f"The address {shown(text)} has no https:// at the start.",
            "Add https:// in front.",
        )
    return LinkError(
        f"The address {shown(text)} starts with `{scheme}:`; only http and https are allowed.",
    )


def is_bare(text: str) -> bool:
    """Is it a domain, perhaps with a path, without a scheme?"""
    bare = _BARE.match(text)
    return bool(bare and (bare.end() < len(text) or (bare[1] or "").lower() not in _FILES))


def _resolved(text: str, site_url: str) -> str:
    """The absolute form of a relative address. Refuses a domain without a scheme."""
    if is_bare(text):
        raise LinkError(
            f"The address {shown(text)} has no https:// at the start.",
            "Add https:// in front of it.",
        )
    return _encoded(urljoin(site_url, text))


def _encoded(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise LinkError(f"The address {shown(text)} has an invalid host or port.") from None
    if "@" in parts.netloc:
        raise LinkError(
            f"The address of `{shown(parts.hostname or '').strip('`')}` contains a user name, "
            "which a feed would publish.",
            "Remove the user name, and the password, before the @.",
        )
    host = _checked_host(parts.hostname or "", text)
    return urlunsplit(
        (
            parts.scheme.lower(),
            host if port is None else f"{host}:{port}",
            _quoted(parts.path, _PATH),
            _quoted(parts.query, _PATH + "?"),
            _quoted(parts.fragment, _PATH + "?"),
        )
    )


def ascii_host(host: str) -> str:
    """``host`` in ASCII (RFC 3490); "" if it has no such form, or more than 253 characters."""
    try:
        plain = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return plain if len(plain) <= 253 else ""


def _checked_host(host: str, text: str) -> str:
    if not host:
        raise LinkError(f"The address {shown(text)} has no host name.")
    if ":" in host and _IPV6.fullmatch(host):
        return f"[{host}]"
    plain = ascii_host(host)
    if not _HOST.fullmatch(plain):
        raise LinkError(f"The host name in {shown(text)} is not valid.")
    return plain


def _quoted(part: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=safe)


# Nearly all addresses match this and need no parsing.
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
_BARE_ADDRESS = re.compile(r"(?<!\w)https?://[^\s<>\"、。，！？；：）」』】》“”‘’]+", re.IGNORECASE)
_SENTENCE_ENDS = ".,;:!?'*_~"
_CLOSERS = {")": "(", "]": "["}


def body_url(url: str, base_url: str, *, web_only: bool = False) -> str:
    """``url`` resolved against ``base_url``, or "" if the result is not a safe address.

    ``web_only`` refuses ``mailto:`` (for pictures). Idempotent.
    """
    if _ORDINARY.fullmatch(url):
        return url
    url = url.strip(_EDGE).translate(_BREAKS)
    if _MAIL.match(url):
        return "" if web_only else "mailto:" + _escaped(url[7:])
    if not url:
        return ""
    try:
        return absolute_url(_escaped(urljoin(base_url, url)), base_url)
    except ValueError:  # LinkError is one; urljoin raises it for an unclosed "["
        return ""


def _escaped(url: str) -> str:
    return _NEVER_IN_URL.sub(lambda found: quote(found[0]), url)


def absolute_srcset(value: str, absolute_of: Callable[[str], str]) -> str:
    """A ``srcset`` with the addresses that ``absolute_of`` gives, without candidates for which it
    gives "" or whose size is not valid."""
    kept = []
    for address, size in _candidates(value):
        absolute = absolute_of(address)
        if absolute and (not size or _SIZE.fullmatch(size)):
            kept.append(f"{absolute} {size}" if size else absolute)
    return ", ".join(kept)


def _candidates(value: str) -> list[tuple[str, str]]:
    """(address, size) of each candidate; an address may contain but not end with a comma."""
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
    """``text`` in pieces, each with whether it is a bare http or https address.

    An address does not include the punctuation that ends a sentence, or a closing bracket
    without an opening one in the address.
    """
    pieces = []
    at = 0
    for found in _BARE_ADDRESS.finditer(text):
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
