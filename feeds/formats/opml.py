"""Renders the list of all feeds as OPML 2.0 (http://opml.org/spec2.opml)."""

from collections.abc import Iterable
from dataclasses import dataclass

from feeds.formats import normalize, xmltree


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed in the list: its title, its URL and its page for people."""

    title: str
    feed_url: str
    page_url: str


def render_opml(title: str, items: Iterable[Outline]) -> bytes:
    """A subscription list with the feeds in the given order and no creation date.

    ``type`` is "rss" for Atom too, as specified. Raises ValueError for an empty list: a body
    needs at least one outline.
    """
    root = xmltree.new("opml")
    root.set("version", "2.0")
    head = xmltree.add(root, "head")
    xmltree.add(head, "title", normalize.line(title))
    body = xmltree.add(root, "body")
    for item in items:
        name = normalize.line(item.title) or normalize.uri(item.feed_url)
        attributes = (
            ("type", "rss"),
            ("text", name),
            ("title", name),
            ("htmlUrl", normalize.uri(item.page_url)),
            ("xmlUrl", normalize.uri(item.feed_url)),
        )
        xmltree.add(body, "outline", "", attributes)
    if not len(body):
        raise ValueError("an OPML document needs at least one feed")
    return xmltree.document(root)
