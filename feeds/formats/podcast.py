"""What only podcasts' RSS says, in the tags of iTunes and of Podcasting 2.0.

Apple: https://podcasters.apple.com/support/823-podcast-requirements. Podcasting 2.0:
https://podcastindex.org/namespace/1.0. feedgen writes what it can; it knows neither the words true
and false nor pictures by other names than .jpg and .png, and nothing of Podcasting 2.0.
"""

import uuid
from typing import Any, Final
from urllib.parse import urlsplit

from feeds.formats import normalize
from feeds.formats.xmltree import Element, add
from feeds.model import Enclosure, Entry, Episode, Podcast

ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST: Final = "https://podcastindex.org/namespace/1.0"
NAMESPACES: Final = {"itunes": ITUNES, "podcast": PODCAST}

REQUIRED: Final = (
    *(f"{{{ITUNES}}}{name}" for name in ("author", "category", "explicit", "image", "type")),
    *(f"{{{PODCAST}}}{name}" for name in ("guid", "locked")),
    "language",
)
"""What a podcast's channel must have, beside what every channel has."""

_GUIDS: Final = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_TRANSCRIPTS: Final = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "json": "application/json",
    "txt": "text/plain",
}
# The type that Apple's list has for what others call audio/mp4.
_APPLES = {"audio/mp4": "audio/x-m4a"}
_COVERS = (".jpg", ".jpeg", ".png")


def guid_of(feed_url: str) -> str:
    """The podcast:guid of the feed at this address: UUIDv5, without scheme and last slashes."""
    return str(uuid.uuid5(_GUIDS, feed_url.partition("://")[2].rstrip("/")))


def fill_channel(made: Any, podcast: Podcast) -> None:
    """What feedgen can write of a channel; ``made`` is a FeedGenerator."""
    made.load_extension("podcast", atom=False)
    made.podcast.itunes_author(normalize.line(podcast.author))
    made.podcast.itunes_category([{"cat": cat, "sub": sub} for cat, sub in podcast.categories])
    made.podcast.itunes_type(podcast.kind)
    if email := normalize.email(podcast.owner_email):
        name = normalize.line(podcast.owner_name) or normalize.line(podcast.author)
        made.podcast.itunes_owner(name=name, email=email)


def extend_channel(channel: Element, podcast: Podcast) -> None:
    """What feedgen cannot."""
    add(channel, f"{{{ITUNES}}}image", "", (("href", normalize.uri(podcast.cover)),))
    add(channel, f"{{{ITUNES}}}explicit", _word(podcast.is_explicit))
    add(channel, f"{{{PODCAST}}}guid", podcast.guid)
    owner = (("owner", normalize.email(podcast.owner_email)),)
    add(channel, f"{{{PODCAST}}}locked", "yes" if podcast.is_locked else "no", owner)


def extend_item(item: Element, entry: Entry, enclosure: Enclosure) -> None:
    """The tags of an episode, whose one enclosure in RSS is ``enclosure``."""
    for element in item.iterchildren("enclosure"):
        element.set("type", _APPLES.get(element.get("type", ""), element.get("type", "")))
    if seconds := normalize.size(enclosure.duration):
        add(item, f"{{{ITUNES}}}duration", str(seconds))
    if cover := next(filter(_is_cover, (normalize.uri(i.url) for i in entry.images)), ""):
        add(item, f"{{{ITUNES}}}image", "", (("href", cover),))
    if entry.episode:
        _extend_with(item, entry.episode)


def _extend_with(item: Element, episode: Episode) -> None:
    for name, number in (("season", episode.season), ("episode", episode.number)):
        if number:
            add(item, f"{{{ITUNES}}}{name}", str(number))
            add(item, f"{{{PODCAST}}}{name}", str(number))
    if episode.kind:
        add(item, f"{{{ITUNES}}}episodeType", episode.kind)
    if episode.is_explicit is not None:
        add(item, f"{{{ITUNES}}}explicit", _word(episode.is_explicit))
    if url := normalize.uri(episode.chapters):
        kind = ("type", "application/json+chapters")
        add(item, f"{{{PODCAST}}}chapters", "", (("url", url), kind))
    for url in filter(None, map(normalize.uri, episode.transcripts)):
        extension = urlsplit(url).path.rpartition(".")[2].lower()
        kind = ("type", _TRANSCRIPTS.get(extension, "text/html"))
        add(item, f"{{{PODCAST}}}transcript", "", (("url", url), kind))


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _is_cover(url: str) -> bool:
    return urlsplit(url).path.lower().endswith(_COVERS)
