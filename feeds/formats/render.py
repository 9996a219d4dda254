"""Renders a feed and its entries as RSS 2.0, Atom 1.0 and JSON Feed 1.1.

An entry is rendered once per format and its bytes are kept; a feed is its head plus the kept
entries. Pure: no clock, the same bytes in any time zone, locale and hash order.
"""

import html
from collections.abc import Sequence

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from feedgen.version import version_str as feedgen_version

from feeds.formats import jsonfeed, normalize, podcast, xmltree
from feeds.formats.feedgen_extension import ENTRY_NAMESPACES, EntryExtension, FeedExtension
from feeds.formats.head_links import head_links
from feeds.formats.xmltree import Element
from feeds.model import Category, Enclosure, Entry, Feed, Format

GENERATOR = "Feedmill"
"""Without a version: an upgrade must not change the bytes of unchanged feeds."""

TTL_MINUTES = 60

ENTRY_VERSION = 4
"""Increase it with each change to the bytes of an entry; a test checks this."""

RENDERER_VERSION = f"{ENTRY_VERSION}/feedgen-{feedgen_version}/lxml-{xmltree.VERSION}"
"""Kept entries of another version must be rendered again."""

_RSS_ICON_EXTENSIONS = frozenset({"gif", "jpeg", "jpg", "png"})


def render_entry(entry: Entry, file_format: Format, *, is_podcast: bool = False) -> bytes:
    """One ``<item>``, ``<entry>`` or JSON object, the same in every feed; in the RSS of a podcast
    with the tags of an episode.

    The bytes depend on ``entry`` alone. The XML uses prefixes that the heads of
    ``render_feed`` declare.
    """
    if file_format == "json":
        return jsonfeed.render_item(entry)
    if file_format == "rss":
        item, namespaces = _rss_item(entry), ENTRY_NAMESPACES["rss"]
        if is_podcast:
            namespaces = namespaces | podcast.NAMESPACES
            if enclosure := _enclosure(entry):
                podcast.extend_item(item, entry, enclosure)
        outer = xmltree.new("rss", namespaces)
        return xmltree.fragment(item, outer, xmltree.add(outer, "channel"))
    outer = xmltree.new("feed", ENTRY_NAMESPACES["atom"])
    return xmltree.fragment(_atom_entry(entry), outer, outer)


def render_feed(feed: Feed, entries: Sequence[bytes], file_format: Format) -> bytes:
    """A whole document: the head of ``feed`` with ``entries`` (see ``render_entry``) in order."""
    return splice(render_head(feed, file_format), entries, file_format)


def render_head(feed: Feed, file_format: Format) -> bytes:
    """The document of ``feed`` without any entry."""
    return _HEADS[file_format](feed)


def splice(head: bytes, entries: Sequence[bytes], file_format: Format) -> bytes:
    """``head`` with ``entries`` in order."""
    end, start, between = _SEAMS[file_format]
    cut = head.rindex(end)
    return head[:cut] + (start + between.join(entries) if entries else b"") + head[cut:]


def _feed_entry(entry: Entry) -> FeedEntry:
    """A feedgen entry with what it does correctly in both formats, and the extension."""
    made = FeedEntry()
    made.register_extension("feedmill", EntryExtension)
    made.feedmill.entry = entry
    made.id(normalize.clean(entry.id))
    made.title(normalize.line(entry.title) or normalize.clean(entry.id))
    if link := normalize.uri(entry.link):
        made.link(href=link, rel="alternate")
    for category in entry.categories:
        made.category(_category(category))
    return made


def _category(category: Category) -> dict[str, str]:
    """A category for feedgen; one without any text gets "-"."""
    label = normalize.line(category.label) or normalize.line(category.term) or "-"
    values = {"term": normalize.line(category.term) or label, "label": label}
    if scheme := normalize.uri(category.scheme):
        values["scheme"] = scheme
    return values


def _atom_entry(entry: Entry) -> Element:
    made = _feed_entry(entry)
    made.updated(entry.updated)
    made.published(entry.published)
    for author in entry.authors:
        if name := normalize.line(author.name):
            email, url = normalize.email(author.email), normalize.uri(author.url)
            made.author(name=name, email=email, uri=url)
    summary = normalize.clean(entry.summary)
    content = normalize.clean(entry.content_html)
    if summary.strip():
        made.summary(summary)
    if content.strip():
        made.content(content, type="html")
    elif not summary.strip() or not normalize.uri(entry.link):
        # An entry needs content or a link (RFC 4287, section 4.1.2), and some text.
        made.content(summary if summary.strip() else made.title(), type="text")
    element: Element = made.atom_entry()
    return element


def _rss_item(entry: Entry) -> Element:
    made = _feed_entry(entry)
    summary = normalize.clean(entry.summary)
    content = normalize.clean(entry.content_html)
    if summary.strip():
        # The profile: a description holds HTML.
        made.description(html.escape(summary, quote=False), isSummary=True)
    if content.strip():
        made.content(content, type="html")
    if enclosure := _enclosure(entry):
        made.enclosure(
            normalize.uri(enclosure.url),
            str(normalize.size(enclosure.length)),
            normalize.media_type(enclosure.media_type) or normalize.ANY_TYPE,
        )
    # Its url is the address of the feed that the item came from (RSS 2.0).
    if entry.source and (url := normalize.uri(entry.source.feed)):
        made.source(url=url, title=normalize.line(entry.source.name) or url)
    element: Element = made.rss_entry()
    return element


def _enclosure(entry: Entry) -> Enclosure | None:
    """The item's one enclosure (RSS profile): the first sound or film, else the first of all."""
    found = [item for item in entry.enclosures if normalize.uri(item.url)]
    return next((item for item in found if item.is_played), found[0] if found else None)


def _generator(feed: Feed, file_format: Format) -> FeedGenerator:
    made = FeedGenerator()
    made.register_extension("feedmill", FeedExtension)
    made.feedmill.feed = feed
    made.feedmill.file_format = file_format
    made.id(normalize.clean(feed.id))
    made.title(normalize.line(feed.title) or normalize.clean(feed.id))
    made.updated(feed.updated)
    made.generator(GENERATOR)
    if tag := normalize.language(feed.language):
        made.language(tag)
    if feed.category:
        made.category(_category(feed.category))
    if rights := normalize.line(feed.copyright):
        made.rights(rights)  # in RSS the copyright
    for rel, url, kind in head_links(feed, file_format):
        made.link(href=url, rel=rel, **({"type": kind} if kind else {}))
    # Last, because feedgen takes RSS's only <link> from the last link of any relation.
    made.link(href=normalize.uri(feed.home), rel="alternate", type="text/html")
    return made


def _atom_head(feed: Feed) -> bytes:
    made = _generator(feed, "atom")
    made.author(name=normalize.line(feed.author) or made.title(), email=_author_email(feed))
    if description := normalize.line(feed.description):
        made.subtitle(description)
    if icon := normalize.uri(feed.icon):
        made.icon(icon)
        made.logo(icon)
    return bytes(made.atom_str(pretty=True))


def _rss_head(feed: Feed) -> bytes:
    made = _generator(feed, "rss")
    if feed.podcast:
        podcast.fill_channel(made, feed.podcast)
    made.description(normalize.line(feed.description) or made.title())
    if feed.editor and (email := normalize.email(feed.editor.email)):
        name = normalize.line(feed.editor.name)
        made.managingEditor(f"{email} ({name})" if name else email)
    if not feed.archive:
        made.ttl(TTL_MINUTES)
    icon = normalize.uri(feed.icon)
    if icon and _fits_rss_image(icon):
        made.image(url=icon, title=made.title(), link=normalize.uri(feed.home))
    return bytes(made.rss_str(pretty=True))


def _author_email(feed: Feed) -> str | None:
    """The editor's, if the editor is the feed's author or has no other name."""
    if not feed.editor or normalize.line(feed.editor.name) not in ("", normalize.line(feed.author)):
        return None
    return normalize.email(feed.editor.email) or None


def _fits_rss_image(url: str) -> bool:
    """Whether ``url`` may be RSS's image, which is GIF, JPEG or PNG only (RSS 2.0)."""
    name = url.partition("?")[0].rpartition("/")[2]
    return "." not in name or name.rpartition(".")[2].lower() in _RSS_ICON_EXTENSIONS


_HEADS = {"rss": _rss_head, "atom": _atom_head, "json": jsonfeed.render_head}
# Where entries are inserted: before what, what comes before the first, and between two.
_SEAMS = {
    "rss": (b"\n  </channel>", b"\n    ", b"\n    "),
    "atom": (b"\n</feed>", b"\n  ", b"\n  "),
    "json": (b"\n]\n}\n", b"", b",\n"),
}
