"""What becomes of a body in Markdown or in plain text."""

import re

import pytest

from tests.unit.parsing.body.bodies import rendered
from worker.parsing.body.markdown import parsed

# --- Markdown


def test_markdown_has_tables_strikethrough_and_alignment() -> None:
    html = rendered("~~old~~\n\n|a|b|\n|-|-:|\n|1|2|\n").html
    assert "<del>old</del>" in html
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


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("- [x] done\n- [ ] to do", "<ul>\n<li>☑ done</li>\n<li>☐ to do</li>\n</ul>"),
        ("Term\n: *Meaning*", "<dl>\n<dt>Term</dt>\n<dd><em>Meaning</em></dd>\n</dl>"),
        ("$a_b$ and $c_d$", "<p><code>$a_b$</code> and <code>$c_d$</code></p>"),
        ("$$\\max_{a} \\sum_{s}$$", "<p><code>$$\\max_{a} \\sum_{s}$$</code></p>"),
        ("```math\na\n```", "<pre><code>$$\na\n$$</code></pre>"),
        ("costs $5 and $6, $HOME/$USER", "<p>costs $5 and $6, $HOME/$USER</p>"),
        ("漢字**「強調」**です", "<p>漢字<strong>「強調」</strong>です</p>"),
        ("# A {#own .class}", '<h1 id="feedmill:own">A</h1>'),
        ("# A {x y}", '<h1 id="feedmill:a-x-y">A {x y}</h1>'),
        ("www.a.example", '<p><a href="http://www.a.example">www.a.example</a></p>'),
        ("a@b.example", '<p><a href="mailto:a@b.example">a@b.example</a></p>'),
        (
            "见https://a.example/x。后",
            '<p>见<a href="https://a.example/x">https://a.example/x</a>。后</p>',
        ),
        (
            "> [!NOTE] A *title*\n> text",
            "<blockquote>\n<p><strong>A <em>title</em></strong></p>\n<p>text</p>\n</blockquote>",
        ),
        (
            "> [!todo]-\n> a\n> > [!tip] B\n> > b",
            "<blockquote>\n<p><strong>Todo</strong></p>\n<p>a</p>\n"
            "<blockquote>\n<p><strong>B</strong></p>\n<p>b</p>\n</blockquote>\n</blockquote>",
        ),
        (
            ":::note Own title\na\n:::",
            "<blockquote>\n<p><strong>Own title</strong></p>\n<p>a</p>\n</blockquote>",
        ),
        (
            '::: warning\na\n:::\n\n:::tip[B]\nb\n:::\n\n:::note{title="C"}\nc\n:::',
            "".join(
                f"<blockquote>\n<p><strong>{title}</strong></p>\n<p>{text}</p>\n</blockquote>\n"
                for title, text in (("Warning", "a"), ("B", "b"), ("C", "c"))
            ).strip(),
        ),
    ],
)
def test_extensions_of_markdown_become_plain_html(source: str, html: str) -> None:
    body = rendered(source)
    assert body.html == html
    assert body.problems == ()


def test_the_language_of_code_reaches_the_sanitizer() -> None:
    assert '<code class="language-python">' in parsed("```python title=x\na\n```").html


@pytest.mark.parametrize("note", ["https://a.example/", "萌娘百科"])
def test_footnotes_link_to_their_notes_and_back(note: str) -> None:
    html = parsed(f"A claim[^n], again[^n].\n\n[^n]: {note}").html
    assert '<sup class="footnote-ref"><a href="#fn-n" id="fnref-n"' in html
    assert '<li id="fn-n">' in html
    assert 'href="#fnref-n-2"' in html
    body = rendered(f"A claim[^n].\n\n[^n]: {note}")
    assert body.html.startswith("<p>A claim<sup><a")
    assert note in body.text


def test_a_note_that_nothing_refers_to_stays_as_text() -> None:
    html = rendered("A[^b].\n\n[^b]: B\n\n> [^c]: never\n\n```\n[^d]: code\n```").html
    assert "<p>[^c]: never</p>" in html
    assert "<code>[^d]: code" in html


def test_a_heading_has_its_own_id_else_one_of_its_words() -> None:
    html = parsed("# A b {#own}\n\n## A *b*\n\n## A b\n\n## 漢字").html
    assert re.findall('id="([^"]*)"', html) == ["own", "a-b", "a-b-1", "漢字"]


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


def test_the_number_of_a_note_is_no_part_of_a_sentence() -> None:
    body = rendered("A claim[^1], and more.\n\n[^1]: The proof.")
    assert body.summary == "A claim, and more."
    assert body.text == "A claim, and more.\n\nThe proof."
