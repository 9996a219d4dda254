"""What feedgen really does, as our code relies on it: a trap that a new version cures shows here.

Each of these is worked around in feeds/formats/feedgen_extension.py or feeds/formats/render.py.
When one of them fails, look whether the workaround can go.
"""

import locale
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.formats.render import render_entry
from feeds.model import FORMATS
from tests.unit.feeds.feed_samples import ENTRIES

ATOM = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
MOMENT = datetime(2023, 5, 4, 6, 30, tzinfo=UTC)


def made_entry(**values: Any) -> FeedEntry:
    entry = FeedEntry()
    entry.id("urn:example:1")
    entry.title("A mill")
    entry.updated(MOMENT)
    entry.content("<p>It turns.</p>", type="html")
    for name, value in values.items():
        getattr(entry, name)(**value)
    return entry


def made_feed() -> FeedGenerator:
    feed = FeedGenerator()
    feed.id("urn:example:feed")
    feed.title("Mills")
    feed.description("Mills")
    feed.updated(MOMENT)
    feed.link(href="https://example.org/", rel="alternate")
    return feed


def test_the_links_of_an_atom_entry_lose_everything_but_their_address() -> None:
    entry = made_entry(
        link={
            "href": "https://example.org/r",
            "rel": "related",
            "type": "text/html",
            "title": "R",
            "hreflang": "de",
        }
    )
    assert dict(entry.atom_entry().find("link").attrib) == {"href": "https://example.org/r"}


def test_the_link_of_an_rss_channel_is_the_last_of_any_relation() -> None:
    feed = made_feed()
    feed.link(href="https://hub.example.org/", rel="hub")
    channel = ElementTree.fromstring(feed.rss_str())[0]
    assert channel.findtext("link") == "https://hub.example.org/"


def test_an_rss_channel_has_no_link_but_self() -> None:
    feed = made_feed()
    feed.link(href="https://hub.example.org/", rel="hub")
    feed.link(href="https://example.org/feed.rss", rel="self")
    feed.link(href="https://example.org/", rel="alternate")
    channel = ElementTree.fromstring(feed.rss_str())[0]
    assert [link.get("rel") for link in channel.findall(f"{ATOM}link")] == ["self"]


@pytest.mark.parametrize("title", ["a\x07b", "a\ud800b", "a\uffffb"])
def test_one_illegal_character_makes_the_whole_feed_raise(title: str) -> None:
    feed = made_feed()
    feed.add_entry(made_entry())
    feed.add_entry(made_entry(title={"title": title}))
    with pytest.raises(ValueError):  # noqa: PT011  # UnicodeEncodeError for a surrogate
        feed.atom_str()


def test_a_c1_control_passes_unnoticed() -> None:
    assert made_entry(title={"title": "a\x85b"}).atom_entry().find("title").text == "a\x85b"


def test_an_empty_title_makes_an_entry_raise() -> None:
    with pytest.raises(ValueError, match="Required fields not set"):
        made_entry(title={"title": ""}).atom_entry()


def test_a_title_that_is_a_number_makes_an_entry_raise() -> None:
    with pytest.raises(TypeError):
        made_entry(title={"title": 42}).atom_entry()


def test_a_date_that_was_not_set_is_invented() -> None:
    before = datetime.now(UTC)
    assert before <= FeedGenerator().updated() <= datetime.now(UTC)
    assert before <= FeedEntry().updated() <= datetime.now(UTC)


def test_entries_are_put_before_those_that_are_there() -> None:
    feed = made_feed()
    for number in "12":
        feed.add_entry().id(f"urn:example:{number}")
    assert [entry.id() for entry in feed.entry()] == ["urn:example:2", "urn:example:1"]


def test_content_of_type_cdata_is_written_with_that_invalid_type() -> None:
    entry = made_entry(content={"content": "<p>x</p>", "type": "CDATA"})
    assert entry.atom_entry().find("content").get("type") == "CDATA"


def test_a_single_picture_is_put_into_a_group() -> None:
    entry = made_entry()
    entry.load_extension("media")
    entry.media.content({"url": "https://example.org/i.png"})
    assert entry.rss_entry().find(f"{MEDIA}group") is not None


def test_the_size_of_a_picture_must_be_a_text() -> None:
    entry = made_entry()
    entry.load_extension("media")
    entry.media.content({"url": "https://example.org/i.png", "width": 500})
    with pytest.raises(TypeError):
        entry.rss_entry()


def test_an_author_without_a_mail_address_vanishes_from_rss() -> None:
    entry = made_entry(author={"name": "Ada"})
    assert entry.atom_entry().findtext("author/name") == "Ada"
    assert entry.rss_entry().find("author") is None


def test_an_atom_source_has_neither_id_nor_date() -> None:
    entry = made_entry(source={"url": "https://example.org/", "title": "The Mill Post"})
    source = entry.atom_entry().find("source")
    assert [child.tag for child in source] == ["title", "link"]


def test_an_enclosure_of_unknown_length_has_the_length_none() -> None:
    entry = made_entry(enclosure={"url": "https://example.org/a.mp3", "type": "audio/mpeg"})
    assert entry.rss_entry().find("enclosure").get("length") == "None"


def test_atom_elements_have_no_namespace_in_the_tree() -> None:
    assert made_entry().atom_entry().tag == "entry"
    root, _ = made_feed()._create_atom()
    assert (root.tag, root.get("xmlns")) == ("feed", "http://www.w3.org/2005/Atom")


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every locale that the process is turned to while a test runs."""
    seen: list[Any] = []
    real = locale.setlocale

    def setlocale(category: int, value: Any = None) -> str:
        if value is not None:
            seen.append(value)
        return real(category, value)

    monkeypatch.setattr(locale, "setlocale", setlocale)
    return seen


def test_every_rss_date_turns_the_locale_of_the_process(turned: list[Any]) -> None:
    made_entry(published={"published": MOMENT}).rss_entry()
    assert turned[0] == "C"


def test_we_render_entries_without_turning_the_locale(turned: list[Any]) -> None:
    for file_format in FORMATS:
        for entry in ENTRIES:
            render_entry(entry, file_format)
    assert turned == []
