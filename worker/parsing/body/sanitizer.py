"""Untrusted HTML to safe HTML with absolute addresses, by nh3.

The only place that decides what a feed may carry: elements, attributes and their values.
"""

import re
from typing import Final

import nh3

from worker.parsing.body.addresses import Origin, address, element_id, srcset
from worker.parsing.body.text import ALT, PICTURE

# Never "noscript": nh3 takes its content for text and would write it out unescaped.
_INLINE = """a abbr b bdi bdo br cite code data del dfn em i img ins kbd mark q rp rt ruby s samp
    small span strike strong sub sup time tt u var wbr"""

_BLOCK = """address article aside audio blockquote caption col colgroup dd details div dl dt
    figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p picture pre
    section source summary table tbody td tfoot th thead tr track ul video"""

TAGS: Final = frozenset(f"{_INLINE} {_BLOCK}".split())
"""Elements that are kept; other elements lose their tags and keep their content."""

_OPAQUE = "canvas iframe math noembed noframes script select style svg template textarea title"
WITHOUT_CONTENT: Final = frozenset(_OPAQUE.split())
"""Elements that are removed with their content."""

ATTRIBUTES: Final = {
    "*": {"dir", "id", "lang", "title"},
    "a": {"href", "hreflang", "name", "rel", "type"},
    "audio": {"src", "loop", "muted", "preload"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"alt", "height", "sizes", "src", "srcset", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "source": {"height", "media", "sizes", "src", "srcset", "type", "width"},
    "td": {"align", "colspan", "headers", "rowspan"},
    "th": {"align", "colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": {"height", "loop", "muted", "poster", "preload", "src", "width"},
}
"""Attributes that are kept, by element; "*" means all."""

_ADDRESSES = frozenset({"href", "src", "poster", "cite"})

_SIZES = frozenset({"width", "height"})

_SIZE = re.compile(r"[0-9]{1,5}%?", re.ASCII)


def allowed_value(tag: str, name: str, value: str, origin: Origin) -> str | None:
    """The value of an allowed attribute, its addresses absolute or deferred; None removes it."""
    if name in _ADDRESSES:
        return address(value, origin, is_link=tag == "a") or None
    if name == "srcset":
        return srcset(value, origin) or None
    if name in ("id", "name"):
        return element_id(value) or None
    if name in _SIZES and not _SIZE.fullmatch(value):
        return None
    return value


_PRE = re.compile(r"(<pre(?: [^>]*)?>)\n")


def repaired(html: str) -> str:
    """Sanitized HTML; a picture that lost its address leaves its alternative text.

    A parser drops the first line feed in ``<pre>``; nh3 does not write it twice where the text
    begins with one, so each parse would lose a line.
    """
    if "\r" in html:  # from "&#13;"
        html = html.replace("\r", "\n")
    if "<pre" in html:
        html = _PRE.sub(r"\1\n\n", html)
    return PICTURE.sub(_with_source, html) if "<img" in html else html


def _with_source(picture: re.Match[str]) -> str:
    if " src=" in picture[0] or " srcset=" in picture[0]:
        return picture[0]
    alt = ALT.search(picture[0])
    return alt[1] if alt else ""


class _Sanitizer:
    """One for all bodies: setting nh3 up takes as long as sanitizing an article."""

    def __init__(self) -> None:
        self._origin = Origin("")
        self._cleaner = nh3.Cleaner(
            tags=TAGS,
            clean_content_tags=WITHOUT_CONTENT,
            attributes=ATTRIBUTES,
            attribute_filter=lambda tag, name, value: allowed_value(tag, name, value, self._origin),
            # Without controls, a reader shows nothing of a sound at all.
            set_tag_attribute_values={tag: {"controls": ""} for tag in ("audio", "video")},
            link_rel=None,
            url_schemes={"feedmill", "http", "https", "mailto"},
        )

    def clean(self, html: str, origin: Origin) -> str:
        """Safe HTML; addresses are absolute or deferred, as seen from ``origin``."""
        self._origin = origin
        return self._cleaner.clean(html)


_SANITIZER = _Sanitizer()


def sanitized(html: str, origin: Origin) -> str:
    """Safe HTML from any HTML; addresses are absolute or deferred, as seen from ``origin``."""
    return _SANITIZER.clean(html, origin)


def resanitized(html: str, origin: Origin) -> str:
    """HTML that was sanitized once, sanitized again until nothing changes.

    An element that is left out still affects how the first parse nests the others:
    ``<a><object><a>`` leaves a link in a link, which a feed reader would parse differently.
    """
    html = repaired(html)
    for _ in range(3):
        before, html = html, repaired(sanitized(html, origin))
        if html == before:
            break
    return html
