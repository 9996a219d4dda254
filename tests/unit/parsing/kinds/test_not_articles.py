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
        ("me.md", front("title: Me", "layout: layouts/page.njk"), "page"),
        ("boats.md", front("title: Boats", "menu: main"), "page"),
        ("boats.md", front("title: Boats", "Weight: 2"), "page"),
        ("boats.md", front("title: Boats", "nav: true", "tags: [sea]"), "page"),
        ("pages/boats.md", "# Boats\n\nText.\n", "page"),
        ("sea/_pages/boats/index.md", front("title: Boats"), "page"),
        ("about.md", front("title: About"), "page"),
        ("about/index.de.md", front("title: About"), "page"),
        ("now.md", front("title: Now"), "page"),
        ("Datenschutz.md", front("title: Datenschutz"), "page"),
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
        ("now.md", front("title: Now", "tags: [sea]")),
        ("links.md", "The best pages on the sea."),
        ("boats.md", front("title: Boats", "menu: main", "date: 2026-05-01")),
        ("2026-05-01-boats.md", front("title: Boats", "weight: 2")),
        ("pages/boats.md", front("title: Boats", "date: 2026-05-01")),
        ("boats.md", front("title: Boats", "menu:", "nav: false")),
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


@pytest.mark.parametrize(
    ("path", "text", "place", "why"),
    [
        ("boats.md", front("title: Boats", "menu: main"), (3, 1), "the key `menu`"),
        ("me.md", front("title: Me", "layout: page"), (3, 1), "`layout: page`"),
        ("pages/me.md", front("title: Me"), None, "the folder `pages`"),
        ("now.md", front("title: Me"), None, "the file's name (`now`)"),
    ],
)
def test_a_page_is_told_what_makes_it_one_and_what_to_do(
    path: str, text: str, place: tuple[int, int] | None, why: str
) -> None:
    (problem,) = read(path, text).problems
    assert problem.place == place
    assert (
        problem.message == f"By {why} and without a date, this is a page of a site and no article."
    )
    assert problem.hint == "To publish it, add `date: …`."
