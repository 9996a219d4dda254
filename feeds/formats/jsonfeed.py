"""Renders JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), one item per line.

Keys have a fixed order and empty values are omitted, so that bytes change only with content.
"""

import json
from collections.abc import Mapping

from feeds.formats import normalize
from feeds.model import Enclosure, Entry, Feed, Image, Person, Source

VERSION = "https://jsonfeed.org/version/1.1"

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def render_item(entry: Entry) -> bytes:
    """One item's object, on one line."""
    summary = normalize.clean(entry.summary)
    content = normalize.clean(entry.content_html)
    title = normalize.line(entry.title) or normalize.clean(entry.id)
    images = [image for image in entry.images if normalize.uri(image.url)]
    item = {
        "id": normalize.clean(entry.id),
        "url": normalize.uri(entry.link),
        "title": title,
        "content_html": content if content.strip() else "",
        # One of the two contents is required, even if an article has only a title.
        "content_text": "" if content.strip() else (summary if summary.strip() else title),
        "summary": summary if summary.strip() else "",
        "image": normalize.uri(images[0].url) if images else "",
        "date_published": normalize.rfc3339(entry.published),
        "date_modified": normalize.rfc3339(entry.updated),
        "authors": [_author(author) for author in entry.authors if normalize.line(author.name)],
        "tags": [
            label for category in entry.categories if (label := normalize.line(category.label))
        ],
        "language": normalize.language(entry.language),
        "attachments": [
            *(_download(item) for item in entry.enclosures if normalize.uri(item.url)),
            *(_attachment(image) for image in images[1:] if normalize.media_type(image.media_type)),
        ],
        "_feedmill": _nonempty(_extension(entry, images)),
    }
    return _line(_nonempty(item))


def render_head(feed: Feed) -> bytes:
    """A whole feed without any item."""
    author = normalize.line(feed.author)
    title = normalize.line(feed.title) or normalize.clean(feed.id)
    hub = normalize.uri(feed.hub)
    head = {
        "version": VERSION,
        "title": title,
        "home_page_url": normalize.uri(feed.home),
        "feed_url": feed.url(feed.key, "json"),
        "description": normalize.line(feed.description),
        "next_url": feed.url(feed.prev_archive, "json") if feed.prev_archive else "",
        "icon": normalize.uri(feed.icon),
        "authors": [{"name": author}] if author else [],
        "language": normalize.language(feed.language),
        "hubs": [{"type": "WebSub", "url": hub}] if hub else [],
    }
    lines = [_line(name) + b":" + _line(value) for name, value in _nonempty(head).items()]
    return b"{\n" + b",\n".join(lines) + b',\n"items":[\n\n]\n}\n'


def _line(value: object) -> bytes:
    return _ENCODER.encode(value).encode()


def _nonempty(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value}


def _author(author: Person) -> dict[str, object]:
    email = normalize.email(author.email)
    url = normalize.uri(author.url) or (f"mailto:{email}" if email else "")
    return _nonempty({"name": normalize.line(author.name), "url": url})


def _image(image: Image) -> dict[str, object]:
    return _nonempty(
        {
            "url": normalize.uri(image.url),
            "width": normalize.pixels(image.width),
            "height": normalize.pixels(image.height),
            "title": normalize.line(image.title),
        }
    )


def _download(enclosure: Enclosure) -> dict[str, object]:
    return _nonempty(
        {
            "url": normalize.uri(enclosure.url),
            "mime_type": normalize.media_type(enclosure.media_type) or normalize.ANY_TYPE,
            "title": normalize.line(enclosure.title),
            "size_in_bytes": normalize.size(enclosure.length),
            "duration_in_seconds": normalize.size(enclosure.duration),
        }
    )


def _attachment(image: Image) -> dict[str, object]:
    title = normalize.line(image.title)
    return _nonempty(
        {"url": normalize.uri(image.url), "mime_type": image.media_type, "title": title}
    )


def _extension(entry: Entry, images: list[Image]) -> dict[str, object]:
    """Values that Atom has and JSON Feed has no key for; extensions begin with "_"."""
    source = entry.source or Source("")
    named = {
        "name": normalize.line(source.name),
        "url": normalize.uri(source.url),
        "feed_url": normalize.uri(source.feed),
    }
    return {
        "source": _nonempty(named),
        "via": normalize.uri(entry.via),
        "images": [_image(image) for image in images],
        "related": [
            _nonempty(
                {
                    "url": normalize.uri(related.url),
                    "title": normalize.line(related.title),
                    "language": normalize.language(related.language),
                }
            )
            for related in entry.related
            if normalize.uri(related.url)
        ],
    }
