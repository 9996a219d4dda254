"""Admonitions and formulas in the form that the Markdown engine reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.parsing.body.bodies import rendered
from worker.parsing.dialects.admonitions import plain_blocks
from worker.parsing.dialects.body_markup import clean_body


@pytest.mark.parametrize(
    ("source", "left"),
    [
        (
            '!!! note "A title"\n    text\n\n    more\n\nB',
            "> [!note] A title\n> text\n> \n> more\n\nB",
        ),
        ("!!! tip\n\ttext", "> [!tip]\n> text"),
        ("??? note\n    text", "> [!note]\n> text"),
        ('???+ danger highlight "T"\n    a', "> [!danger] T\n> a"),
        ("!!! a\n    !!! b\n        c", "> [!a]\n> > [!b]\n> > c"),
        ("$$\na_b\n\n- c\n$$\n", "```math\na_b\n\n- c\n```\n"),
        ("> $$\n> a\n> $$", "> ```math\n> a\n> ```"),
    ],
)
def test_blocks_become_callouts_and_code(source: str, left: str) -> None:
    assert plain_blocks(source) == left


@pytest.mark.parametrize(
    "source",
    [
        "```\n!!! note\n    a\n```",
        "!!! and so on",
        "What???",
        "$$\na",
        "a $$b$$ c",
        "    !!! note\n",
    ],
)
def test_what_only_looks_like_a_block_is_left_alone(source: str) -> None:
    assert plain_blocks(source) == source


@pytest.mark.parametrize(
    "source",
    [
        "".join("    " * depth + "!!! a\n" for depth in range(300)),
        "$$\n" * 50_001,
        "!!! a\n" * 30_000,
        "!!! a\n" + "\n" * 50_000,
        "> $$\n" * 20_000 + "$$\n" * 20_001,
    ],
    ids=["nested", "dollars", "openings", "empty lines", "two prefixes"],
)
def test_long_runs_keep_their_lines(source: str) -> None:
    assert plain_blocks(source).count("\n") == source.count("\n")


BLOCKS = st.lists(
    st.sampled_from(["!!! a", '!!! b "c"', "    ", "$$", "> ", "\n", "\n\n", "```\n", "x", "\t"]),
    max_size=30,
).map("".join)


@given(BLOCKS)
def test_every_line_keeps_its_number_and_its_words(source: str) -> None:
    left = plain_blocks(source)
    assert left.count("\n") == source.count("\n")
    assert left.count("x") == source.count("x")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"So \(a_1 *b* c_2\) holds.", r"<p>So <code>\(a_1 *b* c_2\)</code> holds.</p>"),
        (r"So \[x_1 \\ \{y\}\] holds.", r"<p>So <code>\[x_1 \\ \{y\}\]</code> holds.</p>"),
        (r"\(\alpha\) and \(n\)", r"<p><code>\(\alpha\)</code> and <code>\(n\)</code></p>"),
        (r"So \\(a\_1 \\\\ b\\) holds.", r"<p>So <code>\(a_1 \\ b\)</code> holds.</p>"),
        (
            "A\n\\[\na_{b} < *c*\n\n+ d \\\\\n\\]\nB",
            "<p>A</p>\n<pre><code>\\[\na_{b} &lt; *c*\n\n+ d \\\\\n\\]</code></pre>\n<p>B</p>",
        ),
        (
            "> \\[ a_{b}\n> = *c* \\]",
            "<blockquote>\n<pre><code>\\[ a_{b}\n= *c* \\]</code></pre>\n</blockquote>",
        ),
        (r"\(a`b_1\)", r"<p><code>\(a`b_1\)</code></p>"),
        (r"\[citation *needed*\]", "<p>[citation <em>needed</em>]</p>"),
        (r"f\(x\), a \(small\) one \[1\]", "<p>f(x), a (small) one [1]</p>"),
        (r"\[x^2\](https://a.example/)", '<p>[x^2](<a href="https://a.example/">https://a.example/</a>)</p>'),
        (r"Start\(([a-z]+)\) 公式\(x^2\)", r"<p>Start(([a-z]+)) 公式<code>\(x^2\)</code></p>"),
        (r"`\(a_1\)`", r"<p><code>\(a_1\)</code></p>"),
        ("a \\(x_1\n\nb\\)", "<p>a (x_1</p>\n<p>b)</p>"),
    ],
)  # fmt: skip
def test_mathematics_between_backslashed_brackets_stays_as_it_is_written(
    source: str, expected: str
) -> None:
    body = rendered(clean_body(source, "markdown", first_line=1).text)
    assert (body.html, body.problems) == (expected, ())


@pytest.mark.parametrize("unit", ["\\(", "\\[", "\\[\n", "\\(x_1", "\\)\\(a_1", "\\[\na_1\n\n"])
def test_a_flood_of_brackets_takes_linear_time(unit: str) -> None:
    text = clean_body(unit * 30_000, "markdown", first_line=1).text
    assert text.count("\n") == unit.count("\n") * 30_000
