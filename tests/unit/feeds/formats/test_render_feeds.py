"""RSS and Atom: what they tell of the feed itself."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from feeds.model import FORMATS, Format, Person
from tests.unit.feeds.feed_samples import ARCHIVE, EMPTY, ENTRIES, NEWS, RICH
from tests.unit.feeds.formats.rendering import ATOM, HISTORY, rendered, texts


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


def test_rights_and_editor_are_in_the_head_in_the_form_of_each_format() -> None:
    feed = replace(NEWS, copyright="© 2026 <Mills>", editor=Person("Ann Miller", "ann@x.example"))
    channel = ElementTree.fromstring(rendered(feed, (), "rss"))[0]
    assert channel.findtext("copyright") == "© 2026 <Mills>"
    assert channel.findtext("managingEditor") == "ann@x.example (Ann Miller)"
    assert b"&#x3C;Mills" in rendered(feed, (), "rss"), "as readers of plain text need it"
    root = ElementTree.fromstring(rendered(feed, (), "atom"))
    assert root.findtext(f"{ATOM}rights") == "© 2026 <Mills>"
    assert root.find(f"{ATOM}author/{ATOM}email") is None, "it is another person's"


@pytest.mark.parametrize("name", ["", NEWS.author])
def test_the_editor_s_address_is_the_author_s_if_they_are_one(name: str) -> None:
    feed = replace(NEWS, editor=Person(name, "ann@x.example"))
    root = ElementTree.fromstring(rendered(feed, (), "atom"))
    assert root.findtext(f"{ATOM}author/{ATOM}email") == "ann@x.example"


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_head_without_rights_and_editor_keeps_its_bytes(file_format: Format) -> None:
    without = replace(NEWS, copyright=" ", editor=Person("Ann", "no address"))
    assert rendered(without, ENTRIES, file_format) == rendered(NEWS, ENTRIES, file_format)
