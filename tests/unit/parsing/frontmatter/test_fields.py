"""The fields of the front matter: what is accepted, and what it means."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.parsing.frontmatter.fieldlines import SITE, good, read, told
from worker.core.article import Hold, Image, Person, Provider
from worker.core.problems import Place
from worker.parsing.frontmatter.assemble import assemble
from worker.parsing.frontmatter.fields import FrontMatter, read_fields
from worker.parsing.frontmatter.keys import ALIASES, KNOWN
from worker.parsing.frontmatter.splitter import split_front_matter

# --- what each key means ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meaning", "attribute", "value", "expected"),
    [
        ("title", "title", "One", "One"),
        ("summary", "summary", "One", "One"),
        ("published", "published", "2021-02-04T18:21Z", datetime(2021, 2, 4, 18, 21, tzinfo=UTC)),
        ("updated", "updated", "2021-02-04T18:21Z", datetime(2021, 2, 4, 18, 21, tzinfo=UTC)),
        ("expires", "expires", "2021-02-04T18:21Z", datetime(2021, 2, 4, 18, 21, tzinfo=UTC)),
        ("link", "link", "https://x.example/a", "https://x.example/a"),
        ("topics", "topics", "One, Two", ("One", "Two")),
        ("id", "explicit_id", "a-1", "a-1"),
        ("provider", "provider", "One", Provider("One")),
        ("people", "people", "One", (Person("One"),)),
        ("images", "images", "/a.png", (Image("https://site.example/a.png"),)),
        ("category", "category", "news", "news"),
        ("type", "type", "article", "article"),
        ("quality", "quality", "24", 24),
        ("heat", "heat", "-1.5", -1.5),
        ("language", "language", "pt_BR", "pt-BR"),
        ("original_url", "original_url", "https://x.example/a", "https://x.example/a"),
        ("amp_url", "amp_url", "https://x.example/a", "https://x.example/a"),
        ("cdn_amp_url", "cdn_amp_url", "https://x.example/a", "https://x.example/a"),
    ],
)
def test_every_name_of_a_meaning_gives_it(
    meaning: str, attribute: str, value: str, expected: Any
) -> None:
    for key in ALIASES[meaning]:
        assert getattr(good(f"{key}: {value}"), attribute) == expected


@pytest.mark.parametrize("meaning", ["summary", "link", "topics", "people", "id"])
def test_of_several_names_the_first_in_the_table_wins_wherever_it_stands(meaning: str) -> None:
    keys = ALIASES[meaning]
    lines = [f"{key}: https://{at}.example" for at, key in enumerate(keys)]
    assert "https://0.example" in repr(good("\n".join(reversed(lines))))
    article = good("\n".join(lines))
    assert set(article.extra) == set(keys[1:])


def test_a_name_without_a_value_leaves_its_place_to_the_next() -> None:
    assert good('excerpt: ""\nsummary:\ndescription: One').summary == "One"


def test_every_key_of_the_table_is_one_of_the_model() -> None:
    schema = FrontMatter.model_json_schema()
    assert set(schema["properties"]) <= KNOWN
    assert {keys[0] for keys in ALIASES.values()} == set(schema["properties"])


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("2021", "2021"),
        ("1.10", "1.10"),
        ("no", "no"),
        ("2021-02-04", "2021-02-04"),
        ("12:30:45", "12:30:45"),
        ("  'a  b'  ", "a b"),
        (">\n  a\n  b", "a b"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_a_title_is_what_the_author_wrote(written: str, title: str) -> None:
    assert good(f"title: {written}").title == title


def test_topics_that_look_like_numbers_dates_or_truth_keep_their_text() -> None:
    article = good("topics: [no, 1.10, 2021-02-04, AI, ai, ' ', ~, 'C, C++']")
    assert article.topics == ("no", "1.10", "2021-02-04", "AI", "C, C++")


def test_people_are_names_addresses_or_groups() -> None:
    article = good(
        "authors:\n  - Ann Example <ann@x.example>\n  - bob@x.example\n"
        "  - {name: Cyd, email: c@x.example, url: /cyd}\n  - Dee, E."
    )
    assert article.people == (
        Person("Ann Example", "ann@x.example"),
        Person("", "bob@x.example"),
        Person("Cyd", "c@x.example", "https://site.example/cyd"),
        Person("Dee, E."),
    )


def test_pictures_may_be_one_or_many_texts_or_groups() -> None:
    assert good("cover: {image: a.png, alt: One}").images == (
        Image("feedmill:media/a.png", title="One"),
    )
    article = good(
        "images:\n  - a.png\n  - {url: b.png, width: '500', height: 281, isCached: true}"
    )
    assert article.images == (
        Image("feedmill:media/a.png"),
        Image("feedmill:media/b.png", 500, 281, "", True),
    )


def test_related_articles_keep_what_has_no_field_of_its_own() -> None:
    (related,) = good(
        "related:\n  - title: One\n    webUrl: https://x.example/1\n    excerpt: Two\n"
        "    publishedDateTime: 2021-02-04T18:21Z\n    provider: {name: P, domain: P.example}\n"
        "    images: [{url: https://x.example/1.png}]\n    quality: 24\n"
        "    ampWebUrl: https://x.example/1/amp\n    secured: blob"
    ).related
    assert (related.title, related.link, related.excerpt) == ("One", "https://x.example/1", "Two")
    assert related.published == datetime(2021, 2, 4, 18, 21, tzinfo=UTC)
    assert related.provider == Provider("P", "p.example")
    assert related.images == (Image("https://x.example/1.png"),)
    assert related.extra == {"quality": 24, "ampWebUrl": "https://x.example/1/amp"}


def test_unknown_keys_are_kept_as_json_without_secured_values() -> None:
    extra = good(
        "weight: 1.5\nlayout: post\nx:\n  y: [1, yes, ~, 2021-02-04, 2021-02-04 10:00:00]\n"
        "  secured: blob\nsecured: blob"
    ).extra
    assert json.loads(json.dumps(extra, allow_nan=False)) == {
        "weight": 1.5,
        "layout": "post",
        "x": {"y": [1, True, None, "2021-02-04", "2021-02-04T10:00:00"]},
    }


def test_values_of_toml_are_read_like_those_of_yaml() -> None:
    file = split_front_matter(
        "+++\ntitle = 1.10\ndate = 2021-02-04T18:21:00Z\ndraft = true\nquality = 2.50\n"
        "tags = [2021, true]\nlink = '/a'\n[when]\nat = 07:30:00\n+++\n"
    )
    front, problems = read_fields(file, site_url=SITE, zone=UTC)
    article, more = assemble(file, front)
    assert [*problems, *more] == []
    assert (article.title, article.topics, article.quality) == ("1.10", ("2021", "true"), 2.5)
    assert article.published == datetime(2021, 2, 4, 18, 21, tzinfo=UTC)
    assert article.hold == Hold("draft", Place(4, 1))
    assert article.extra == {"when": {"at": "07:30:00"}}


# --- held -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "hold"),
    [
        ("title: a\npublished: false", Hold("published", Place(3, 1))),
        ("published: 'no'", Hold("published", Place(2, 1))),
        ("draft: true", Hold("draft", Place(2, 1))),
        ("status: Draft", Hold("status", Place(2, 1))),
        ("status: private", Hold("status", Place(2, 1))),
        ("published: false\ndraft: yes", Hold("draft", Place(3, 1))),
        ("published: false\nstatus: draft", Hold("status", Place(3, 1))),
        ("published: true\ndraft: false\nstatus: final", None),
        ("published: 2021-02-04", None),
    ],
)
def test_the_strongest_word_against_publishing_holds_with_its_place(
    lines: str, hold: Hold | None
) -> None:
    assert good(lines).hold == hold


def test_published_may_be_a_date_that_any_other_key_overrules() -> None:
    assert good("published: 2021-02-04T00:00Z").published == datetime(2021, 2, 4, tzinfo=UTC)
    article = good("published: 2021-02-04T00:00Z\npubDate: Fri, 05 Feb 2021 00:00:00 GMT")
    assert article.published == datetime(2021, 2, 5, tzinfo=UTC)


# --- dates against each other -----------------------------------------------------------------


def test_a_time_without_an_offset_is_told_with_the_instant_it_was_taken_for() -> None:
    article, (problem,) = read("date: 2021-07-04 18:21")
    assert article.published == datetime(2021, 7, 4, 16, 21, tzinfo=UTC)
    assert (problem.code, problem.level, problem.place) == ("naive-date", "warning", Place(2, 1))
    assert "2021-07-04T16:21:00Z" in problem.message


def test_a_time_without_an_offset_in_a_related_article_is_told_at_its_key() -> None:
    lines = "related:\n  - webUrl: https://x.example/1\n    date: 2021-07-04 18:21"
    assert told(lines) == [("naive-date", Place(4, 5))]


def test_an_update_before_the_publication_is_ignored_with_a_warning() -> None:
    article, (problem,) = read("date: 2021-02-04\nlastmod: 2021-02-03")
    assert article.updated is None
    assert (problem.code, problem.level) == ("updated-before-published", "warning")
    assert problem.place == Place(3, 1)


def test_an_article_cannot_expire_before_it_is_published() -> None:
    _, (problem,) = read("expiryDate: 2021-02-04\ndate: 2021-02-04")
    assert (problem.code, problem.level) == ("expires-before-published", "error")
    assert problem.place == Place(2, 1)
    assert good("expires: 2021-02-05\ndate: 2021-02-04").expires


# --- whatever the values ----------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(max_size=20)
    | st.sampled_from(["2021-02-04", "https://x.example", "no", "1.10", "a@x.example", "/a"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(sorted(KNOWN | {"name", "width", "x"})), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), VALUES, max_size=8))
def test_any_values_give_an_article_that_is_valid_json_or_problems(values: dict[str, Any]) -> None:
    file = split_front_matter(json.dumps(values))
    assert file.contents is not None
    front, problems = read_fields(file, site_url=SITE, zone=UTC)
    article, more = assemble(file, front)
    assert all(problem.message and problem.place for problem in (*problems, *more))
    json.dumps(article.extra, allow_nan=False)
    for moment in (article.published, article.updated, article.expires):
        assert moment is None or moment.tzinfo is UTC
