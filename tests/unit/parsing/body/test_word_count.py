"""The net below the parsers: words that are missing from what is published are reported."""

import pytest

from tests.unit.parsing.body.bodies import BASE, codes, rendered
from worker.core.article import Reading
from worker.core.problems import Place
from worker.parsing.article_reader import read_article
from worker.parsing.body import render
from worker.parsing.body.unclosed import Closed
from worker.parsing.body.word_count import lost_words
from worker.parsing.rules import ReadingRules

WORDS = " ".join(f"word{number}" for number in range(60))


def test_a_tenth_that_is_missing_is_a_warning_from_its_line_on() -> None:
    source = f"{WORDS}\n\nKept.\n\n{'gone ' * 25}\n\n{WORDS}"
    problem = lost_words(source, "markdown", f"<p>{WORDS}<p>Kept.<p>{WORDS}", "", 7)
    assert problem is not None
    assert (problem.code, problem.level, problem.place) == ("lost-words", "warning", Place(11, 1))
    assert problem.message.startswith("25 of the text's 146 words are missing")


def test_a_half_that_is_missing_is_an_error() -> None:
    problem = lost_words(f"Kept.\n\n{WORDS}", "html", "<p>Kept.</p>", "", 1)
    assert problem is not None
    assert problem.level == "error"
    assert "60 of the text's 61 words" in problem.message


def test_each_chinese_character_is_a_word() -> None:
    problem = lost_words("汉字" * 20, "markdown", "<p>" + "汉字" * 16 + "</p>", "", 1)
    assert problem is None  # only 8
    problem = lost_words("汉字" * 40, "markdown", "<p>" + "汉字" * 25 + "</p>", "", 1)
    assert problem is not None
    assert "30 of the text's 80 words" in problem.message


@pytest.mark.parametrize(
    "source",
    [
        f"# Title\n\n{WORDS}",
        f"<!-- {WORDS} -->\n\ntext",
        f"<script>{WORDS}</script>\n\ntext",
        f"<svg><text>{WORDS}</text></svg>\n\ntext",
        f"text [a](https://a.example/{WORDS.replace(' ', '/')})",
        f"text ![{WORDS}](https://a.example/a.png)",
        "".join(f"[{word}]: https://a.example/{word}\n" for word in WORDS.split()) + "\ntext",
        "```python title=a\n" + WORDS + "\n```",
        "한국어[링크](https://a.example/)는 **굵게**은 " * 30,
        "a*b*c `d*e` \\*f\\_g " * 30,
        "AT&amp;T caf&eacute; " * 30,
        "| a | b |\n|---|---|\n" + "| word | other |\n" * 30,
        "<https://a.example/some/words> https://a.example/others " * 20,
    ],
)
def test_what_is_left_out_on_purpose_raises_nothing(source: str) -> None:
    assert "lost-words" not in codes(rendered(source, drop_title=True))


@pytest.mark.parametrize(
    "many", ["<script>", "<!--", "<svg></svg", "[a](", "{:", '<a title="', "[^"]
)
def test_a_flood_of_marks_is_counted_once(many: str) -> None:
    problem = lost_words(many * 50_000 + "\n\n" + WORDS, "markdown", "", "", 1)
    assert problem is not None
    assert problem.level == "error"


def test_an_article_that_would_lose_half_of_its_words_is_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it would be if an element that hides text were overlooked."""
    monkeypatch.setattr(render, "closed", lambda html, **_: Closed(html, [], []))
    source = f"# Title\n\nUse <template> here.\n\n{WORDS}\n"
    reading: Reading = read_article(source.encode(), "a.md", ReadingRules(site_url=BASE))
    assert reading.article is None
    (problem,) = [each for each in reading.problems if each.level == "error"]
    assert problem.code == "lost-words"
    assert problem.place == Place(5, 1)
