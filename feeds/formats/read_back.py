"""Reads rendered documents and entries back: what the audit looks at.

Does not trust the renderer: it knows only the specifications. ``READERS`` read a whole document,
``read_entry`` an entry that is in none yet, and ``split`` finds what was put together of what.
Each raises ValueError, KeyError, TypeError or AttributeError for what cannot be read.
"""

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from feeds.formats import podcast, xmltree
from feeds.formats.feedgen_extension import ENTRY_NAMESPACES
from feeds.formats.jsonfeed import VERSION
from feeds.formats.xmltree import ATOM, CONTENT, TOMBSTONES, Element
from feeds.model import Format

_A = f"{{{ATOM}}}"
_TYPE = "[^/ ]+/[^/ ]+"
_ENTRY = {"rss": b"item", "atom": b"entry"}
_ID = {
    "rss": re.compile(rb"<guid[^>]*>([^<]*)</guid>"),
    "atom": re.compile(rb"<id>([^<]*)</id>"),
}


@dataclass(slots=True)
class Item:
    """One entry as read from the bytes; ``missing`` names required elements that it lacks."""

    id: str
    published: str
    updated: str
    html: tuple[str, ...]
    urls: tuple[str, ...]
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Document:
    """A feed as read from its bytes; ``id`` and ``updated`` are empty if it has none."""

    updated: str
    links: set[tuple[str, str]]
    urls: tuple[str, ...]
    items: list[Item]
    missing: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    id: str = ""
    tags: tuple[str, ...] = ()


class Split(NamedTuple):
    """A document without its entries, and their ids in order."""

    head: object
    ids: list[str]


def split(data: bytes, file_format: Format) -> Split:
    """What a document is put together of, without a tree of it.

    XML is parsed by another parser than the one that wrote it, and has no comments and no CDATA:
    so its tags can be found as bytes.
    """
    if file_format == "json":
        document = json.loads(data)
        return Split(document | {"items": []}, [item["id"] for item in document["items"]])
    xmltree.check(data)
    name = _ENTRY[file_format]
    *parts, end = data.split(b"</" + name + b">")
    head, ids = b"", list[str]()
    for part in parts:
        before, start, entry = part.partition(b"<" + name)
        found = _ID[file_format].search(entry)
        if not start or not found or b"<" + name in entry or (ids and before.strip()):
            raise ValueError(f"entry {len(ids) + 1} is not put together as the others are")
        head = head or before.rstrip()
        ids.append(html.unescape(found[1].decode()))
    return Split(head + end, ids)


def read_entry(body: bytes, file_format: Format, *, is_podcast: bool = False) -> Item:
    """One entry of its own, with the namespaces that a feed's head declares."""
    if file_format == "json":
        return _read_object(json.loads(body))
    if file_format == "rss":
        start, end = _FRAMES["podcast" if is_podcast else "rss"], b"</channel></rss>"
    else:
        start, end = _FRAMES["atom"], b"</feed>"
    root = xmltree.parse(start + body + end)
    parent = root[0] if file_format == "rss" else root
    if len(root) != 1 or len(parent) != 1 or parent.text or parent[0].tail:
        raise ValueError("not one entry")
    if file_format == "rss" and parent[0].tag == "item":
        return _read_item(parent[0])
    if parent[0].tag == f"{_A}entry":
        return _read_entry(parent[0])
    raise ValueError("not an entry")


def _frame(tag: str, namespaces: dict[str, str]) -> bytes:
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items())
    return f"<{tag}{declared}>".encode()


_FRAMES = {
    "rss": _frame("rss", ENTRY_NAMESPACES["rss"]) + b"<channel>",
    "podcast": _frame("rss", ENTRY_NAMESPACES["rss"] | podcast.NAMESPACES) + b"<channel>",
    "atom": _frame(f'feed xmlns="{ATOM}"', ENTRY_NAMESPACES["atom"]),
}


def _read_rss(data: bytes) -> Document:
    root = xmltree.parse(data)
    if root.tag != "rss" or root.get("version") != "2.0" or len(root) != 1:
        raise ValueError("not an RSS 2.0 document")
    channel = root[0]
    heads = [child for child in channel if child.tag != "item"]
    links = [child for child in heads if child.tag == f"{_A}link"]
    values = {child.tag: child.text or "" for child in heads}
    document = Document(
        updated=values.get("lastBuildDate", ""),
        links={(link.get("rel", ""), link.get("href", "")) for link in links},
        urls=(*xmltree.attributes(links, "href"), values.get("link", "")),
        items=[_read_item(item) for item in channel.iterchildren("item")],
        tags=tuple(values),
        missing=_not_once(
            [child.tag for child in heads], ("title", "link", "description", "lastBuildDate")
        ),
    )
    for image in channel.iterchildren("image"):
        if image.findtext("link") != values.get("link"):
            document.missing.append("the channel's own link in its image")
    return document


def _read_item(item: Element) -> Item:
    children = list(item)
    tags = [child.tag for child in children]
    texts = dict(zip(tags, [child.text or "" for child in children], strict=True))
    published = texts.get("pubDate", "")
    link = (texts["link"],) if "link" in texts else ()
    enclosures = [child for child in children if child.tag == "enclosure"]
    missing = _not_once(tags, ("title", "guid", "pubDate"))
    missing += ["the only enclosure"] if len(enclosures) > 1 else []
    for enclosure in enclosures:
        missing += _not_said(enclosure, url=".+", length="[0-9]+", type=_TYPE)
    return Item(
        id=texts.get("guid", ""),
        published=published,
        updated=texts.get(f"{_A}updated", published),
        html=(texts.get("description", ""), texts.get(f"{{{CONTENT}}}encoded", "")),
        urls=(*link, *xmltree.attributes(children, "url", "domain")),
        missing=tuple(missing),
    )


def _read_atom(data: bytes) -> Document:
    root = xmltree.parse(data)
    if root.tag != f"{_A}feed":
        raise ValueError("not an Atom feed")
    heads = [child for child in root if child.tag != f"{_A}entry"]
    links = [child for child in heads if child.tag == f"{_A}link"]
    values = {child.tag: child.text or "" for child in heads}
    required = (f"{_A}id", f"{_A}title", f"{_A}updated", f"{_A}author")
    missing = _not_once([child.tag for child in heads], required)
    return Document(
        id=values.get(f"{_A}id", ""),
        updated=values.get(f"{_A}updated", ""),
        links={(link.get("rel", ""), link.get("href", "")) for link in links},
        urls=xmltree.attributes(links, "href"),
        items=[_read_entry(entry) for entry in root.iterchildren(f"{_A}entry")],
        missing=missing,
        deleted=[
            stone.get("ref", "") for stone in root.iterchildren(f"{{{TOMBSTONES}}}deleted-entry")
        ],
    )


def _read_entry(entry: Element) -> Item:
    children = list(entry)
    tags = [child.tag for child in children]
    texts = dict(zip(tags, [child.text or "" for child in children], strict=True))
    updated = texts.get(f"{_A}updated", "")
    missing = _not_once(tags, (f"{_A}id", f"{_A}title", f"{_A}updated"))
    if f"{_A}content" not in texts and f"{_A}link" not in texts:
        missing.append("content or a link")
    links = [child for child in children if child.tag == f"{_A}link"]
    for link in (link for link in links if link.get("rel") == "enclosure"):
        missing += _not_said(link, href=".+", type=_TYPE)
        missing += _not_said(link, length="[1-9][0-9]*") if link.get("length") else []
    kinds = [link.get("type", "") + link.get("hreflang", "") for link in links if _is_own(link)]
    if len(set(kinds)) < len(kinds):
        missing.append("an alternate link of one type and language")
    return Item(
        id=texts.get(f"{_A}id", ""),
        published=texts.get(f"{_A}published", updated),
        updated=updated,
        html=(texts.get(f"{_A}content", ""),),
        urls=xmltree.attributes(children, "href", "url", "scheme"),
        missing=tuple(missing),
    )


def _is_own(link: Element) -> bool:
    return link.get("rel", "alternate") == "alternate"


def _not_said(element: Element, **wanted: str) -> list[str]:
    """The attributes that an enclosure lacks, or that do not match their patterns."""
    return [
        f"the {name} of an enclosure"
        for name, pattern in wanted.items()
        if not re.fullmatch(pattern, element.get(name, ""))
    ]


def _not_once(found: Sequence[str], wanted: Iterable[str]) -> list[str]:
    return [tag.removeprefix(_A) for tag in wanted if found.count(tag) != 1]


def _read_json(data: bytes) -> Document:
    document: dict[str, Any] = json.loads(data)
    required = ("title", "feed_url", "items")
    missing = [key for key in required if not isinstance(document.get(key), str | list)]
    if document.get("version") != VERSION:
        missing.append("the version of JSON Feed")
    links = {("self", document.get("feed_url", "")), ("prev-archive", document.get("next_url", ""))}
    links |= {("hub", hub["url"]) for hub in document.get("hubs", ())}
    keys = ("home_page_url", "feed_url", "next_url", "icon")
    return Document(
        updated="",
        links=links,
        urls=tuple(str(document[key]) for key in keys if key in document),
        items=[_read_object(item) for item in document["items"]],
        missing=missing,
    )


def _read_object(item: dict[str, Any]) -> Item:
    missing = [key for key in ("id", "date_published", "date_modified") if not item.get(key)]
    if not (item.get("content_html") or item.get("content_text")):
        missing.append("content")
    for attachment in item.get("attachments", ()):
        if not re.fullmatch(_TYPE, attachment.get("mime_type", "")):
            missing.append("the type of an attachment")
        sizes = [attachment.get(name, 1) for name in ("size_in_bytes", "duration_in_seconds")]
        if any(type(size) is not int or size < 1 for size in sizes):
            missing.append("the size of an attachment")
    beyond = item.get("_feedmill", {})
    parts = (*beyond.get("images", ()), *beyond.get("related", ()), *item.get("attachments", ()))
    urls = [item[key] for key in ("url", "image") if key in item]
    return Item(
        id=str(item.get("id", "")),
        published=str(item.get("date_published", "")),
        updated=str(item.get("date_modified", "")),
        html=(str(item.get("content_html", "")),),
        urls=tuple(map(str, (*urls, *(part["url"] for part in parts)))),
        missing=tuple(missing),
    )


READERS = {"rss": _read_rss, "atom": _read_atom, "json": _read_json}
