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
from xml.etree import ElementTree

import feedparser
import pytest
from lxml import etree

from feeds.model import FORMATS, Entry, Feed, Format, Image
from feeds.render import ENTRY_VERSION, RENDERER_VERSION, render_entry, render_feed
from tests.unit.feed_samples import (
    ARCHIVE,
    BARE,
    EMPTY,
    ENTRIES,
    EXCERPT,
    FEEDS,
    NEWS,
    ODD,
    PROSE,
    RICH,
)

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "feeds"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


def rendered(feed: Feed, entries: tuple[Entry, ...], file_format: Format) -> bytes:
    kept = [render_entry(entry, file_format) for entry in entries]
    return render_feed(feed, kept, file_format)


def rss_items(*entries: Entry) -> list[ElementTree.Element]:
    return ElementTree.fromstring(rendered(NEWS, entries, "rss")).findall("channel/item")


def atom_entries(*entries: Entry) -> list[ElementTree.Element]:
    return ElementTree.fromstring(rendered(NEWS, entries, "atom")).findall(f"{ATOM}entry")


def texts(element: ElementTree.Element, tag: str) -> list[str | None]:
    return [child.text for child in element.findall(tag)]


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
from tests.unit.feed_samples import FEEDS
from feeds.model import FORMATS
from feeds.render import render_entry, render_feed
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


def test_an_rss_channel_has_one_link_and_it_is_the_page_for_people() -> None:
    for feed in (NEWS, ARCHIVE, EMPTY):
        channel = ElementTree.fromstring(rendered(feed, (), "rss"))[0]
        assert texts(channel, "link") == [feed.home]


def test_an_rss_channel_holds_what_the_profile_asks_for() -> None:
    channel = ElementTree.fromstring(rendered(NEWS, ENTRIES, "rss"))[0]
    links = [(link.get("rel"), link.get("href")) for link in channel.findall(f"{ATOM}link")]
    assert links == [
        ("self", "https://feeds.example.org/topics/mills-and-dams.rss"),
        ("hub", NEWS.hub),
        ("prev-archive", "https://feeds.example.org/archive/topics/mills-and-dams/2.rss"),
    ]
    assert channel.findtext("title") == channel.findtext("image/title") == NEWS.title
    assert channel.findtext("link") == channel.findtext("image/link")
    assert channel.findtext("image/url") == NEWS.icon
    assert channel.findtext("description") == NEWS.description
    assert channel.findtext("language") == "en"
    assert channel.findtext("ttl") == "60"
    assert channel.findtext("generator") == "Feedmill"
    assert channel.findtext("lastBuildDate") == "Sun, 07 May 2023 07:00:00 +0000"


def test_an_archive_document_says_that_it_is_one_and_names_no_time_to_live() -> None:
    channel = ElementTree.fromstring(rendered(ARCHIVE, (RICH,), "rss"))[0]
    assert channel.find(f"{HISTORY}archive") is not None
    assert channel.find("ttl") is None
    root = ElementTree.fromstring(rendered(ARCHIVE, (RICH,), "atom"))
    assert root.find(f"{HISTORY}archive") is not None
    for file_format in ("rss", "atom"):
        assert b"fh:archive" not in rendered(NEWS, (RICH,), file_format)


def test_a_withdrawn_entry_leaves_a_tombstone_in_atom_only() -> None:
    root = ElementTree.fromstring(rendered(NEWS, (), "atom"))
    stones = root.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert [stone.attrib for stone in stones] == [
        {"ref": NEWS.tombstones[0].id, "when": "2023-05-07T07:00:00Z"}
    ]
    assert b"tombstones" not in rendered(NEWS, (), "rss")
    assert b"tombstones" not in rendered(replace(NEWS, tombstones=()), (), "atom")


def test_an_icon_that_rss_cannot_show_is_left_to_atom() -> None:
    feed = replace(NEWS, icon="https://feeds.example.org/icon.svg")
    assert ElementTree.fromstring(rendered(feed, (), "rss")).find("channel/image") is None
    root = ElementTree.fromstring(rendered(feed, (), "atom"))
    assert root.findtext(f"{ATOM}icon") == root.findtext(f"{ATOM}logo") == feed.icon


def test_a_stylesheet_is_named_before_the_root_and_only_where_it_is_set() -> None:
    for file_format in ("rss", "atom"):
        data = rendered(NEWS, (RICH,), file_format)
        href = "https://feeds.example.org/feed.css?a=1&amp;b=%222%22"
        instruction = f'<?xml-stylesheet type="text/css" href="{href}"?>'
        assert data.decode().splitlines()[1] == instruction
        assert b"xml-stylesheet" not in rendered(EMPTY, (RICH,), file_format)


def test_a_feed_without_author_description_or_language_is_still_complete() -> None:
    root = ElementTree.fromstring(rendered(EMPTY, (), "atom"))
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "All"
    channel = ElementTree.fromstring(rendered(EMPTY, (), "rss"))[0]
    assert channel.findtext("description") == "All"
    assert channel.find("language") is None


def test_an_rss_item_never_takes_its_id_for_a_link() -> None:
    guids = [item.find("guid") for item in rss_items(*ENTRIES)]
    assert [guid.text for guid in guids if guid is not None] == [entry.id for entry in ENTRIES]
    assert {guid.get("isPermaLink") for guid in guids if guid is not None} == {"false"}


def test_an_rss_description_is_html_and_stands_before_the_full_content() -> None:
    (item,) = rss_items(RICH)
    tags = [child.tag for child in item]
    assert tags.index("description") < tags.index(f"{CONTENT}encoded")
    assert item.findtext("description") == (
        "After 40 years of rust, a mill &amp; its dam are back at work – for &lt; 3 families."
    )
    assert item.findtext(f"{CONTENT}encoded") == RICH.content_html


def test_an_rss_item_without_a_summary_describes_itself_by_its_content() -> None:
    (item,) = rss_items(PROSE)
    assert item.findtext("description") == PROSE.content_html
    assert item.find(f"{CONTENT}encoded") is None


def test_plain_text_in_rss_is_written_with_the_profiles_references() -> None:
    data = render_entry(replace(RICH, title="AT&T <b> & </b>"), "rss")
    assert b"<title>AT&#x26;T &#x3C;b&gt; &#x26; &#x3C;/b&gt;</title>" in data
    assert b'<media:title type="plain">The wheel &#x26; its keeper</media:title>' in data
    assert b">Mills &#x26; Dams</category>" in data
    (item,) = rss_items(replace(RICH, title="AT&T <b> & </b>"))
    assert item.findtext("title") == "AT&T <b> & </b>"


def test_rss_names_authors_without_a_mail_address() -> None:
    (item,) = rss_items(RICH)
    assert texts(item, f"{DC}creator") == ["Ada Müller", "Jón Þór"]
    assert item.find("author") is None


def test_rss_tells_of_an_update_only_where_there_was_one() -> None:
    rich, excerpt = rss_items(RICH, EXCERPT)
    assert texts(rich, f"{ATOM}updated") == ["2023-05-06T18:00:05Z"]
    assert texts(excerpt, f"{ATOM}updated") == []
    assert texts(rich, "pubDate") == ["Thu, 04 May 2023 06:30:00 +0000"]


@pytest.mark.parametrize("find", [rss_items, atom_entries])
def test_each_picture_stands_for_itself_with_what_is_known_of_it(find: Any) -> None:
    (element,) = find(RICH)
    pictures = element.findall(f"{MEDIA}content")
    assert [picture.attrib for picture in pictures] == [
        {
            "url": "https://mills.example.com/wheel.jpg",
            "type": "image/jpeg",
            "medium": "image",
            "width": "1200",
            "height": "800",
        },
        {
            "url": "https://mills.example.com/dam.png",
            "type": "image/png",
            "medium": "image",
            "width": "640",
            "height": "360",
        },
        {"url": "https://mills.example.com/keeper", "medium": "image"},
    ]
    assert pictures[0].findtext(f"{MEDIA}title") == "The wheel & its keeper"
    assert element.find(f"{MEDIA}group") is None


def test_an_atom_entry_keeps_the_relation_language_and_title_of_each_link() -> None:
    (entry,) = atom_entries(RICH)
    assert [link.attrib for link in entry.findall(f"{ATOM}link")] == [
        {"href": RICH.link, "rel": "alternate"},
        {
            "rel": "related",
            "href": "https://rivers.example.net/lauter",
            "title": "The Lauter in spring",
        },
        {
            "rel": "related",
            "href": "https://fluss.example.net/wehr?jahr=2023",
            "title": "Das Wehr",
            "hreflang": "de",
        },
        {"rel": "via", "href": "https://village.example.net/board/17"},
    ]


def test_an_atom_source_has_the_id_and_date_that_rfc_4287_asks_for() -> None:
    rich, excerpt, odd = atom_entries(RICH, EXCERPT, ODD)
    source = rich.find(f"{ATOM}source")
    assert source is not None
    assert [child.tag.removeprefix(ATOM) for child in source] == ["id", "title", "updated", "link"]
    assert source.findtext(f"{ATOM}updated") == rich.findtext(f"{ATOM}updated")
    assert excerpt.findtext(f"{ATOM}source/{ATOM}id") == "https://rivers.example.net/"
    assert odd.find(f"{ATOM}source") is None


def test_a_category_has_its_slug_its_name_and_its_scheme() -> None:
    (entry,) = atom_entries(RICH)
    assert entry.findall(f"{ATOM}category")[0].attrib == {
        "term": "mills-and-dams",
        "scheme": "https://feeds.example.org/topics/",
        "label": "Mills & Dams",
    }
    (item,) = rss_items(RICH)
    category = item.findall("category")[0]
    assert (category.text, category.get("domain")) == (
        "Mills & Dams",
        "https://feeds.example.org/topics/",
    )


@pytest.mark.parametrize(
    ("entry", "content", "summary"),
    [
        (RICH, RICH.content_html, RICH.summary),
        (EXCERPT, None, EXCERPT.summary),
        (replace(EXCERPT, link=""), EXCERPT.summary, EXCERPT.summary),
        (replace(EXCERPT, summary=""), EXCERPT.title, None),
        (PROSE, PROSE.content_html, None),
        (BARE, BARE.title, None),
    ],
)
def test_an_atom_entry_always_has_text_and_either_content_or_a_link(
    entry: Entry, content: str | None, summary: str | None
) -> None:
    (found,) = atom_entries(entry)
    assert found.findtext(f"{ATOM}content") == content
    assert found.findtext(f"{ATOM}summary") == summary
    SCHEMA.assertValid(etree.fromstring(rendered(NEWS, (entry,), "atom")))


def test_an_odd_value_costs_its_own_element_only() -> None:
    (item,) = rss_items(ODD)
    assert item.findtext("link") == (
        "https://xn--bcher-kva.example/m%C3%BChle%20%5B1%5D?q=%C3%A4%20b&x=100%25#top%232"
    )
    assert [picture.attrib for picture in item.findall(f"{MEDIA}content")] == [
        {"url": "https://x.example/%C3%BC.png", "medium": "image"}
    ]
    (entry,) = atom_entries(ODD)
    author = entry.find(f"{ATOM}author")
    assert author is not None
    assert [child.tag for child in author] == [f"{ATOM}name"]
    assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate", "related"]


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_entry_with_nothing_usable_but_its_id_is_rendered_under_it(file_format: Format) -> None:
    empty = replace(
        BARE, title="\x00 ", categories=(), images=(Image("no url"),), content_html="\x01"
    )
    data = rendered(NEWS, (empty,), file_format)
    assert data.count(empty.id.encode()) >= 2
