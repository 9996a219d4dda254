"""What becomes of a body: its title, summary and text, and what stands in for one."""

import subprocess
import sys

import pytest

from tests.unit.parsing.body.bodies import rendered
from tests.unit.safe_html import Reading
from worker.core.article import Image, Provider, Related
from worker.parsing.body.fallback import compose_content
from worker.parsing.rules import Markup

# --- title


@pytest.mark.parametrize(
    ("markup", "source", "title", "line"),
    [
        ("markdown", "\n# The *title* & more #\n\ntext", "The title & more", 2),
        ("markdown", "The title\n---\n\ntext", "The title", 1),
        ("markdown", "text\n\n<h1 align=center>\nThe title</h1>\n", "The title", 3),
        ("markdown", "# ![logo](x.png)\n\n## The title\n", "The title", 3),
        ("markdown", "\nThe title\nand text", "The title", 2),
        ("markdown", "<!-- x -->\n\n![pic](x.png)\n\n**The** title", "The title", 5),
        ("markdown", "- The title\n- more", "The title", 1),
        ("text", "\n \nThe   title\ntext", "The title", 3),
        ("html", "<p>text\n<h2>The <b>title</b></h2>", "The title", 2),
        ("html", "<h1>The<br>title</h1>", "The title", 1),
        ("html", "<title>Site</title>\n<h1>The title</h1>", "The title", 2),
        ("html", "<p>a<title>The title</title>\n<h2>Section</h2>", "The title", 1),
        ("html", "\n<p>The title<br>text</p>", "The title", 2),
        ("html", "<svg><title>Icon</title></svg><p>The title", "The title", 1),
        ("html", "<title>The &amp;&#7;\n title</title>", "The & title", 1),
        ("html", "<p>Un peu&nbsp;!</p>", "Un peu\u00a0!", 1),
    ],
)
def test_title_is_the_first_heading_else_the_first_line(
    markup: Markup, source: str, title: str, line: int
) -> None:
    body = rendered(source, markup, first_line=41, drop_title=True)
    assert body.title == title
    assert body.title_line == 40 + line


@pytest.mark.parametrize("markup", ["markdown", "text", "html"])
@pytest.mark.parametrize("source", ["", " \n\t\n", "\x00"])
def test_without_words_there_is_no_title(markup: Markup, source: str) -> None:
    body = rendered(source, markup)
    assert (body.title, body.title_line, body.html, body.text, body.summary) == (
        "",
        None,
        *[""] * 3,
    )


@pytest.mark.parametrize(
    ("markup", "source"),
    [
        ("markdown", "# Title\n\nrest"),
        ("markdown", "Title\n=====\nrest"),
        ("text", "Title\nrest"),
        ("text", "\nTitle\n=====\n\nrest"),
        ("html", "<h2>Title</h2><p>rest</p>"),
        ("html", "<title>Title</title><h2>Title</h2><p>rest</p>"),
        ("html", "<h1>Title <a href='#t'></a></h1><p>rest</p>"),
    ],
)
def test_a_dropped_title_stands_in_the_body_no_more(markup: Markup, source: str) -> None:
    body = rendered(source, markup, drop_title=True)
    assert body.title == "Title"
    assert body.html == "<p>rest</p>"
    assert body.text == body.summary == "rest"
    assert "Title" in rendered(source, markup).text or "<title>" in source


@pytest.mark.parametrize(
    ("markup", "source"),
    [
        ("markdown", "Title\nand the rest of its paragraph"),
        ("markdown", "Title\n\nmore"),
        ("html", "<p>Title</p><p>more</p>"),
        ("markdown", "- Title\n- more"),
        ("markdown", "[Title](https://a.example)\n\nmore"),
        ("markdown", "# [Title](https://a.example)\n\nmore"),
        ("markdown", "# Title ![picture](x.png)\n\nmore"),
        ("markdown", "A first paragraph.\n\n## Title\n\nmore"),
        ("html", "<h1>Title<img src=x.png></h1>more"),
        ("html", "<p>Title<br>more</p>"),
        ("html", "<blockquote><p>Title</p></blockquote>more"),
    ],
)
def test_a_title_stays_where_dropping_it_would_lose_more(markup: Markup, source: str) -> None:
    body = rendered(source, markup, drop_title=True)
    assert body.title == "Title"
    assert body.html == rendered(source, markup).html


def test_pictures_before_a_heading_do_not_keep_it() -> None:
    html = rendered("![logo](x.png)\n\n# Title\n\ntext", drop_title=True).html
    assert "Title" not in html
    assert "<img" in html


@pytest.mark.parametrize("markup", ["markdown", "text", "html"])
def test_a_first_line_too_long_for_a_title_is_shortened_and_stays(markup: Markup) -> None:
    line = "word " * 60
    body = rendered(f"{line}\n\nmore", markup, drop_title=True)
    assert body.title.endswith(" word…")
    assert len(body.title) <= 200
    assert line.strip() in body.text


# --- summary and text


def test_summary_is_the_first_prose_after_the_title() -> None:
    body = rendered("# Title\n\nBy *Ann*.\n\nThe [news](x).\n\n## Section\n\nMore.")
    assert body.summary == "By Ann. The news."


def test_summary_passes_over_code_tables_and_pictures() -> None:
    assert rendered("```\ncode\n```\n\n![alt](x.png)\n\n|a|\n|-|\n\nProse.").summary == "Prose."


def test_a_long_summary_is_cut_at_a_word() -> None:
    summary = rendered("word " * 100, drop_title=True).summary
    assert summary.endswith(" word…")
    assert 290 < len(summary) <= 300


def test_text_holds_alternative_texts_and_parts_paragraphs() -> None:
    body = rendered("# A\n\n![a <cat>](cat.png)b\nc\n\n- d\n- `e`&amp;\n\n```\nf\n g\n```")
    assert body.text == "A\n\na <cat> b c\n\nd\n\ne&\n\nf\n g"


# --- articles without a body

PICTURE = Image("https://a.example/p.jpg?a=1&b=2", 500, 281, 'A "title" <b>')
OTHER = Related(
    'The "cloud" & us', "https://b.example/?x=1&y=2", provider=Provider("B & Co", "b.example")
)


def test_an_article_without_a_body_shows_summary_picture_and_related_links() -> None:
    html = compose_content("1 < 2", (PICTURE, Image("https://a.example/q.jpg")), (OTHER,))
    assert html == (
        "<p>1 &lt; 2</p>\n"
        '<p><img src="https://a.example/p.jpg?a=1&amp;b=2" width="500" height="281" '
        'alt="A &quot;title&quot; &lt;b&gt;"></p>\n'
        "<p>Related</p>\n<ul>\n"
        '<li><a href="https://b.example/?x=1&amp;y=2">The "cloud" &amp; us</a> (B &amp; Co)</li>\n'
        "</ul>"
    )
    Reading(html)


def test_composed_content_is_what_the_sanitiser_would_leave() -> None:
    html = compose_content("1 < 2", (PICTURE,), (OTHER, OTHER))
    assert html.count("<li>") == 1
    assert rendered(html, "html").html == html


def test_composed_content_leaves_out_what_is_missing() -> None:
    assert compose_content("", (), ()) == ""
    assert compose_content(" a\x07\n b ", (), ()) == "<p>a b</p>"
    assert compose_content("", (Image("javascript:x"),), (Related("", "javascript:x"),)) == ""
    bare = Related("", "https://b.example/", provider=Provider(domain="b.example"))
    assert '<a href="https://b.example/">https://b.example/</a> (b.example)' in compose_content(
        "", (), (bare,)
    )


def test_rendering_a_body_needs_none_of_the_other_libraries() -> None:
    others = ["feedgen", "lxml", "sqlite_utils", "watchdog", "pydantic", "rich", "click", "yaml"]
    script = (
        f"import sys, worker.parsing.body.render; print([m for m in {others} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
