"""What only podcasts' RSS says, in the tags of iTunes and of Podcasting 2.0.

Apple: https://podcasters.apple.com/support/823-podcast-requirements. Podcasting 2.0:
https://podcastindex.org/namespace/1.0. docs/podcasts.md lists the rules. feedgen
writes what it can; it knows neither the words true and false nor pictures by other names than .jpg
and .png, and nothing of Podcasting 2.0.
"""

import uuid
from typing import Any, Final
from urllib.parse import urlsplit

from feeds.formats import normalize
from feeds.formats.xmltree import Element, add
from feeds.model import Enclosure, Entry, Episode, Image, Podcast

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
ENCLOSURES: Final = {
    "m4a": "audio/x-m4a",
    "mp3": "audio/mpeg",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "m4v": "video/x-m4v",
    "pdf": "application/pdf",
}
"""The extensions and media types of the enclosures that Apple takes."""

# Common names of these types.
_APPLES: Final = {
    **dict.fromkeys(("audio/mp3", "audio/x-mp3", "audio/x-mpeg"), "audio/mpeg"),
    **dict.fromkeys(("audio/mp4", "audio/m4a"), "audio/x-m4a"),
    "video/m4v": "video/x-m4v",
}
_COVERS = (".jpg", ".jpeg", ".png")
_LEAST_COVER, _MOST_COVER = 1400, 3000  # pixels of each side


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
    if cover := next(filter(None, map(_cover, entry.images)), ""):
        add(item, f"{{{ITUNES}}}image", "", (("href", cover),))
    if entry.episode:
        _extend_with(item, entry.episode, normalize.language(entry.language))


def _extend_with(item: Element, episode: Episode, language: str) -> None:
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
        # Without it, the language of the feed counts.
        add(item, f"{{{PODCAST}}}transcript", "", (("url", url), kind, ("language", language)))


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _cover(image: Image) -> str:
    """The picture's address; "" if it is known not to be what Apple asks of artwork."""
    url = normalize.uri(image.url)
    is_one = urlsplit(url).path.lower().endswith(_COVERS)
    return url if is_one and has_cover_size(image.width, image.height) else ""


def has_cover_size(width: int | None, height: int | None) -> bool:
    """Is it square and neither too small nor too large for Apple? True if it is unknown."""
    if not (width and height):
        return True
    return width == height and _LEAST_COVER <= width <= _MOST_COVER
