"""How texts, URLs, languages and moments are spelt, alike in every format.

What cannot be spelt validly is mended here (characters, escapes) or given back empty, so
that one odd value costs its own element and never the feed.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote, urlsplit

# What XML 1.0 (section 2.2) cannot hold, and the C1 controls, which it discourages and which
# the W3C's validator warns of.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_PART = r"(?:[A-Za-z0-9;/?:@&=+$.\-_!~*'(),]|%[0-9A-Fa-f]{2})*"
_HOST = r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])"
_USER = r"(?:[A-Za-z0-9;:&=+$.\-_!~*'(),]|%[0-9A-Fa-f]{2})*"
_HTTP = re.compile(rf"https?://(?:{_USER}@)?{_HOST}(?::[0-9]*)?(?:[/?]{_PART})?(?:#{_PART})?")
_MAILTO = re.compile(rf"mailto:{_PART}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")
# Two letters are a language only where ISO 639-1 says so; of three letters there are thousands.
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


def clean(text: str) -> str:
    """``text`` without the characters that a feed cannot hold (XML 1.0, section 2.2)."""
    return _ILLEGAL.sub("", text) if _ILLEGAL.search(text) else text


def line(text: str) -> str:
    """``text`` cleaned and without white space at its ends; empty where nothing is left."""
    return clean(text).strip()


def is_web_url(url: str) -> bool:
    """Whether ``url`` is an absolute http(s) URI (RFC 3986), fit for every format."""
    return _HTTP.fullmatch(url) is not None


def is_contact_url(url: str) -> bool:
    """Whether ``url`` leads to a person: a web page, or mailto."""
    return is_web_url(url) or _MAILTO.fullmatch(url) is not None


def uri(url: str) -> str:
    """An http(s) or mailto URL as a URI (RFC 3986): escaped where it was an IRI or sloppy.

    RSS and its readers know only URIs. Gives "" for what is no absolute http(s) or mailto URL.
    """
    if is_contact_url(url):
        return url
    try:
        mended = _escaped(line(url))
    except ValueError:  # a host that is none, such as "[" or one with an empty label
        return ""
    return mended if is_contact_url(mended) else ""


def _escaped(url: str) -> str:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in {"http", "https"}:
        return _quoted(url)
    user, at, host = parts.netloc.rpartition("@")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    mended = f"{scheme}://{_quoted(user)}{at}{host}{_quoted(parts.path)}"
    if parts.query:
        mended += f"?{_quoted(parts.query)}"
    return f"{mended}#{_quoted(parts.fragment)}" if parts.fragment else mended


def _quoted(part: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_SAFE)


def language(tag: str) -> str:
    """A language tag in BCP 47's shape; "" for what is none, such as "English"."""
    tag = tag.strip().replace("_", "-")
    match = _LANGUAGE.fullmatch(tag)
    if match is None or (len(match[1]) == 2 and match[1].lower() not in _ISO_639_1):
        return ""
    return tag


def media_type(name: str) -> str:
    """A media type without parameters; "" for what is none."""
    return name if _MEDIA_TYPE.fullmatch(name) else ""


def email(address: str) -> str:
    """A plain mail address; "" for what is none (such as one with a display name)."""
    return address if _EMAIL.fullmatch(address) else ""


def pixels(size: int | None) -> int:
    """A picture's width or height; 0 where it is unknown or makes no sense."""
    return size if size and size > 0 else 0


def rfc3339(moment: datetime) -> str:
    """``2021-02-04T18:21:00Z``: for Atom and JSON Feed (RFC 4287, section 3.3)."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def rfc822(moment: datetime) -> str:
    """``Thu, 04 Feb 2021 18:21:00 +0000``: for RSS; in English whatever the locale."""
    return format_datetime(moment.astimezone(UTC))
