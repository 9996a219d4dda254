"""What the front matter leaves open, a sound beside the article says."""

import pytest

from worker.core.article import Reading
from worker.core.paths import SOUND_MARK, split_sounds
from worker.parsing.article_reader import ReadingRules, read_article

RULES = ReadingRules(site_url="https://site.example/", timezone="UTC", language="en")


def read(matter: str, *names: str) -> Reading:
    text = f"---\ntitle: T\n{matter}\n---\n\nText.\n" if matter else "T\n\nText.\n"
    beside = SOUND_MARK + "/".join(names).encode() + SOUND_MARK
    return read_article(beside + text.encode(), "s/a.md", RULES)


@pytest.mark.parametrize(
    "matter", ["", "season: 2", "audio:", "attachments: [https://e.example/a.pdf]"]
)
def test_it_is_read_as_if_the_front_matter_named_it(matter: str) -> None:
    found = read(matter, "a b#1%.mp3").article
    assert found is not None
    assert found.enclosures[0].url == "feedmill:media/s/a%20b%231%25.mp3"
    assert found.enclosures[0].url in [mention.address for mention in found.mentions]


@pytest.mark.parametrize("key", ["enclosure", "audio", "video", "podcast"])
def test_what_the_front_matter_names_counts_instead(key: str) -> None:
    found = read(f"{key}: https://e.example/other.mp3", "a.mp3", "a.ogg")
    assert found.article is not None
    assert [each.url for each in found.article.enclosures] == ["https://e.example/other.mp3"]
    assert "enclosure" in [problem.code for problem in found.problems]
    assert "beside" not in str(found.problems)


def test_a_warning_names_the_others_and_what_a_path_cannot_hold_is_none() -> None:
    found = read("", "a.mp3", "a.ogg")
    (problem,) = found.problems
    assert problem.message.startswith("`a.mp3` and `a.ogg` lie beside the file")
    assert found.article is not None
    assert [each.url for each in found.article.enclosures] == ["feedmill:media/s/a.mp3"]
    for name in ("..", "a\\b.mp3", "a.exe", "\x01.mp3", ""):
        other = read("", name).article
        assert other is not None
        assert other.enclosures == ()


@pytest.mark.parametrize(
    "data", [SOUND_MARK, SOUND_MARK + b"\xff", SOUND_MARK + b"\xff.mp3" + SOUND_MARK]
)
def test_a_file_that_holds_the_mark_itself_is_no_danger(data: bytes) -> None:
    assert read_article(data, "a.md", RULES).article is None
    assert split_sounds(data)[1] == b""
