"""Makes texts, URLs, languages and dates valid in every format.

An invalid value is fixed (characters, escapes) or becomes empty, so that it costs its own
element, never the feed. An entry says the same in each of its formats, and is read back: what it
says is looked at once.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

# Characters that XML 1.0 (section 2.2) forbids, and the C1 controls, which it discourages and
# the W3C validator warns about.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_PART = r"(?:[A-Za-z0-9;/?:@&=+$.\-_!~*'(),]|%[0-9A-Fa-f]{2})*"
_HOST = r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])"
_USER = r"(?:[A-Za-z0-9;:&=+$.\-_!~*'(),]|%[0-9A-Fa-f]{2})*"
_HTTP = re.compile(rf"https?://(?:{_USER}@)?{_HOST}(?::[0-9]*)?(?:[/?]{_PART})?(?:#{_PART})?")
_MAILTO = re.compile(rf"mailto:{_PART}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")
# Two-letter languages are those of ISO 639-1; three-letter ones are too many to list.
_TWO_LETTERS = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv "
    "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr "
    "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw "
    "ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr "
    "nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so "
    "sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo "
    "xh yi yo za zh zu"
)
_ISO_639_1 = frozenset(_TWO_LETTERS.split())
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_SAFE = ";/?:@&=+$.-_!~*'(),%"


@lru_cache(maxsize=8)  # of these may be long ones
def clean(text: str) -> str:
    """``text`` without characters that a feed cannot hold (XML 1.0, section 2.2)."""
    return _ILLEGAL.sub("", text) if _ILLEGAL.search(text) else text


@lru_cache(maxsize=512)
def line(text: str) -> str:
    """``text`` cleaned and stripped; may be empty."""
    return _ILLEGAL.sub("", text).strip()


def is_web_url(url: str) -> bool:
    """Whether ``url`` is an absolute http(s) URI (RFC 3986), valid in every format."""
    return _HTTP.fullmatch(url) is not None


@lru_cache(maxsize=512)
def is_contact_url(url: str) -> bool:
    """Whether ``url`` is a web page or a mailto address."""
    return is_web_url(url) or _MAILTO.fullmatch(url) is not None


@lru_cache(maxsize=512)
def uri(url: str) -> str:
    """An http(s) or mailto URL as a URI (RFC 3986), escaped if it was an IRI or invalid.

    RSS and its readers know only URIs. Gives "" for anything else.
    """
    if is_contact_url(url):
        return url
    try:
        escaped = _escaped(line(url))
    except ValueError:  # an invalid host, such as "[" or one with an empty label
        return ""
    return escaped if is_contact_url(escaped) else ""


def _escaped(url: str) -> str:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in {"http", "https"}:
        return _quoted(url)
    user, at, host = parts.netloc.rpartition("@")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    escaped = f"{scheme}://{_quoted(user)}{at}{host}{_quoted(parts.path)}"
    if parts.query:
        escaped += f"?{_quoted(parts.query)}"
    return f"{escaped}#{_quoted(parts.fragment)}" if parts.fragment else escaped


def _quoted(part: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_SAFE)


@lru_cache(maxsize=512)
def language(tag: str) -> str:
    """A language tag in the form of BCP 47; "" for anything else, such as "English"."""
    tag = tag.strip().replace("_", "-")
    match = _LANGUAGE.fullmatch(tag)
    if match is None or (len(match[1]) == 2 and match[1].lower() not in _ISO_639_1):
        return ""
    return tag


def media_type(name: str) -> str:
    """A media type without parameters; "" for anything else."""
    return name if _MEDIA_TYPE.fullmatch(name) else ""


ANY_TYPE = "application/octet-stream"
"""The media type of a file of unknown kind."""


def size(number: int | None) -> int:
    """A length in bytes or a duration in seconds; 0 if it is unknown or not positive."""
    return number if number and number > 0 else 0


def email(address: str) -> str:
    """A plain mail address; "" for anything else, such as one with a display name."""
    return address if _EMAIL.fullmatch(address) else ""


def pixels(size: int | None) -> int:
    """An image's width or height; 0 if it is unknown or not positive."""
    return size if size and size > 0 else 0


def rfc3339(moment: datetime) -> str:
    """``2021-02-04T18:21:00Z``: for Atom and JSON Feed (RFC 4287, section 3.3)."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def rfc822(moment: datetime) -> str:
    """``Thu, 04 Feb 2021 18:21:00 +0000``: for RSS; in English in any locale."""
    return format_datetime(moment.astimezone(UTC))
