"""Where readers find the files that articles show, with their sizes and media types."""

import re
from dataclasses import replace
from typing import NamedTuple

from feeds.model import Enclosure, Image
from worker.config.model import Config
from worker.core.deferred import MEDIA_KINDS, Deferred, parse
from worker.media.kinds import MEDIA_TYPES, is_picture
from worker.store.database import Database
from worker.store.public_files import MediaKey, MediaTable

_SIZED = re.compile(r" (?:width|height)=")


class PublishedMedia(NamedTuple):
    """A file as readers see it; sizes in pixels, None if unknown."""

    url: str
    extension: str
    media_type: str
    bytes: int
    width: int | None
    height: int | None


class MediaAddresses:
    """Looks them up in the table ``media``; asks no file."""

    def __init__(self, database: Database, config: Config) -> None:
        self._table = MediaTable(database)
        self._site_url = config.site.url
        address = re.escape(f"{config.site.url}media/")
        self._picture = re.compile(rf'<img([^<>]* src="{address}([0-9a-f]{{32}})\.[a-z]+"[^<>]*)>')

    def published(self, named: Deferred | None) -> PublishedMedia | None:
        """The public file of a deferred address of the kinds media and asset; None if there is
        none now."""
        if named is None or named.kind not in MEDIA_KINDS:
            return None
        row = self._table.at(MediaKey(named.kind, named.target))
        if row is None or not row.sha256:
            return None
        url = f"{self._site_url}{row.public_path}"
        kind = MEDIA_TYPES[row.extension]
        return PublishedMedia(url, row.extension, kind, row.size, row.width, row.height)

    def address_of(self, named: Deferred) -> str:
        """The URL of the public file; empty if there is none."""
        found = self.published(named)
        return found.url if found else ""

    def with_sizes(self, html: str) -> str:
        """HTML with resolved addresses, with the sizes of our pictures that have none: so a page
        does not jump when they arrive."""
        return self._picture.sub(self._sized, html) if "/media/" in html else html

    def _sized(self, found: re.Match[str]) -> str:
        attributes, digest = found.groups()
        size = None if _SIZED.search(attributes) else self._table.size_of(digest)
        if size is None:
            return found[0]
        return f'<img{attributes} width="{size[0]}" height="{size[1]}">'

    def image(self, image: Image) -> Image | None:
        """A picture of the front matter with its public address, if it has one; None for what is
        no picture."""
        found = self.published(parse(image.url))
        if found is None:
            return image
        if not is_picture(found.extension):
            return None
        return Image(
            found.url,
            image.width or found.width,
            image.height or found.height,
            image.title,
            found.media_type,
        )

    def enclosure(self, enclosure: Enclosure) -> Enclosure:
        """An enclosure of ours with its public address, and with type and length of the file."""
        found = self.published(parse(enclosure.url))
        if found is None:
            return enclosure
        return replace(enclosure, url=found.url, media_type=found.media_type, length=found.bytes)
