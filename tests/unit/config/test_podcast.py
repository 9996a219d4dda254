"""[feeds.podcast]: what is read, and what is reported."""

from pathlib import Path

import pytest

from worker.config.loading import parse_config
from worker.config.model import PodcastSettings
from worker.config.podcast import CATEGORIES
from worker.core.errors import ConfigError

GOOD = {
    "topics": '["Talk"]',
    "category": '["Society & Culture > Documentary", "Technology"]',
    "cover": '"covers/talk.jpg"',
}


def settings(**keys: str) -> PodcastSettings:
    lines = "\n".join(f"{key} = {value}" for key, value in keys.items())
    text = f'[site]\nurl = "https://x.example/"\n[feeds.podcast]\n{lines}\n'
    found = parse_config(text, None, Path("/x")).feeds.podcast
    assert found
    return found


def test_a_podcast_needs_topics_a_category_and_a_cover() -> None:
    assert settings(**GOOD) == PodcastSettings(
        topics=("Talk",),
        is_all=False,
        title="",
        author="",
        owner_name="",
        owner_email="",
        categories=(("Society & Culture", "Documentary"), ("Technology", "")),
        cover="https://x.example/covers/talk.jpg",
        is_explicit=False,
        kind="episodic",
        is_locked=False,
    )
    with pytest.raises(ConfigError) as caught:
        settings(author='"Ann"')
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "feeds.podcast.topics",
        "feeds.podcast.category",
        "feeds.podcast.cover",
    ]


def test_without_the_section_no_feed_is_a_podcast() -> None:
    assert parse_config("", None, Path("/x")).feeds.podcast is None


def test_all_topics_may_be_podcasts() -> None:
    found = settings(**GOOD | {"topics": '"all"', "category": '"News"', "type": '"serial"'})
    assert found.is_all
    assert found.categories == (("News", ""),)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("topics", '"Talk"', "a list of topics"),
        ("topics", "3", "a list of texts"),
        ("category", '"Tecnology"', "Technology"),
        ("category", '"Technology > Gadgets"', "a subcategory of Technology"),
        ("category", '"Society & Culture > Documentry"', "Documentary"),
        ("cover", '"cover.txt"', "a JPEG or PNG picture"),
        ("cover", '"javascript:x"', "https://"),
        ("owner", '{ email = "ann" }', "an e-mail address"),
        ("owner", '{ mail = "ann@x.example" }', "unknown key"),
        ("explicit", '"no"', "true or false"),
        ("type", '"weekly"', "serial"),
        ("colour", '"red"', "unknown key"),
    ],
)
def test_what_directories_would_refuse_is_reported(key: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(**GOOD | {key: value})
    (problem,) = caught.value.problems
    assert problem.startswith(f"feeds.podcast.{key}")
    assert said in problem


def test_apples_list_is_whole() -> None:
    assert len(CATEGORIES) == 19
    assert sum(map(len, CATEGORIES.values())) == 91
