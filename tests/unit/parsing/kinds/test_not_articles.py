"""What is passed over, and what stays an article."""

import pytest

from worker.core.article import Reading
from worker.parsing.article_reader import read_article
from worker.parsing.rules import ReadingRules


def read(path: str, text: str) -> Reading:
    return read_article(text.encode(), path, ReadingRules())


def front(*lines: str, body: str = "Text.") -> str:
    return "\n".join(["---", *lines, "---", body, ""])


DATED = front("title: One", "date: 2026-05-01")


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("_index.md", DATED, "section-page"),
        ("blog/_index.md", "", "section-page"),
        ("blog/index.md", front("title: Blog", body=""), "section-page"),
        ("README.md", "# Read me\n\nText.\n", "site-file"),
        ("docs/README.zh.md", "# Read me\n", "site-file"),
        ("readme.markdown", "", "site-file"),
        ("LICENSE-MIT.txt", "Copyright", "site-file"),
        ("CHANGELOG.md", front("title: Changes"), "site-file"),
        ("README.md", front("title: A: b"), "site-file"),
        ("404.html", "<h1>Not found</h1>", "site-file"),
        ("robots.txt", "User-agent: *", "site-file"),
        ("me.md", front("title: Me", "layout: page"), "page"),
        ("me.md", front("title: Me", "type: page"), "page"),
        ("about.md", front("title: About"), "page"),
        ("book.ipynb", "{}", "other-kind"),
        ("letter.docx", "PK", "other-kind"),
    ],
)
def test_what_is_no_article_is_passed_over_with_one_warning(
    path: str, text: str, code: str
) -> None:
    reading = read(path, text)
    assert reading.article is None
    assert [(problem.code, problem.level) for problem in reading.problems] == [(code, "warning")]
    assert reading.problems[0].hint


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", DATED),
        ("CHANGELOG.md", DATED),
        ("about.md", DATED),
        ("me.md", front("title: Me", "layout: page", "date: 2026-05-01")),
        ("2026-05-01-me.md", front("title: Me", "layout: page")),
        ("about.md", "# About the sea\n\nWide.\n"),
        ("about.md", front("title: About", "tags: [sea]")),
        ("license-to-sail.md", "# License to sail\n\nText.\n"),
        ("trip/index.md", front("title: Trip")),
        ("index.md", front("title: A link", "link: https://a.example/", "excerpt: x", body="")),
        ("note.md", "A plain note."),
        ("note.md", front("title: A note without a date")),
    ],
)
def test_a_date_or_plain_words_make_an_article(path: str, text: str) -> None:
    reading = read(path, text)
    assert reading.article is not None
    assert reading.problems == ()


def test_an_undated_page_in_a_menu_is_an_article_with_a_warning() -> None:
    reading = read("boats.md", front("title: Boats", "menu: main"))
    assert reading.article is not None
    (problem,) = reading.problems
    assert (problem.code, problem.place) == ("undated", (3, 1))
