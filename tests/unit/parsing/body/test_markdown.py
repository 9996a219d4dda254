"""What becomes of a body in Markdown or in plain text."""

import pytest

from tests.unit.parsing.body.bodies import rendered

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
