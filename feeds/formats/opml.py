"""OPML 2.0 (http://opml.org/spec2.opml): the list of all feeds, for readers to subscribe to."""

from collections.abc import Iterable
from dataclasses import dataclass

from feeds.formats import normalize, xmltree


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of the list: its title, its address, and the page for people."""

    title: str
    feed_url: str
    page_url: str


def render_opml(title: str, items: Iterable[Outline]) -> bytes:
    """A subscription list with the feeds in the order given, and no date of its making.

    ``type`` is "rss" for Atom too, as the specification has it. A body must hold at least one
    outline: raises ValueError for an empty list.
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
        message = "an OPML document needs at least one feed"
        raise ValueError(message)
    return xmltree.document(root)
