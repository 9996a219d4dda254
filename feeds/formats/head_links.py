"""The media types of feeds, and the links in a feed's head in any format."""

from typing import NamedTuple

from feeds.formats import normalize
from feeds.model import Feed, Format

MEDIA_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


class HeadLink(NamedTuple):
    """A link of a feed; ``media_type`` is empty if the target's type is unknown."""

    rel: str
    url: str
    media_type: str


def head_links(feed: Feed, file_format: Format) -> tuple[HeadLink, ...]:
    """A feed's links to itself, to its hub and to its history.

    Relations: self (RFC 4287, section 4.2.7.2), hub (WebSub, section 4), current,
    prev-archive and next-archive (RFC 5005, section 4).
    """
    kind = MEDIA_TYPES[file_format]
    links = [HeadLink("self", feed.url(feed.key, file_format), kind)]
    if hub := normalize.uri(feed.hub):
        links.append(HeadLink("hub", hub, ""))
    for rel, key in (
        ("current", feed.current),
        ("prev-archive", feed.prev_archive),
        ("next-archive", feed.next_archive),
    ):
        if key:
            links.append(HeadLink(rel, feed.url(key, file_format), kind))
    return tuple(links)
