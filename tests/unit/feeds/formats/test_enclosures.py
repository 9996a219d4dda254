"""Enclosures in all three formats, and what the audit refuses of them."""

import json
from dataclasses import replace

import feedparser
import pytest

from feeds.errors import AuditError
from feeds.formats.audit import audit
from feeds.formats.render import render_entry, render_feed
from feeds.model import FORMATS, Enclosure, Entry, Format
from tests.unit.feeds.feed_samples import NEWS, PROSE, RICH

PDF = Enclosure("https://x.example/ü plan.pdf", "application/pdf", 99, None, "The <plan>")
SOUND = Enclosure("https://x.example/1.mp3", "audio/mpeg", 12_345, 3723)
ODD = Enclosure("https://x.example/get?id=1", "no type", -5, 0)
WRONG = Enclosure("javascript:alert(1)", "audio/mpeg", 1)
ENTRY = replace(RICH, enclosures=(WRONG, PDF, SOUND, ODD))


def document(file_format: Format, entry: Entry = ENTRY) -> bytes:
    return render_feed(NEWS, [render_entry(entry, file_format)], file_format)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("enclosure", [PDF, SOUND, ODD, WRONG])
@pytest.mark.parametrize("entry", [RICH, PROSE])
def test_an_entry_with_any_enclosure_passes_the_audit(
    file_format: Format, enclosure: Enclosure, entry: Entry
) -> None:
    entry = replace(entry, enclosures=(enclosure,))
    audit(document(file_format, entry), file_format, NEWS, [entry.id], 100_000)


def test_rss_has_the_first_sound_alone() -> None:
    (found,) = feedparser.parse(document("rss")).entries[0].enclosures
    assert dict(found, rel="") == {
        "href": SOUND.url,
        "length": "12345",
        "type": "audio/mpeg",
        "rel": "",
    }


@pytest.mark.parametrize(
    ("enclosures", "first"), [((WRONG, PDF, ODD), "plan.pdf"), ((ODD,), "id=1"), ((WRONG,), "")]
)
def test_rss_has_the_first_file_where_nothing_plays(
    enclosures: tuple[Enclosure, ...], first: str
) -> None:
    found = feedparser.parse(document("rss", replace(RICH, enclosures=enclosures)))
    addresses = [item.href for item in found.entries[0].enclosures]
    assert len(addresses) == bool(first)
    assert "".join(addresses).endswith(first)


def test_an_unknown_length_is_zero_in_rss_and_missing_elsewhere() -> None:
    entry = replace(RICH, enclosures=(ODD,))
    unknown = b'type="application/octet-stream"'
    item = render_entry(entry, "rss")
    assert b'<enclosure url="https://x.example/get?id=1" length="0" ' + unknown in item
    assert b"length" not in render_entry(entry, "atom")
    found = json.loads(render_entry(entry, "json"))["attachments"][0]
    assert found == {"url": ODD.url, "mime_type": "application/octet-stream"}


def test_atom_and_json_have_them_all_in_order() -> None:
    links = feedparser.parse(document("atom")).entries[0].enclosures
    kinds = [link.type for link in links]
    assert kinds == ["application/pdf", "audio/mpeg", "application/octet-stream"]
    assert [link.get("length") for link in links] == ["99", "12345", None]
    assert links[0].title == "The <plan>"
    assert links[0].hreflang == "en"
    found = json.loads(render_entry(ENTRY, "json"))["attachments"]
    assert found[0] == {
        "url": "https://x.example/%C3%BC%20plan.pdf",
        "mime_type": "application/pdf",
        "title": "The <plan>",
        "size_in_bytes": 99,
    }
    assert found[1]["duration_in_seconds"] == 3723


@pytest.mark.parametrize(
    ("file_format", "good", "bad", "rule"),
    [
        ("rss", b'length="12345"', b'length="-5"', "the length of an enclosure"),
        ("rss", b'length="12345" ', b"", "the length of an enclosure"),
        ("rss", b'type="audio/mpeg"', b'type="sound"', "the type of an enclosure"),
        ("rss", b"https://x.example/1.mp3", b"/1.mp3", "not an absolute URL"),
        ("rss", b"<enclosure ", b'<enclosure url="https://x.example/2"/><enclosure ', "the only"),
        ("atom", b'length="12345"', b'length="0"', "the length of an enclosure"),
        ("atom", b'type="audio/mpeg" ', b"", "the type of an enclosure"),
        ("atom", b"https://x.example/1.mp3", b"/1.mp3", "not an absolute URL"),
        ("json", b'"size_in_bytes":12345', b'"size_in_bytes":"12345"', "the size of an attachment"),
        ("json", b'"duration_in_seconds":3723', b'"duration_in_seconds":0', "the size of an"),
        ("json", b'"mime_type":"audio/mpeg"', b'"mime_type":""', "the type of an attachment"),
    ],
)
def test_a_wrong_enclosure_is_refused(
    file_format: Format, good: bytes, bad: bytes, rule: str
) -> None:
    data = document(file_format)
    assert good in data
    with pytest.raises(AuditError) as caught:
        audit(data.replace(good, bad), file_format, NEWS, [ENTRY.id], 100_000)
    assert rule in str(caught.value)
    assert caught.value.suspects == (ENTRY.id,)
