"""The sample that warms the fork server is an article without a problem."""

from worker.parsing.warm_up import SAMPLE_READING


def test_the_sample_is_read_whole() -> None:
    assert SAMPLE_READING.problems == ()
    article = SAMPLE_READING.article
    assert article is not None
    assert (len(article.people), len(article.images), len(article.related)) == (1, 1, 1)
    assert "<table>" in article.content_html
