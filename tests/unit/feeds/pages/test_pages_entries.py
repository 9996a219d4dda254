"""An entry on a page for people: what stands in it, and what never can."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Category, Entry, Image, Latest, Person, Source
from feeds.pages.front_page import render_front_page
from feeds.pages.site import direction
from feeds.pages.snippets import Card, render_snippet
from tests.unit.feeds.feed_samples import EXCERPT, ODD, PROSE, RICH, SCHEME
from tests.unit.feeds.pages.page_samples import SITE, article, named, page
from tests.unit.html_check import parse


def test_an_entry_tells_source_time_people_and_topics():
    found = article(RICH).one("article")
    assert "The Mill Post · 4 May 2023, 08:30 · Ada Müller · Jón Þór" in found.text
    assert RICH.summary in found.text
    time = article(RICH).one("time")
    assert time.attributes["datetime"] == "2023-05-04T08:30:00+02:00"
    topics = [a for a in article(RICH).all("a") if f"{SITE.url}topics/" in a.attributes["href"]]
    assert [a.text for a in topics] == ["Mills & Dams", "Rivers"]


def test_a_picture_has_its_size_and_tells_its_host_nothing():
    (image,) = article(RICH).all("img", class_="picture")
    assert image.attributes["src"] == "https://mills.example.com/wheel.jpg"
    assert image.attributes["alt"] == "The wheel & its keeper"
    assert (image.attributes["width"], image.attributes["height"]) == ("1200", "800")
    assert image.attributes["loading"] == "lazy"
    assert image.attributes["referrerpolicy"] == "no-referrer"


def test_a_picture_of_unknown_size_takes_up_room_all_the_same():
    entry = replace(EXCERPT, images=(Image("https://x.example/a.png", 0, None),))
    (image,) = article(entry).all("img", class_="picture")
    assert int(image.attributes["width"]) > 0
    assert int(image.attributes["height"]) > 0


def test_a_picture_called_like_its_article_is_decoration():
    entry = replace(EXCERPT, images=(Image("https://x.example/a.png", 4, 3, EXCERPT.title),))
    assert article(entry).one("img", class_="picture").attributes["alt"] == ""


@pytest.mark.parametrize("url", ["data:image/png;base64,AAAA", "javascript:alert(1)", "/a.png", ""])
def test_what_is_no_picture_on_the_web_is_left_out(url):
    entry = replace(EXCERPT, images=(Image(url),))
    assert not article(entry).all("img", class_="picture")


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("ur", "rtl"),
        ("en", "ltr"),
        ("ja", "ltr"),
        ("az-Arab", "rtl"),
        ("ar-Latn", "ltr"),
        ("pa-Arab-PK", "rtl"),
        ("", "auto"),
    ],
)
def test_direction_follows_the_language(language, wanted):
    assert direction(language) == wanted


def test_an_entry_has_its_own_language_and_direction():
    found = parse(page(RICH, ODD, replace(PROSE, language="")))
    assert [
        (element.attributes["lang"], element.attributes["dir"]) for element in found.all("article")
    ] == [("en", "ltr"), ("ar", "rtl"), ("en", "ltr")]


def folded(entry: Entry) -> bool:
    return "Read it here" in article(entry).one("article").text


def test_an_article_that_is_nowhere_else_can_be_read_on_the_page():
    assert "I oil the bearings at dawn." in article(PROSE).one("article").text
    assert not folded(replace(PROSE, link="https://x.example/"))
    assert not folded(replace(PROSE, content_html="<p>" + "word " * 10_000 + "</p>"))


def test_a_link_that_is_none_is_not_one():
    entry = replace(EXCERPT, link="javascript:alert(1)", source=Source("S", "javascript:alert(1)"))
    links = [a.attributes["href"] for a in article(entry).all("a")]
    assert not [link for link in links if "javascript" in link]


def test_a_long_summary_is_cut_at_a_word():
    found = article(replace(EXCERPT, summary="word " * 400)).one("p", class_="summary").text
    assert len(found) <= 600
    assert found.endswith("word…")


def test_a_summary_with_which_the_text_begins_goes_when_the_text_is_unfolded():
    entry = replace(
        PROSE, summary="At dawn it turns…", content_html="<p>At dawn <b>it</b> turns.</p>"
    )
    assert article(entry).one("p", class_="summary").attributes["class"] == "summary repeated"
    other = article(replace(entry, summary="It is quiet."))
    assert other.one("p", class_="summary").attributes["class"] == "summary"


def test_a_summary_that_is_the_title_is_left_out():
    assert not article(replace(EXCERPT, summary=EXCERPT.title)).all("p", class_="summary")


def test_times_are_told_in_the_site_s_zone():
    kathmandu = replace(SITE, zone=ZoneInfo("Asia/Kathmandu"), zone_name="Asia/Kathmandu")
    found = article(RICH, kathmandu)
    assert found.one("time").text == "4 May 2023, 12:15"
    assert "Asia/Kathmandu" in found.one("footer").text


HOSTILE = "</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(1)> & ]]>\u2028."


def test_nothing_an_author_writes_becomes_code():
    entry = replace(
        RICH,
        id=HOSTILE,
        title=HOSTILE,
        summary=HOSTILE,
        link="",
        content_html="<p>safe</p>",
        authors=(Person(HOSTILE),),
        source=Source(HOSTILE, HOSTILE),
        images=(Image("https://x.example/a.png", 1, 1, HOSTILE),),
        categories=(Category("x", HOSTILE, SCHEME),),
        language=HOSTILE,
    )
    found = article(entry)
    assert found.data["hasPart"][0]["headline"] == HOSTILE
    assert len(found.all("script")) == 2
    assert found.one("article").text.count("alert(1)") >= 4
    card = Card("topics/x", HOSTILE, HOSTILE, 1, Latest(HOSTILE, HOSTILE, "", RICH.published))
    site = replace(SITE, title=HOSTILE, description=HOSTILE)
    cards = named([card], site)
    whole = parse(
        render_front_page(site, [render_snippet(entry, site)], 9, cards * 60, {"author": cards})
    )
    assert whole.data["name"] == HOSTILE
    assert len(whole.all("script")) == 2


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(title=TEXTS, summary=TEXTS, name=TEXTS, url=TEXTS, language=TEXTS)
def test_any_article_gives_a_well_formed_page(title, summary, name, url, language):
    entry = replace(
        RICH,
        title=title,
        summary=summary,
        link=url,
        authors=(Person(name or "x"),),
        source=Source(name or "x", url),
        images=(Image(url, 10, 10, title),),
        categories=(Category("x", name),),
        language=language,
        content_html="",
    )
    found = article(entry)
    assert len(found.all("article")) == 1
    assert found.data["hasPart"][0]["@id"] == RICH.id
