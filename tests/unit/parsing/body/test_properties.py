"""Whatever an author writes becomes safe, balanced HTML with absolute addresses."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.safe_html import Reading
from worker.parsing.body.render import Body, render_body
from worker.parsing.rules import Markup

BASE = "https://example.org/articles/"
ILLEGAL = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

MARKUPS = st.sampled_from(["markdown", "text", "html"])

NAMES = st.sampled_from(
    [
        "a",
        "b",
        "i",
        "p",
        "div",
        "h1",
        "h2",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "td",
        "th",
        "tbody",
        "caption",
        "img",
        "br",
        "hr",
        "pre",
        "code",
        "em",
        "font",
        "span",
        "svg",
        "math",
        "mi",
        "script",
        "style",
        "iframe",
        "form",
        "input",
        "select",
        "option",
        "textarea",
        "title",
        "template",
        "noscript",
        "object",
        "embed",
        "video",
        "audio",
        "source",
        "picture",
        "blockquote",
        "q",
        "ruby",
        "rt",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
        "base",
        "meta",
        "link",
        "body",
        "html",
        "head",
        "plaintext",
        "xmp",
        "button",
        "nobr",
        "center",
        "unknown",
        "foreignObject",
        "annotation-xml",
    ]
)
URLS = st.sampled_from(
    [
        "javascript:alert(1)",
        " java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "http://[bad",
        "http://",
        "//other.example/x",
        "../up",
        "#note",
        "?q=a b",
        "https://example.com/a?b=c&d=e",
        "HTTP://EXAMPLE.COM/Ä",
        "mailto:a@example.com",
        "a, b 2x, javascript:x 3x",
        "\\\\evil.example\\x",
        "https://user@example.com:99999/",
        "",
    ]
)
VALUES = URLS | st.text(max_size=8)
ATTRIBUTES = st.tuples(
    st.sampled_from(
        [
            "href",
            "src",
            "srcset",
            "poster",
            "cite",
            "alt",
            "title",
            "onclick",
            "onerror",
            "style",
            "class",
            "id",
            "width",
            "dir",
        ]
    ),
    VALUES,
    st.sampled_from(['"', "'", ""]),
).map(lambda each: f" {each[0]}={each[2]}{each[1]}{each[2]}")
OPENING = st.tuples(NAMES, st.lists(ATTRIBUTES, max_size=3), st.sampled_from([">", "/>", ""])).map(
    lambda each: f"<{each[0]}{''.join(each[1])}{each[2]}"
)
PIECES = st.one_of(
    OPENING,
    NAMES.map("</{}>".format),
    st.sampled_from(
        ["<!--", "-->", "<![CDATA[", "]]>", "<?", "<!doctype html>", "&#1;", "&#13;", "&#xffff;",
         "&lt;script&gt;", "&", "<", ">", '"', "'", "\n", "\n\n", "\r", "\x00", "\ud800", "\u202e"]
    ),
    st.text(max_size=6),
)  # fmt: skip
HTML = st.lists(PIECES, max_size=14).map("".join)
MARKS = st.sampled_from(
    ["# ", "## ",
     "\n", "\n\n", "    ", "- ", "1. ", "> ", "*", "**", "_", "~~", "`", "```\n", "[", "]",
     "](", ")", "![", "<", ">", "|", "|-|\n", "\\", "---\n", "===\n", "[a]: ", "[a]", "&amp;",
     "http://a.example/", "<http://a.example>", "\t"]
)  # fmt: skip
MARKDOWN = st.lists(st.one_of(MARKS, MARKS, PIECES, URLS), max_size=25).map("".join)


def rendered(source: str, markup: Markup, *, drop_title: bool = False) -> Body:
    return render_body(source, markup, base_url=BASE, first_line=1, drop_title=drop_title)


def check(body: Body) -> None:
    Reading(body.html)
    assert not ILLEGAL.search(body.html)
    assert len(body.title) <= 200
    assert len(body.summary) <= 300
    assert "\n" not in body.title + body.summary
    assert body.title or body.title_line is None
    assert all(problem.level == "warning" for problem in body.problems)


@given(st.text(), MARKUPS, st.booleans())
def test_any_text_in_any_markup_becomes_safe_html(source: str, markup: Markup, drop: bool) -> None:
    check(rendered(source, markup, drop_title=drop))


@given(HTML, st.booleans())
@example("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", False)
@example("<svg><p><style><a title='</style><img src=x onerror=alert(1)>'>", False)
@example("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1'>", False)
@example("<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", False)
def test_any_tag_soup_becomes_safe_html(source: str, drop: bool) -> None:
    check(rendered(source, "html", drop_title=drop))


@given(MARKDOWN, st.booleans())
def test_any_markdown_becomes_safe_html(source: str, drop: bool) -> None:
    check(rendered(source, "markdown", drop_title=drop))


@given(HTML)
def test_safe_html_stays_as_it_is(source: str) -> None:
    once = rendered(source, "html").html
    assert rendered(once, "html").html == once


@given(MARKDOWN | HTML, MARKUPS)
def test_the_same_source_gives_the_same_body(source: str, markup: Markup) -> None:
    assert rendered(source, markup) == rendered(source, markup)


@pytest.mark.parametrize("markup", ["markdown", "text", "html"])
@given(words=st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=1, max_size=40))
def test_no_word_is_lost(markup: Markup, words: list[str]) -> None:
    body = rendered("\n\n".join(words), markup)
    assert body.text.split() == words
