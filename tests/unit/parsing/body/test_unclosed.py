"""An element that is not closed takes no more than its own block with it."""
# ruff: noqa: E501

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.parsing.body.bodies import codes, rendered
from tests.unit.safe_html import Reading
from worker.core.problems import Place
from worker.parsing.body.unclosed import closed
from worker.parsing.rules import Markup

OPAQUE = (
    *("template", "title", "style", "select", "textarea", "noembed", "noframes", "script"),
    *("iframe", "canvas", "object", "math", "svg", "xmp", "plaintext", "noscript"),
)
REST = "The rest of the article."


@pytest.mark.parametrize("name", OPAQUE)
@pytest.mark.parametrize(
    "form", ["Use <{}> here.", "Use <{}/> here.", "<{}>", "<{} />", "<{} a=b>"]
)
def test_the_article_goes_on_after_an_element_that_is_not_closed(name: str, form: str) -> None:
    body = rendered(f"# Title\n\n{form.format(name)}\n\n{REST} **Bold.**")
    assert body.html.endswith(f"<p>{REST} <strong>Bold.</strong></p>")
    assert "lost-words" not in codes(body)
    Reading(body.html)


@pytest.mark.parametrize("name", OPAQUE)
@pytest.mark.parametrize("form", ["Use <{}> here.", "Use <{}/> here.", "<{} a=b>"])
def test_an_html_file_goes_on_after_an_element_that_is_not_closed(name: str, form: str) -> None:
    body = rendered(f"<h1>Title</h1><p>{form.format(name)}</p><p>{REST}</p>", "html")
    assert body.html.endswith(f"<p>{REST}</p>")


@pytest.mark.parametrize(
    "name", ["text", "g", "path", "view", "set", "use", "mi", "mtext", "unknown"]
)
def test_the_name_of_a_part_of_a_drawing_hides_nothing(name: str) -> None:
    assert rendered(f"Use <{name}> here.\n\n{REST}").html == f"<p>Use  here.</p>\n<p>{REST}</p>"


def test_a_tag_in_prose_is_shown_and_reported_at_its_line() -> None:
    body = rendered("# Title\n\nUse the <template> element here.\n\nMore.", first_line=5)
    assert "<p>Use the &lt;template&gt; element here.</p>" in body.html
    (problem,) = body.problems
    assert (problem.code, problem.place) == ("unclosed-html", Place(7, 1))
    assert "`<template>` is not closed" in problem.message


@pytest.mark.parametrize("name", ["video", "audio"])
@pytest.mark.parametrize("form", ["<{} src=/v />", "<{} src=/v>\n<source src=/w>"])
def test_a_film_or_sound_does_not_hold_the_rest_of_the_article(name: str, form: str) -> None:
    html = rendered(f"{form.format(name)}\n\n{REST}").html
    assert html.index(f"</{name}>") < html.index(REST)
    assert html.count(f"<{name} ") == 1


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<p>a <template>b</template> c</p>", "<p>a b c</p>"),
        ("<script>if (a<b) x('</div>')</script>c", "c"),
        ("<style>p{}</style>c", "c"),
        ("<svg><g/><title>t</title></svg>c", "c"),
        ("<div/>a", "<div></div>a"),
        ('<a id="x" /></a>b', '<a id="feedmill:x"></a>b'),
        ("<a href=https://a.example/>b</a>", '<a href="https://a.example/">b</a>'),
        ("<p>a <b and c</p>", "<p>a &lt;b and c</p>"),
        ("<![CDATA[a<b]]>c", "a&lt;bc"),
        ("<p>a</p><!-- b<p>c</p>", "<p>a</p><p>c</p>"),
        ('<div class="x>\n<p>a "b"</p>', '&lt;div class="x&gt;\n<p>a "b"</p>'),
    ],
)
def test_a_slash_ends_an_element_and_what_is_closed_goes(source: str, html: str) -> None:
    assert rendered(source, "html").html == html


@pytest.mark.parametrize("markup", ["markdown", "html"])
@pytest.mark.parametrize(
    ("source", "link"),
    [
        ('<iframe src="https://v.example/1"></iframe>', '<a href="https://v.example/1">v.example/1</a>'),
        ('<iframe src="//v.example/1"/>', '<a href="https://v.example/1">v.example/1</a>'),
        ('<iframe title="A film" src="https://v.example/1">', '<a href="https://v.example/1">A film</a>'),
        ('<iframe data-src="https://v.example/1">x</iframe>', '<a href="https://v.example/1">v.example/1</a>'),
    ],
)  # fmt: skip
def test_an_embedded_page_leaves_a_link(markup: Markup, source: str, link: str) -> None:
    body = rendered(f"{source}\n\n<p>more</p>", markup)
    assert body.html.split("\n") == [f"<p>{link}</p>", *body.html.split("\n")[1:]]
    assert codes(body) == ["dropped-html"]


@pytest.mark.parametrize(
    "attributes",
    ["", "src='javascript:alert(1)'", "srcdoc='<script>x</script>'", "src='data:text/html,x'",
     "src=about:blank", 'src="java&#10;script:x"'],
)  # fmt: skip
def test_an_embedded_page_without_an_address_on_the_web_leaves_none(attributes: str) -> None:
    body = rendered(f"<iframe {attributes}></iframe>b", "html")
    assert body.html == "b"
    assert set(codes(body)) == {"dropped-html"}


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<!-- draft\nof it\n\n*Rest*", "<p><em>Rest</em></p>"),
        ("<style>\n\n*Rest*", "<p>&lt;style&gt;</p>\n<p><em>Rest</em></p>"),
        ('<script src="x" />\n\n*Rest*', "<p><em>Rest</em></p>"),
        ("<pre>a\n*b*\n\n*Rest*", "<pre>a\n*b*</pre>\n<p><em>Rest</em></p>"),
        ("<!-- a\n\n```\n --> x.rs\n```", "<pre><code> --&gt; x.rs\n</code></pre>"),
        ("<style>\n\n*a*\n\n<style>p{}</style>", "<p>&lt;style&gt;</p>\n<p><em>a</em></p>"),
    ],
)
def test_a_block_that_never_ends_ends_with_its_paragraph(source: str, html: str) -> None:
    assert rendered(source).html == html


@pytest.mark.parametrize("source", ["<!-- a\n\nb -->\n\nc", "<script>\n\nx\n</script>\n\nc"])
def test_a_block_that_is_closed_may_have_empty_lines(source: str) -> None:
    body = rendered(source)
    assert body.html == "<p>c</p>"
    assert "unclosed-html" not in codes(body)


@pytest.mark.parametrize(
    "script",
    ["<scr<script></script>ipt>alert(1)</script>", "<script><!--<script></script>alert(1)-->",
     "<svg><script>alert(1)", "<template><img src=x onerror=alert(1)>", "<<script></script>script>alert(1)",
     "<style><img src=x onerror=alert(1)></style><iframe src=\"x\" /><script>alert(1)",
     "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<![CDATA[<script>alert(1)</script>]]>"],
)  # fmt: skip
@pytest.mark.parametrize("markup", ["markdown", "html"])
def test_no_script_comes_to_life(markup: Markup, script: str) -> None:
    Reading(rendered(script, markup).html)


@pytest.mark.parametrize(
    "unit",
    ["<template>", "<svg>", "<svg><p>", "<iframe>", "<script>", "<!--", "<", '<a b="', "<video/>",
     "<select><textarea><iframe><title>", "<![CDATA[", "<?", "</", "<svg><foreignObject>", "<a = "],
)  # fmt: skip
@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_flood_of_unclosed_elements_is_read_once(unit: str, count: int) -> None:
    """One that took quadratic time would reach the time limit of the test."""
    source = unit * count + "\n\nthe words"
    assert closed(source).html.endswith("the words")


TAGS = st.sampled_from(
    [f"<{name}>" for name in OPAQUE]
    + [f"<{name} />" for name in OPAQUE]
    + [f'<{name} src="/x">' for name in (*OPAQUE, "video", "audio")]
    + [f"</{name}>" for name in OPAQUE]
    + ["<!-- ", "<p>", "</p>", "<div>", "</div>", '<div class="x>', "<b ", "<![CDATA[", "<?", "</",
       "\n", "- ", "> ", "    ", "# ", "```\n"]
)  # fmt: skip


@st.composite
def articles(draw: st.DrawFn) -> str:
    """Paragraphs of fifteen words that are in no other, with tags in and between them."""
    parts = []
    for number in range(draw(st.integers(2, 8))):
        tags = draw(st.lists(TAGS, max_size=3))
        words = [f"w{number}x{index}" for index in range(15)]
        at = draw(st.integers(0, 15))
        between = draw(st.sampled_from(["\n\n", "\n", " "]))
        parts.append(" ".join([*words[:at], *tags, *words[at:]]) + between)
    return "".join(parts)


@given(articles(), st.sampled_from(["markdown", "html"]))
@example("".join(f"w0x{index} " for index in range(15)) + "<!-- " + "w1x1 " * 90, "html")
def test_no_input_loses_words_without_a_problem(source: str, markup: Markup) -> None:
    body = rendered(source, markup)
    words = set(re.findall(r"w\dx\d+", source))
    lost = words - set(re.findall(r"w\dx\d+", body.html))
    assert len(lost) < 20 or len(lost) <= 0.1 * len(words) or body.problems
