"""Parsers that know podcasts read every field of a podcast's feed."""

from collections.abc import Iterator

import httpx
import pytest

from tests.acceptance.readers import run_npm
from tests.acceptance.tidemill import published

pytestmark = pytest.mark.acceptance

PODCAST = """\
[feeds.podcast]
topics = ["Sounds"]
title = "What sounds on the coast"
author = "Pia"
category = "Society & Culture > Documentary"
cover = "cover.jpg"
type = "serial"
locked = true
[feeds.podcast.owner]
name = "Pia"
email = "pia@tidemill.example"
"""
EPISODE = """\
---
title: The bell buoy
topics: Sounds
link: https://tidemill.example/bell
audio: {url: https://tidemill.example/bell.mp3, length: 4321}
image: {url: https://tidemill.example/bell.png, width: 1400, height: 1400}
duration: 1:02:03
episode: 4
season: 2
episodeType: trailer
explicit: true
chapters: https://tidemill.example/bell.json
transcript: https://tidemill.example/bell.vtt
---
It rings without anyone.
"""
SOUND = {"url": "https://tidemill.example/bell.mp3", "length": 4321, "type": "audio/mpeg"}
CHAPTERS = {"url": "https://tidemill.example/bell.json", "type": "application/json+chapters"}
TRANSCRIPT = {"url": "https://tidemill.example/bell.vtt", "type": "text/vtt"}
OWNER = {"name": "Pia", "email": "pia@tidemill.example"}


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    base = tmp_path_factory.mktemp("podcast")
    with published(base, PODCAST, {"bell.md": EPISODE}) as url:
        yield f"{url}topics/sounds.rss"


def test_podparse_reads_every_field(feed, tmp_path):
    found = run_npm("podcast.mjs", "podparse", tmp_path, [feed])
    show = found["meta"]
    assert show["title"] == "What sounds on the coast"
    assert show["image"]["url"] == feed.replace("topics/sounds.rss", "cover.jpg")
    assert {"Society & Culture", "Documentary"} <= set(show["category"])
    wanted = ("author", "type", "owner", "explicit", "locked", "language")
    assert [show[key] for key in wanted] == ["Pia", "serial", OWNER, False, True, "en"]
    (episode,) = (each for each in found["episodes"] if each["title"] == "The bell buoy")
    wanted = ("duration", "season", "episode", "episodeType", "explicit", "enclosure", "chapters")
    assert [episode[key] for key in wanted] == [3723, 2, 4, "trailer", True, SOUND, CHAPTERS]
    assert episode["image"]["url"] == "https://tidemill.example/bell.png"
    assert [each.items() >= TRANSCRIPT.items() for each in episode["transcript"]] == [True]


def test_feedsmith_reads_every_field(feed, tmp_path):
    found = run_npm("podcast.mjs", "feedsmith", tmp_path, [feed])
    assert found["itunes"] == {
        "image": feed.replace("topics/sounds.rss", "cover.jpg"),
        "explicit": False,
        "author": "Pia",
        "type": "serial",
        "categories": [{"text": "Society & Culture", "categories": [{"text": "Documentary"}]}],
        "owner": OWNER,
    }
    assert found["podcast"]["locked"] == {"value": True, "owner": OWNER["email"]}
    assert len(found["podcast"]["guid"]) == 36
    (episode,) = (each for each in found["items"] if each["title"] == "The bell buoy")
    assert episode["enclosures"] == [SOUND]
    assert episode["itunes"] == {
        "duration": 3723,
        "image": "https://tidemill.example/bell.png",
        "explicit": True,
        "episode": 4,
        "season": 2,
        "episodeType": "trailer",
    }
    assert episode["podcast"] == {
        "transcripts": [TRANSCRIPT | {"language": "en"}],
        "chapters": CHAPTERS,
        "season": {"number": 2},
        "episode": {"number": 4},
    }


def test_an_episode_of_a_file_beside_its_article_can_be_played(feed, tmp_path):
    found = run_npm("podcast.mjs", "podparse", tmp_path, [feed])
    (episode,) = (each for each in found["episodes"] if "foghorn" in each["title"])
    sound = episode["enclosure"]
    answer = httpx.get(sound["url"], headers={"Range": "bytes=0-99"})
    assert answer.status_code == 206
    assert answer.headers["content-type"] == sound["type"] == "audio/mpeg"
    assert answer.headers["content-range"].endswith(f"/{sound['length']}")
    # Its picture has 960 x 540 pixels: none for a directory.
    assert "image" not in episode
