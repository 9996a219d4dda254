"""Addresses and ids in a body: absolute ones, and those that only the database can resolve.

An address that names another file of the drop folder, or a part of the article itself, becomes
deferred (``worker.core.deferred``); every other one is absolute, or refused. Touches no file: a
path is only text here, and none leaves the drop folder.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from worker.core.article import Mention
from worker.core.deferred import (
    ARTICLES,
    MEDIA,
    SCHEME,
    Deferred,
    deferred_id,
    extension_of,
    has_deferred,
    medium_at,
    parse,
    placed,
)
from worker.core.deferred import resolve as with_addresses
from worker.core.paths import split
from worker.core.problems import Place, Problem
from worker.core.urls import absolute_srcset, body_url
from worker.parsing.body.text import words_in

MOST_MENTIONS: Final = 1_000
"""How many files one article can name."""

_SOURCES = ARTICLES - {"txt", "html", "htm"}
_INDEX = ("index", "_index", "readme")

_LONGEST_PATH = 1_000
_LONGEST_ID = 200
_MOST_LOST = 100
_SCHEMED = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_BREAKS = str.maketrans("", "", "\t\n\r")
_ODD = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")

_NAMED = re.compile(r'<a((?: [^<>]*)?) name="(feedmill:[^"]*)"([^<>]*)>')
_ID = re.compile(r' id="feedmill:([^"]*)"')
_HERE = re.compile(r'href="feedmill:here#([^"]*)"')
_HEADING = re.compile(r"<(h[1-6])((?: [^<>]*)?)>(.*?)</\1>", re.DOTALL)
_NO_SLUG = re.compile(r"[^\w\s-]")
_GAPS = re.compile(r"[\s_-]+")


@dataclass(slots=True)
class Origin:
    """Where a text comes from: what its addresses are relative to.

    ``base_url`` is its article's link if it has one (``is_linked``), else the site's address with
    the folder of ``path``, the file's path below the drop folder. ``assets`` if there is a folder
    ``drop.assets``. ``written`` has each deferred address as the text first gives it.
    """

    base_url: str
    path: str = ""
    is_linked: bool = False
    assets: bool = False
    written: dict[str, str] = field(default_factory=dict)


# --- one address ------------------------------------------------------------------------------


def address(value: str, origin: Origin, *, is_link: bool) -> str:
    """The address of a link or, unless ``is_link``, of a picture, sound or film; "" if refused."""
    text = value.strip().translate(_BREAKS)
    if not _SCHEMED.match(text):
        deferred = _deferred(text, origin, is_link)
    elif text.lower().startswith(SCHEME):
        deferred = _checked(parse(text), origin, is_link)
        if deferred is None:
            return ""
    else:
        return body_url(value, origin.base_url, web_only=not is_link)
    if deferred is None:
        return body_url(value, origin.base_url, web_only=not is_link)
    origin.written.setdefault(_whole(deferred), value)
    return deferred.address


def srcset(value: str, origin: Origin) -> str:
    """A ``srcset``, without the candidates whose address is refused."""
    return absolute_srcset(value, lambda text: address(text, origin, is_link=False))


def element_id(value: str) -> str:
    """An element's id or an anchor's name, to be prefixed; "" if it is of no use."""
    part = unquote(value.removeprefix(SCHEME)).strip()
    return deferred_id(part) if part and len(part) <= _LONGEST_ID and not _ODD.search(part) else ""


def _checked(deferred: Deferred | None, origin: Origin, is_link: bool) -> Deferred | None:
    """A deferred address found in the text: other steps write some, and authors may."""
    if deferred is None or _ODD.search(deferred.target):
        return None
    kinds = ("media", "named", "asset") if origin.assets else ("media", "named")
    if deferred.kind not in (kinds if not is_link else ("here", "file", "note", *kinds)):
        return None
    whole = deferred.kind == "here" or placed("", deferred.target) == deferred.target != ""
    return deferred if whole and len(deferred.target) <= _LONGEST_PATH else None


def _deferred(text: str, origin: Origin, is_link: bool) -> Deferred | None:
    """What a relative address names in the drop folder; None if it is one of the web."""
    path, _, part = text.partition("#")
    path, _, query = path.partition("?")
    path, part = unquote(path), unquote(part)
    if not path:
        is_here = is_link and text.startswith("#") and not _ODD.search(part)
        return Deferred("here", "", part) if is_here else None
    if len(path) > _LONGEST_PATH or _ODD.search(path):
        return None
    extension = extension_of(path)
    if extension in MEDIA:
        return medium_at(path, origin.path, assets=origin.assets)
    if not is_link or query:
        return None
    target = _article(path, extension, origin)
    return Deferred("file", target, part) if target else None


def _article(path: str, extension: str, origin: Origin) -> str | None:
    """The path of a file that may be an article.

    Without an extension it is the address of a page, as Hugo and Eleventy make them: one folder
    deeper than the file, unless that is its folder's index. An article's own link tells better.
    """
    folder, name = split(origin.path)
    if path.startswith("/"):
        return placed("", path) if extension in _SOURCES else None
    if extension in ARTICLES:
        return placed(folder, path)
    if extension or origin.is_linked or not path.startswith(("./", "../")):
        return None
    stem = name.rpartition(".")[0] or name
    is_deeper = path.startswith("../") and stem.lower() not in _INDEX
    return placed(f"{folder}/{stem}" if is_deeper else folder, path)


def _whole(deferred: Deferred) -> str:
    return Deferred(deferred.kind, deferred.target).address


# --- all of a text ----------------------------------------------------------------------------


def within(
    html: str, source: str, origin: Origin, first_line: int
) -> tuple[str, tuple[Mention, ...], list[Problem]]:
    """Safe HTML whose links within the article lead somewhere, the files that it names, warnings.

    A heading that such a link names gets its id; a link to a part that is not there leaves its
    words, unless the article has a page of its own. Of more than 1,000 files, the first are kept.
    """
    if not has_deferred(html):
        return html, (), []
    html, names = _with_ids(html)
    mentions: dict[str, Mention] = {}
    places = _Places(source, first_line)

    def kept(deferred: Deferred) -> str:
        if deferred.kind == "here":
            return _here(deferred.part, names, origin.is_linked)
        whole = _whole(deferred)
        if whole not in mentions:
            if len(mentions) >= MOST_MENTIONS:
                places.is_full = True
                return ""
            mentions[whole] = Mention(whole, places.find(origin.written.get(whole, whole)))
        return deferred.address

    html = with_addresses(html, SCHEME, kept)
    return html, tuple(mentions.values()), [_too_many()] if places.is_full else []


def _too_many() -> Problem:
    return Problem(
        "too-many-links",
        f"The text names more than {MOST_MENTIONS:,} other files; the others were left out.",
        None,
        "Split it into several articles.",
        "warning",
    )


def _here(part: str, names: dict[str, str], is_linked: bool) -> str:
    found = names.get(part)
    if found is None and not is_linked and part not in ("", "top"):
        return ""
    return Deferred("here", "", part if found is None and part != "top" else found or "").address


def _with_ids(html: str) -> tuple[str, dict[str, str]]:
    """The HTML with an id at each part that a link names, and the ids of those parts.

    An id is the element's own, an anchor's name, or made from a heading's words.
    """
    seen: set[str] = set()

    def once(found: re.Match[str]) -> str:
        is_new = found[1] not in seen
        seen.add(found[1])
        return found[0] if is_new else ""

    if ' name="' in html:
        html = _NAMED.sub(_anchor, html)
    html = _ID.sub(once, html)
    ids = {unquote(found) for found in seen}
    wanted = {unquote(part) for part in _HERE.findall(html)}
    names = {part: own for part in wanted if (own := _id_of(part)) in ids}
    missing = wanted - names.keys() - {""}
    if missing and "<h" in html:
        html = _with_heading_ids(html, sorted(missing), ids, names)
    return html, names


def _anchor(found: re.Match[str]) -> str:
    before, name, after = found.groups()
    own = "" if " id=" in before + after else f' id="{name}"'
    return f"<a{before}{own}{after}>"


def _id_of(part: str) -> str:
    return "-".join(part.split())


def _with_heading_ids(html: str, parts: list[str], ids: set[str], names: dict[str, str]) -> str:
    """``html`` with ids at the headings that ``parts`` name; ``names`` and ``ids`` get them."""
    wanted: dict[str, list[str]] = {}
    for part in parts:
        for slug in _slugs(part):
            wanted.setdefault(slug, []).append(part)
    times: dict[str, int] = {}

    def named(heading: re.Match[str]) -> str:
        tag, attributes, words = heading.groups()
        has_id = _ID.search(attributes)
        own = unquote(has_id[1]) if has_id else ""
        for slug in _slugs(words_in(words)):
            count = times[slug] = times.get(slug, -1) + 1
            for part in wanted.get(f"{slug}-{count}" if count else slug, ()):
                own = own or _id_of(part)
                names.setdefault(part, own)
        if has_id or not own or own in ids:
            return heading[0]
        ids.add(own)
        return f'<{tag}{attributes} id="{deferred_id(own)}">{words}</{tag}>'

    return _HEADING.sub(named, html)


def _slugs(words: str) -> Iterator[str]:
    """What tools make of a heading's words, without the differences between them; then without
    accents, as Python-Markdown and Zola do, if that differs."""
    slug = _GAPS.sub("-", _NO_SLUG.sub("", words.casefold())).strip("-")
    if slug:
        yield slug
    plain = unicodedata.normalize("NFKD", slug).encode("ascii", "ignore").decode("ascii")
    if plain.strip("-") and plain != slug:
        yield plain.strip("-")


class _Places:
    """Finds addresses in a source, each behind the last one where that is possible."""

    def __init__(self, source: str, first_line: int) -> None:
        self._source = source
        self._first_line = first_line
        self._at = self._lost = 0
        self.is_full = False

    def find(self, written: str) -> Place | None:
        """Where the source has this address first; None if it is written in another way."""
        if self._lost >= _MOST_LOST:
            return None
        for text in dict.fromkeys((written, unquote(written), written.replace("&", "&amp;"))):
            at = self._source.find(text, self._at)
            at = at if at >= 0 else self._source.find(text)
            if text and at >= 0:
                self._at = at
                return Place.at(self._source, at, self._first_line)
        self._lost += 1
        return None
