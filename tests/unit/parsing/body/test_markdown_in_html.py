"""Elements that ask for Markdown within them, as kramdown and md_in_html know them."""
# ruff: noqa: E501

import pytest

from tests.unit.parsing.body.bodies import codes, rendered
from tests.unit.safe_html import Reading
from worker.core.problems import Place
from worker.parsing.body.markdown_in_html import separated

ASIDE = '<aside>\n<p>A <strong>bold</strong> <a href="https://a.example/">link</a>.</p>\n</aside>'


@pytest.mark.parametrize("asks", ['markdown="1"', "markdown='1'", "markdown=1", 'markdown="block"',
                                  'class="x" markdown="span"'])  # fmt: skip
@pytest.mark.parametrize("form", ["<aside {}>\n{}\n</aside>", "<aside {}>{}</aside>",
                                  "<aside {}>\n    {}\n</aside>"])  # fmt: skip
def test_markdown_within_an_element_is_rendered(asks: str, form: str) -> None:
    source = form.format(asks, "A **bold** [link](https://a.example/).")
    assert rendered(source).html == ASIDE
    assert rendered(f"Before.\n{source}\nAfter.").html == f"<p>Before.</p>\n{ASIDE}\n<p>After.</p>"


def test_elements_within_elements_are_rendered() -> None:
    source = '<div markdown="1">\n<div>\n*raw*\n</div>\n<section markdown="1">\n*a*\n</section>\n*b*\n</div>'
    assert rendered(source).html == (
        "<div>\n<div>\n*raw*\n</div>\n<section>\n<p><em>a</em></p>\n</section>\n"
        "<p><em>b</em></p>\n</div>"
    )


def test_a_line_of_one_inline_tag_begins_a_paragraph() -> None:
    source = (
        '<aside markdown="1">\n  <img src="https://a.example/a.png" alt="x">\n  A *word*.\n</aside>'
    )
    picture = '<img src="https://a.example/a.png" alt="x">'
    assert rendered(source).html == f"<aside>\n<p>{picture}\nA <em>word</em>.</p>\n</aside>"


def test_an_end_tag_of_an_inline_element_hides_nothing() -> None:
    source = '<aside markdown="1">\n<i>\nA\n<p markdown="1">\n</i>\n*b* [c](https://a.example/)\n</p>\n</aside>\n\n*d*'
    assert '<em>b</em> <a href="https://a.example/">c</a>' in rendered(source).html
    assert rendered(source).html.endswith("<p><em>d</em></p>")


def test_an_end_tag_ends_what_is_open_within_its_element() -> None:
    source = '<div markdown="1">\n<p markdown="1">\n*a*\n</div>\n    indented *code*'
    assert separated(source, 1).text.endswith("</div>\n\n    indented *code*")
    source = '<div markdown="1">\n<p markdown="1"><div>*a*</div></p>\n*b*\n</div>\n    code'
    assert separated(source, 1).text.endswith("*b*\n\n</div>\n\n    code")


@pytest.mark.parametrize(
    "source",
    ["```\n<div markdown='1'>\n*a*\n</div>\n```", "`<div markdown='1'>` *a*", "    <div markdown='1'>",
     "<div>\n*a*\n</div>", '<div markdown="0">\n*a*\n</div>'],
)  # fmt: skip
def test_code_and_elements_that_do_not_ask_stay_as_they_are(source: str) -> None:
    assert separated(source, 1).text == source


def test_places_are_those_of_the_file() -> None:
    source = '<div markdown="1">\ntext\n</div>\n\n<div markdown="1">\n\n# Title\n\n<script>x</script>\n</div>'
    body = rendered(source, first_line=11, drop_title=True)
    assert (body.title, body.title_line) == ("Title", 17)
    assert [problem.place for problem in body.problems] == [Place(19, 1)]


@pytest.mark.parametrize(
    "unit", ['<div markdown="1">', '<div markdown="1">\n', '<div markdown="1"']
)
def test_a_flood_of_elements_is_shown_as_plain_text(unit: str) -> None:
    body = rendered(unit * 10_000 + "\n\nthe words")
    assert "the words" in body.text
    assert set(codes(body)) <= {"too-deep"}
    Reading(body.html)
