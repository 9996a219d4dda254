"""Checks rendered entries and feeds, and refuses to publish a broken one.

``audit_entry`` checks an entry once, when it is rendered; ``audit_document`` a document that is put
together of such entries; ``audit`` every byte of a document. It does not trust the renderer: it
knows only the specifications, the feed's model and what the caller expects.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from feeds.errors import AuditError
from feeds.formats import normalize
from feeds.formats.head_links import head_links
from feeds.formats.podcast import REQUIRED
from feeds.formats.read_back import READERS, Document, Item, read_entry, split
from feeds.model import Feed, Format

_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
_RFC822 = re.compile(r"(\w{3}), (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) \+0000", re.ASCII)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_C0_CONTROLS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_XML_ONLY = frozenset({"current", "next-archive"})  # JSON Feed has one link to history only
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL = "a control character stands in it"

# A start tag in serialised HTML. Possessive, so that a hostile attribute costs its length once.
_TAG = re.compile(r"""<[a-z][^>"']*+(?:"[^"]*+"[^>"']*+|'[^']*+'[^>"']*+)*+>""", re.IGNORECASE)
_UNSAFE_TAG = re.compile(r"<(?:script|style|iframe|object|embed|form)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*("[^"]*+"|'[^']*+'|[^\s>]*+)""", re.IGNORECASE)
_SCHEME = re.compile(r"(?!javascript:|data:|vbscript:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(slots=True)
class _Finding:
    rule: str
    entry_id: str = ""

    def __str__(self) -> str:
        return f"entry {self.entry_id}: {self.rule}" if self.entry_id else self.rule


class Expected(NamedTuple):
    """What the caller knows of an entry; the moments are aware."""

    id: str
    published: datetime
    updated: datetime


def audit(
    data: bytes, file_format: Format, feed: Feed, expected_ids: Sequence[str], max_bytes: int
) -> None:
    """Check every byte of ``data`` as the document of ``feed`` with exactly ``expected_ids``, in
    order.

    Raises AuditError naming every broken rule: well-formed, complete (RFC 4287; RSS 2.0 and
    its profile; JSON Feed 1.1), unique ids, absolute URLs, dates in order, no control
    characters, no unsafe HTML, not above ``max_bytes``.
    """
    findings = list(_check_bytes(data, max_bytes))
    try:
        document = READERS[file_format](data)
    except _UNREADABLE as error:
        findings += _unreadable(data, error)
    else:
        findings += _check_document(document, feed, file_format)
        findings += _check_ids([item.id for item in document.items], expected_ids)
        for item in document.items:
            findings += _check_item(item)
        findings += _check_ages(document)
    _refuse(f"{feed.key}.{file_format}", findings)


def audit_entry(
    body: bytes, file_format: Format, expected: Expected, *, is_podcast: bool = False
) -> None:
    """Check the entry ``body``, which is in no document yet, by all the rules for entries.

    Raises AuditError, whose only suspect is the entry.
    """
    findings = [_Finding(found.rule, expected.id) for found in _check_bytes(body, len(body))]
    try:
        item = read_entry(body, file_format, is_podcast=is_podcast)
    except _UNREADABLE as error:
        findings += _unreadable(body, error, expected.id)
    else:
        findings += (_Finding(found.rule, expected.id) for found in _check_item(item))
        findings += _check_expected(item, expected)
    _refuse(f"an entry in {file_format}", findings)


def audit_document(
    data: bytes,
    file_format: Format,
    feed: Feed,
    head: bytes,
    entries: Sequence[Expected],
    max_bytes: int,
) -> None:
    """Check ``data`` as ``head``, the document of ``feed`` without any entry, with ``entries`` in
    order, each of which passed ``audit_entry``.

    Raises AuditError as ``audit`` does. Not read again: what is within an entry, but for its id.
    """
    findings = list(_check_bytes(data, max_bytes))
    ids = [entry.id for entry in entries]
    try:
        findings += _check_document(READERS[file_format](head), feed, file_format)
        found = split(data, file_format)
        is_head = found.head == split(head, file_format).head
    except _UNREADABLE as error:
        findings += _unreadable(data, error)
    else:
        findings += _check_ids(found.ids, ids)
        findings += [] if is_head else [_Finding("its head is not the one that was checked")]
    findings += (
        _Finding(f"updated {entry.updated}, after its feed ({feed.updated})", entry.id)
        for entry in entries
        if entry.updated > feed.updated
    )
    findings += _check_withdrawn(ids, [stone.id for stone in feed.tombstones])
    _refuse(f"{feed.key}.{file_format}", findings)


def _refuse(which: str, findings: Sequence[_Finding]) -> None:
    """Raise AuditError if anything was found."""
    if findings:
        suspects = dict.fromkeys(found.entry_id for found in findings if found.entry_id)
        raise AuditError(which, tuple(map(str, findings)), tuple(suspects))


def _unreadable(data: bytes, error: Exception, entry_id: str = "") -> Iterator[_Finding]:
    if len(data.translate(None, _C0_CONTROLS)) != len(data):
        yield _Finding(_CONTROL, entry_id)
    yield _Finding(f"cannot be read back: {error}", entry_id)


def _check_bytes(data: bytes, max_bytes: int) -> Iterator[_Finding]:
    if len(data) > max_bytes:
        yield _Finding(f"{len(data)} bytes are more than the {max_bytes} that are allowed")
    # No parser reads the others.
    if b"\x7f" in data or _C1_CONTROLS.search(data):
        yield _Finding(_CONTROL)


def _check_document(document: Document, feed: Feed, file_format: Format) -> Iterator[_Finding]:
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
    if document.updated and (moment := _moment(document.updated)) != _seconds(feed.updated):
        is_date = f"its date is {document.updated}, not {feed.updated}"
        yield _Finding(is_date if moment else f"not a date: {document.updated!r}")
    yield from _check_withdrawn([item.id for item in document.items], document.deleted)


def _check_withdrawn(ids: Sequence[str], withdrawn: Sequence[str]) -> Iterator[_Finding]:
    both = sorted(set(ids).intersection(withdrawn))
    yield from (_Finding("both published and withdrawn", each) for each in both)


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


def _check_item(item: Item) -> Iterator[_Finding]:
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
    for tag in (tag for text in item.html for tag in _unsafe_tags(text)):
        yield _Finding(f"unsafe or relative in its HTML: {tag[:200]}", item.id)


def _check_expected(item: Item, expected: Expected) -> Iterator[_Finding]:
    for name, found, wanted in (
        ("id", item.id, expected.id),
        ("publication", _moment(item.published), _seconds(expected.published)),
        ("update", _moment(item.updated), _seconds(expected.updated)),
    ):
        if found != wanted:
            yield _Finding(f"its {name} is {found}, not {wanted}", expected.id)


@lru_cache(maxsize=8)  # an entry says the same in each of its formats
def _unsafe_tags(text: str) -> tuple[str, ...]:
    return tuple(tag for tag in dict.fromkeys(_TAG.findall(text)) if not _is_safe_tag(tag))


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


def _check_ages(document: Document) -> Iterator[_Finding]:
    """Check that no entry was updated after its feed."""
    newest = _moment(document.updated)
    for item in document.items if newest else ():
        updated = _moment(item.updated)
        if newest and updated and updated > newest:
            yield _Finding(f"updated {item.updated}, after its feed ({document.updated})", item.id)


def _seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


@lru_cache(maxsize=1_000)
def _moment(text: str) -> datetime | None:
    """A date of RFC 3339, or of RFC 822 in UTC with its correct day; None for anything else."""
    try:
        if _RFC3339.fullmatch(text):
            return datetime.fromisoformat(text)
        found = _RFC822.fullmatch(text)
        if not found:
            return None
        day_name, day, month, *rest = found.groups()
        year, hour, minute, second = map(int, rest)
        moment = datetime(
            year, _MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC
        )
    except ValueError:
        return None
    return moment if day_name == _DAYS[moment.weekday()] else None
