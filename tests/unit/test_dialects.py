"""Files written for other publishing tools are articles as their authors mean them."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.article import Hold, Image, Person, Reading
from worker.foreign import OWN
from worker.keys import KNOWN, likely_meant
from worker.problem import Place
from worker.reading import ReadingRules, read_article

FILES = Path(__file__).parents[1] / "dialects"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (FILES / "expected.toml").read_text(encoding="utf-8")
)
RULES = ReadingRules(site_url="https://site.example/", timezone="Europe/Berlin", language="en")


def read(text: str, name: str = "a.md") -> Reading:
    return read_article(text.encode(), name, RULES)


def matter(*lines: str, name: str = "a.md", body: str = "Text.") -> Reading:
    """The reading of a file with these lines of YAML front matter."""
    return read("\n".join(["---", *lines, "---", "", body, ""]), name)


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


# --- whole files ------------------------------------------------------------------------------


def test_each_tool_has_its_files_and_each_file_its_expectation() -> None:
    found = {path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file()}
    assert found == {*EXPECTED, "expected.toml"}
    tools = {name.partition("/")[0] for name in EXPECTED}
    assert len(tools) == 8
    for tool in tools:
        assert 3 <= sum(name.startswith(f"{tool}/") for name in EXPECTED) <= 5


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_of_another_tool_gives_the_article_that_its_author_means(name: str) -> None:
    reading = read_article((FILES / name).read_bytes(), name, RULES)
    article = reading.article
    assert article is not None, reading.problems
    nothing: dict[str, Any] = {
        **{"published": None, "updated": None, "expires": None, "hold": []},
        **{"topics": [], "people": [], "images": [], "link": "", "codes": []},
    }
    hold = article.hold
    assert nothing | EXPECTED[name] == {
        "title": article.title,
        "published": article.published,
        "updated": article.updated,
        "expires": article.expires,
        "topics": list(article.topics),
        "summary": article.summary,
        "hold": [hold.key, hold.place.line] if hold else [],
        "people": [person.name for person in article.people],
        "images": [image.url for image in article.images],
        "link": article.link,
        "text": article.text,
        "codes": [
            f"{problem.place.line if problem.place else 0} {problem.code}"
            for problem in reading.problems
        ],
    }


def test_what_a_warning_names_stands_where_it_says() -> None:
    for name in EXPECTED:
        data = (FILES / name).read_bytes()
        lines = data.decode().split("\n")
        for problem in read_article(data, name, RULES).problems:
            if problem.code in ("template-code", "embedded-file", "tool-address"):
                assert problem.place is not None
                named = problem.message.split("`")[1]
                word = max(named.replace("…", " ").split(), key=len)
                assert word in lines[problem.place.line - 1], problem


# --- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(OWN - {known.lower() for known in KNOWN}))
def test_no_key_of_another_tool_is_taken_for_a_slip(key: str) -> None:
    assert likely_meant(key, KNOWN) == ""
    assert "unknown-key" not in codes(matter("title: One", f"{key}: 1"))


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        (["date: 2026-05-01", "publishDate: 2026-05-02"], 2),
        (["publishdate: 2026-05-02"], 2),
        (["Date: 2026-05-03"], 3),
        (["date: 2026-05-01", "created: 2026-05-02"], 1),
        (["created: 2026-05-02", "pubDatetime: 2026-05-04"], 4),
        (["publishedDateTime: 2026-05-05", "publishDate: 2026-05-02"], 5),
        (["published: 2026-05-06", "pubDate: "], 6),
    ],
)
def test_of_several_dates_the_one_from_which_on_it_may_be_seen_counts(
    lines: list[str], day: int
) -> None:
    article = matter(
        "title: One", *(f"{line}T12:00Z" if line[-1].isdigit() else line for line in lines)
    ).article
    assert article is not None
    assert article.published == datetime(2026, 5, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "lines", "published"),
    [
        ("2026-05-01-a-day.md", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("x/2026-05-01_a-day.html", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("x/2026-05-01-a-day/index.md", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("2026-05-01-a-day.md", ["date: 2026-05-02T00:00Z"], datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-05-01-a-day.md", ["published: 2026-05-02T00:00Z"], datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-05-01-a-day.md", ["date: Created"], None),
        ("2026-02-30-no-day.md", [], None),
        ("1066-10-14-battle.md", [], None),
        ("20260501-a-day.md", [], None),
        ("2026-05-011.md", [], None),
        ("report-2026-05-01.md", [], None),
    ],
)
def test_the_day_in_a_file_s_name_counts_only_where_the_file_gives_none(
    name: str, lines: list[str], published: datetime | None
) -> None:
    article = matter("title: One", *lines, name=name).article
    assert article is not None
    assert (article.title, article.published) == ("One", published)


def test_the_name_of_prose_without_front_matter_says_nothing() -> None:
    article = read("A market\n\nCome on Christmas Eve.", "2026-12-24-market.md").article
    assert article is not None
    assert (article.title, article.published) == ("A market", None)


@pytest.mark.parametrize(
    ("lines", "name", "topics"),
    [
        (["tags: Open Data, Rivers"], "a.md", ("Open Data", "Rivers")),
        (["tags: Open Data"], "2026-05-01-a.md", ("Open Data",)),
        (["layout: post", "tags: data rivers"], "a.md", ("data", "rivers")),
        (["categories: data rivers"], "2026-05-01-a.md", ("data", "rivers")),
        (["layout: post", "categories: Open Data, Rivers"], "a.md", ("Open Data", "Rivers")),
        (["layout: post", "category: Open Data", "tags: [x]"], "a.md", ("Open Data", "x")),
        (["categories: Open Data"], "a.md", ("Open Data",)),
        (["categories: [A]", "tags: [b, c]"], "a.md", ("A", "b", "c")),
        (["categories: [A]", "topics: [b]"], "a.md", ("b",)),
        (["Topics: [b]"], "a.md", ("b",)),
        (["tags: []", "categories: []", "keywords: [k]"], "a.md", ("k",)),
        (["tags: [t]", "keywords: [k]"], "a.md", ("t",)),
        (["tag: t"], "a.md", ("t",)),
        (["category: news"], "a.md", ()),
        (["category: news", "tags: [t]"], "a.md", ("t",)),
        (["tags: ['#a', '#b/c', C#, CI/CD]"], "a.md", ("a", "b/c", "C#", "CI/CD")),
        (["tags: '#a #b'"], "a.md", ("a", "b")),
        (["tags: ['[[Rivers]]', '[[Open Data|data]]']"], "a.md", ("Rivers", "data")),
        (["tags: [2021, no, 1.10]"], "a.md", ("2021", "no", "1.10")),
        (["categories: [2021, no]"], "a.md", ("2021", "no")),
        (["categories: {a: b}"], "a.md", ()),
    ],
)
def test_categories_and_tags_are_topics(
    lines: list[str], name: str, topics: tuple[str, ...]
) -> None:
    reading = matter("title: One", *lines, name=name)
    assert reading.article is not None, reading.problems
    assert reading.article.topics == topics


def test_a_bad_topic_is_told_at_its_own_line_whatever_its_list_is_called() -> None:
    reading = matter("title: One", "tags: [a]", "categories:", "  - b", "  - [c, d]")
    assert [(problem.code, problem.place) for problem in reading.problems] == [
        ("bad-topic", Place(6, 5))
    ]


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("permalink: /a/b/", "https://site.example/a/b/"),
        ("permalink: a/index.html", "https://site.example/a/"),
        ("url: /a/b", "https://site.example/a/b"),
        ("URL: /a/b", "https://site.example/a/b"),
        ("canonical_url: https://x.example/a", "https://x.example/a"),
        ("slug: a", ""),
        ("permalink: false", ""),
        ("permalink: pretty", ""),
        ("aliases: [/a/]", ""),
    ],
)
def test_the_address_of_the_page_is_the_link_but_a_slug_is_none(line: str, link: str) -> None:
    reading = matter("title: One", line)
    assert reading.article is not None
    assert (reading.article.link, codes(reading)) == (link, [])


@pytest.mark.parametrize(
    "line",
    [
        "permalink: /:year/:title/",
        "permalink: ':title'",
        'permalink: "/{{ title | slug }}/"',
        "url: /blog/:slug",
        "image: ../cover.png",
        "cover: {image: ./cover.png}",
        "heroImage: ~/assets/cover.png",
        'image: "[[cover.png]]"',
        "cover: [[cover.png]]",
        "related: [[Another note]]",
    ],
)
def test_an_address_that_only_the_tool_can_make_out_is_left_out_with_a_warning(line: str) -> None:
    reading = matter("title: One", line)
    article = reading.article
    assert article is not None
    assert (article.link, article.images, article.related) == ("", (), ())
    assert [(problem.code, problem.place) for problem in reading.problems] == [
        ("tool-address", reading.problems[0].place)
    ]
    assert reading.problems[0].place is not None
    assert reading.problems[0].place.line == 3


@pytest.mark.parametrize(
    "lines",
    [
        ["images: []", "cover: {image: '', alt: ''}"],
        ["header: false"],
        ["banner: Welcome"],
        ["thumbnail: {}"],
        ["author: ''", "authors: ['']"],
        ["permalink: {build: x}"],
        ["publish: soon"],
        ["images: ['']"],
        ["created: true"],
    ],
)
def test_a_key_that_an_archetype_left_empty_or_means_otherwise_harms_nothing(
    lines: list[str],
) -> None:
    reading = matter("title: One", *lines)
    assert reading.article is not None, reading.problems
    assert (reading.article.images, reading.article.people) == ((), ())
    assert reading.problems == ()


def test_pictures_are_found_under_any_tool_s_name() -> None:
    for line in (
        "featured_image: /a.png",
        "cover: {image: /a.png, alt: '', relative: false}",
        "heroImage: /a.png",
        "image: {path: /a.png}",
        "header: {teaser: /a.png}",
        "params: {featured_image: /a.png}",
        "extra: {cover: /a.png}",
        "Image: /a.png",
        "images: ['', /a.png]",
    ):
        reading = matter("title: One", line)
        assert reading.article is not None, line
        assert reading.article.images == (Image("https://site.example/a.png"),), line
        assert reading.problems == (), line


@pytest.mark.parametrize(
    ("line", "hold"),
    [
        ("published: false", Hold("published", Place(3, 1))),
        ("publish: false", Hold("published", Place(3, 1))),
        ("Draft: true", Hold("draft", Place(3, 1))),
        ("eleventyExcludeFromCollections: true", Hold("draft", Place(3, 1))),
        ("eleventyExcludeFromCollections: false", None),
        ("isDraft: true", Hold("draft", Place(3, 1))),
        ("private: true", Hold("draft", Place(3, 1))),
        ("hidden: false", None),
        ("publish: true", None),
        ("status: hidden", Hold("status", Place(3, 1))),
    ],
)
def test_every_tool_s_word_for_a_draft_holds_with_its_line(line: str, hold: Hold | None) -> None:
    article = matter("title: One", line).article
    assert article is not None
    assert article.hold == hold


def test_people_may_be_links_to_notes() -> None:
    for line in ('author: "[[Mira]]"', "author: [[Mira]]", "authors: ['[[people/M|Mira]]']"):
        article = matter("title: One", line).article
        assert article is not None
        assert article.people == (Person("Mira"),)


@pytest.mark.parametrize(
    ("words", "codes_"), [("Last Modified", ["file-time"]), ("git Created", ["file-time"])]
)
def test_words_for_the_file_s_time_are_no_bad_date(words: str, codes_: list[str]) -> None:
    reading = matter("title: One", f"date: {words}", f"updated: {words}")
    assert reading.article is not None
    assert (reading.article.published, reading.article.updated) == (None, None)
    assert codes(reading) == codes_ * 2


# --- header lines -----------------------------------------------------------------------------


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


# --- titles -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lines", "body", "title"),
    [
        ("2026-05-01-the-old-pier.md", ["layout: post"], "It is gone.", "The Old Pier"),
        ("2026-05-01-the-old-pier.md", ["layout: post"], "# A pier\n\nGone.", "A pier"),
        ("2026-05-01-the-old-pier.md", ["layout: post", "title: X"], "It is gone.", "X"),
        ("2026-05-01-the-old-pier.md", ["summary: X"], "It is gone.", "It is gone."),
        ("notes/The old pier.md", ["tags: [a]"], "See [[Piers]].", "The old pier"),
        ("notes/The old pier.md", ["tags: [a]"], "## See\n\n[[Piers]]", "The old pier"),
        ("notes/The old pier.md", ["tags: [a]"], "A pier\n======\n\n[[Piers]]", "A pier"),
        ("notes/2026-05-01 The old pier.md", ["tags: [a]"], "See [[Piers]].", "The old pier"),
        ("notes/2026-05-01.md", ["tags: [a]"], "See [[Piers]].", "See Piers."),
        ("notes/The old pier.md", ["tags: [a]"], "See piers.", "See piers."),
    ],
)
def test_a_name_gives_the_title_where_its_tool_takes_it_from_there(
    name: str, lines: list[str], body: str, title: str
) -> None:
    article = matter(*lines, name=name, body=body).article
    assert article is not None
    assert article.title == title


# --- summaries --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mark",
    [
        "<!--more-->",
        "<!-- more -->",
        "<!-- TEASER_END -->",
        "<!-- TEASER_END: Go on -->",
        "<!-- PELICAN_END_SUMMARY -->",
        "<!-- end excerpt -->",
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt"])
def test_what_stands_above_the_mark_is_the_summary_and_the_mark_goes(mark: str, name: str) -> None:
    body = f"First words.\n\nSecond words.\n\n{mark}\n\nThe rest.\n\n{mark}\n\nMore."
    if name == "a.html":
        body = f"<p>First words.</p><p>Second words.</p>{mark}<p>The rest.</p>{mark}<p>More.</p>"
    reading = matter("title: One", name=name, body=body)
    article = reading.article
    assert article is not None
    assert article.summary == "First words. Second words."
    assert article.text == "First words.\n\nSecond words.\n\nThe rest.\n\nMore."
    assert reading.problems == ()


def test_a_summary_in_the_front_matter_beats_the_mark_and_a_heading_is_no_summary() -> None:
    article = matter("title: One", "summary: Two", body="A.\n\n<!--more-->\n\nB.").article
    assert article is not None
    assert article.summary == "Two"
    article = read("# Title\n\nA.\n\n## Part\n\nB.\n\n<!--more-->\n\nC.").article
    assert article is not None
    assert (article.title, article.summary) == ("Title", "A. B.")


def test_a_mark_shown_as_code_parts_nothing() -> None:
    article = matter("title: One", body="Write `<!--more-->` there.\n\nSo.").article
    assert article is not None
    assert article.text == "Write <!--more--> there.\n\nSo."
    assert article.summary == "Write <!--more--> there. So."


def test_an_author_may_choose_the_mark() -> None:
    article = matter(
        "title: One", "excerpt_separator: '~~~8<~~~'", body="A.\n\n~~~8<~~~\n\nB."
    ).article
    assert article is not None
    assert (article.summary, article.text) == ("A.", "A.\n\nB.")


# --- whatever the values ----------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(max_size=10)
    | st.sampled_from(["2026-05-01", "[[a|b]]", "![[c.png]]", "/:d/", "../e", "#f #g", "Created"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["image", "path", "tags", "name", "authors"]), inner),
    max_leaves=8,
)  # fmt: skip
KEYS = st.sampled_from(sorted(OWN | KNOWN | {"Title", "Category", "Tags"}))


@given(st.dictionaries(KEYS, VALUES, max_size=8), st.sampled_from(["a.md", "2026-05-01-a.md"]))
def test_any_values_under_any_tool_s_keys_are_an_article_or_problems_of_the_author_s(
    values: dict[str, Any], name: str
) -> None:
    reading = read(f"{json.dumps(values)}\n\nText.", name)
    assert reading.article is not None or reading.problems
    assert "internal" not in codes(reading)


@given(st.dictionaries(st.sampled_from(sorted(OWN - {key.lower() for key in KNOWN})), VALUES))
def test_a_key_that_only_other_tools_know_is_never_of_the_wrong_kind(
    values: dict[str, Any],
) -> None:
    """What is rejected is rejected for what an author can correct: a date, an address, a topic."""
    reading = read(f"{json.dumps({'title': 'One'} | values)}\n\nText.")
    errors = {problem.code for problem in reading.problems if problem.level == "error"}
    bad = {"bad-date", "bad-topic", "bad-url", "too-many-topics"}
    assert errors <= bad | {"control-characters", "expires-before-published"}
