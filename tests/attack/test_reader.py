"""Whatever bytes a file has, ``read_article`` gives a verdict: in time, bounded, and safe.

Two ways to the same promise: Hypothesis, which shrinks what it finds, and plain mutations of the
samples, some hundred times as many. (atheris, which finds its way by coverage, has wheels for
CPython 3.11 to 3.14 on x86-64 Linux; it is no dependency, since these two need nothing but what
the other tests need, run wherever they do, and each failure has a command that plays it again.)
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.attack.budget import SEED, rounds, tell
from tests.attack.seeds import HEADS, TOKENS, made_up, mutated, samples
from tests.unit.parsing.test_article_reader_properties import texts_of
from tests.unit.safe_html import Reading as SafeReading
from worker.core.problems import CODES
from worker.core.text import has_illegal
from worker.parsing.article_reader import ReadingRules, read_article
from worker.parsing.body.raw_html import is_too_deep

pytestmark = [pytest.mark.attack, pytest.mark.timeout(0)]

RULES = ReadingRules(site_url="https://site.example/", timezone="Europe/Berlin", language="en")
NAMES = ("a.md", "a.txt", "b/a.html", "2021-02-03-a.markdown", "a.htm", "a", "")
CPU_SECONDS = 10.0
"""What a parser child may take; of this process's own time, so that a busy machine is no hang."""
LARGEST, GROWTH = 200_000, 300
EXAMPLES = 400


class HangError(Exception):
    """A file takes longer than a parser child may."""


@contextmanager
def no_hang() -> Iterator[None]:
    def end(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def check(data: bytes, name: str) -> bool:
    """Reads; whether the file is an article. Fails for what no feed could carry."""
    with no_hang():
        reading = read_article(data, name, RULES)
    codes = {problem.code for problem in reading.problems}
    assert "internal" not in codes
    assert codes <= set(CODES)
    is_wrong = any(problem.level == "error" for problem in reading.problems)
    if reading.article is None:  # rejected, or no article, which one warning says
        assert is_wrong or len(reading.problems) == 1
    else:
        assert not is_wrong
    assert sum(len(problem.message) for problem in reading.problems) < LARGEST
    if reading.article is None:
        return False
    SafeReading(reading.article.content_html)
    assert not is_too_deep(reading.article.content_html)
    texts = list(texts_of(asdict(reading.article)))
    assert sum(map(len, texts)) <= LARGEST + GROWTH * len(data)
    assert not any(has_illegal(text) for text in texts)
    assert reading.article.title.strip()
    return True


def head_of(kind: str, lines: str) -> str:
    return HEADS[kind][0] + lines + HEADS[kind][2]


HEAD = st.builds(
    head_of,
    st.sampled_from(sorted(HEADS)),
    st.one_of(
        st.sampled_from([inside for _, inside, _ in HEADS.values()]),
        st.lists(st.sampled_from(TOKENS) | st.text(max_size=9), max_size=20).map("".join),
    ),
)
BODY = st.lists(st.sampled_from(TOKENS) | st.text(max_size=9), max_size=40).map("".join)
FILES = st.one_of(
    st.binary(max_size=2_000),
    st.text(max_size=500).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(HEAD, BODY).map(lambda both: "".join(both).encode("utf-8", "surrogatepass")),
    st.tuples(BODY, st.integers(1, 2_000)).map(
        lambda both: (both[0] * both[1])[:30_000].encode("utf-8", "surrogatepass")
    ),
)


def test_hypothesis_finds_no_bytes_that_break_the_reader() -> None:
    tried = 0

    def one(data: bytes, name: str) -> None:
        nonlocal tried
        tried += 1
        check(data, name)

    for each in rounds("reader", 0.5):
        with each.play():
            search = given(FILES, st.sampled_from(NAMES))(one)
            search = settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=False,
                suppress_health_check=list(HealthCheck),
            )(search)
            seed(f"{SEED} {each.number}")(search)()
    tell(f"reader: Hypothesis tried {tried} files")


def test_no_mutation_of_the_samples_breaks_the_reader() -> None:
    tried = articles = 0
    for each in rounds("reader", 0.5):
        with each.play() as chance:
            name, data = chance.choice(samples())
            data = mutated(data, chance) if chance.random() < 0.7 else made_up(chance)
            name = name if chance.random() < 0.5 else chance.choice(NAMES)
            tried += 1
            articles += check(data, name)
    tell(f"reader: {tried} mutations, of which {articles} are articles")
