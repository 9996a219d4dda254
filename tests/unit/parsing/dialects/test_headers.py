"""Front matter in header lines, or in a fence that names its language."""

from datetime import UTC, datetime

import pytest

from tests.unit.parsing.dialects.dialect_files import codes, read
from worker.core.problems import Place


@pytest.mark.parametrize(
    "text",
    [
        "Note: the ferry is late\n\nIt left at nine.",
        "Title: a word that kings like\n\nAnd others do not.",
        "Title: The Spring Concert\nDate: next Tuesday\n\nBring a chair.",
        "Title: The Spring Concert\nVenue: Town hall\n\nBring a chair.",
        "Title: Soup\nServes: 4\n\nBoil it.",
        "Title: One\n======\n\nText.",
        "Title: One\nDate: 2026-05-01\nand the text goes on at once",
        "From: Ilse\nTo: Henk\nSubject: The crane\nDate: Mon, 4 May 2026\n\nDear Henk,",
        "Date: 2026-05-01\nTags: none\n\nA log without a title.",
        "Summary: it rained.\n\nThen it stopped.",
        "Author: unknown\nDate: 1620\n\nA letter found in a wall.",
        "Re: your boat\n\nIt sank.",
        "Q: Why?\nA: Because.\n\nThat is all.",
        "Dramatis personae:\nTitle: a herald\n\nEnter all.",
        "Monday: rain\nTuesday: rain\n\nA week.",
        "https://x.example/a\n\nAn address.",
        "10:30 The ferry\n11:30 Another\n\nA timetable.",
        "Title:\nDate: 2026-05-01\n\nNothing.",
        "- Title: One\n- Date: 2026-05-01\n\nA list.",
        "> Title: One\n> Date: 2026-05-01\n\nA quotation.",
        "Chapter: One\nTitle: Two\nAuthor: Three\n\nText.",
        "<!-- title: One -->\n\nText.",
        "<!--\nA remark\n-->\n\nText.",
        ".. image:: a.png\n\nText.",
        ".. title: One\n\nText.",
        ".. and so on\n\nText.",
    ],
)
def test_prose_that_begins_like_header_lines_loses_none_of_them(text: str) -> None:
    for name in ("a.md", "a.txt", "a.markdown"):
        article = read(text, name).article
        assert article is not None
        if not text.startswith("<!--"):
            first = text.lstrip("->. ").partition("\n")[0].partition(":")[0]
            assert first in f"{article.title} {article.text}"
        assert article.published is None
        assert article.topics == ()
        assert article.people == ()


@pytest.mark.parametrize(
    "text",
    [
        "Title: Backups\nDate: 2013-08-08 12:14Z\nUpdate: 2013-11-13 20:20\nTags: a, b\n\nText.",
        "Title: Backups\nNoco: yes\nDate: 2013-08-08 12:14Z\nTags: a, b\n---\n\nText.",
        "title: Backups\ndate: 2013-08-08 12:14Z\ntags: a, b\nslug: b\n---\nText.",
        "Title:Backups\nBase Header Level: 2\nDate:2013-08-08 12:14Z\nTags: a,\n    b\n...\nText.",
        "Date: 2013-08-08 12:14Z\nStatus:\nTags: a, b\nTitle: Backups\n\nText.",
        "Title: Backups\nDate: 2013-08-08 12:14Z\nTags: a, b\nText.",
    ],
)
def test_a_title_and_one_more_known_key_make_a_header(text: str) -> None:
    reading = read(text)
    article = reading.article
    assert article is not None, reading.problems
    assert (article.title, article.text, article.topics) == ("Backups", "Text.", ("a", "b"))
    assert article.published == datetime(2013, 8, 8, 12, 14, tzinfo=UTC)


def test_yaml_without_its_first_fence_is_no_header() -> None:
    assert codes(read('title: "One"\ndate: 2026-05-01\n---\nText.')) == ["missing-fence"]


@pytest.mark.parametrize(
    ("keys", "code"),
    [(100_000, "front-matter-too-big"), (9_000, "front-matter-too-big"), (400, "")],
)
def test_a_header_of_very_many_keys_is_answered(keys: int, code: str) -> None:
    lines = "\n".join(f"key{at}: {at}" for at in range(keys))
    reading = read(f"Title: One\nDate: 2026-05-01\n{lines}\n\nText.")
    assert [problem.code for problem in reading.problems if problem.level == "error"] == (
        [code] if code else []
    )
    short = "\n".join("a:" for _ in range(12_000))
    assert "front-matter-too-many" in codes(read(f"Title: One\nDate: 2026-05-01\n{short}\n\nText."))


def test_header_lines_are_pelican_s_only_in_files_that_it_reads_so() -> None:
    text = "Title: One\nDate: 2026-05-01\n\n<p>Text.</p>"
    article = read(text, "a.html").article
    assert article is not None
    assert "Title: One" in article.content_html


def test_problems_in_header_lines_are_told_at_their_lines() -> None:
    reading = read("\nTitle: One\nDate: 2026-02-30\nTitle: Two\nUrl: x:y\n\nText.")
    assert [(problem.code, problem.place) for problem in reading.problems] == [
        ("bad-date", Place(3, 1)),
        ("duplicate-key", Place(4, 1)),
        ("bad-url", Place(5, 1)),
    ]


def test_a_secured_value_in_header_lines_is_dropped() -> None:
    blob = "qW3zr+T/" * 8
    reading = read(f".. title: One\n.. slug: one\n.. secured: {blob}\n\nText.")
    assert reading.article is not None
    assert blob not in repr(reading)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('---json\n{"title": "One"}\n---\nText.', []),
        ('--- JSON\n\n{\n"title": "One"\n}\n---\nText.', []),
        ('---toml\ntitle = "One"\n---\nText.', []),
        ("---yaml\ntitle: One\n---\nText.", []),
        ("---js\n{ title: 'One' }\n---\nText.", [("bad-fence", 1)]),
        ('---json\n{"title": "One"}\n\nText.', [("unclosed-front-matter", 1)]),
        ("---json\ntitle: One\n---\nText.", [("json-syntax", 2)]),
        ('---json\n{"title": "One",}\n---\nText.', [("json-syntax", 2)]),
        ('---toml\ntitle = "One\n---\nText.', [("toml-syntax", 2)]),
    ],
)
def test_a_fence_may_name_its_language(text: str, told: list[tuple[str, int]]) -> None:
    reading = read(text)
    found = [(problem.code, problem.place and problem.place.line) for problem in reading.problems]
    assert found == told
    if not told:
        assert reading.article is not None
        assert (reading.article.title, reading.article.text) == ("One", "Text.")
