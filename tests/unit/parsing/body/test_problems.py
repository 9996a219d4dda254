"""What the author of a body is told: what was left out, and where."""

import pytest

from tests.unit.parsing.body.bodies import codes, rendered
from tests.unit.safe_html import Reading
from worker.core.problems import Place
from worker.parsing.rules import Markup


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<script>alert(1)</script>", "A script"),
        ("<style>p{}</style>", "A style sheet"),
        ("<iframe src='https://a.example'></iframe>", "An embedded page"),
        ("<form><input></form>", "A form"),
        ("<object data=x></object>", "An embedded object"),
        ("<svg><path/></svg>", "A drawing"),
        ("<p onclick='x()'>a</p>", "An attribute that runs a script"),
        ("<a href='javascript:x()'>a</a>", "A link"),
        ("<a href=' java&#115;cript:x()'>a</a>", "A link"),
        ("<img src='data:image/png;base64,AA'>", "A picture or link"),
    ],
)
@pytest.mark.parametrize("markup", ["markdown", "html"])
def test_what_is_left_out_is_named_with_its_line(markup: Markup, source: str, words: str) -> None:
    body = rendered(f"first\n\nsecond\n{source}\n\n{source}\n", markup, first_line=10)
    assert codes(body) == ["dropped-html"]
    (problem,) = body.problems
    assert problem.message.startswith(words)
    assert problem.level == "warning"
    assert problem.place is not None
    assert problem.place.line == 13
    assert "alert" not in body.html
    Reading(body.html)


def test_unsafe_markdown_links_keep_their_text_and_are_named() -> None:
    body = rendered(
        "a [text](javascript:alert(1))\nb ![alt](data:image/png;base64,AA)", first_line=5
    )
    assert body.html == "<p>a <a>text</a>\nb alt</p>"
    assert [(problem.code, problem.place) for problem in body.problems] == [
        ("dropped-html", Place(5, 3)),
        ("dropped-html", Place(6, 3)),
    ]


@pytest.mark.parametrize(
    ("markup", "source"),
    [
        ("markdown", "```html\n<script>x</script>\n```\n\n`<iframe>` &lt;form&gt;"),
        ("text", "<script>x</script> javascript:x"),
        ("html", "<!-- <script></script> --><p class=x style=y>a &lt;script&gt;</p>"),
        ("html", "<p>set on = 1, href=javascript:x</p>"),
        ("html", "<a href='/a:b'>x</a><a href='mailto:a@b.example'>y</a>"),
    ],
)
def test_nothing_is_named_where_nothing_is_left_out(markup: Markup, source: str) -> None:
    assert rendered(source, markup).problems == ()


@pytest.mark.parametrize("markup", ["markdown", "text", "html"])
def test_control_characters_are_taken_out_and_counted(markup: Markup) -> None:
    body = rendered("one\n\ntw\x07o\x00 \ufffe\n\nth\x0cree\ud800", markup, first_line=4)
    assert body.text.split() == ["one", "two", "th", "ree"]
    (problem,) = body.problems
    assert problem.code == "control-characters"
    assert "5" in problem.message
    assert "U+0007" in problem.message
    assert problem.place == Place(6, 3)


def test_control_characters_written_as_references_are_taken_out() -> None:
    body = rendered("<p title='&#7;'>a&#1;b&#13;c</p>", "html")
    assert body.html == '<p title="">ab\nc</p>'
    assert codes(body) == ["control-characters"]
