"""The words of the pages: complete in every language, and the dates and numbers beside them."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from babel.messages.mofile import read_mo

from feeds.pages.words import words_of
from tests import words
from tests.unit.feeds.feed_samples import ODD, RICH
from tests.unit.feeds.pages.page_samples import SITE, index, page
from tests.unit.html_check import parse

MOMENT = datetime(2026, 11, 28, 23, 4, tzinfo=UTC)
VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize("language", words.TRANSLATED)
def test_no_word_is_missing_fuzzy_or_has_other_placeholders(language: str) -> None:
    assert list(words.problems(language)) == [], "run `make words` and translate"


@pytest.mark.parametrize("language", words.TRANSLATED)
def test_the_catalogues_are_written_and_compiled_as_make_words_does(language: str) -> None:
    collected = words.collect()
    assert words.path_of(language).read_bytes() == words.updated(language, collected)
    with BytesIO(words.path_of(language, "mo").read_bytes()) as file:
        compiled = read_mo(file)
    for message in words.read(language):
        if message.id:
            found = compiled.get(message.id, message.context)
            assert found is not None, "run `make words`"
            assert _forms(found.string) == _forms(message.string), "run `make words`"


def _forms(found: object) -> list[object]:
    return list(found) if isinstance(found, list | tuple) else [found]


def test_the_seven_languages_of_the_pages() -> None:
    assert words.TRANSLATED == ["ar", "de", "es", "fr", "ja", "zh"], "and English"


def test_a_missing_word_is_found() -> None:
    found = words.collect()
    found.add("A word without a translation")
    assert b"A word without a translation" in words.updated("de", found)


@pytest.mark.parametrize(
    ("site", "language", "direction", "day"),
    [
        ("en", "en", "ltr", "29 November 2026"),
        ("en-US", "en-US", "ltr", "November 29, 2026"),
        ("de-AT", "de-AT", "ltr", "29. November 2026"),
        ("fr", "fr", "ltr", "29 novembre 2026"),
        ("es", "es", "ltr", "29 de noviembre de 2026"),
        ("ar", "ar", "rtl", "29 نوفمبر 2026"),
        ("ar-Latn", "ar", "rtl", "29 نوفمبر 2026"),
        ("zh-CN", "zh-CN", "ltr", "2026年11月29日"),
        ("zh-TW", "zh-Hans", "ltr", "2026年11月29日"),
        ("ja", "ja", "ltr", "2026年11月29日"),
        ("xx", "en", "ltr", "29 November 2026"),
        ("pt-BR", "en", "ltr", "29 November 2026"),
        ("de-x-house", "de-x-house", "ltr", "29. November 2026"),
    ],
)
def test_the_words_follow_the_site_s_language_or_are_english(
    site: str, language: str, direction: str, day: str
) -> None:
    found = words_of(site)
    assert (found.language, found.direction) == (language, direction)
    assert found.day(MOMENT, VIENNA) == day


def test_times_and_numbers_are_written_as_in_the_language() -> None:
    assert words_of("en").time(MOMENT, UTC) == "28 November 2026, 23:04"
    assert words_of("ja").time(MOMENT, UTC) == "2026年11月28日 23:04"
    assert words_of("de").number(12_345) == "12.345"


def test_arabic_counts_in_its_six_forms() -> None:
    site = replace(SITE, language="ar")
    text = parse(page(RICH, site=site, entries=3)).one("main").text
    assert "3 مقالات" in text
    assert "مقالان" in parse(page(RICH, ODD, site=site)).one("main").text


def test_a_page_says_the_language_and_direction_of_its_words() -> None:
    html = parse(page(RICH, ODD, site=replace(SITE, language="ar"))).one("html")
    assert (html.attributes["lang"], html.attributes["dir"]) == ("ar", "rtl")
    assert "dir" not in parse(index(replace(SITE, language="xx"))).one("html").attributes


def test_words_within_an_article_in_another_language_are_marked() -> None:
    times = parse(page(RICH, ODD, site=replace(SITE, language="de"))).all("time")
    assert (times[0].attributes["lang"], times[0].attributes["dir"]) == ("de", "ltr")
    english = parse(page(RICH)).all("time")
    assert "lang" not in english[0].attributes


def test_a_card_marks_names_only_where_the_site_s_language_has_no_words() -> None:
    def attributes(language: str) -> dict[str, str]:
        names = parse(index(replace(SITE, language=language))).all("h3")
        return next(name.attributes for name in names if name.text == "Mills & Dams")

    assert attributes("de") == {}
    assert attributes("fi") == {"lang": "fi"}


def test_another_language_is_another_version_of_the_words() -> None:
    assert words_of("de").version != words_of("fr").version


@pytest.mark.parametrize(
    ("tag", "name"),
    [("de", "Deutsch"), ("ar", "العربية"), ("ja", "日本語"), ("xx", "xx"), ("", "")],
)
def test_a_language_is_named_in_its_own_words(tag: str, name: str) -> None:
    assert words_of("en").language_name(tag) == name
