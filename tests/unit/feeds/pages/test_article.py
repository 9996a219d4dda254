"""The page of one article: what stands on it, and what its head says."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from feeds.model import Category, Enclosure, Entry, Image, Person, Related, Source, Translation
from feeds.pages.article import MOST_FEEDS, NearbyPage, _lead, render_article
from feeds.pages.snippets import render_snippet
from tests.unit.feeds.feed_samples import BARE, ENTRIES, PROSE, RICH, moment
from tests.unit.feeds.pages.page_samples import SITE
from tests.unit.html_check import Document, parse

GOLDEN = Path(__file__).parents[3] / "golden" / "pages" / "article.html"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
URL = f"{SITE.url}articles/tides-0123456789ab.html"
OLDER = NearbyPage("old-1.html", "<Old> & worn", "de")
NEWER = NearbyPage("new-2.html", "جديد", "ar")
TIDES = Entry(
    id="urn:uuid:2f4c3e1a-7f4e-5d57-9c53-3e4f5a6b7c8d",
    title="Tides & <ebbs>",
    summary="What the moon does.",
    content_html="<h2>High</h2>\n<p>Twice a day.</p>\n<pre><code>ebb()</code></pre>",
    link=URL,
    published=moment("2026-04-01T10:00:00"),
    updated=moment("2026-04-03T11:30:00"),
    categories=(Category("sea", "Sea"), Category("moon", "Moon & stars")),
    authors=(Person("Ann <Harbour>"), Person("Ben")),
    source=Source("The Gazette", "https://gazette.example.org/"),
    images=(Image("https://pictures.example.org/t.png", 800, 500, "The pier"),),
    related=(Related("https://example.org/moon", "The moon", "fr"), Related("", "Nothing")),
    language="en",
)


def page(entry: Entry = TIDES, **near: NearbyPage) -> Document:
    return parse(render_article(entry, URL, SITE, **near))


def meta(found: Document, name: str) -> str:
    key = "name" if name.startswith("twitter") or name == "description" else "property"
    return str(found.one("meta", **{key: name}).attributes["content"])


def test_a_page_has_the_golden_bytes():
    data = render_article(TIDES, URL, SITE, OLDER, NEWER)
    found = re.sub(rb"(feedmill\.(?:css|js|svg))\?[0-9a-f]{8}", rb"\1", data)
    if UPDATE:
        GOLDEN.write_bytes(found)
    assert found == GOLDEN.read_bytes()


@pytest.mark.parametrize("entry", [*ENTRIES, RICH, PROSE, BARE, TIDES], ids=lambda e: e.id)
def test_every_entry_gives_a_well_formed_page(entry):
    found = page(entry, older=OLDER, newer=NEWER)
    assert found.one("h1").text
    assert found.one("main").attributes["id"] == "main"


def test_the_head_offers_the_topics_feeds_and_the_picture():
    found = page()
    feeds = [link.attributes["href"] for link in found.all("link", rel="alternate")]
    assert feeds == [f"{SITE.url}{key}.atom" for key in ("topics/sea", "topics/moon", "all")]
    assert found.one("link", rel="canonical").attributes["href"] == URL
    assert found.one("title").text == "Tides & <ebbs> – Mills & <Weirs>"
    assert meta(found, "og:title") == "Tides & <ebbs>"
    assert meta(found, "og:type") == "article"
    assert meta(found, "og:url") == URL
    assert meta(found, "og:image") == "https://pictures.example.org/t.png"
    assert meta(found, "twitter:card") == "summary_large_image"
    assert meta(found, "description") == "What the moon does."
    data = json.loads(found.one("script", type="application/ld+json").text)
    assert (data["@type"], data["url"], data["headline"]) == ("Article", URL, "Tides & <ebbs>")
    assert data["keywords"] == ["Sea", "Moon & stars"]
    assert data["datePublished"] == "2026-04-01T10:00:00Z"


def test_an_article_on_many_topics_offers_a_bounded_number_of_feeds():
    many = tuple(Category(f"t{number}", f"T{number}") for number in range(100))
    found = page(replace(TIDES, categories=many))
    assert len(found.all("link", rel="alternate")) == MOST_FEEDS + 1


def test_a_page_without_a_picture_is_a_small_card():
    found = page(replace(TIDES, images=()))
    assert meta(found, "twitter:card") == "summary"
    assert found.all("figure") == []


def test_a_summary_is_not_repeated_above_the_text_that_begins_with_it():
    lead = {"summary": "Twice a day…"}
    assert page(replace(TIDES, **lead)).all("p", class_="lead") == []
    assert page().one("p", class_="lead").text == "What the moon does."


def test_a_picture_that_is_in_the_text_is_not_shown_twice():
    text = '<p><img src="https://pictures.example.org/t.png" alt=""></p>'
    found = page(replace(TIDES, content_html=text))
    assert len([image for image in found.all("img") if "t.png" in image.attributes["src"]]) == 1


def test_the_whole_text_is_shown_however_long():
    long = "<p>" + "word " * 200_000 + "end</p>"
    assert "end" in page(replace(TIDES, content_html=long)).one("main").text


def test_wide_text_takes_the_focus_and_no_attribute_ends_early():
    text = '<p><img src="https://x.org/i.png" alt="<pre onerror=x >"></p><table></table>'
    data = render_article(replace(TIDES, content_html=text), URL, SITE).decode()
    assert 'alt="<pre tabindex=0 onerror=x >"' in data
    assert "<table tabindex=0></table>" in data


def test_an_article_with_a_link_of_its_own_leads_there():
    found = page(replace(TIDES, link="https://gazette.example.org/tides"))
    assert found.one("link", rel="canonical").attributes["href"].endswith("/tides")
    assert found.one("p", class_="elsewhere").text == "Read it at gazette.example.org"
    assert page().all("p", class_="elsewhere") == []


def test_neighbours_have_their_language_and_direction():
    found = page(newer=NEWER)
    (link,) = (a for a in found.all("a") if a.attributes.get("rel") == "next")
    assert (link.attributes["lang"], link.attributes["dir"]) == ("ar", "rtl")
    assert page().all("nav", class_="nearby") == []


def test_a_summary_is_not_repeated_above_its_text_whatever_marks_that_has() -> None:
    content = '<p>A <b>claim</b><sup><a href="#x">1</a></sup>, and <i>more</i>.</p>'
    assert _lead("A claim, and more.", content) == ""
    assert _lead("Another claim.", content) == "Another claim."


def test_translations_are_linked_in_the_head_and_on_the_page() -> None:
    several = (Translation("de", "https://x.example/de"), Translation("ar", "https://x.example/ä"))
    found = page(replace(TIDES, translations=(*several, Translation("English", "/x"))))
    links = {
        element.attributes["hreflang"]: element.attributes["href"]
        for element in found.all("link", rel="alternate")
        if "hreflang" in element.attributes
    }
    others = {"de": "https://x.example/de", "ar": "https://x.example/%C3%A4"}
    assert links == {"en": URL, **others}
    shown = found.all("a", rel="alternate")
    assert {link.attributes["hreflang"]: link.attributes["href"] for link in shown} == others
    assert not [link for link in page().all("link") if "hreflang" in link.attributes]


def test_sound_and_film_are_played_and_every_file_is_linked_with_its_size() -> None:
    entry = replace(
        TIDES,
        enclosures=(
            Enclosure("https://x.example/a.mp3?x=1&y=2", "audio/mpeg", 12_345_678),
            Enclosure("https://x.example/b.mp4", "video/mp4", 1_250_000, title="The <film>"),
            Enclosure("https://x.example/a%20b.pdf", "application/pdf", 900),
            Enclosure("javascript:alert(1)", "audio/mpeg", 1),
            Enclosure("mailto:a@x.example", "audio/mpeg", 1),
        ),
    )
    text = render_article(entry, "https://feeds.example.org/articles/a.html", SITE).decode()
    parts = re.findall(r'<p class="enclosure">\n(.*?)\n</p>', text, re.S)
    assert [re.sub(r"<[^>]*>", "", part).strip() for part in parts] == [
        "Download (12 MB)",
        "The &lt;film&gt; (1.2 MB)",
        "a b.pdf (1 kB)",
    ]
    assert '<audio controls preload="none" src="https://x.example/a.mp3?x=1&amp;y=2">' in parts[0]
    assert '<video controls preload="none" src="https://x.example/b.mp4">' in parts[1]
    assert "<audio" not in parts[2]
    assert "javascript:" not in text
    page(entry)


def test_a_snippet_plays_the_first_file_only() -> None:
    sounds = tuple(Enclosure(f"https://x.example/{n}.mp3", "audio/mpeg", 9) for n in range(9))
    text = render_snippet(replace(TIDES, enclosures=sounds), SITE).decode()
    assert text.count("<audio ") == 1
    assert 'src="https://x.example/0.mp3"' in text
