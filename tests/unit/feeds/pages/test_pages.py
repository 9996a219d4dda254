"""Pages for people: what stands in them, to the byte."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.pages.pages import PageOf, pages_version, render_history_page, render_page
from feeds.pages.site import clipped
from feeds.pages.snippets import render_snippet
from tests.unit.feeds.feed_samples import BARE, EMPTY, ENTRIES, NEWS, RICH
from tests.unit.feeds.pages.page_samples import NEWS_PAGE, OLDER, SITE, index, page
from tests.unit.html_check import parse

GOLDEN = Path(__file__).parents[3] / "golden" / "pages"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


def history(number: int, newest: int) -> bytes:
    return render_history_page(SITE, NEWS_PAGE, [render_snippet(RICH, SITE)], number, newest)


SAMPLES = {
    "index": index,
    "topic": lambda: page(*ENTRIES, entries=80, older=3, archives=[OLDER]),
    "empty": lambda: render_page(SITE, PageOf(EMPTY, "All articles"), [], entries=0),
    "history": lambda: history(2, 3),
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
    assert all(re.fullmatch(r"(?:\.\./)*feedmill\.\w+\?\w{8}", url) for url in fetched), fetched


# -- a feed's page


def test_a_page_tells_how_to_subscribe():
    found = parse(page(*ENTRIES))
    urls = [f"{SITE.url}topics/mills-and-dams.{format_}" for format_ in ("atom", "rss", "json")]
    assert [link.attributes["href"] for link in found.all("link", rel="alternate")] == urls
    offered = [code.text for code in found.all("code")]
    assert offered == [*urls, f"{SITE.url}feeds.opml"]
    buttons = found.all("button", type="button")
    assert [button.attributes["data-copy"] for button in buttons] == [
        code.attributes["id"] for code in found.all("code")
    ]
    assert all("hidden" in button.attributes for button in buttons), "they need the script"
    assert "open" not in found.one("details", class_="subscribe").attributes
    assert b"feed:" not in page(*ENTRIES)


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
    merged = replace(NEWS_PAGE, canonical="topics/mills")
    found = [
        render_page(SITE, merged, [], entries=0),
        render_history_page(SITE, merged, [], 2, 3),
    ]
    assert [parse(data).one("link", rel="canonical").attributes["href"] for data in found] == [
        f"{SITE.url}topics/mills.html",
        f"{SITE.url}topics/mills/2.html",
    ]


def test_the_archive_is_linked_with_its_days_in_the_site_s_zone():
    found = parse(page(RICH, entries=80, archives=[OLDER]))
    (item,) = [li for li in found.all("li") if "1 January 2022" in li.text]
    assert "1 January 2023" in item.text  # half past eleven at night in UTC
    links = [a.attributes["href"] for a in found.all("a") if "archive" in a.attributes["href"]]
    assert links == [f"../archive/topics/mills-and-dams/2.{f}" for f in ("atom", "rss", "json")]
    assert "The newest 1 of 80 articles" in found.one("main").text


def ways(data: bytes) -> dict[str, str]:
    """Where a page leads to, by the words on its links."""
    links = (a for a in parse(data).all("a") if a.text.strip("←→ ") in WAYS)
    return {link.text.strip("←→ "): link.attributes["href"] for link in links}


WAYS = ("Newest", "Newer", "Older", "Oldest")


def test_a_page_leads_to_the_older_and_the_newer_articles():
    name = "mills-and-dams"
    assert ways(page(RICH)) == {}
    assert ways(page(RICH, older=1)) == {"Older": f"{name}/1.html"}
    assert ways(page(RICH, older=3)) == {
        "Older": f"{name}/3.html",
        "Oldest": f"{name}/1.html",
    }
    own = f"../{name}.html"
    assert ways(history(3, 3)) == {
        "Newest": own,
        "Newer": own,
        "Older": "2.html",
        "Oldest": "1.html",
    }
    assert ways(history(2, 3)) == {"Newest": own, "Newer": "3.html", "Older": "1.html"}
    assert ways(history(1, 3)) == {"Newest": own, "Newer": "2.html"}


def test_a_page_of_the_history_has_a_title_and_an_address_of_its_own():
    found = parse(history(2, 3))
    assert found.one("title").text == f"{NEWS.title} – Page 2"
    assert found.data["url"] == f"{SITE.url}topics/mills-and-dams/2.html"
    feeds = [link.attributes["href"] for link in found.all("link", rel="alternate")]
    assert feeds == [f"{SITE.url}topics/mills-and-dams.{f}" for f in ("atom", "rss", "json")]
    paths = [a.attributes["href"] for a in found.all("a", class_="format")]
    assert paths[0] == "../../topics/mills-and-dams.atom"
    assert paths[-1] == "../../feeds.opml"


def test_a_page_says_in_plain_words_what_is_on_it():
    of = replace(NEWS_PAGE, about="Articles that contain “mill”.")
    found = parse(render_page(SITE, of, [], entries=0))
    assert found.one("p", class_="lead").text == "Articles that contain “mill”."
    assert found.one("meta", name="description").attributes["content"] == of.about


def test_links_within_the_site_are_relative_so_that_it_can_stand_anywhere():
    found = parse(page(BARE))
    own = [a.attributes["href"] for a in found.all("a") if not a.attributes["href"].startswith("#")]
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
