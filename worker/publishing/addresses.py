"""Where readers find what an article names: other articles, pictures, parts of itself.

Takes an entry with deferred addresses, gives one whose addresses are absolute. Depends on the
database and the configuration alone.
"""

import hashlib
import posixpath
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote, urljoin

from feeds.model import Entry
from worker.core.deferred import MEDIA_KINDS, Deferred, extension_of, has_deferred, parse, resolve
from worker.core.paths import split
from worker.store.database import Database
from worker.store.feeds import EntryTable
from worker.store.mentions import Mentions, Target

MediaAddress = Callable[[Deferred], str]
"""The URL of a public picture, sound or film; "" if there is none."""


_NOTES = ("fn-", "fnref-")


def prefix_of(uri: str) -> str:
    """What goes before the ids of the article with this URI."""
    return f"a{hashlib.sha256(uri.encode()).hexdigest()[:8]}-"


class Addresses:
    """Resolves the addresses of entries."""

    def __init__(
        self, database: Database, entries: EntryTable, site_url: str, media: MediaAddress
    ) -> None:
        self._mentions = Mentions(database)
        self._entries = entries
        self._site_url = site_url
        self._media_address = media

    def resolved(self, article_id: int, entry: Entry) -> Entry:
        """The entry with absolute addresses; a picture or an enclosure of the front matter that
        is not there is left out."""
        texts = [entry.content_html, *(image.url for image in entry.images)]
        if not any(map(has_deferred, [*texts, *(item.url for item in entry.enclosures)])):
            return entry
        path, link = self._entries.origin(article_id)
        own = _Own(path, link, entry.link, prefix_of(entry.id))
        known: dict[Deferred, str] = {}

        def address_of(deferred: Deferred) -> str:
            if deferred not in known:
                known[deferred] = self._address(deferred, own)
            return known[deferred]

        def placed(url: str) -> str:
            deferred = parse(url)
            return address_of(deferred) if deferred else url

        images = (replace(image, url=placed(image.url)) for image in entry.images)
        enclosures = (replace(item, url=placed(item.url)) for item in entry.enclosures)
        return replace(
            entry,
            content_html=resolve(entry.content_html, own.prefix, address_of),
            images=tuple(image for image in images if image.url),
            enclosures=tuple(item for item in enclosures if item.url),
        )

    def _address(self, deferred: Deferred, own: "_Own") -> str:
        if deferred.kind == "here":
            return _part_of(own, deferred.part)
        if deferred.kind in MEDIA_KINDS:
            # What is not in the folder may be where the article is on the web.
            found = self._media_address(deferred)
            is_path = own.link and deferred.kind != "named"
            return found or (self._of_the_web(deferred, own) if is_path else "")
        target = self._mentions.target(deferred)
        if target is not None:
            return self._address_of(target, deferred.part)
        is_page = extension_of(deferred.target) in ("html", "htm", "txt") and own.link
        is_folder = deferred.kind == "file" and not extension_of(deferred.target)
        return self._of_the_web(deferred, own) if is_page or is_folder else ""

    def _address_of(self, target: Target, part: str) -> str:
        """Where readers find a part of another article."""
        if target.link:
            return _with_part(target.link, quote(part))
        page = self._entries.address(target.article_id)
        prefix = prefix_of(self._entries.uri(target.article_id)) if part else ""
        return _with_part(page, prefix + quote(part))

    def _of_the_web(self, deferred: Deferred, own: "_Own") -> str:
        """The address where the file is if the whole folder is on the web as it is."""
        if deferred.kind == "asset":
            path = "/" + quote(deferred.target)
        elif own.link:
            path = quote(posixpath.relpath(deferred.target, split(own.path)[0] or "."))
        else:
            path = quote(deferred.target)
        return _with_part(urljoin(own.link or self._site_url, path), quote(deferred.part))


class _Own(NamedTuple):
    """The article that is being resolved: the path of its file, its own link if it has one, the
    address where readers find it, and what goes before its ids."""

    path: str
    link: str
    address: str
    prefix: str


def _part_of(own: _Own, part: str) -> str:
    """The address of a part of the article itself. Its own link has the author's ids, but not
    those of the notes, which are made here."""
    if own.link and not part.startswith(_NOTES):
        return _with_part(own.link, quote(part))
    page = "" if own.link else own.address
    if not part:
        return page
    return f"{page}#{own.prefix}{quote(part)}"


def _with_part(address: str, part: str) -> str:
    return f"{address.partition('#')[0]}#{part}" if address and part else address
