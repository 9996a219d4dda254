"""A podcast's feed beside the others: only its RSS has the tags of directories."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest

from tests.integration.house import House, build
from worker.config.model import PodcastSettings

EPISODE = """---
title: The keeper
topics: [Talk, Water]
image: https://x.example/keeper.jpg
enclosure: https://x.example/keeper.mp3 1234 audio/mpeg
duration: 1:02:03
episode: 4
transcript: https://x.example/keeper.vtt
---

A talk.
"""
SHOW = PodcastSettings(
    topics=("talk",),
    is_all=False,
    title="",
    author="Ann",
    owner_name="",
    owner_email="",
    categories=(("News", ""),),
    cover="https://x.example/cover.png",
    is_explicit=False,
    kind="episodic",
    is_locked=False,
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = build(tmp_path / "house")
    built.start()
    built.write("keeper.md", EPISODE)
    built.reconcile()
    yield built
    built.stop()


def become(house: House, **changes: object) -> None:
    feeds = replace(house.config.feeds, podcast=replace(SHOW, **changes))  # type: ignore[arg-type]
    house.restart(feeds=feeds)
    house.reconcile()


def podcasts(house: House) -> list[str]:
    """The feeds whose bytes name a podcast's tags."""
    files = [path for kind in ("rss", "atom", "json") for path in house.public.rglob(f"*.{kind}")]
    found = (path for path in files if b"itunes" in path.read_bytes())
    return sorted(str(path.relative_to(house.public)) for path in found)


def test_only_the_rss_of_its_topics_is_a_podcast(house: House) -> None:
    before = house.public_files()
    assert podcasts(house) == []
    become(house)
    assert podcasts(house) == ["topics/talk.rss"]
    after = house.public_files()
    assert {path for path in before if before[path][0] != after[path][0]} == {"topics/talk.rss"}
    feed = feedparser.parse((house.public / "topics/talk.rss").read_bytes())
    assert feed.feed.author == "Ann"
    (entry,) = feed.entries
    assert (entry.itunes_duration, entry.itunes_episode) == ("3723", "4")
    assert entry.image.href == "https://x.example/keeper.jpg"


def test_all_feeds_may_be_podcasts_and_none_again(house: House) -> None:
    become(house, topics=(), is_all=True)
    assert podcasts(house) == ["all.rss", "topics/talk.rss", "topics/water.rss"]
    house.restart(feeds=replace(house.config.feeds, podcast=None))
    house.reconcile()
    assert podcasts(house) == []


def test_a_podcast_may_have_a_title_of_its_own(house: House) -> None:
    become(house, title="Talk of the locks")
    assert house.feed("topics/talk", "rss").feed.title == "Talk of the locks"
    assert "Talk of" not in house.feed("topics/water", "rss").feed.title


def test_a_late_article_joins_the_podcast_with_its_tags(house: House) -> None:
    become(house)
    house.write("next.md", EPISODE.replace("episode: 4", "episode: 5").replace("keeper", "next"))
    house.reconcile()
    feed = house.feed("topics/talk", "rss")
    assert sorted(entry.itunes_episode for entry in feed.entries) == ["4", "5"]
