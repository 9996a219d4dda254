"""The hash of what readers see is that of the words, whatever lies between them."""

import hashlib
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from worker.core.article import Article
from worker.ingest.verdicts import reader_hash

SPACES = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
texts = st.lists(st.sampled_from([*SPACES, "  ", "\n\n", "tide", "a", "é", "ﬁ"])).map("".join)


def of_words(text: str) -> str:
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    return hashlib.sha256(words.encode()).hexdigest()


@given(texts)
def test_white_space_of_every_kind_is_one_blank(text: str) -> None:
    article = Article(title="T", summary="s", content_html="", text=text)
    assert reader_hash(article) == of_words(f"T\ns\n{text}")


def test_each_kind_of_white_space_separates_words() -> None:
    for space in SPACES:
        article = Article(title="T", summary="s", content_html="", text=f"a{space}b")
        assert reader_hash(article) == of_words("T s a b")
