"""Reads a rendered feed back and refuses to publish a broken one.

It does not trust the renderer: it knows only the specifications, the feed's model and the
expected ids.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from feeds.errors import AuditError
from feeds.formats import normalize, xmltree
from feeds.formats.head_links import head_links
from feeds.formats.jsonfeed import VERSION
from feeds.formats.podcast import REQUIRED
from feeds.formats.xmltree import ATOM, CONTENT, TOMBSTONES, Element
from feeds.model import Feed, Format

_A = f"{{{ATOM}}}"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_TYPE = "[^/ ]+/[^/ ]+"
_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
_XML_ONLY = frozenset({"current", "next-archive"})  # JSON Feed has one link to history only
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")

# Hashes of entries that passed the audit; a few megabytes at most.
MOST_PASSED = 50_000
_passed: set[int] = set()

# A start tag in serialised HTML. Possessive, so that a hostile attribute costs its length once.
_TAG = re.compile(r"""<[a-z][^>"']*+(?:"[^"]*+"[^>"']*+|'[^']*+'[^>"']*+)*+>""", re.IGNORECASE)
_UNSAFE_TAG = re.compile(r"<(?:script|style|iframe|object|embed|form)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*("[^"]*+"|'[^']*+'|[^\s>]*+)""", re.IGNORECASE)
_SCHEME = re.compile(r"(?!javascript:|data:|vbscript:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(slots=True)
class _Item:
    """One entry as read from the bytes; ``missing`` names required elements that it lacks."""

    id: str
    published: str
    updated: str
    html: tuple[str, ...]
    urls: tuple[str, ...]
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class _Document:
    """A feed as read from its bytes; ``id`` and ``updated`` are empty if it has none."""

    updated: str
    links: set[tuple[str, str]]
    urls: tuple[str, ...]
    items: list[_Item]
    missing: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    id: str = ""
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class _Finding:
    rule: str
    entry_id: str = ""

    def __str__(self) -> str:
        return f"entry {self.entry_id}: {self.rule}" if self.entry_id else self.rule


def audit(
    data: bytes, file_format: Format, feed: Feed, expected_ids: Sequence[str], max_bytes: int
) -> None:
    """Check ``data`` as the document of ``feed`` with exactly ``expected_ids``, in order.

    Raises AuditError naming every broken rule: well-formed, complete (RFC 4287; RSS 2.0 and
    its profile; JSON Feed 1.1), unique ids, absolute URLs, dates in order, no control
    characters, no unsafe HTML, not above ``max_bytes``.
    """
    findings = list(_check_bytes(data, max_bytes))
    try:
        document = _READERS[file_format](data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        findings.append(_Finding(f"cannot be read back: {error}"))
    else:
        findings += _check_document(document, feed, file_format)
        findings += _check_ids([item.id for item in document.items], expected_ids)
        findings += _check_items(document.items)
        findings += _check_ages(document)
    if findings:
        suspects = dict.fromkeys(found.entry_id for found in findings if found.entry_id)
        which = f"{feed.key}.{file_format}"
        raise AuditError(which, tuple(map(str, findings)), tuple(suspects))


def _check_bytes(data: bytes, max_bytes: int) -> Iterator[_Finding]:
    if len(data) > max_bytes:
        yield _Finding(f"{len(data)} bytes are more than the {max_bytes} that are allowed")
    if len(data.translate(None, _CONTROLS)) != len(data) or _C1_CONTROLS.search(data):
        yield _Finding("a control character stands in it")


def _check_document(document: _Document, feed: Feed, file_format: Format) -> Iterator[_Finding]:
    for name in document.missing:
        yield _Finding(f"{name} is missing, or not there exactly once")
    if document.id and document.id != feed.id:
        yield _Finding(f"its id is {document.id}, not {feed.id}")
    if feed.podcast and file_format == "rss":
        lost = set(REQUIRED).difference(document.tags)
        yield from (_Finding(f"a podcast's {tag} is missing") for tag in sorted(lost))
    for link in head_links(feed, file_format):
        if file_format == "json" and link.rel in _XML_ONLY:
            continue
        if (link.rel, link.url) not in document.links:
            yield _Finding(f"the link {link.rel} to {link.url} is missing")
    for url in document.urls:
        if not normalize.is_contact_url(url):
            yield _Finding(f"not an absolute URL: {url!r}")
    both = {item.id for item in document.items}.intersection(document.deleted)
    yield from (_Finding("both published and withdrawn", deleted) for deleted in sorted(both))


def _check_ids(found: Sequence[str], expected: Sequence[str]) -> Iterator[_Finding]:
    if list(found) == list(expected):
        if len(set(found)) != len(found):
            yield _Finding("ids are not unique")
        return
    for lost in sorted(set(expected) - set(found)):
        yield _Finding("lost", lost)
    for strange in sorted(set(found) - set(expected)):
        yield _Finding("not expected here", strange)
    if set(found) == set(expected):
        yield _Finding("entries stand in another order, or twice")


def _check_items(items: Iterable[_Item]) -> Iterator[_Finding]:
    """Check each entry once: most entries of a feed are also in its last version and in other
    feeds. A passed entry is remembered by the hash of its content."""
    for item in items:
        mark = hash((item.id, item.published, item.updated, item.html, item.urls, item.missing))
        if mark in _passed:
            continue
        findings = list(_check_item(item))
        if not findings:
            if len(_passed) >= MOST_PASSED:
                _passed.clear()
            _passed.add(mark)
        yield from findings


def _check_item(item: _Item) -> Iterator[_Finding]:
    published, updated = _moment(item.published), _moment(item.updated)
    if published is None or updated is None:
        yield _Finding(f"not a date: {item.published!r} or {item.updated!r}", item.id)
    elif published > updated:
        yield _Finding(f"published {item.published}, after its update", item.id)
    for name in item.missing:
        yield _Finding(f"{name} is missing, or not there exactly once", item.id)
    for url in item.urls:
        if not normalize.is_contact_url(url):
            yield _Finding(f"not an absolute URL: {url!r}", item.id)
    for text in item.html:
        for tag in dict.fromkeys(_TAG.findall(text)):
            if not _is_safe_tag(tag):
                yield _Finding(f"unsafe or relative in its HTML: {tag[:200]}", item.id)


def _is_safe_tag(tag: str) -> bool:
    """Whether a tag runs no code, and has only absolute links and links within its document."""
    if _UNSAFE_TAG.match(tag):
        return False
    if "=" not in tag:
        return True
    for spelt, value in _ATTRIBUTE.findall(tag):
        name = spelt.lower()
        if name.startswith("on"):
            return False
        address = value.strip("\"' \t\r\n")
        if name == "href" and address.startswith("#"):
            continue
        if name in {"href", "src"} and not _SCHEME.match(address):
            return False
    return True


def _check_ages(document: _Document) -> Iterator[_Finding]:
    """Check the feed's date, and that no entry was updated after it."""
    newest = _moment(document.updated) if document.updated else None
    if document.updated and newest is None:
        yield _Finding(f"not a date: {document.updated!r}")
    if newest is None:
        return
    for item in document.items:
        updated = _moment(item.updated)
        if updated is not None and updated > newest:
            yield _Finding(f"updated {item.updated}, after its feed ({document.updated})", item.id)


@lru_cache(maxsize=10_000)
def _moment(text: str) -> datetime | None:
    """A date of RFC 3339, or of RFC 822 with the correct day name; None for anything else."""
    try:
        if _RFC3339.fullmatch(text):
            return datetime.fromisoformat(text)
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo and normalize.rfc822(moment) == text else None


def _read_rss(data: bytes) -> _Document:
    root = xmltree.parse(data)
    if root.tag != "rss" or root.get("version") != "2.0" or len(root) != 1:
        raise ValueError("not an RSS 2.0 document")
    channel = root[0]
    heads = [child for child in channel if child.tag != "item"]
    links = [child for child in heads if child.tag == f"{_A}link"]
    values = {child.tag: child.text or "" for child in heads}
    document = _Document(
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


def _read_item(item: Element) -> _Item:
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
    return _Item(
        id=texts.get("guid", ""),
        published=published,
        updated=texts.get(f"{_A}updated", published),
        html=(texts.get("description", ""), texts.get(f"{{{CONTENT}}}encoded", "")),
        urls=(*link, *xmltree.attributes(children, "url", "domain")),
        missing=tuple(missing),
    )


def _read_atom(data: bytes) -> _Document:
    root = xmltree.parse(data)
    if root.tag != f"{_A}feed":
        raise ValueError("not an Atom feed")
    heads = [child for child in root if child.tag != f"{_A}entry"]
    links = [child for child in heads if child.tag == f"{_A}link"]
    values = {child.tag: child.text or "" for child in heads}
    required = (f"{_A}id", f"{_A}title", f"{_A}updated", f"{_A}author")
    missing = _not_once([child.tag for child in heads], required)
    return _Document(
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


def _read_entry(entry: Element) -> _Item:
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
    return _Item(
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


def _read_json(data: bytes) -> _Document:
    document: dict[str, Any] = json.loads(data)
    required = ("title", "feed_url", "items")
    missing = [key for key in required if not isinstance(document.get(key), str | list)]
    if document.get("version") != VERSION:
        missing.append("the version of JSON Feed")
    links = {("self", document.get("feed_url", "")), ("prev-archive", document.get("next_url", ""))}
    links |= {("hub", hub["url"]) for hub in document.get("hubs", ())}
    keys = ("home_page_url", "feed_url", "next_url", "icon")
    return _Document(
        updated="",
        links=links,
        urls=tuple(str(document[key]) for key in keys if key in document),
        items=[_read_object(item) for item in document["items"]],
        missing=missing,
    )


def _read_object(item: dict[str, Any]) -> _Item:
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
    return _Item(
        id=str(item.get("id", "")),
        published=str(item.get("date_published", "")),
        updated=str(item.get("date_modified", "")),
        html=(str(item.get("content_html", "")),),
        urls=tuple(map(str, (*urls, *(part["url"] for part in parts)))),
        missing=tuple(missing),
    )


_READERS = {"rss": _read_rss, "atom": _read_atom, "json": _read_json}
