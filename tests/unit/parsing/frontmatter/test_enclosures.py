"""Enclosures and episodes in front matter: what is read, what is said of what is unknown."""

from dataclasses import replace

import pytest

from tests.unit.parsing.frontmatter.fieldlines import good, read, told
from worker.core.article import Enclosure, Episode, Mention
from worker.core.deferred import MEDIA
from worker.core.problems import Place
from worker.parsing.article_reader import read_article
from worker.parsing.frontmatter.enclosures import MOST, duration_of, guessed_type
from worker.parsing.frontmatter.values import InvalidValueError
from worker.parsing.rules import ReadingRules

URL = "https://cdn.example/one.mp3"
ONE = Enclosure(URL, "audio/mpeg", 1234)


@pytest.mark.parametrize(
    "lines",
    [
        "enclosure: {url: https://cdn.example/one.mp3, type: audio/mpeg, length: 1234}",
        "enclosure: https://cdn.example/one.mp3 1234 audio/mpeg",
        'enclosure: "https://cdn.example/one.mp3\\n1234\\naudio/mpeg\\n"',
        "audio:\n  - src: https://cdn.example/one.mp3\n    size: '1,234'",
        "video: {href: https://cdn.example/one.mp3, bytes: 1_234, mime_type: Audio/MPEG;x=y}",
        "attachments: [{file: https://cdn.example/one.mp3, size_in_bytes: 1234}]",
    ],
)
def test_an_enclosure_is_written_in_many_ways(lines: str) -> None:
    assert good(lines).enclosures == (ONE,)


@pytest.mark.parametrize(
    "lines",
    [
        "podcast: {mp3: https://cdn.example/one.mp3, length: 1234}",
        "audio_file: {url: https://cdn.example/one.mp3, length: 1234}",
        "mp3: https://cdn.example/one.mp3 1234 audio/mpeg",
        "Enclosure: https://cdn.example/one.mp3 1234 audio/mpeg",
    ],
)
def test_other_tools_keys_are_understood(lines: str) -> None:
    reading = read_article(f"---\ntitle: x\n{lines}\n---\n".encode(), "x.md", ReadingRules())
    assert reading.article
    assert reading.article.enclosures == (ONE,)


@pytest.mark.parametrize(
    "lines",
    [
        "audio: true",
        "video: dQw4w9WgXcQ",
        "video: {id: 123}",
        "podcast: false",
        "attachments: ['[[slides]]']",
        "duration: 2 weeks",
        "season: autumn\nepisode: The pilot\nchapters: [one, two]\nexplicit: maybe",
    ],
)
def test_what_names_no_file_to_download_rejects_nothing(lines: str) -> None:
    data = f"---\ntitle: x\nsummary: y\n{lines}\n---\n".encode()
    reading = read_article(data, "x.md", ReadingRules())
    assert reading.article
    assert reading.article.enclosures == ()
    assert reading.problems == ()


def test_keys_of_an_episode_stay_the_authors_own_without_an_enclosure() -> None:
    assert good("season: autumn\nduration: 2 weeks").extra == {
        "season": "autumn",
        "duration": "2 weeks",
    }


def test_all_keys_count_each_address_once_and_in_order() -> None:
    lines = f"attachments: [{URL} 5 a/b, https://x.example/s.pdf 7 application/pdf]\n"
    article = good(f"{lines}enclosure: {URL} 1234 audio/mpeg")
    pdf = Enclosure("https://x.example/s.pdf", "application/pdf", 7)
    assert article.enclosures == (ONE, pdf)


def test_a_file_beside_the_article_is_left_to_publishing_with_its_place() -> None:
    file = "---\ntitle: x\naudio: {url: one.mp3, title: One, duration: 62}\n---\nx"
    reading = read_article(file.encode(), "pod/x.md", ReadingRules())
    address = "feedmill:media/pod/one.mp3"
    assert reading.problems == ()
    assert reading.article
    assert reading.article.enclosures == (Enclosure(address, "audio/mpeg", None, 62, "One"),)
    assert reading.article.mentions == (Mention(address, Place(3, 1)),)


@pytest.mark.parametrize("extension", sorted(MEDIA))
def test_the_name_of_a_medium_is_no_domain(extension: str) -> None:
    article, problems = read(f"audio: tides.{extension}")
    assert problems == []
    assert article.enclosures[0].url == f"feedmill:media/tides.{extension}"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"audio: {URL}", f"The length of `{URL}` is not known."),
        (f"audio: {{url: {URL}, length: 0}}", f"The length of `{URL}` is not known."),
        (
            "audio: https://cdn.example/get?id=1",
            "The length and the type of `https://cdn.example/get?id=1` are not known.",
        ),
        (
            "video: https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "`https://www.youtube.com/watch?v=dQw4w9WgXcQ` is a page, not a file to download, so"
            " it is left out.",
        ),
    ],
)
def test_what_is_unknown_of_another_sites_file_is_a_warning(lines: str, said: str) -> None:
    article, (problem,) = read(f"title: x\n{lines}")
    assert (problem.code, problem.level, problem.place) == ("enclosure", "warning", Place(3, 1))
    assert problem.message == said
    assert len(article.enclosures) == (0 if "page" in said else 1)


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (f"enclosure: {{url: {URL}, length: -5}}", "bad-enclosure", 47),
        (f"enclosure: {{url: {URL}, length: 99999999999999999999}}", "bad-enclosure", 47),
        (f"enclosure: {{url: {URL}, type: text/html}}", "bad-enclosure", 47),
        (f"enclosure: {{url: {URL}, type: mp3}}", "bad-enclosure", 47),
        (f"enclosure: {{url: {URL}, duration: abc}}", "bad-enclosure", 47),
        ("enclosure: 'javascript:alert(1)'", "bad-url", 1),
        ("enclosure: {length: 5}", "missing-key", 1),
        ("enclosure: {url: [a]}", "bad-url", 13),
    ],
)
def test_what_cannot_be_is_an_error_at_its_place(line: str, code: str, column: int) -> None:
    (problem,) = read(line)[1]
    assert (problem.code, problem.level) == (code, "error")
    assert problem.place == Place(2, column)
    assert problem.hint


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("3723", 3723), ("1:02:03", 3723), ("62:03", 3723), ("PT1H2M3S", 3723), ("61.9", 61)],
)
def test_a_duration_is_seconds_or_a_clocks(written: str, seconds: int) -> None:
    article = good(f"enclosure: {URL} 1234 audio/mpeg\nduration: {written}")
    assert article.enclosures == (replace(ONE, duration=seconds),)


@pytest.mark.parametrize("written", ["abc", "-5", "1:2", "PT", "99999999", "1:02:03:04", "٣"])
def test_another_duration_is_none(written: str) -> None:
    with pytest.raises(InvalidValueError):
        duration_of(written)


def test_an_episode_says_what_directories_ask() -> None:
    article = good(
        f"enclosure: {URL} 1234 audio/mpeg\nepisode: 4\nseason: 2\nepisodeType: Bonus\n"
        "explicit: no\nchapters: /c.json\ntranscript: [https://x.example/t.vtt, /t.srt]"
    )
    site = "https://site.example"
    assert article.episode == Episode(
        4, 2, "bonus", False, f"{site}/c.json", ("https://x.example/t.vtt", f"{site}/t.srt")
    )
    assert article.extra == {}


def test_wrong_keys_of_an_episode_are_left_out_with_a_warning_each() -> None:
    lines = (
        f"enclosure: {URL} 1234 audio/mpeg\nepisode: Pilot\nseason: 0\nepisodeType: long\n"
        "explicit: maybe\nchapters: 'javascript:x'\ntranscript: [{}]\nduration: abc"
    )
    article, problems = read(lines)
    assert article.enclosures == (ONE,)
    assert article.episode is None
    assert {(problem.code, problem.level) for problem in problems} == {("enclosure", "warning")}
    assert sorted(problem.place.line for problem in problems if problem.place) == [*range(3, 10)]
    assert all(problem.message.endswith("It is ignored.") for problem in problems)


def test_of_a_thousand_attachments_the_first_hundred_count() -> None:
    items = "\n".join(f"  - https://x.example/{n}.pdf 1 application/pdf" for n in range(1000))
    article, problems = read(f"attachments:\n{items}")
    assert len(article.enclosures) == MOST
    assert [problem.code for problem in problems] == ["enclosure"]
    assert problems[0].place == Place(MOST + 3, 5)


def test_a_misspelled_key_of_an_enclosure_is_named() -> None:
    assert told(f"enclosure:\n  url: {URL}\n  lenght: 5\n  type: a/b")[0][0] == "unknown-key"


def test_a_type_is_guessed_by_the_extension_alone() -> None:
    assert guessed_type("https://x.example/a.MP3?x=.ogg") == "audio/mpeg"
    assert guessed_type("https://x.example/mp3") == ""
