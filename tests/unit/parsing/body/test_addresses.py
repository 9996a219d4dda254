"""Which addresses of a body are deferred, and what becomes of links within it."""

import pytest

from worker.core.article import Mention
from worker.core.deferred import medium_address
from worker.core.problems import Place
from worker.parsing.article_reader import read_article
from worker.parsing.body.addresses import MOST_MENTIONS
from worker.parsing.body.render import Body, render_body
from worker.parsing.rules import Markup, ReadingRules

RULES = ReadingRules(site_url="https://site.example/", language="en")


def rendered(
    source: str,
    markup: Markup = "markdown",
    *,
    path: str = "posts/tides.md",
    link: str = "",
    assets: bool = False,
) -> Body:
    base = link or "https://site.example/posts/"
    return render_body(
        source,
        markup,
        base_url=base,
        first_line=1,
        drop_title=False,
        path=path,
        is_linked=bool(link),
        assets=assets,
    )


def href(address: str, **given: str) -> str:
    html = rendered(f'<a href="{address}">x</a>', "html", **given).html
    return html.removeprefix('<a href="').removesuffix('">x</a>')


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("b.md", "feedmill:file/posts/b.md"),
        ("./b.md#part", "feedmill:file/posts/b.md#part"),
        ("../b.MD", "feedmill:file/b.MD"),
        ("/other/b.md", "feedmill:file/other/b.md"),
        ("b%20c.md", "feedmill:file/posts/b%20c.md"),
        ("ä.md", "feedmill:file/posts/%C3%A4.md"),
        ("b.html", "feedmill:file/posts/b.html"),
        ("/b.html", "https://site.example/b.html"),
        ("../b/", "feedmill:file/posts/b"),
        ("./b", "feedmill:file/posts/b"),
        ("b", "https://site.example/posts/b"),
        ("b.pdf", "https://site.example/posts/b.pdf"),
        ("b.md?c=d", "https://site.example/posts/b.md?c=d"),
        ("boat.PNG", "feedmill:media/posts/boat.PNG"),
        ("/img/boat.png", "https://site.example/img/boat.png"),
        ("https://a.example/b.md", "https://a.example/b.md"),
        ("//a.example/b.md", "https://a.example/b.md"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("feedmill:note/Tides#a", "feedmill:note/Tides#a"),
        ("#", "feedmill:here"),
        ("#top", "feedmill:here"),
    ],
)
def test_addresses_of_links(address: str, expected: str) -> None:
    assert href(address) == expected


@pytest.mark.parametrize(
    ("address", "path", "expected"),
    [
        ("../b/", "posts/trip/index.md", "feedmill:file/posts/b"),
        ("../b.md", "b/c/d.md", "feedmill:file/b/b.md"),
        ("b.md", "a.md", "feedmill:file/b.md"),
        ("boat.png", "posts/trip/index.md", "feedmill:media/posts/trip/boat.png"),
    ],
)
def test_addresses_are_resolved_by_the_folder(address: str, path: str, expected: str) -> None:
    assert href(address, path=path) == expected


@pytest.mark.parametrize(
    "address",
    [
        "../../../etc/passwd.md",
        "%2e%2e/%2e%2e/b.md",
        "feedmill:file/../b",
        "feedmill:file/%2e%2e/b",
        "feedmill:file//etc/b.md",
        "feedmill:other/b",
        "feedmill:asset/b.png",
        "FEEDMILL:media/a%00.png",
        "a%00b.md",
        "a\\b.md",
        "b" * 100_000 + ".md",
    ],
)
def test_no_address_leaves_the_drop_folder(address: str) -> None:
    assert "feedmill:" not in rendered(f'<a href="{address}">x</a>', "html").html


def test_a_picture_is_no_article() -> None:
    html = rendered('<img src="feedmill:file/a.md" alt="b"><img src="c.md">', "html").html
    assert html == 'b<img src="https://site.example/posts/c.md">'


@pytest.mark.parametrize(
    ("text", "with_assets", "without"),
    [
        ("/img/a.png", "feedmill:asset/img/a.png", ""),
        ("../../assets/a.png", "feedmill:asset/a.png", ""),
        ("../../a.png", "feedmill:asset/a.png", ""),
        ("../a.png", "feedmill:media/a.png", "feedmill:media/a.png"),
        ("assets/a.png", "feedmill:media/posts/assets/a.png", "feedmill:media/posts/assets/a.png"),
        ("https://a.example/a.png", "", ""),
        ("a.pdf", "", ""),
        ("", "", ""),
    ],
)
def test_media(text: str, with_assets: str, without: str) -> None:
    assert medium_address(text, "posts/a.md", assets=True) == with_assets
    assert medium_address(text, "posts/a.md") == without


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("## A tide\n\n[x](#a-tide)", '<h2 id="feedmill:a-tide">A tide</h2>\n<p>{a-tide}</p>'),
        ("## A tide\n\ny", '<h2 id="feedmill:a-tide">A tide</h2>\n<p>y</p>'),
        (
            "## A\n\n## A\n\n[x](#a-1)",
            '<h2 id="feedmill:a">A</h2>\n<h2 id="feedmill:a-1">A</h2>\n<p>{a-1}</p>',
        ),
        ("[x](#gone)", "<p>x</p>"),
        (
            "## Über *uns*\n\n[x](#uber-uns)",
            '<h2 id="feedmill:%C3%BCber-uns">Über <em>uns</em></h2>\n<p>{%C3%BCber-uns}</p>',
        ),
        ('<a name="n">y</a> [x](#n)', '<p><a id="feedmill:n">y</a> {n}</p>'),
        ('<p id="a b">y</p><p id="a-b">z</p>', '<p id="feedmill:a-b">y</p><p>z</p>'),
        ('<p id="">y</p>', "<p>y</p>"),
        (
            '<h2 id="own">Tide</h2>\n\n[x](#own) [x](#tide)',
            '<h2 id="feedmill:own">Tide</h2>\n<p>{own} {own}</p>',
        ),
    ],
)
def test_links_within_the_article(source: str, html: str) -> None:
    for part in ("a-tide", "a-1", "%C3%BCber-uns", "own", "n"):
        html = html.replace(f"{{{part}}}", f'<a href="feedmill:here#{part}">x</a>')
    assert rendered(source).html == html


def test_a_part_of_an_article_with_a_page_of_its_own_may_be_on_that_page() -> None:
    html = rendered("[x](#gone)", link="https://a.example/b").html
    assert html == '<p><a href="feedmill:here#gone">x</a></p>'


def test_other_addresses_are_resolved_by_link_and_folder() -> None:
    reading = read_article(b"# T\n\n[x](y) [z](/z)", "a b/c.md", RULES)
    assert reading.article is not None
    assert "https://site.example/a%20b/y" in reading.article.content_html
    assert "https://site.example/z" in reading.article.content_html
    linked = read_article(
        b"---\nlink: https://a.example/b/c\n---\n\n# T\n\n[x](y)", "d/e.md", RULES
    )
    assert linked.article is not None
    assert "https://a.example/b/y" in linked.article.content_html


def test_the_files_that_an_article_names_are_listed_once_at_their_places() -> None:
    text = b"---\ntitle: T\n---\n\nSee [b](b.md#x) and [b](b.md).\n![c](c%20d.png) [[Note]]\n"
    reading = read_article(text, "a/t.md", RULES)
    assert reading.article is not None
    assert reading.article.mentions == (
        Mention("feedmill:file/a/b.md", Place(5, 9)),
        Mention("feedmill:media/a/c%20d.png", Place(6, 6)),
        Mention("feedmill:note/Note", Place(6, 19)),
    )


def test_only_so_many_files_are_kept() -> None:
    body = rendered("".join(f"[x](f{n}.md)\n" for n in range(MOST_MENTIONS + 5)))
    assert len(body.mentions) == MOST_MENTIONS
    assert body.html.count("<a ") == MOST_MENTIONS
    assert [problem.code for problem in body.problems] == ["too-many-links"]


def test_ten_thousand_links_to_one_file_are_one_mention() -> None:
    body = rendered("[x](b.md)\n" * 9_000)
    assert [mention.address for mention in body.mentions] == ["feedmill:file/posts/b.md"]
