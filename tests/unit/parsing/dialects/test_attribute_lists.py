"""kramdown's attribute lists: their ids stay, nothing of them is shown."""

import pytest

from tests.unit.parsing.body.bodies import codes, rendered
from worker.parsing.article_reader import read_article
from worker.parsing.dialects.body_markup import clean_body
from worker.parsing.rules import ReadingRules


def html(source: str) -> str:
    body = rendered(clean_body(source, "markdown", first_line=1).text)
    assert not codes(body)
    return body.html


ANCHOR = '<span id="feedmill:x"></span>'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("## Title {: #x}", '<h2 id="feedmill:x">Title</h2>'),
        ("## Title {:#x .big}", '<h2 id="feedmill:x">Title</h2>'),
        ("## Title ##\n{: .big #x}", '<h2 id="feedmill:x">Title</h2>'),
        ("Title\n---\n{: #x}", '<h2 id="feedmill:x">Title</h2>'),
        ("{: #x}\n## Title", '<h2 id="feedmill:x">Title</h2>'),
        ("## Title\n{: id='x' style='a'}", '<h2 id="feedmill:x">Title</h2>'),
        ("One\ntwo\n{: #x}", f"<p>{ANCHOR}One\ntwo</p>"),
        ("{: .a #x}\nOne\ntwo", f"<p>{ANCHOR}One\ntwo</p>"),
        ("A *word*{: #x} more", f"<p>A <em>word</em>{ANCHOR} more</p>"),
        ("- one\n- two\n{: #x}", f"<ul>\n<li>{ANCHOR}one</li>\n<li>two</li>\n</ul>"),
        ("- {: #x} one", f"<ul>\n<li>{ANCHOR} one</li>\n</ul>"),
        ("> one\n{: #x}", f"<blockquote>\n<p>{ANCHOR}one</p>\n</blockquote>"),
        ("```\ncode\n```\n{: #x}", f"<pre><code>code\n</code></pre>\n<p>{ANCHOR}</p>"),
        ("One\n{: .a}\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("{:note: .a #x}\n\nOne\n{: note}", f"<p>{ANCHOR}One</p>"),
        ("One{: note}", "<p>One{: note}</p>"),
        ("`{: #x}`", "<p><code>{: #x}</code></p>"),
        ("    {: #x}", "<pre><code>{: #x}\n</code></pre>"),
    ],
)
def test_an_id_stays_and_other_attributes_are_left_out(source: str, expected: str) -> None:
    assert html(source) == expected


def test_the_id_of_a_table_is_before_its_first_words() -> None:
    assert f"<th>{ANCHOR}a</th>" in html("| a | b |\n|---|---|\n| c | d |\n{: #x}")


def test_a_link_finds_the_id_and_lines_keep_their_numbers() -> None:
    source = "# T\n\n[there](#part)\n\nText\n{: #part}\n\n[nowhere](nowhere.md)\n"
    reading = read_article(source.encode(), "a.md", ReadingRules())
    assert reading.article is not None
    assert '<a href="feedmill:here#part">there</a>' in reading.article.content_html
    assert [mention.place for mention in reading.article.mentions] == [(8, 11)]


def test_many_lists_take_no_longer() -> None:
    assert html("a\n{: #x}\n" * 3_000).count(ANCHOR) >= 1
