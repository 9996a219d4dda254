"""What authors are told of the fields of the front matter."""

import pytest

from tests.unit.parsing.frontmatter.fieldlines import read, told
from worker.core.problems import Place
from worker.parsing.frontmatter.keys import KNOWN, likely_meant

# --- problems ---------------------------------------------------------------------------------


def test_all_problems_are_told_together_each_at_its_own_key() -> None:
    lines = "\n".join(
        [
            "title: [a]",
            "webUrl: www.example.com/x",
            "date: 2021-02-30",
            "expires: 2020-01-01",
            "published: soon",
            "quality: high",
            "draft: maybe",
            "topics: {a: b}",
            "language: the Queen's",
            "provider: {domain: 'not a domain', name: [x]}",
            "authors: [{email: nobody}, {}]",
            "images:",
            "  - url: ok.png",
            "    width: -5",
            "  - height: 5",
            "related:",
            "  - title: One",
            "    webUrl: javascript:alert(1)",
            "    publishedDateTime: later",
            "    images: [{url: 'file:///x', width: 0.5}]",
            "  - title: Two",
            "  - 12: 13",
            "titel: One",
        ]
    )
    assert sorted(told(lines), key=lambda each: each[1] or Place(0, 0)) == [
        ("bad-type", Place(2, 1)),
        ("bad-url", Place(3, 1)),
        ("bad-date", Place(4, 1)),
        ("bad-date", Place(6, 1)),
        ("bad-number", Place(7, 1)),
        ("bad-boolean", Place(8, 1)),
        ("bad-type", Place(9, 1)),
        ("bad-language", Place(10, 1)),
        ("bad-domain", Place(11, 12)),
        ("bad-type", Place(11, 36)),
        ("bad-email", Place(12, 12)),
        ("missing-key", Place(12, 28)),
        ("bad-size", Place(15, 5)),
        ("missing-key", Place(16, 5)),
        ("bad-url", Place(19, 5)),
        ("bad-date", Place(20, 5)),
        ("bad-url", Place(21, 15)),
        ("bad-size", Place(21, 33)),
        ("missing-key", Place(22, 5)),
        ("missing-key", Place(23, 5)),
        ("unknown-key", Place(24, 1)),
    ]


def test_an_error_in_one_key_does_not_hide_what_is_wrong_between_others() -> None:
    assert told("quality: high\ndate: 2021-02-04\nexpires: 2020-01-01") == [
        ("bad-number", Place(2, 1)),
        ("expires-before-published", Place(4, 1)),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "webUrl: www.example.com/x",
            "2:1: error: The address `www.example.com/x` has no https:// at the start. "
            "Add https:// in front of it. [bad-url]",
        ),
        (
            "date: 2021-02-30",
            "2:1: error: `2021-02-30` does not exist: February 2021 has 28 days. "
            "Correct the date. [bad-date]",
        ),
        (
            "images: [{url: a.png, width: wide}]",
            "2:23: error: `wide` is not a width or height in pixels. "
            "Write a whole number from 1 to 999999, or remove the line. [bad-size]",
        ),
        (
            "related: [{title: One}]",
            "2:11: error: An item of `related` has no `webUrl`. Add `webUrl: …`. [missing-key]",
        ),
        (
            "publishDateTime: 2021-02-04",
            "2:1: warning: The key `publishDateTime` is not known. "
            "Did you mean `publishedDateTime`? [unknown-key]",
        ),
        (
            "draft: perhaps",
            "2:1: error: `perhaps` is neither true nor false. Write true or false. [bad-boolean]",
        ),
        (
            "quality: [1]",
            "2:1: error: A list is not a number. Write a number, such as 24. [bad-number]",
        ),
    ],
)
def test_messages_say_what_was_found_and_how_to_cure_it(lines: str, message: str) -> None:
    assert [str(problem) for problem in read(lines)[1]] == [message]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (f"title: {'x' * 1001}", "title-too-long"),
        (f"id: {'x' * 501}", "bad-id"),
        ("id: [a]", "bad-type"),
        (f"topics: [{'x' * 101}]", "bad-topic"),
        ("topics: [[a]]", "bad-topic"),
        (f"topics: [{','.join(f't{n}' for n in range(51))}]", "too-many-topics"),
        ("quality: true_", "bad-number"),
        ("quality: .inf", "bad-number"),
        ("quality: 1e999", "bad-number"),
        ("image: {url: a.png, width: 0}", "bad-size"),
        ("image: {url: a.png, width: 1e3}", "bad-size"),
        ("image: [[a]]", "bad-type"),
        ("author: {url: /a}", "missing-key"),
        ("author: [[a]]", "bad-type"),
        ("provider: [a]", "bad-type"),
        ("date: [a]", "bad-date"),
        ("link: {a: b}", "bad-url"),
        ("excerpt: {a: b}", "bad-type"),
    ],
)
def test_what_does_not_fit_its_key_is_an_error(lines: str, code: str) -> None:
    assert [problem.code for problem in read(lines)[1]] == [code]


# --- keys that look misspelt ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("titel", "title"),
        ("Title", "title"),
        ("tilte", "title"),
        ("topic", "topics"),
        ("web_url", "webUrl"),
        ("weburl", "webUrl"),
        ("publishedDatetime", "publishedDateTime"),
        ("published_date_time", "publishedDateTime"),
        ("pubdate", "pubDate"),
        ("descripton", "description"),
        ("expire", "expires"),
        ("layout", ""),
        ("weight", ""),
        ("slug", ""),
        ("publishDate", ""),
        ("categories", ""),
        ("aliases", ""),
        ("subtitle", ""),
        ("toc", ""),
        ("math", ""),
        ("series", ""),
        ("comments", ""),
        ("permalink", ""),
        ("params", ""),
        ("x" * 10_000, ""),
    ],
)
def test_only_a_near_miss_is_taken_for_a_known_key(key: str, meant: str) -> None:
    assert likely_meant(key, KNOWN) == meant


def test_a_near_miss_in_a_nested_group_is_told_with_that_group_s_keys() -> None:
    assert told("images:\n  - url: a.png\n    widht: 5\nprovider: {nmae: x}") == [
        ("unknown-key", Place(5, 12)),
        ("unknown-key", Place(4, 5)),
    ]
