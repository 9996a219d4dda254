"""Extends feedgen with what it cannot write, for entries and for a feed's head.

feedgen drops the relations and titles of an entry's links, groups single images, changes the
process's locale for each RSS date, and knows neither archives nor tombstones. The extensions
write these into its element trees, in Atom without a prefix and in RSS with one.
"""

import re
from datetime import datetime

from feedgen.ext.base import BaseEntryExtension, BaseExtension

from feeds.formats import normalize, podcast, xmltree
from feeds.formats.head_links import head_links
from feeds.formats.xmltree import (
    ATOM,
    CONTENT,
    DC,
    HISTORY,
    MEDIA,
    TOMBSTONES,
    XML_LANG,
    Element,
    add,
)
from feeds.model import Enclosure, Entry, Feed, Format, Image, Related, Source, Translation

# Every head declares the namespaces of entries, so that the entries' bytes need not.
ENTRY_NAMESPACES: dict[Format, dict[str, str]] = {
    "rss": {"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA},
    "atom": {"media": MEDIA},
    "json": {},
}

_RELATIVE = re.compile(r"(?:\.\./)*[a-z][a-z0-9.-]*")

_PLAIN_IN_RSS = ("title", "category", "source", f"{{{DC}}}creator", f"{{{MEDIA}}}title")
_PLAIN_IN_CHANNEL = ("title", "description", "category", "copyright", f"{{{DC}}}creator")


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Adds the parts of an entry that feedgen drops; set ``entry`` before rendering."""

    entry: Entry

    def extend_atom(self, element: Element) -> Element:
        """Complete an ``entry`` that feedgen made (RFC 4287, section 4.1.2)."""
        entry = self.entry
        _set_moment(element, "updated", entry.updated)
        _set_moment(element, "published", entry.published)
        for alternate in element.iterchildren("link"):
            alternate.set("rel", "alternate")
        if tag := normalize.language(entry.language):
            element.set(XML_LANG, tag)
        for translation in entry.translations:
            _add_translation(element, translation)
        for related in entry.related:
            _add_related(element, related)
        if via := normalize.uri(entry.via):
            add(element, "link", "", (("rel", "via"), ("href", via)))
        for enclosure in entry.enclosures:
            _add_enclosure(element, enclosure, entry.language)
        if entry.source:
            _add_source(element, entry.source, entry.updated)
        for image in entry.images:
            _add_image(element, image)
        return element

    def extend_rss(self, element: Element) -> Element:
        """Complete an ``item`` that feedgen made (RSS Advisory Board's profile)."""
        entry = self.entry
        add(element, "pubDate", normalize.rfc822(entry.published))
        if entry.updated > entry.published:
            add(element, f"{{{ATOM}}}updated", normalize.rfc3339(entry.updated))
        for author in entry.authors:
            if name := normalize.line(author.name):
                add(element, f"{{{DC}}}creator", name)
        if tag := normalize.language(entry.language):
            add(element, f"{{{DC}}}language", tag)
        for image in entry.images:
            _add_image(element, image)
        # feedparser takes a picture's title after the source for the item's own.
        for source in list(element.iterchildren("source")):
            element.append(source)
        for plain in element.iter(*_PLAIN_IN_RSS):
            xmltree.escape_as_references(plain)
        return element


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Adds the parts of a feed's head that feedgen drops; set both attributes first."""

    feed: Feed
    file_format: Format

    def extend_ns(self) -> dict[str, str]:
        """The namespaces of entries, and those that this feed's head needs.

        The W3C validator warns about namespaces that it does not know, such as tombstones:
        declare them only if used.
        """
        namespaces = dict(ENTRY_NAMESPACES[self.file_format])
        if self.feed.archive:
            namespaces["fh"] = HISTORY
        if self.feed.tombstones and self.file_format == "atom":
            namespaces["at"] = TOMBSTONES
        if self.feed.podcast and self.file_format == "rss":
            namespaces |= podcast.NAMESPACES
        return namespaces

    def extend_atom(self, root: Element) -> Element:
        """Complete a ``feed`` that feedgen made."""
        _set_moment(root, "updated", self.feed.updated)
        self._extend_both(root, root)
        for stone in self.feed.tombstones:
            when = normalize.rfc3339(stone.when)
            ref = normalize.clean(stone.id)
            add(root, f"{{{TOMBSTONES}}}deleted-entry", "", (("ref", ref), ("when", when)))
        return root

    def extend_rss(self, root: Element) -> Element:
        """Complete an ``rss`` that feedgen made."""
        channel = root[0]
        for rel, url, kind in head_links(self.feed, "rss"):
            if rel != "self":  # feedgen writes this one itself
                attributes = (("rel", rel), ("href", url), ("type", kind))
                add(channel, f"{{{ATOM}}}link", "", attributes)
        if author := normalize.line(self.feed.author):
            add(channel, f"{{{DC}}}creator", author)
        if self.feed.podcast:
            podcast.extend_channel(channel, self.feed.podcast)
        self._extend_both(root, channel)
        for plain in channel.iter(*_PLAIN_IN_CHANNEL):
            xmltree.escape_as_references(plain)
        return root

    def _extend_both(self, root: Element, parent: Element) -> None:
        if self.feed.archive:
            add(parent, f"{{{HISTORY}}}archive")
        if sheet := _stylesheet(self.feed.stylesheet):
            xmltree.add_stylesheet(root, sheet)


def _stylesheet(address: str) -> str:
    """A relative address stays relative: it works under any host name of the server."""
    return address if _RELATIVE.fullmatch(address) else normalize.uri(address)


def _set_moment(element: Element, tag: str, moment: datetime) -> None:
    """Replace feedgen's offset in a date with ``Z``, as in JSON Feed."""
    for child in element.iterchildren(tag):
        child.text = normalize.rfc3339(moment)


def _add_translation(element: Element, translation: Translation) -> None:
    """A related link with a language. newsboat would take the last of several alternate links
    (RFC 4287, section 4.1.2) for the entry's own address."""
    url, hreflang = normalize.uri(translation.url), normalize.language(translation.language)
    if url and hreflang:
        attributes = (("rel", "related"), ("href", url), ("hreflang", hreflang))
        add(element, "link", "", attributes)


def _add_related(element: Element, related: Related) -> None:
    if url := normalize.uri(related.url):
        title = normalize.line(related.title)
        hreflang = normalize.language(related.language)
        attributes = (("rel", "related"), ("href", url), ("title", title), ("hreflang", hreflang))
        add(element, "link", "", attributes)


def _add_enclosure(element: Element, enclosure: Enclosure, language: str) -> None:
    """A link to a file to download (RFC 4287, section 4.2.7.2)."""
    if url := normalize.uri(enclosure.url):
        attributes = (
            ("rel", "enclosure"),
            ("href", url),
            ("type", normalize.media_type(enclosure.media_type) or normalize.ANY_TYPE),
            ("length", str(normalize.size(enclosure.length) or "")),
            ("title", normalize.line(enclosure.title)),
            ("hreflang", normalize.language(language)),
        )
        add(element, "link", "", attributes)


def _add_source(element: Element, source: Source, updated: datetime) -> None:
    """An atom:source (RFC 4287, section 4.2.11), which must have an id and a date.

    The id of the publication's own feed is not known, so a URL is used: its site's, else its
    feed's.
    """
    feed = normalize.uri(source.feed)
    url = normalize.uri(source.url) or feed
    if not url:
        return
    part = add(element, "source")
    add(part, "id", url if url.count("/") > 2 else url + "/")
    add(part, "title", normalize.line(source.name) or url)
    add(part, "updated", normalize.rfc3339(updated))
    if url != feed:
        add(part, "link", "", (("rel", "alternate"), ("href", url)))
    if feed:
        add(part, "link", "", (("rel", "self"), ("href", feed)))


def _add_image(element: Element, image: Image) -> None:
    """A media:content (Media RSS 1.5.1) of its own: a group would mean "the same picture"."""
    url = normalize.uri(image.url)
    if not url:
        return
    attributes = (
        ("url", url),
        ("type", normalize.media_type(image.media_type)),
        ("medium", "image"),
        ("width", str(normalize.pixels(image.width) or "")),
        ("height", str(normalize.pixels(image.height) or "")),
    )
    content = add(element, f"{{{MEDIA}}}content", "", attributes)
    if title := normalize.line(image.title):
        add(content, f"{{{MEDIA}}}title", title, (("type", "plain"),))
