"""Files written for other publishing tools are articles as their authors mean them."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.parsing.dialects.dialect_files import RULES, codes, file, read
from worker.parsing.article_reader import read_article
from worker.parsing.frontmatter.keys import KNOWN, TOOL_KEYS

FILES = Path(__file__).parents[3] / "dialects"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (FILES / "expected.toml").read_text(encoding="utf-8")
)


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
    article = file(*lines, name=name, body=body).article
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
    reading = file("title: One", name=name, body=body)
    article = reading.article
    assert article is not None
    assert article.summary == "First words. Second words."
    assert article.text == "First words.\n\nSecond words.\n\nThe rest.\n\nMore."
    assert reading.problems == ()


def test_a_summary_in_the_front_matter_beats_the_mark_and_a_heading_is_no_summary() -> None:
    article = file("title: One", "summary: Two", body="A.\n\n<!--more-->\n\nB.").article
    assert article is not None
    assert article.summary == "Two"
    article = read("# Title\n\nA.\n\n## Part\n\nB.\n\n<!--more-->\n\nC.").article
    assert article is not None
    assert (article.title, article.summary) == ("Title", "A. B.")


def test_a_mark_shown_as_code_parts_nothing() -> None:
    article = file("title: One", body="Write `<!--more-->` there.\n\nSo.").article
    assert article is not None
    assert article.text == "Write <!--more--> there.\n\nSo."
    assert article.summary == "Write <!--more--> there. So."


def test_an_author_may_choose_the_mark() -> None:
    article = file(
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
KEYS = st.sampled_from(sorted(TOOL_KEYS | KNOWN | {"Title", "Category", "Tags"}))


@given(st.dictionaries(KEYS, VALUES, max_size=8), st.sampled_from(["a.md", "2026-05-01-a.md"]))
def test_any_values_under_any_tool_s_keys_are_an_article_or_problems_of_the_author_s(
    values: dict[str, Any], name: str
) -> None:
    reading = read(f"{json.dumps(values)}\n\nText.", name)
    assert reading.article is not None or reading.problems
    assert "internal" not in codes(reading)


@given(st.dictionaries(st.sampled_from(sorted(TOOL_KEYS - {key.lower() for key in KNOWN})), VALUES))
def test_a_key_that_only_other_tools_know_is_never_of_the_wrong_kind(
    values: dict[str, Any],
) -> None:
    """What is rejected is rejected for what an author can correct: a date, an address, a topic."""
    reading = read(f"{json.dumps({'title': 'One'} | values)}\n\nText.")
    errors = {problem.code for problem in reading.problems if problem.level == "error"}
    bad = {"bad-date", "bad-topic", "bad-url", "too-many-topics"}
    assert errors <= bad | {"control-characters", "expires-before-published"}
