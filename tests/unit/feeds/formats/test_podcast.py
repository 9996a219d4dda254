"""A podcast's RSS: what Apple requires and what Podcasting 2.0 adds, point by point.

Apple: "Podcast RSS feed requirements" and "A podcaster's guide to RSS". Podcasting 2.0: the tags of
https://podcastindex.org/namespace/1.0. docs/podcasts.md has the same table for people.
"""

from dataclasses import replace

import feedparser
import pytest
from lxml import etree

from feeds.errors import AuditError
from feeds.formats.audit import audit
from feeds.formats.podcast import ITUNES, PODCAST, guid_of
from feeds.formats.render import render_entry, render_feed
from feeds.model import FORMATS, Enclosure, Entry, Episode, Image, Podcast
from tests.unit.feeds.feed_samples import ENTRIES, NEWS, RICH

SHOW = Podcast(
    guid=guid_of("https://mills.example.com/topics/mills-and-dams.rss"),
    author="The Miller's Desk",
    cover="https://mills.example.com/cover.jpg",
    categories=(("Society & Culture", "Documentary"), ("Technology", "")),
    owner_name="Ann",
    owner_email="ann@example.com",
    is_explicit=True,
    kind="serial",
    is_locked=True,
)
FEED = replace(NEWS, podcast=SHOW)
SOUND = Enclosure("https://x.example/1.m4a", "audio/mp4", 12_345, 3723, "Wheels")
TALK = replace(
    RICH,
    images=(Image("https://x.example/1.svg"), Image("https://x.example/1.png", 3000, 3000)),
    enclosures=(Enclosure("https://x.example/1.pdf", "application/pdf", 9), SOUND),
    episode=Episode(
        number=4,
        season=2,
        kind="bonus",
        is_explicit=False,
        chapters="https://x.example/1.json",
        transcripts=(
            "https://x.example/1.vtt",
            "https://x.example/1.srt?x=.vtt",
            "https://x.example/1",
        ),
    ),
)


def document(entry: Entry = TALK) -> bytes:
    return render_feed(FEED, [render_entry(entry, "rss", is_podcast=True)], "rss")


def names(text: str) -> str:
    return text.replace("itunes:", f"{{{ITUNES}}}").replace("podcast:", f"{{{PODCAST}}}")


CHANNEL = etree.fromstring(document())[0]
ITEM = CHANNEL.find("item")


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        # Apple requires
        ("title", "Mills & Dams"),
        ("description", "Everything that turns, from <wheels> to weirs"),
        ("itunes:image", {"href": SHOW.cover}),
        ("language", "en"),
        ("itunes:category", {"text": "Society & Culture"}),
        ("itunes:category/itunes:category", {"text": "Documentary"}),
        ("itunes:explicit", "true"),
        # Apple: recommended, and for situations
        ("itunes:author", "The Miller's Desk"),
        ("link", "https://feeds.example.org/topics/mills-and-dams.html"),
        ("itunes:type", "serial"),
        ("itunes:owner/itunes:name", "Ann"),
        ("itunes:owner/itunes:email", "ann@example.com"),
        # Podcasting also has
        ("podcast:guid", SHOW.guid),
        ("podcast:locked", "yes"),
        ("podcast:locked", {"owner": "ann@example.com"}),
    ],
)
def test_the_channel_says_what_directories_ask(tag: str, told: str | dict[str, str]) -> None:
    found = CHANNEL.find(names(tag))
    assert found is not None
    assert (dict(found.attrib) if isinstance(told, dict) else found.text) == told


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        # Apple requires
        ("title", RICH.title),
        ("enclosure", {"url": SOUND.url, "length": "12345", "type": "audio/x-m4a"}),
        # Apple: recommended, and for situations
        ("guid", RICH.id),
        ("itunes:duration", "3723"),
        ("itunes:image", {"href": "https://x.example/1.png"}),
        ("itunes:explicit", "false"),
        ("itunes:episode", "4"),
        ("itunes:season", "2"),
        ("itunes:episodeType", "bonus"),
        # Podcasting also has
        ("podcast:episode", "4"),
        ("podcast:season", "2"),
        (
            "podcast:chapters",
            {"url": "https://x.example/1.json", "type": "application/json+chapters"},
        ),
        ("podcast:transcript", {"url": "https://x.example/1.vtt", "type": "text/vtt"}),
    ],
)
def test_an_episode_says_what_directories_ask(tag: str, told: str | dict[str, str]) -> None:
    found = ITEM.find(names(tag))
    assert found is not None
    assert (dict(found.attrib) if isinstance(told, dict) else found.text) == told


def test_an_item_has_one_enclosure_and_a_publication_date() -> None:
    assert len(ITEM.findall("enclosure")) == 1
    assert ITEM.findtext("pubDate") == "Thu, 04 May 2023 06:30:00 +0000"


def test_each_transcript_has_its_type() -> None:
    found = [element.get("type") for element in ITEM.findall(names("podcast:transcript"))]
    assert found == ["text/vtt", "application/x-subrip", "text/html"]


def test_a_podcast_passes_the_audit_and_a_feed_reader() -> None:
    data = document()
    audit(data, "rss", FEED, [TALK.id], 100_000)
    parsed = feedparser.parse(data)
    assert not parsed.bozo
    assert parsed.feed.image.href == SHOW.cover
    assert parsed.entries[0].itunes_duration == "3723"


@pytest.mark.parametrize("tag", ["itunes:image", "itunes:category", "podcast:guid"])
def test_a_podcast_without_what_is_required_is_refused(tag: str) -> None:
    name = tag.encode()
    data = document().replace(b"<" + name, b"<x").replace(b"</" + name, b"</x")
    with pytest.raises(AuditError, match="missing"):
        audit(data, "rss", FEED, [TALK.id], 100_000)


def test_the_guid_is_that_of_the_specification() -> None:
    assert guid_of("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert guid_of("http://podnews.net/rss/") == guid_of("https://podnews.net/rss")


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_without_sound_has_no_tag_of_an_episode(entry: Entry) -> None:
    assert render_entry(entry, "rss", is_podcast=True) == render_entry(entry, "rss")


@pytest.mark.parametrize("file_format", FORMATS)
def test_other_feeds_have_no_namespace_of_podcasts(file_format: str) -> None:
    feed = NEWS if file_format == "rss" else FEED
    data = render_feed(feed, [render_entry(TALK, file_format)], file_format)  # type: ignore[arg-type]
    assert b"itunes" not in data
    assert b"podcastindex" not in data
