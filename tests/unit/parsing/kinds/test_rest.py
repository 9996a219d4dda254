"""reStructuredText: front matter, what docutils does not know, hostile documents."""

from datetime import UTC, datetime

import pytest

from worker.core.article import Reading
from worker.parsing.article_reader import read_article
from worker.parsing.rules import ReadingRules

RULES = ReadingRules(site_url="https://a.example/")


def read(text: str, name: str = "a.rst") -> Reading:
    return read_article(text.encode(), name, RULES)


def html(text: str) -> str:
    reading = read(text)
    assert reading.article is not None, reading.problems
    return reading.article.content_html


def codes(reading: Reading) -> list[tuple[str, int | None]]:
    return [(it.code, it.place.line if it.place else None) for it in reading.problems]


@pytest.mark.parametrize("rules", [("", "====="), ("-----", "-----"), ("#####", "#####")])
def test_pelican_s_title_and_fields_are_front_matter(rules: tuple[str, str]) -> None:
    head = "\n".join(line for line in (rules[0], "Tides", rules[1]) if line)
    reading = read(
        f"{head}\n\n:date: 2026-05-01T10:00:00Z\n:tags: sea, boats\n:category: News\n"
        ":author: Ada\n:summary: High\n   at six.\n\nThe *boats* leave.\n"
    )
    article = reading.article
    assert article is not None
    assert reading.problems == ()
    assert (article.title, article.summary) == ("Tides", "High at six.")
    assert article.topics == ("News", "sea", "boats")
    assert [person.name for person in article.people] == ["Ada"]
    assert article.published == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert article.content_html == "<p>The <em>boats</em> leave.</p>"


@pytest.mark.parametrize("name", ["a.rst", "a.txt"])
def test_nikola_s_header_is_front_matter_and_its_text_is_rest(name: str) -> None:
    reading = read(".. title: Tides\n.. date: 2026-05-01\n.. tags: sea\n\nHigh **at** six.\n", name)
    assert reading.article is not None
    assert reading.article.title == "Tides"
    assert reading.article.content_html == "<p>High <strong>at</strong> six.</p>"


def test_a_plain_txt_file_is_not_read_as_rest() -> None:
    reading = read("Tides\n\nHigh *at* six.\n", "a.txt")
    assert reading.article is not None
    assert "*at*" in reading.article.content_html


def test_a_file_that_asks_for_another_file_keeps_its_text_and_gets_none() -> None:
    for directive in (
        ".. include:: /etc/passwd",
        ".. raw:: html\n   :file: /etc/passwd",
        ".. csv-table:: x\n   :file: /etc/passwd",
        ".. raw:: html\n\n   <b>x</b>",
    ):
        reading = read(f"Tides\n=====\n\nHigh.\n\n{directive}\n\nLow.\n")
        assert reading.article is not None
        assert "root:" not in reading.article.content_html
        assert directive.split("\n")[0] in reading.article.content_html
        assert ("rest-syntax", 6) in codes(reading)


def test_a_picture_is_never_put_into_the_page() -> None:
    found = html("Tides\n=====\n\n.. image:: /etc/passwd\n   :loading: embed\n   :alt: A boat\n")
    assert '<img src="https://a.example/etc/passwd" alt="A boat">' in found


def test_what_docutils_does_not_know_is_shown_and_told() -> None:
    reading = read("Tides\n=====\n\n.. gallery:: boats\n\n   words inside\n\nA :frob:`word`.\n")
    assert reading.article is not None
    assert ".. gallery:: boats" in reading.article.text
    assert "words inside" in reading.article.text
    assert ":frob:`word`" in reading.article.text
    assert codes(reading) == [("rest-syntax", 4), ("rest-syntax", 8)]


def test_the_words_of_a_link_of_sphinx_stay_with_a_warning() -> None:
    reading = read("Tides\n=====\n\nSee :doc:`the table <table>` and press :kbd:`q`.\n")
    assert reading.article is not None
    assert reading.article.text == "See the table and press q."
    assert codes(reading) == [("rest-syntax", 4)]


def test_code_mathematics_video_and_teaser() -> None:
    text = (
        "Tides\n=====\n\nBefore.\n\n.. TEASER_END\n\n"
        ".. code-block:: python\n\n   print('{{ x }}')\n\n"
        ":math:`a_b` here.\n\n.. youtube:: abc\n"
    )
    reading = read(text)
    assert reading.article is not None
    assert reading.article.summary == "Before."
    assert "print('{{ x }}')" in reading.article.text
    assert "<code>a_b</code>" in reading.article.content_html
    assert 'href="https://www.youtube.com/watch?v=abc"' in reading.article.content_html
    assert reading.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "|z|\n\n.. |a| replace:: xxxx\n"
        + "".join(
            f".. |{chr(98 + at)}| replace:: {f'|{chr(97 + at)}| ' * 10}\n" for at in range(25)
        ),
        "".join(f"{' ' * at}quote {at}\n\n" for at in range(1, 700)),
        "word " * 40_000,
    ],
)
def test_what_would_take_docutils_for_ever_is_shown_as_plain_text(text: str) -> None:
    reading = read(f"Tides\n=====\n\n{text}")
    assert reading.article is not None
    assert "too-deep" in [problem.code for problem in reading.problems]
    assert len(reading.article.text) > len(text) // 3
