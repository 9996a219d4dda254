"""Bodies made to hang a parser, or to grow beyond measure."""

import pytest

from tests.unit.parsing.body.bodies import codes, rendered
from tests.unit.safe_html import Reading
from worker.parsing.rules import Markup


@pytest.mark.parametrize(
    "source",
    [
        ">" * 50_000,
        "> - " * 50_000 + "a",
        "*" * 50_000 + "a" + "*" * 50_000,
        "*a " * 30_000 + "a* " * 30_000,
        "".join("  " * depth + "- a\n" for depth in range(400)),
        "> " * 250 + "a\n" + "b\n" * 50_000,
        "<div>" * 100_000,
        ":::a\n" * 40_000,
        "[^1] " * 100_000 + "\n\n[^1]: x",
        "".join(f"[^{number}]: " for number in range(20_000)),
    ],
    ids=[
        *("quotations", "items", "marks", "emphasis", "lists", "lazy", "elements", "directives"),
        *("notes", "notes in notes"),
    ],
)
def test_markdown_too_intricate_to_parse_is_shown_as_plain_text(source: str) -> None:
    body = rendered(source, drop_title=True)
    assert codes(body) == ["too-deep"]
    assert set(source.split()) <= {*body.text.split(), *body.title.split()}
    Reading(body.html)


def long_runs(size: int) -> list[str]:
    """Marks without end, up to 200 ``size`` of them."""
    return [
        *("[" * 200 * size, "![" * 100 * size, "[a](" * 50 * size, "*a " * 60 * size),
        *("a**b" * 50 * size, "$a " * 60 * size, "$a$b" * 50 * size, "漢**字" * 30 * size),
        *("<b>x</b> " * 20 * size, "`" * 200 * size, "a\n: b\n" * 30 * size, "^[" * 50 * size),
        *("> [!a] b\n\n" * 5 * size, "# x {#a}\n" * 20 * size),
        "[a]: https://a.example/" + "x" * 100 * size + "\n\n" + "[a] " * size,
        "|a" * 5 * size + "\n" + "|-" * 5 * size + "\n" + "|\n" * 20 * size,
        "".join(f"[^{number}]: [^{number + 1}]\n\n" for number in range(5 * size)) + "[^0]",
        "- " * 100 * size,
        '<span data-math-style="inline">' * 5 * size,
    ]


@pytest.mark.parametrize(
    "source",
    [*long_runs(200), *(pytest.param(run, marks=pytest.mark.slow) for run in long_runs(1000))],
    ids=str.__len__,
)
def test_long_runs_of_marks_neither_hang_nor_grow(source: str) -> None:
    body = rendered(source, drop_title=True)
    assert len(body.html) < 8_000_000
    Reading(body.html)


@pytest.mark.parametrize(
    "unit",
    [
        *("<div>", "<ul><li>", "<b><p>", "<table><tr><td>", "<a b=1><div>", "<b></p>"),
        # Optional end tags are so where the parser knows of a place for them only.
        *("<rt>", "<rp>", "<rt><p>", "<li><rt>", "<ruby><table><td><rt>", "<optgroup>", "<rb>"),
    ],
)
@pytest.mark.parametrize("depth", [5_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_html_nested_too_deeply_is_shown_as_plain_text(unit: str, depth: int) -> None:
    body = rendered(f"<script>x</script>{unit * depth}the &lt;words&gt;", "html")
    assert codes(body) == ["too-deep"]
    assert body.html == "<p>the &lt;words&gt;</p>"
    assert body.title_line is None


@pytest.mark.parametrize(
    "source",
    [
        "<span><div></span></div>" * 1_000,
        "<span><p></span></p>" * 1_000,
        "<rt><ruby></rt></ruby>" * 1_000,
        "<ruby><rt>" + "<table><td><rt>" + "<rt>" * 20_000,
        "<ul><li>" * 150,
    ],
    ids=["span", "paragraph", "ruby", "table in ruby", "items"],
)
def test_what_only_the_parser_finds_to_be_deep_is_shown_as_plain_text(source: str) -> None:
    """An end tag that the parser ignores leaves its element open."""
    body = rendered(source + "the words", "html")
    assert codes(body) == ["too-deep"]
    assert body.html == "<p>the words</p>"


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
        "<ruby>" + "漢<rp>(<rt>kan<rp>)" * 1_000 + "</ruby>",
        "<ruby>漢<rt>kan</rt></ruby>" * 1_000,
        "<table><tr>" + "<td><ruby>漢<rt>kan<rt>n</ruby>" * 1_000 + "</table>",
        '<p title="<p><p>">x' * 1_000,
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
