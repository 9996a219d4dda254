"""The published rules for podcasts, each on a feed that Feedmill made: one case per rule.

docs/podcasts.md lists the rules with their sources, under the same names.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feeds.formats.podcast import guid_of
from tests.integration.house import House, article, build
from worker.admin import podcast_checks
from worker.admin.findings import Finding
from worker.config.loading import parse_config
from worker.config.model import PodcastSettings
from worker.core.errors import ConfigError

pytestmark = pytest.mark.usefixtures("parsers_in_process")
RULE = re.compile(r"^\|.*\| `([a-z-]+)` \|$", re.MULTILINE)
NAMES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
}
APPLES_TYPES = {
    *("audio/x-m4a", "audio/mpeg", "video/quicktime", "video/mp4", "video/x-m4v"),
    "application/pdf",
}
SHOW = PodcastSettings(
    topics=("Talk",),
    is_all=False,
    title="The Lock Keepers",
    author="Ann",
    owner_name="Ann Example",
    owner_email="ann@example.com",
    categories=(("Society & Culture", "Documentary"), ("Technology", "")),
    cover="https://house.example/cover.png",
    is_explicit=False,
    kind="serial",
    is_locked=True,
)
WHOLE = """---
title: The keeper
topics: [Talk]
language: de
date: 2026-04-30 10:00
link: https://x.example/keeper
summary: One keeper, four locks.
images:
  - https://x.example/drawing.svg
  - {url: https://x.example/wide.png, width: 1200, height: 630}
  - {url: https://x.example/square.png, width: 3000, height: 3000}
attachments: {url: https://x.example/plan.pdf, length: 99}
audio: {url: https://x.example/keeper.m4a, type: audio/mp4, length: 12345}
duration: 1:02:03
episode: 4
season: 2
episodeType: bonus
explicit: true
chapters: https://x.example/chapters.json
transcript:
  - https://x.example/a.vtt
  - https://x.example/a.srt
  - https://x.example/a.json
  - https://x.example/a.txt
  - https://x.example/a
---

A talk.
"""
BARE = "---\ntitle: Bare\ntopics: [Talk]\nenclosure: https://x.example/bare.mp3\n---\n\nTalk.\n"


@dataclass
class Site:
    """What was published of two episodes and an article without sound."""

    house: House

    @property
    def channel(self) -> Any:
        return etree.parse(self.house.public / "topics/talk.rss").getroot()[0]

    def item(self, title: str) -> Any:
        (found,) = self.channel.xpath("item[title=$title]", title=title)
        return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Site:
    house = build(tmp_path_factory.mktemp("podcast") / "house")
    house.config = replace(
        house.config,
        site=replace(house.config.site, copyright="Ann Example"),
        feeds=replace(house.config.feeds, podcast=SHOW),
    )
    house.start()
    house.write("keeper.md", WHOLE)
    house.write("bare.md", BARE)
    house.write("note.md", article("Note", topics="[Talk, News]"))
    house.reconcile()
    house.stop()
    return Site(house)


Said = str | dict[str, str] | None
"""The text of a tag, its attributes, or None: there is no such tag."""

CHANNEL: dict[str, tuple[str, Said]] = {
    "title": ("title", "The Lock Keepers"),
    "language": ("language", "en"),
    "cover": ("itunes:image", {"href": "https://house.example/cover.png"}),
    "category": ("itunes:category", {"text": "Society & Culture"}),
    "subcategory": ("itunes:category/itunes:category", {"text": "Documentary"}),
    "explicit": ("itunes:explicit", "false"),
    "author": ("itunes:author", "Ann"),
    "link": ("link", "https://house.example/topics/talk.html"),
    "self": (
        "atom:link[@rel='self']",
        {
            "href": "https://house.example/topics/talk.rss",
            "rel": "self",
            "type": "application/rss+xml",
        },
    ),
    "type": ("itunes:type", "serial"),
    "owner": ("itunes:owner/itunes:email", "ann@example.com"),
    "copyright": ("copyright", "Ann Example"),
    "locked-owner": ("podcast:locked", {"owner": "ann@example.com"}),
    "locked": ("podcast:locked", "yes"),
    "medium": ("podcast:medium", None),
}
KEEPER: dict[str, tuple[str, Said]] = {
    "episode-title": ("title", "The keeper"),
    "enclosure": (
        "enclosure",
        {"url": "https://x.example/keeper.m4a", "length": "12345", "type": "audio/x-m4a"},
    ),
    "episode-link": ("link", "https://x.example/keeper"),
    "episode-description": ("description", "One keeper, four locks."),
    "duration": ("itunes:duration", "3723"),
    "artwork": ("itunes:image", {"href": "https://x.example/square.png"}),
    "episode-explicit": ("itunes:explicit", "true"),
    "episode-number": ("itunes:episode", "4"),
    "season": ("itunes:season", "2"),
    "episode-type": ("itunes:episodeType", "bonus"),
    "podcast-episode": ("podcast:episode", "4"),
    "podcast-season": ("podcast:season", "2"),
    "chapters": (
        "podcast:chapters",
        {"url": "https://x.example/chapters.json", "type": "application/json+chapters"},
    ),
    "transcript": (
        "podcast:transcript",
        {"url": "https://x.example/a.vtt", "type": "text/vtt", "language": "de"},
    ),
}
Check = Callable[[Site], None]
OTHERS: dict[str, Check] = {}


def rule(name: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        assert name not in OTHERS
        OTHERS[name] = check
        return check

    return register


def check(element: Any, tag: str, said: Said) -> None:
    found = element.xpath(tag, namespaces=NAMES)
    if said is None:
        assert found == []
    else:
        first = found[0]
        assert (dict(first.attrib) if isinstance(said, dict) else first.text) == said


@pytest.mark.parametrize("name", CHANNEL)
def test_a_rule_of_the_channel_holds(published: Site, name: str) -> None:
    check(published.channel, *CHANNEL[name])


@pytest.mark.parametrize("name", KEEPER)
def test_a_rule_of_an_episode_holds(published: Site, name: str) -> None:
    check(published.item("The keeper"), *KEEPER[name])


@rule("namespaces")
def _(site: Site) -> None:
    assert NAMES.items() <= site.channel.getparent().nsmap.items()


@rule("description")
def _(site: Site) -> None:
    assert 0 < len(site.channel.findtext("description").encode()) <= 4000


@rule("guid")
def _(site: Site) -> None:
    found = site.channel.findtext("podcast:guid", namespaces=NAMES)
    assert found == guid_of("https://house.example/topics/talk.rss")
    # The two examples of the specification.
    for address, known in (
        ("mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
        ("podnews.net/rss", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
    ):
        assert guid_of(f"https://{address}") == guid_of(f"http://{address}/") == known


@rule("one-enclosure")
def _(site: Site) -> None:
    assert len(site.item("The keeper").findall("enclosure")) == 1


@rule("enclosure-length")
def _(site: Site) -> None:
    told = site.item("Bare").find("enclosure").attrib
    assert dict(told) == {"url": "https://x.example/bare.mp3", "length": "0", "type": "audio/mpeg"}


@rule("enclosure-type")
def _(site: Site) -> None:
    assert {each.get("type") for each in site.channel.iter("enclosure")} <= APPLES_TYPES


@rule("episode-guid")
def _(site: Site) -> None:
    guids = site.channel.findall("item/guid")
    assert len({each.text for each in guids}) == 3
    assert {each.get("isPermaLink") for each in guids} == {"false"}


@rule("date")
def _(site: Site) -> None:
    assert parsedate_to_datetime(site.item("The keeper").findtext("pubDate")).hour == 10


@rule("transcript-types")
def _(site: Site) -> None:
    found = site.item("The keeper").findall("podcast:transcript", namespaces=NAMES)
    assert [each.get("type") for each in found] == [
        *("text/vtt", "application/x-subrip", "application/json", "text/plain", "text/html")
    ]


@rule("plain-episode")
def _(site: Site) -> None:
    for title in ("Bare", "Note"):
        assert site.item(title).xpath("itunes:*|podcast:*", namespaces=NAMES) == []


@rule("other-feeds")
def _(site: Site) -> None:
    texts = {
        path.relative_to(site.house.public): path.read_bytes()
        for kind in ("rss", "atom", "json")
        for path in site.house.public.rglob(f"*.{kind}")
    }
    found = {str(path) for path, text in texts.items() if re.search(b"itunes|podcastind", text)}
    assert found == {"topics/talk.rss"}


def problems(keys: str, before: str = "", topics: str = '["Talk"]') -> list[str]:
    """What a configuration is refused for."""
    text = f'{before}\n[feeds.podcast]\ntopics = {topics}\ncover = "c.png"\n{keys}'
    with pytest.raises(ConfigError) as caught:
        parse_config(text, None, Path("/x"))
    return list(caught.value.problems)


@rule("required")
def _(_: Site) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config("[feeds.podcast]", None, Path("/x"))
    missing = [problem.partition(":")[0] for problem in caught.value.problems]
    assert missing == [f"feeds.podcast.{key}" for key in ("topics", "category", "cover")]


@rule("category-list")
def _(_: Site) -> None:
    (problem,) = problems('category = "Tecnology"')
    assert 'Did you mean "Technology"?' in problem
    (problem,) = problems('category = "Games & Hobbies"')  # until 2019
    assert "Apple's categories" in problem


@rule("language-list")
def _(site: Site) -> None:
    (problem,) = problems('category = "News"', '[site]\nlanguage = "x-priv"')
    assert problem.startswith("site.language")
    hawaiian = replace(site.house.config.site, language="haw")
    assert "two-letter" in warned(replace(site.house.config, site=hawaiian))[0].text


@rule("guid-stays")
def _(site: Site) -> None:
    told = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    podcast = replace(SHOW, guid=told)
    house = site.house
    house.restart(feeds=replace(house.config.feeds, podcast=podcast))
    house.reconcile()
    assert site.channel.findtext("podcast:guid", namespaces=NAMES) == told
    house.restart(feeds=replace(house.config.feeds, podcast=SHOW))
    house.reconcile()
    house.stop()
    assert "a UUID" in problems('category = "News"\nguid = "917393e3"')[0]
    (problem,) = problems(f'category = "News"\nguid = "{told}"', topics='"all"')
    assert "one topic" in problem


@rule("rss")
def _(_: Site) -> None:
    (problem,) = problems('category = "News"', '[feeds]\nformats = ["atom"]')
    assert problem.startswith("feeds.formats")


def png(width: int, height: int) -> bytes:
    """The head of a picture of that size."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    return head + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0"


def warned(config: Any) -> list[Finding]:
    found = list(podcast_checks.podcast_findings(config))
    return [finding for finding in found if finding.level == "warning"]


def cover_says(site: Site, data: bytes | None) -> str:
    """What the doctor warns of, if the cover has these bytes."""
    cover = site.house.public / "cover.png"
    cover.unlink(missing_ok=True)
    if data is not None:
        cover.write_bytes(data)
    return " ".join(each.text for each in warned(site.house.config) if "cover" in each.text)


@rule("cover-size")
def _(site: Site) -> None:
    assert cover_says(site, png(1400, 1400)) == cover_says(site, png(3000, 3000)) == ""
    for width, height in ((1399, 1399), (3001, 3001), (3000, 1400)):
        assert f"has {width} x {height} pixels" in cover_says(site, png(width, height))


@rule("cover-picture")
def _(site: Site) -> None:
    assert "no JPEG or PNG picture" in cover_says(site, b"<html>no picture</html>")
    assert "no JPEG or PNG picture" in cover_says(site, b"GIF89a" + bytes(100))
    assert "by its bytes, but not by its name" in cover_says(site, b"\xff\xd8\xff\xe0" + bytes(100))
    assert "cannot be read" in cover_says(site, None)


@rule("serial")
def _(site: Site) -> None:
    (finding,) = (each for each in warned(site.house.config) if "serial" in each.text)
    assert finding.text.startswith("1 of 3 articles in talk.rss have no number")


@rule("episodes-only")
def _(site: Site) -> None:
    (finding,) = (each for each in warned(site.house.config) if "no enclosure" in each.text)
    assert finding.text.startswith("1 of 3 articles in talk.rss")


@rule("https")
def _(site: Site) -> None:
    config = site.house.config
    plain = replace(config, site=replace(config.site, url="http://house.example/"))
    notes = [each.text for each in podcast_checks.podcast_findings(plain) if each.level == "note"]
    assert any(text.startswith("site.url is not https") for text in notes)


@pytest.mark.parametrize("name", OTHERS)
def test_a_rule_holds(published: Site, name: str) -> None:
    OTHERS[name](published)


def test_the_documentation_lists_these_rules() -> None:
    page = (Path(__file__).parents[3] / "docs" / "podcasts.md").read_text("utf-8")
    rules = page.partition("## What directories require")[2]
    assert sorted(RULE.findall(rules)) == sorted({**CHANNEL, **KEEPER, **OTHERS})


def test_a_topic_without_articles_is_named(published: Site) -> None:
    config = published.house.config
    feeds = replace(config.feeds, podcast=replace(SHOW, topics=("Tlak",)))
    assert [each.text for each in warned(replace(config, feeds=feeds)) if "Tlak" in each.text]


def test_without_a_podcast_nothing_is_said_and_without_a_fault_that_there_is_none(
    tmp_path: Path, published: Site
) -> None:
    config = published.house.config
    none = replace(config, feeds=replace(config.feeds, podcast=None))
    assert list(podcast_checks.podcast_findings(none)) == []
    elsewhere = replace(SHOW, cover="https://x.example/cover.jpg", owner_email="")
    feeds = replace(config.feeds, podcast=elsewhere)
    sound = replace(config, feeds=feeds, store_path=tmp_path / "none.db")
    found = list(podcast_checks.podcast_findings(sound))
    assert [finding.level for finding in found] == ["ok", "note", "note"]
