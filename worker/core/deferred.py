"""Addresses in an article's HTML that only the database can resolve.

The parser knows one file; where another article or a picture beside it can be read on the web,
publishing knows. Until then they are written with a scheme of our own:

- ``feedmill:here#part``: a part of the article itself; the part may be empty
- ``feedmill:file/posts/tides.md#part``: the article of another file of the drop folder
- ``feedmill:note/Tides#part``: the article of a file that only its name is given of
- ``feedmill:media/posts/boat.png``: a picture, sound or film of the drop folder
- ``feedmill:asset/img/boat.png``: the same, of the folder ``drop.assets``
- ``feedmill:named/boat.png``: the same, of the drop folder, by its name or the end of its path

and an element's id is ``feedmill:part`` until it has its prefix. Everything is percent-encoded:
such an address is the same in HTML and outside it, and is part of no other text by chance.
"""

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

SCHEME: Final = "feedmill:"
KINDS: Final = ("here", "file", "note", "media", "asset", "named")
MEDIA_KINDS: Final = KINDS[3:]

ARTICLES: Final = frozenset(("md", "markdown", "mdx", "rst", "txt", "html", "htm"))
"""Extensions of files that may be articles."""
MEDIA: Final = frozenset((
    "png", "jpg", "jpeg", "gif", "webp", "avif", "svg",
    "mp3", "m4a", "ogg", "opus", "wav", "mp4", "webm", "mov",
))  # fmt: skip
"""Extensions of pictures, sounds and films."""

_ADDRESS = re.compile(
    r"feedmill:(here|file|note|media|asset|named)(?:/([^#\s\"<>]*))?(?:#([^\s\"<>]*))?"
)
_PUBLIC = ("assets", "static", "public")
_LONGEST_PATH = 1_000
_SCHEMED = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_ODD = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_SAFE = "/-._~"
# The end of a link, and a tag with such an address.
_TAG = re.compile(r"<(?:(/a(?: [^<>]*)?)|([a-z][a-z0-9]*)( [^<>]*feedmill:[^<>]*))>")
_ATTRIBUTE = re.compile(r' (href|src|poster|cite|srcset|id)="([^"]*feedmill:[^"]*)"')
_NAMED = re.compile(r" (?:href|id)=")
_SHOWN = re.compile(r" (?:src|srcset)=")
_ALT = re.compile(r' alt="([^"]*)"')


class Deferred(NamedTuple):
    """What such an address names. ``target`` is a path below the drop folder or ``drop.assets``,
    or a name; ``part`` an id in it. Both are decoded."""

    kind: str
    target: str = ""
    part: str = ""

    @property
    def address(self) -> str:
        """The address, percent-encoded."""
        target = "" if self.kind == "here" else f"/{quote(self.target, safe=_SAFE)}"
        return f"{SCHEME}{self.kind}{target}" + (f"#{quote(self.part)}" if self.part else "")


def parse(address: str) -> Deferred | None:
    """What the address names; None for any other text, and for a path that leaves its folder."""
    found = _ADDRESS.fullmatch(address)
    if not found:
        return None
    target = unquote(found[2] or "")
    if ".." in target.split("/") or (found[1] == "here") != (found[2] is None):
        return None
    return Deferred(found[1], target, unquote(found[3] or ""))


def extension_of(path: str) -> str:
    """The extension in lower case, without its dot; "" if there is none."""
    stem, dot, extension = path.rpartition("/")[2].rpartition(".")
    return extension.lower() if stem and dot else ""


def placed(folder: str, path: str) -> str | None:
    """A path in a folder as seen from the drop folder; None if it leaves that."""
    found: list[str] = []
    for part in (*folder.split("/"), *path.split("/")):
        if part == "..":
            if not found:
                return None
            found.pop()
        elif part not in ("", "."):
            found.append(part)
    return "/".join(found)


def medium_at(path: str, article: str, *, assets: bool) -> Deferred | None:
    """The picture, sound or film at a relative ``path``, as the article at the path ``article``
    names it; None if it is not below the drop folder or ``drop.assets``."""
    if not path.startswith("/"):
        target = placed(article.rpartition("/")[0], path)
        if target is not None:
            return Deferred("media", target) if target else None
    if not assets:
        return None
    # What climbs out of the drop folder, or begins at the site's root.
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    if path.startswith("..") and len(parts) > 1 and parts[0] in _PUBLIC:
        parts = parts[1:]
    return Deferred("asset", "/".join(parts))


def medium_address(text: str, article: str, *, assets: bool = False) -> str:
    """``medium_at`` for an address as an author writes it; "" for any other address."""
    path = unquote(re.split(r"[?#]", text.strip())[0])
    if _SCHEMED.match(text.strip()) or extension_of(path) not in MEDIA or _ODD.search(path):
        return ""
    found = medium_at(path, article, assets=assets) if len(path) <= _LONGEST_PATH else None
    return found.address if found else ""


def deferred_id(part: str) -> str:
    """An element's id that is to be prefixed."""
    return SCHEME + quote("-".join(part.split()))


def has_deferred(html: str) -> bool:
    """Is there anything to resolve?"""
    return SCHEME in html


def resolve(html: str, prefix: str, address_of: Callable[[Deferred], str]) -> str:
    """Safe HTML with addresses that readers can follow.

    ``address_of`` gives an absolute URL, or "" if there is none: a link then leaves its words, a
    picture its alternative text. ``prefix`` goes before the ids.
    """
    return _TAG.sub(_Resolver(prefix, address_of).tag, html) if SCHEME in html else html


class _Resolver:
    """Resolves the addresses of one text; a link is never within another one."""

    def __init__(self, prefix: str, address_of: Callable[[Deferred], str]) -> None:
        self._prefix = prefix
        self._address_of = address_of
        self._is_unlinked = False

    def tag(self, found: re.Match[str]) -> str:
        closing, name, attributes = found.groups()
        if closing:
            is_dropped, self._is_unlinked = self._is_unlinked, False
            return "" if is_dropped else found[0]
        given, attributes = attributes, _ATTRIBUTE.sub(self._attribute, attributes)
        if name == "a" and attributes != given and not _NAMED.search(attributes):
            self._is_unlinked = True
            return ""
        if name in ("img", "source") and not _SHOWN.search(attributes):
            alt = _ALT.search(attributes)
            return alt[1] if alt and name == "img" else ""
        return f"<{name}{attributes}>"

    def _attribute(self, found: re.Match[str]) -> str:
        name, value = found.groups()
        if name == "id":
            return f' id="{self._prefix}{value.removeprefix(SCHEME)}"'
        if name != "srcset":
            address = self._resolved(value)
        else:
            candidates = (each.partition(" ") for each in value.split(", "))
            pairs = ((self._resolved(address), size) for address, _, size in candidates)
            address = ", ".join(f"{url} {size}".strip() for url, size in pairs if url)
        return f' {name}="{escape(address)}"' if address else ""

    def _resolved(self, value: str) -> str:
        deferred = parse(value)
        if deferred:
            return self._address_of(deferred)
        return "" if value.startswith(SCHEME) else unescape(value)
