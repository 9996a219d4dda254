"""RSS and Atom: what they tell of each entry."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from feeds.formats.render import render_entry
from feeds.model import FORMATS, Entry, Format, Image, Source
from tests.unit.feeds.feed_samples import BARE, ENTRIES, EXCERPT, NEWS, ODD, PROSE, RICH
from tests.unit.feeds.formats.rendering import (
    ATOM,
    CONTENT,
    DC,
    MEDIA,
    SCHEMA,
    atom_entries,
    rendered,
    rss_items,
    texts,
)


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
    names = [child.tag.removeprefix(ATOM) for child in source]
    assert names == ["id", "title", "updated", "link", "link"]
    assert [link.get("rel") for link in source.iter(f"{ATOM}link")] == ["alternate", "self"]
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


def test_an_rss_source_has_the_address_of_a_feed_or_is_left_out() -> None:
    site = replace(PROSE, source=Source("The Post", "https://post.example/"))
    assert b"<source" not in render_entry(site, "rss")
    assert b"post.example" in render_entry(site, "atom")
    feed = replace(PROSE, source=Source("The Post", "", "https://post.example/rss"))
    assert b'<source url="https://post.example/rss">The Post</source>' in render_entry(feed, "rss")
    assert b'rel="self" href="https://post.example/rss"' in render_entry(feed, "atom")
