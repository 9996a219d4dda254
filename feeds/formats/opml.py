"""Renders the list of all feeds as OPML 2.0 (http://opml.org/spec2.opml)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feeds.formats import normalize, xmltree
from feeds.formats.xmltree import Element


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed in the list: its title, its URL and its page for people."""

    title: str
    feed_url: str
    page_url: str


class Group(NamedTuple):
    """Feeds that belong together, which readers show as a folder."""

    title: str
    items: Sequence[Outline]


def render_opml(title: str, items: Iterable[Outline | Group]) -> bytes:
    """A subscription list in the given order, without a creation date. A group without feeds is
    left out.

    ``type`` is "rss" for Atom too, as specified. Raises ValueError for an empty list: a body
    needs at least one outline.
    """
    root = xmltree.new("opml")
    root.set("version", "2.0")
    head = xmltree.add(root, "head")
    xmltree.add(head, "title", normalize.line(title))
    body = xmltree.add(root, "body")
    for item in items:
        if isinstance(item, Outline):
            _add_feed(body, item)
        elif item.items:
            name = normalize.line(item.title)
            folder = xmltree.add(body, "outline", "", (("text", name), ("title", name)))
            for feed in item.items:
                _add_feed(folder, feed)
    if not len(body):
        raise ValueError("an OPML document needs at least one feed")
    return xmltree.document(root)


def _add_feed(parent: Element, feed: Outline) -> None:
    name = normalize.line(feed.title) or normalize.uri(feed.feed_url)
    attributes = (
        ("type", "rss"),
        ("text", name),
        ("title", name),
        ("htmlUrl", normalize.uri(feed.page_url)),
        ("xmlUrl", normalize.uri(feed.feed_url)),
    )
    xmltree.add(parent, "outline", "", attributes)
