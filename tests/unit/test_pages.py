"""Pages for people: what stands in them, to the byte, and what can never stand in them."""

import gzip
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Category, Entry, Image, Person, Source
from feeds.pages import ArchiveLink, pages_version, render_index, render_page
from feeds.site import Site, clipped, direction
from feeds.snippets import Card, Latest, anchor, render_card, render_snippet
from tests.unit.feed_samples import (
    BARE,
    EMPTY,
    ENTRIES,
    EXCERPT,
    NEWS,
    ODD,
    PROSE,
    RICH,
    SCHEME,
    moment,
)
from tests.unit.html_check import Document, parse

GOLDEN = Path(__file__).parents[1] / "golden" / "pages"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"

SITE = Site(
    title="Mills & <Weirs>",
    url="https://feeds.example.org/",
    description="Everything that turns",
    language="en",
    zone=ZoneInfo("Europe/Vienna"),
    zone_name="Europe/Vienna",
)
OLDER = ArchiveLink(
    "archive/topics/mills-and-dams/2", moment("2022-01-01T00:00:00"), moment("2022-12-31T23:30:00")
)
CARDS = (
    Card(
        key="topics/mills-and-dams",
        name="Mills & Dams",
        description="From <wheels> to weirs",
        entries=1234,
        latest=Latest(RICH.id, RICH.title, RICH.link, RICH.published, "en"),
    ),
    Card("topics/quiet", "Quiet", "", 0, None),
    Card(
        key="topics/notes",
        name="ملاحظات",
        description="",
        entries=1,
        latest=Latest(PROSE.id, PROSE.title, "", PROSE.published, "de"),
    ),
)
FEEDS = [("all", "Mills"), *((card.key, card.name) for card in CARDS)]


def index(site: Site = SITE, cards: tuple[Card, ...] = CARDS) -> bytes:
    return render_index(site, [render_card(card, site) for card in cards], [], FEEDS)


def page(*entries: Entry, site: Site = SITE, **more: object) -> bytes:
    snippets = [render_snippet(entry, site) for entry in entries]
    settings = {"entries": len(entries), **more}
    return render_page(site, NEWS, "Mills & Dams", snippets, **settings)  # type: ignore[arg-type]


def article(entry: Entry, site: Site = SITE) -> Document:
    return parse(page(entry, site=site))


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
    assert "1,234 articles · 2023-05-04 · Feed" in first.text
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
    feeds = [("all", "Site"), *((card.key, card.name) for card in cards)]
    data = render_index(SITE, [render_card(card, SITE) for card in cards], [], feeds)
    parse(data)
    assert len(data) < 50_000
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
    (item,) = [li for li in found.all("li") if "2022-01-01" in li.text]
    assert "2023-01-01" in item.text  # half past eleven at night in UTC
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


# -- an entry


def test_an_entry_tells_source_time_people_and_topics():
    found = article(RICH).one("article")
    assert "The Mill Post · 2023-05-04 08:30 · Ada Müller · Jón Þór" in found.text
    assert RICH.summary in found.text
    time = article(RICH).one("time")
    assert time.attributes["datetime"] == "2023-05-04T08:30:00+02:00"
    topics = [a for a in article(RICH).all("a") if "/topics/" in a.attributes["href"]][1:]
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


def test_an_article_that_is_nowhere_else_can_be_read_on_the_page():
    assert "I oil the bearings at dawn." in article(PROSE).one("details").text
    assert not article(replace(PROSE, link="https://x.example/")).all("details")
    assert not article(replace(PROSE, content_html="<p>" + "word " * 10_000 + "</p>")).all(
        "details"
    )


def test_a_link_that_is_none_is_not_one():
    entry = replace(EXCERPT, link="javascript:alert(1)", source=Source("S", "javascript:alert(1)"))
    links = [a.attributes["href"] for a in article(entry).all("a")]
    assert not [link for link in links if "javascript" in link]


def test_a_long_summary_is_cut_at_a_word():
    found = article(replace(EXCERPT, summary="word " * 400)).one("p", class_="summary").text
    assert len(found) <= 600
    assert found.endswith("word…")


def test_times_are_told_in_the_site_s_zone():
    kathmandu = replace(SITE, zone=ZoneInfo("Asia/Kathmandu"), zone_name="Asia/Kathmandu")
    found = article(RICH, kathmandu)
    assert found.one("time").text == "2023-05-04 12:15"
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
    feeds = [("all", HOSTILE), ("topics/x", HOSTILE)]
    whole = parse(render_index(site, [render_card(card, site)], [render_card(card, site)], feeds))
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


# -- in general


def test_a_snippet_s_bytes_depend_on_the_entry_and_the_site_alone():
    assert render_snippet(RICH, SITE) == render_snippet(replace(RICH), replace(SITE))
    assert render_snippet(RICH, SITE).count(b"\n") > 3
    assert b"\n" not in render_snippet(RICH, SITE).partition(b"\n")[0]


def test_the_version_of_pages_is_short_and_steady():
    assert re.fullmatch(r"[0-9a-f]{16}", pages_version())
    assert pages_version() == pages_version()


@given(st.text(max_size=50), st.integers(2, 30))
def test_a_clipped_text_is_no_longer_than_it_may_be(text, most):
    found = clipped(text, most)
    assert len(found) <= most
    assert "\n" not in found
