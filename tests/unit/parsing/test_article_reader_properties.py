"""Whatever the bytes, reading gives an article that feeds can carry, or says what is wrong."""

from collections.abc import Iterator
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.articles import BLOB, SAMPLE
from worker.core.problems import CODES
from worker.core.text import has_illegal
from worker.parsing.article_reader import ReadingRules, read_article

RULES = ReadingRules(site_url="https://site.example/", timezone="Europe/Berlin", language="en")

PIECES = st.sampled_from(
    ["---\n", "+++\n", "---", "...\n", "{", "}", "[", "]", "\n", "\r\n", ": ", "- ", "  ", "\t",
     '"', "'", "#", "&a ", "*a", "!x ", "<<: ", "? ", "|\n", ">-\n", "%", "@", "\\", "\\x00", "=",
     "title", "title: One\n", "topics: [a, b]\n", "date: 2021-02-04\n", "date", "published: no\n",
     "images:\n  - url: /a\n", "related", "webUrl: ", "https://x.example/a", "secured: x\n",
     "# Heading\n", "Text. ", "<p>", "<script>", "\x00", "\x92", "\u2028", "é", "\ufffe", "🙂"]
)  # fmt: skip
NAMES = st.sampled_from(["a.txt", "a.md", "b/a.html", "a", "a.TXT", ""])


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        for item in value:
            yield from texts_of(item)
    if isinstance(value, str):
        yield value


def assert_sound(data: bytes, name: str) -> None:
    """The promise of ``read_article``, with nothing that a feed could not carry."""
    reading = read_article(data, name, RULES)
    codes = {problem.code for problem in reading.problems}
    assert "internal" not in codes
    assert codes <= set(CODES)
    lines = len(data.decode("utf-8", "replace").splitlines()) + 1
    for problem in reading.problems:
        assert problem.message
        assert problem.place is None or 1 <= problem.place.line <= lines
    errors = [problem for problem in reading.problems if problem.level == "error"]
    assert (reading.article is None) == bool(errors)
    if reading.article is not None:
        assert reading.article.title.strip()
        assert not any(has_illegal(text) for text in texts_of(asdict(reading.article)))


@given(st.binary(max_size=300), NAMES)
def test_any_bytes_give_an_article_or_problems(data: bytes, name: str) -> None:
    assert_sound(data, name)


@given(st.text(max_size=200), NAMES)
def test_any_text_gives_an_article_or_problems(text: str, name: str) -> None:
    assert_sound(text.encode("utf-8", "surrogatepass"), name)


@given(
    st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["---\n", "+++\n", "{", ""]), NAMES
)
def test_anything_like_an_article_gives_an_article_or_problems(
    text: str, head: str, name: str
) -> None:
    assert_sound((head + text).encode(), name)


@given(st.integers(0, len(SAMPLE)), st.integers(0, 30), PIECES)
def test_a_sample_changed_anywhere_gives_an_article_or_problems_and_no_secret(
    at: int, gone: int, piece: str
) -> None:
    text = SAMPLE[:at] + piece + SAMPLE[at + gone :]
    assert_sound(text.encode(), "a.txt")
    assert BLOB[:40] not in repr(read_article(text.encode(), "a.txt", RULES).problems)
