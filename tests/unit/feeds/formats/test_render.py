"""RSS and Atom: what stands in them, byte for byte, and what two other parsers make of it."""

import calendar
import hashlib
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from feeds.formats.render import ENTRY_VERSION, RENDERER_VERSION, render_entry, render_feed
from feeds.model import FORMATS, Format, Translation
from tests.unit.feeds.feed_samples import (
    ARCHIVE,
    BARE,
    EMPTY,
    ENTRIES,
    EXCERPT,
    FEEDS,
    NEWS,
    PROSE,
    RICH,
)
from tests.unit.feeds.formats.rendering import SCHEMA, atom_entries, rendered, rss_items

ROOT = Path(__file__).parents[4]
GOLDEN = ROOT / "tests" / "golden" / "feeds"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


def instant(parts: time.struct_time) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(parts), UTC)


def parsed(data: bytes) -> Any:
    return feedparser.parse(
        data,
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_byte_for_byte_the_golden_file(name: str, file_format: Format) -> None:
    data = rendered(*FEEDS[name], file_format)
    golden = GOLDEN / f"{name}.{file_format}"
    if UPDATE:
        golden.write_bytes(data)
    assert data.decode() == golden.read_bytes().decode()


def test_entry_bytes_change_only_with_the_entry_version() -> None:
    digest = hashlib.sha256()
    for file_format in FORMATS:
        for entry in ENTRIES:
            digest.update(render_entry(entry, file_format) + b"\n")
    golden = GOLDEN / "entry-version.txt"
    version, known = golden.read_text().split() if golden.exists() else ("0", "")
    if UPDATE and int(version) < ENTRY_VERSION:
        golden.write_text(f"{ENTRY_VERSION} {digest.hexdigest()}\n")
        version, known = str(ENTRY_VERSION), digest.hexdigest()
    assert digest.hexdigest() == known, "raise ENTRY_VERSION, then run with UPDATE_GOLDEN=1"
    assert int(version) == ENTRY_VERSION
    assert RENDERER_VERSION.startswith(f"{ENTRY_VERSION}/")


PRINT_DIGEST = """
import hashlib
from tests.unit.feeds.feed_samples import FEEDS
from feeds.model import FORMATS
from feeds.formats.render import render_entry, render_feed
digest = hashlib.sha256()
for feed, entries in FEEDS.values():
    for name in FORMATS:
        digest.update(render_feed(feed, [render_entry(entry, name) for entry in entries], name))
print(digest.hexdigest())
"""


@pytest.mark.parametrize(
    ("zone", "locale", "seed"),
    [("Asia/Kathmandu", "C", "1"), ("America/St_Johns", "C.UTF-8", "4242")],
)
def test_the_bytes_are_the_same_in_any_zone_locale_and_order_of_hashing(
    zone: str, locale: str, seed: str
) -> None:
    digest = hashlib.sha256()
    for feed, entries in FEEDS.values():
        for file_format in FORMATS:
            digest.update(rendered(feed, entries, file_format))
    environment = {
        "TZ": zone,
        "LC_ALL": locale,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": str(ROOT),
    }
    result = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == digest.hexdigest()


def test_moments_of_another_zone_or_with_fractions_are_written_in_whole_seconds_of_utc() -> None:
    nepal = timezone(timedelta(hours=5, minutes=45))
    same = replace(
        RICH,
        published=RICH.published.astimezone(nepal).replace(microsecond=999_999),
        updated=RICH.updated.astimezone(nepal),
    )
    for file_format in FORMATS:
        assert render_entry(same, file_format) == render_entry(RICH, file_format)


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_entry_stands_in_every_feed_with_the_same_bytes(file_format: Format) -> None:
    kept = render_entry(RICH, file_format)
    for feed in (NEWS, EMPTY, ARCHIVE):
        assert (
            render_feed(feed, [kept, render_entry(BARE, file_format)], file_format).count(kept) == 1
        )


@pytest.mark.parametrize("file_format", ["rss", "atom"])
def test_an_entry_declares_no_namespace_and_is_one_element(file_format: Format) -> None:
    name = {"rss": b"item", "atom": b"entry"}[file_format]
    for entry in ENTRIES:
        kept = render_entry(entry, file_format)
        assert b"xmlns" not in kept
        assert re.match(rb"<" + name + rb"[ >]", kept)
        assert kept.endswith(b"</" + name + b">")
        assert kept.count(b"</" + name + b">") == 1


def test_a_text_that_looks_like_the_end_of_an_entry_ends_none() -> None:
    entry = replace(RICH, title="</entry></item>", content_html="<p></entry></item></p>")
    assert len(rss_items(entry, PROSE)) == len(atom_entries(entry, PROSE)) == 2


def test_atom_links_each_translation_and_has_one_alternate_link() -> None:
    several = (Translation("de", "https://x.example/ä"), Translation("German", "https://x.example"))
    data = rendered(NEWS, (replace(RICH, translations=several),), "atom")
    SCHEMA.assertValid(etree.fromstring(data))
    (entry,) = parsed(data).entries
    (own,) = (link.href for link in entry.links if link.rel == "alternate")
    assert own == entry.link == RICH.link  # newsboat takes the last one
    links = [link.href for link in entry.links if link.get("hreflang") == "de"]
    assert links[0] == "https://x.example/%C3%A4"
    assert render_entry(replace(RICH, translations=several), "rss") == render_entry(RICH, "rss")


@pytest.mark.parametrize("name", FEEDS)
def test_atom_obeys_the_schema_of_rfc_4287(name: str) -> None:
    SCHEMA.assertValid(etree.fromstring(rendered(*FEEDS[name], "atom")))


@pytest.mark.parametrize(
    ("found", "broken"),
    [
        ("<published>2023-05-04T06:30:00Z", "<published>2023-05-04T06:30:00"),
        ("<uri>https://mills", "<uri>mills"),
        ("<name>The Miller's Desk</name>", "<name> </name>"),
        (' medium="image" width="640"', ' width="640"'),
        ("<at:deleted-entry ref=", "<at:deleted-entry href="),
        ('<content type="text">Closed on Monday</content>', ""),
        ('<content type="text">Closed on Monday</content>', "<summary>Closed</summary>"),
        ("<entry>", '<entry><item xmlns=""/>'),
        ('rel="via"', 'rel=""'),
        ('rel="self"', 'rel="alternate"'),
        ('content type="html"', 'content type="CDATA"'),
        ("<id>urn:uuid:7e", "<id>7e"),
        ('hreflang="de"', 'hreflang="German language"'),
    ],
)
def test_the_schema_refuses_a_broken_rule(found: str, broken: str) -> None:
    data = rendered(NEWS, ENTRIES, "atom").decode()
    assert found in data
    assert not SCHEMA.validate(etree.fromstring(data.replace(found, broken, 1).encode()))


@pytest.mark.parametrize("file_format", ["rss", "atom"])
def test_feedparser_reads_back_what_was_put_in(file_format: Format) -> None:
    result = parsed(rendered(NEWS, (RICH, EXCERPT, PROSE), file_format))
    assert not result.bozo
    assert result.version == {"rss": "rss20", "atom": "atom10"}[file_format]
    assert result.feed.title == "Mills & Dams"
    assert result.feed.get("language") == "en"
    assert instant(result.feed.updated_parsed) == NEWS.updated
    assert [found.id for found in result.entries] == [RICH.id, EXCERPT.id, PROSE.id]
    assert [found.title for found in result.entries] == [RICH.title, EXCERPT.title, PROSE.title]
    for found, entry in zip(result.entries, (RICH, EXCERPT, PROSE), strict=True):
        assert instant(found.published_parsed) == entry.published
        moved = "updated_parsed" if "updated_parsed" in found else "published_parsed"
        assert instant(found[moved]) == entry.updated
        if entry.link:
            assert found.link == entry.link
        assert [tag.label or tag.term for tag in found.tags] == [c.label for c in entry.categories]
        assert [picture["url"] for picture in found.get("media_content", ())] == [
            image.url for image in entry.images
        ]
    rich = result.entries[0]
    assert rich.content[0].value == RICH.content_html.strip()
    assert [author.name for author in rich.authors] == ["Ada Müller", "Jón Þór"]
    assert rich.source.title == "The Mill Post"


def test_feedparser_finds_every_link_of_an_atom_feed_with_its_relation() -> None:
    result = parsed(rendered(ARCHIVE, (RICH,), "atom"))
    archive = "https://feeds.example.org/archive/topics/mills-and-dams/"
    assert {(link.rel, link.href) for link in result.feed.links} == {
        ("self", archive + "2.atom"),
        ("current", "https://feeds.example.org/topics/mills-and-dams.atom"),
        ("prev-archive", archive + "1.atom"),
        ("next-archive", archive + "3.atom"),
        ("alternate", "https://feeds.example.org/topics/mills-and-dams.html"),
    }
    assert [(link.rel, link.href) for link in result.entries[0].links] == [
        ("alternate", RICH.link),
        ("related", "https://rivers.example.net/lauter"),
        ("related", "https://fluss.example.net/wehr?jahr=2023"),
        ("via", RICH.via),
    ]
