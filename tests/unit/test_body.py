"""What becomes of a body: its HTML, text, title and summary, and what its author is told."""

import subprocess
import sys

import pytest

from tests.unit.safe_html import Reading
from worker.article import Image, Provider, Related
from worker.body import Body, Markup, compose_content, render_body
from worker.problem import Place

BASE = "https://example.org/articles/"


def rendered(
    source: str, markup: Markup = "markdown", *, drop_title: bool = False, first_line: int = 1
) -> Body:
    return render_body(source, markup, base_url=BASE, first_line=first_line, drop_title=drop_title)


def codes(body: Body) -> list[str]:
    return [problem.code for problem in body.problems]


# --- Markdown


def test_markdown_has_tables_strikethrough_and_alignment() -> None:
    html = rendered("~~old~~\n\n|a|b|\n|-|-:|\n|1|2|\n").html
    assert "<s>old</s>" in html
    assert '<th>a</th>\n<th align="right">b</th>' in html


def test_markdown_lets_safe_html_through() -> None:
    assert rendered("H<sub>2</sub>O and <kbd>Esc</kbd>").html == (
        "<p>H<sub>2</sub>O and <kbd>Esc</kbd></p>"
    )


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<https://a.example/x>", '<a href="https://a.example/x">https://a.example/x</a>'),
        ("see https://a.example/b_c_d.", 'see <a href="https://a.example/b_c_d">'),
        ("(https://a.example/x_(y))", '(<a href="https://a.example/x_(y)">'),
        ("[x](https://a.example/?q=a&b=c)", '<a href="https://a.example/?q=a&amp;b=c">x</a>'),
        ("`https://a.example`", "<code>https://a.example</code>"),
        ("<a@example.com>", '<a href="mailto:a@example.com">a@example.com</a>'),
    ],
)
def test_addresses_in_markdown_become_links(source: str, shown: str) -> None:
    assert shown in rendered(source).html


@pytest.mark.parametrize(
    "source",
    [
        "[https://a.example](https://b.example)",
        '<a href="https://b.example">https://a.example</a>',
    ],
)
def test_an_address_in_a_link_is_not_linked_again(source: str) -> None:
    html = rendered(source).html
    assert html == '<p><a href="https://b.example">https://a.example</a></p>'


# --- plain text


def test_plain_text_has_paragraphs_links_and_nothing_that_is_markup() -> None:
    body = rendered("Title\n\n<b>1 & 2</b>\n\nhttps://a.example/?a&b, she said.", "text")
    assert body.html == (
        "<p>Title</p>\n<p>&lt;b&gt;1 &amp; 2&lt;/b&gt;</p>\n"
        '<p><a href="https://a.example/?a&amp;b">https://a.example/?a&amp;b</a>, she said.</p>'
    )
    assert body.text == "Title\n\n<b>1 & 2</b>\n\nhttps://a.example/?a&b, she said."


def test_short_lines_of_plain_text_keep_their_breaks() -> None:
    body = rendered("Poem\n\nRoses are red,\nviolets are blue.", "text", drop_title=True)
    assert body.html == "<p>Roses are red,<br>\nviolets are blue.</p>"
    assert body.text == "Roses are red,\nviolets are blue."


def test_long_lines_of_plain_text_are_joined_except_before_a_list_item() -> None:
    long = "a line that was broken by an editor at some seventy characters or so"
    body = rendered(f"Title\n\n{long}\nand goes on\n- an item", "text", drop_title=True)
    assert body.html == f"<p>{long} and goes on<br>\n- an item</p>"


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u2003", "\x0c"])
def test_plain_text_is_parted_at_lines_that_look_empty(blank: str) -> None:
    assert rendered(f"a\n{blank}\nb", "text").html.count("<p>") == 2


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
    body = rendered(source, markup, first_line=41)
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
        ("markdown", "Title\n\nrest"),
        ("text", "Title\nrest"),
        ("text", "\nTitle\n=====\n\nrest"),
        ("html", "<h2>Title</h2><p>rest</p>"),
        ("html", "<title>Title</title><h2>Title</h2><p>rest</p>"),
        ("html", "<h1>Title <a href='#t'></a></h1><p>rest</p>"),
        ("html", "<p>Title</p><p>rest</p>"),
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


# --- HTML


def test_of_an_html_document_only_the_body_is_kept() -> None:
    body = rendered(
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>T</title>"
        "<link rel=stylesheet href=x><style>p{}</style></head>"
        "<body class=b><p id=x>Hi</body></html>",
        "html",
    )
    assert body.html == "<p>Hi</p>"


def test_unbalanced_html_comes_out_balanced() -> None:
    assert rendered("<div><p>a<b>b<ul><li>c</div>d", "html").html == (
        "<div><p>a<b>b</b></p><ul><li><b>c</b></li></ul></div><b>d</b>"
    )


def test_html_that_carries_meaning_is_kept() -> None:
    source = (
        '<figure><img src="https://a.example/x.png" alt="x" width="1" height="2" title="t">'
        "<figcaption>c</figcaption></figure><ruby>漢<rt>kan</rt></ruby>"
        '<p dir="rtl" lang="ar">x</p><details open=""><summary>s</summary>d</details>'
        '<ol start="3" reversed=""><li value="7">i</li></ol><dl><dt>a</dt><dd>b</dd></dl>'
        '<time datetime="2021-02-04">t</time><del>d</del><ins>i</ins><sup>2</sup>'
        '<a href="https://a.example/" title="t" rel="nofollow">a</a>'
        '<blockquote cite="https://a.example/q">q</blockquote><abbr title="x">y</abbr><br><hr>'
    )
    assert rendered(source, "html").html == source


def test_sound_and_video_are_kept_with_controls() -> None:
    assert rendered("<video src=v.mp4 poster=p.jpg autoplay></video>", "html").html == (
        '<video src="https://example.org/articles/v.mp4" '
        'poster="https://example.org/articles/p.jpg" controls=""></video>'
    )


def test_what_a_page_shows_without_scripts_is_kept() -> None:
    html = rendered("<noscript><img src=https://a.example/x.png></noscript>", "html").html
    assert html == '<img src="https://a.example/x.png">'


def test_preformatted_text_keeps_its_empty_first_line() -> None:
    assert rendered("<pre>\n\n  a</pre>", "html").html == "<pre>\n\n  a</pre>"


def test_a_picture_without_an_address_leaves_its_alternative_text() -> None:
    assert rendered('<p><img src="data:image/png;base64,AA" alt="a<b"></p>', "html").html == (
        "<p>a&lt;b</p>"
    )


@pytest.mark.parametrize(
    ("given", "absolute"),
    [
        ('<a href="../x y">', "https://example.org/x%20y"),
        ('<a href="#fn1">', "https://example.org/articles/#fn1"),
        ('<a href="//a.example/x">', "https://a.example/x"),
        ('<a href=" HTTPS://a.example/ä ">', "https://a.example/%C3%A4"),
        ('<a href="mailto:a@example.com">', "mailto:a@example.com"),
        ('<img src="p.png">', "https://example.org/articles/p.png"),
        ('<blockquote cite="/q">', "https://example.org/q"),
        ('<video poster="/p.jpg">', "https://example.org/p.jpg"),
        ('<audio><source src="/a.mp3">', "https://example.org/a.mp3"),
        ('<img srcset="/a.png 1x, javascript:b 2x" src="/a.png">', "https://example.org/a.png"),
    ],
)
def test_addresses_become_absolute(given: str, absolute: str) -> None:
    assert set(Reading(rendered(given, "html").html).addresses) == {absolute}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:x",
        "java&#10;script:x",
        "data:text/html,x",
        "ftp://a.example/",
        "http://[x",
        "",
        " ",
        "https://",
        "https://a b.example/",
        "https://a.example:port/",
        "mailto:",
    ],
)
def test_addresses_that_cannot_be_followed_safely_are_left_out(url: str) -> None:
    assert rendered(f'<a href="{url}">text</a>', "html").html == "<a>text</a>"


# --- what the author is told


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
        ("dropped-html", Place(5, 1)),
        ("dropped-html", Place(6, 1)),
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


# --- traps


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        ">" * 100_000,
        "- " * 100_000 + "a",
        "*a " * 30_000 + "a* " * 30_000,
        "".join("  " * depth + "- a\n" for depth in range(40)),
        "[a]: https://a.example/" + "x" * 100_000 + "\n\n" + "[a] " * 1_000,
        "> " * 20 + "a\n" + "b\n" * 50_000,
        "<div>" * 100_000,
    ],
    ids=["quotations", "items", "emphasis", "lists", "references", "lazy", "elements"],
)
def test_markdown_too_intricate_to_parse_is_shown_as_plain_text(source: str) -> None:
    body = rendered(source)
    assert codes(body) == ["too-deep"]
    assert "".join(body.text.split()) == "".join(source.split())
    Reading(body.html)


@pytest.mark.parametrize(
    "unit",
    ["<div>", "<ul><li>", "<b><p>", "<table><tr><td>", "<a b=1><div>", "<b></p>", "<svg><g>"],
)
def test_html_nested_too_deeply_is_shown_as_plain_text(unit: str) -> None:
    body = rendered(f"<script>x</script>{unit * 50_000}the &lt;words&gt;", "html")
    assert codes(body) == ["too-deep"]
    assert body.html == "<p>the &lt;words&gt;</p>"
    assert body.title_line is None


@pytest.mark.parametrize(
    "source",
    [
        "".join(f"<b id={number}><p>x" for number in range(300)),
        "".join(f"<b id={number}>" for number in range(150)) + "<p>x" * 20_000,
        f"<a {' '.join(f'a{number}' for number in range(50_000))}>x</a>",
        "x" + "&" * 400_000,
    ],
    ids=["formatting", "formatting in paragraphs", "attributes", "references"],
)
def test_html_that_would_grow_beyond_measure_is_shown_as_plain_text(source: str) -> None:
    assert codes(rendered(source, "html")) == ["too-deep"]


@pytest.mark.parametrize(
    "source",
    [
        "<p>" + "<b>x</b> <a name=y>z <br> <li>i" * 1_000,
        "<div>" * 150 + "x" + "</div>" * 150,
        f"<svg>{'<path d=x />' * 1_000}</svg><p>x",
        f"<p>{'<i>x</i> &amp; ' * 5_000}",
    ],
)
def test_ordinary_html_of_any_length_is_parsed(source: str) -> None:
    assert "too-deep" not in codes(rendered(source, "html"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["[", "![", "[a](", "[]: ", "`a``", "<", "<!--", "<?", "&", "\\", "|", "a\n", "a|b\n-|-\n"],
)
@pytest.mark.parametrize("markup", ["markdown", "html", "text"])
def test_no_run_of_marks_hangs_or_escapes(markup: Markup, unit: str) -> None:
    Reading(rendered(unit * 5_000, markup).html)


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
    script = f"import sys, worker.body; print([m for m in {others} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
