"""The tags of a podcast's RSS, one by one.

tests/integration/publishing/test_podcast_rules.py has the published rules.
"""

from dataclasses import replace
from typing import Any

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


def item(entry: Entry) -> Any:
    return etree.fromstring(document(entry))[0].find("item")


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("audio/mp3", "audio/mpeg"),
        ("audio/x-mp3", "audio/mpeg"),
        ("audio/x-mpeg", "audio/mpeg"),
        ("audio/mp4", "audio/x-m4a"),
        ("audio/m4a", "audio/x-m4a"),
        ("video/m4v", "video/x-m4v"),
        ("audio/ogg", "audio/ogg"),
    ],
)
def test_an_enclosure_has_the_type_in_apples_list(told: str, written: str) -> None:
    entry = replace(TALK, enclosures=(replace(SOUND, media_type=told),))
    assert item(entry).find("enclosure").get("type") == written


@pytest.mark.parametrize(
    ("width", "height", "is_artwork"),
    [
        (1400, 1400, True),
        (3000, 3000, True),
        (None, None, True),
        (3000, None, True),
        (1399, 1399, False),
        (3001, 3001, False),
        (3000, 1400, False),
    ],
)
def test_a_picture_of_another_size_is_no_artwork(
    width: int | None, height: int | None, is_artwork: bool
) -> None:
    entry = replace(TALK, images=(Image("https://x.example/1.jpeg", width, height),))
    assert (item(entry).find(names("itunes:image")) is not None) == is_artwork


def test_a_transcript_has_the_language_of_its_entry() -> None:
    for language, said in (("de", "de"), ("", None)):
        found = item(replace(TALK, language=language)).find(names("podcast:transcript"))
        assert found.get("language") == said


def test_an_item_has_one_enclosure_and_a_publication_date() -> None:
    assert len(item(TALK).findall("enclosure")) == 1
    assert item(TALK).findtext("pubDate") == "Thu, 04 May 2023 06:30:00 +0000"


def test_each_transcript_has_its_type() -> None:
    found = [element.get("type") for element in item(TALK).findall(names("podcast:transcript"))]
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
