"""Pages for people: what stands in them, to the byte."""

import gzip
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Latest
from feeds.pages.pages import pages_version, render_index, render_page
from feeds.pages.site import clipped
from feeds.pages.snippets import Card, anchor, render_card, render_snippet
from tests.unit.feeds.feed_samples import BARE, EMPTY, ENTRIES, NEWS, PROSE, RICH
from tests.unit.feeds.pages.page_samples import CARDS, OLDER, SITE, index, page
from tests.unit.html_check import parse

GOLDEN = Path(__file__).parents[3] / "golden" / "pages"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


SAMPLES = {
    "index": index,
    "topic": lambda: page(*ENTRIES, entries=80, archives=[OLDER]),
    "empty": lambda: render_page(SITE, EMPTY, "All articles", [], entries=0),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_has_the_golden_bytes(name):
    found = re.sub(rb"(feedmill\.(?:css|js|svg))\?[0-9a-f]{8}", rb"\1", SAMPLES[name]())
    path = GOLDEN / f"{name}.html"
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found)
    assert found == path.read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_page_is_well_formed_and_has_its_landmarks(name):
    found = parse(SAMPLES[name]())
    assert found.one("html").attributes["lang"] == "en"
    for tag in ("h1", "main", "title", "header", "footer"):
        found.one(tag)
    skip = found.one("a", class_="skip").attributes["href"]
    assert skip == "#" + found.one("main").attributes["id"]
    assert "width=device-width" in found.one("meta", name="viewport").attributes["content"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_fetches_nothing_from_elsewhere_but_pictures_of_articles(name):
    found = parse(SAMPLES[name]())
    fetched = [
        element.attributes["src"] for element in found.all("script") if "src" in element.attributes
    ]
    fetched += [
        link.attributes["href"]
        for link in found.all("link")
        if link.attributes["rel"] in ("stylesheet", "icon")
    ]
    fetched += [
        image.attributes["src"]
        for image in found.all("img")
        if image.attributes["class"] != "picture"
    ]
    assert len(fetched) == 4
    assert all(re.fullmatch(r"(?:\.\./)?feedmill\.\w+\?\w{8}", url) for url in fetched), fetched


# -- the index


def test_the_index_offers_every_feed_to_feed_readers_the_whole_first():
    found = parse(index()).all("link", rel="alternate")
    urls = [link.attributes["href"] for link in found]
    assert urls[:3] == [f"{SITE.url}all.{format_}" for format_ in ("atom", "rss", "json")]
    assert urls[3:] == [f"{card.key}.atom" for card in CARDS]
    assert found[0].attributes["type"] == "application/atom+xml"
    assert found[3].attributes["title"] == "Mills & Dams"


def test_without_atom_the_next_best_format_is_offered():
    site = replace(SITE, formats=("json", "rss"))
    found = parse(index(site)).all("link", rel="alternate")
    assert [link.attributes["href"] for link in found[:2]] == [
        f"{SITE.url}all.rss",
        f"{SITE.url}all.json",
    ]
    assert "atom" not in index(site).decode()


def test_a_card_tells_count_latest_article_and_date():
    found = parse(index())
    first, quiet, notes = found.all("li")[3:6]
    assert "1,234 articles · 4 May 2023 · Feed" in first.text
    assert RICH.title in first.text
    assert "From <wheels> to weirs" in first.text
    assert "0 articles" in quiet.text
    assert "1 article ·" in notes.text


def test_an_article_without_a_link_is_linked_to_where_it_stands():
    target = f"topics/notes.html#{anchor(PROSE.id)}"
    link = next(a for a in parse(index()).all("a") if a.text == PROSE.title)
    assert link.attributes["href"] == target
    assert link.attributes["lang"] == "de"
    assert f'id="{anchor(PROSE.id)}"' in page(PROSE).decode()


def test_the_list_of_topics_can_be_searched_without_a_script():
    found = parse(index())
    form = found.one("form", role="search")
    assert form.attributes["method"] == "get"
    assert form.attributes["action"] == "./#topics"
    assert found.one("input", type="search").attributes["name"] == "q"
    assert all("hidden" not in card.attributes for card in found.all("li"))


def test_the_index_of_a_hundred_topics_is_small():
    started = datetime(2026, 1, 1, tzinfo=UTC)
    cards = tuple(
        Card(
            key=f"topics/topic-number-{number}",
            name=f"Topic number {number}",
            description="",
            entries=number * 37,
            latest=Latest(
                f"urn:uuid:{number}",
                f"An article with a headline of quite an ordinary length, the {number}th of them",
                f"https://www.publication.example/2026/05/{number}-an-article-with-a-headline/",
                started + timedelta(hours=number),
            ),
        )
        for number in range(100)
    )
    feeds = [("all", "SiteMetadata"), *((card.key, card.name) for card in cards)]
    data = render_index(SITE, [render_card(card, SITE) for card in cards], [], feeds)
    parse(data)
    assert len(data) < 55_000
    assert len(gzip.compress(data)) < 10_000


# -- a feed's page


def test_a_page_tells_how_to_subscribe():
    found = parse(page(*ENTRIES))
    urls = [f"{SITE.url}topics/mills-and-dams.{format_}" for format_ in ("atom", "rss", "json")]
    assert [link.attributes["href"] for link in found.all("link", rel="alternate")] == urls
    assert [code.text for code in found.all("code")] == urls
    buttons = found.all("button")
    assert [button.attributes["data-copy"] for button in buttons] == [
        code.attributes["id"] for code in found.all("code")
    ]
    assert all("hidden" in button.attributes for button in buttons), "they need the script"
    assert found.one("a", class_="button").attributes["href"] == f"feed:{urls[0]}"


def test_a_page_names_itself_to_search_engines_and_to_those_who_share_it():
    found = parse(page(*ENTRIES))
    url = f"{SITE.url}topics/mills-and-dams.html"
    assert found.one("link", rel="canonical").attributes["href"] == url
    shared = {
        meta.attributes["property"]: meta.attributes["content"]
        for meta in found.all("meta")
        if "property" in meta.attributes
    }
    assert shared["og:url"] == url
    assert shared["og:title"] == NEWS.title
    assert shared["og:site_name"] == SITE.title
    assert found.data["@type"] == "CollectionPage"
    assert found.data["url"] == url
    assert [part["@id"] for part in found.data["hasPart"]] == [
        entry.id.replace("\x00", "") for entry in ENTRIES
    ]


def test_a_merged_topic_s_page_points_to_the_one_that_is_to_be_remembered():
    found = parse(page(RICH, canonical="topics/mills"))
    assert found.one("link", rel="canonical").attributes["href"] == f"{SITE.url}topics/mills.html"


def test_the_archive_is_linked_with_its_days_in_the_site_s_zone():
    found = parse(page(RICH, entries=80, archives=[OLDER]))
    (item,) = [li for li in found.all("li") if "1 January 2022" in li.text]
    assert "1 January 2023" in item.text  # half past eleven at night in UTC
    links = [a.attributes["href"] for a in found.all("a") if "archive" in a.attributes["href"]]
    assert links == [f"../archive/topics/mills-and-dams/2.{f}" for f in ("atom", "rss", "json")]
    assert "The newest 1 of 80 articles" in found.one("main").text


def test_links_within_the_site_are_relative_so_that_it_can_stand_anywhere():
    found = parse(page(BARE))
    own = [
        a.attributes["href"]
        for a in found.all("a")
        if not a.attributes["href"].startswith(("#", "feed:"))
    ]
    assert own[0] == "../"
    assert "../feeds.opml" in own


# -- in general


def test_a_snippet_s_bytes_depend_on_the_entry_and_the_site_alone():
    assert render_snippet(RICH, SITE) == render_snippet(replace(RICH), replace(SITE))
    assert render_snippet(RICH, SITE).count(b"\n") > 3
    assert b"\n" not in render_snippet(RICH, SITE).partition(b"\n")[0]


def test_the_version_of_pages_is_short_and_steady():
    assert re.fullmatch(r"[0-9a-f]{16}", pages_version(SITE))
    assert pages_version(SITE) == pages_version(SITE)


@given(st.text(max_size=50), st.integers(2, 30))
def test_a_clipped_text_is_no_longer_than_it_may_be(text, most):
    found = clipped(text, most)
    assert len(found) <= most
    assert "\n" not in found
