"""What becomes of a body in HTML: what is kept, and which addresses."""

import pytest

from tests.unit.parsing.body.bodies import rendered
from tests.unit.safe_html import Reading


def test_of_an_html_document_only_the_body_is_kept() -> None:
    body = rendered(
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>T</title>"
        "<link rel=stylesheet href=x><style>p{}</style></head>"
        "<body class=b><p id=x>Hi</body></html>",
        "html",
    )
    assert body.html == '<p id="feedmill:x">Hi</p>'


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
        '<video src="feedmill:media/v.mp4" poster="feedmill:media/p.jpg" controls=""></video>'
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
        ('<a href="//a.example/x">', "https://a.example/x"),
        ('<a href=" HTTPS://a.example/ä ">', "https://a.example/%C3%A4"),
        ('<a href="mailto:a@example.com">', "mailto:a@example.com"),
        ('<img src="p.png">', "feedmill:media/p.png"),
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
