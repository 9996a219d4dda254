"""Admonitions and formulas in the form that the Markdown engine reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.parsing.dialects.admonitions import plain_blocks


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
