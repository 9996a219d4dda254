"""MDX: its program code goes, its words stay."""

import pytest

from worker.parsing.kinds.mdx import without_components


def left(source: str) -> str:
    return without_components(source, first_line=1)[0]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import Tabs from '@theme/Tabs';\n\nText.", "\n\nText."),
        ("import {\n  A\n} from 'b';\n\nText.", "\n\n\n\nText."),
        ("export const x = 1;\n\nText.", "\n\nText."),
        ("<Tabs items={['a', 'b']} x={{a: '>'}}>\n\nText.\n\n</Tabs>", "\n\nText.\n\n"),
        ("A <Link to='/x>y'>word</Link>.", "A word."),
        ("<>Text</>", "Text"),
        ("{/* a comment } */}Text", "Text"),
        ('A{" "}b {props.x}', "A b "),
        ('<div className={styles.x} id="a">x</div>', '<div id="a">x</div>'),
    ],
)
def test_program_code_is_left_out_and_lines_keep_their_numbers(source: str, text: str) -> None:
    assert left(source) == text
    assert left(source).count("\n") == source.count("\n")


@pytest.mark.parametrize(
    "source",
    [
        "Export your data and import taxes.",
        "import taxes are high this year",
        "`<Foo />` and `{x}`",
        "```jsx\nimport x from 'y'\n<Foo a={1} />\n```\n",
        "a < B and {#anchor}",
        "An open { brace and an <Open tag",
        "<https://a.example/> and <b>bold</b>",
        "\\{x\\}",
    ],
)
def test_words_and_code_stay(source: str) -> None:
    assert without_components(source, first_line=1) == (source, ())


def test_each_is_told_once_at_line_and_column() -> None:
    _, problems = without_components("A <Tip>x</Tip>\n\n<Tip>y</Tip> {x}\n", first_line=5)
    assert [(it.code, it.place) for it in problems] == [("mdx-code", (5, 3)), ("mdx-code", (7, 14))]
    assert "2 times" in problems[0].message


@pytest.mark.parametrize(
    "source", ["{" * 50_000, "<A " * 30_000, "`" * 20_000, "import {a}\n" * 9_000]
)
def test_a_hostile_file_ends(source: str) -> None:
    assert left(source).count("\n") == source.count("\n")
