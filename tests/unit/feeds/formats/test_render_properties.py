"""Any valid entry, of every Unicode plane, comes back from every format as it went in."""

import json
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.formats import normalize
from feeds.formats.audit import audit
from feeds.formats.render import render_entry, render_feed
from feeds.model import FORMATS, Category, Entry, Format, Image, Person, Related, Source
from tests.unit.feeds.feed_samples import NEWS

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
FEED = replace(NEWS, updated=datetime(2100, 1, 1, tzinfo=UTC))

# Every code point there is, lone surrogates and noncharacters too; and what markup is made of.
ANY_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("<>&\"'];[! \t\r\n\x00\x0b\x85\u200f\u202e\ufeff\ufffe😀𝔐שلا"),
    ),
    max_size=60,
)
WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
EPOCH = datetime(1971, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 4 * 10**9).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
HOSTS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
URLS = st.builds("https://{}.example/{}".format, HOSTS, ANY_TEXT)
HTML = st.one_of(
    st.just(""),
    ANY_TEXT.map(lambda text: f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>"),
)


def is_legal(character: str) -> bool:
    """XML 1.0, section 2.2, without the C1 controls and DEL that it discourages."""
    point = ord(character)
    return (
        character in "\t\n\r"
        or 0x20 <= point < 0x7F
        or 0xA0 <= point <= 0xD7FF
        or 0xE000 <= point <= 0xFFFD
        or point >= 0x10000
    )


def legal(text: str) -> str:
    return "".join(filter(is_legal, text))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    published = draw(MOMENTS)
    return Entry(
        id=f"urn:uuid:{draw(st.uuids())}",
        title=draw(ANY_TEXT.filter(lambda text: legal(text).strip())),
        summary=draw(ANY_TEXT),
        content_html=draw(HTML),
        link=draw(st.one_of(st.just(""), URLS)),
        published=published,
        updated=published + timedelta(seconds=draw(st.integers(0, 10**6))),
        categories=tuple(
            Category(term, label, "https://feeds.example.org/topics/")
            for term, label in draw(st.lists(st.tuples(WORDS, ANY_TEXT), max_size=3))
        ),
        authors=tuple(
            Person(name, email, url)
            for name, email, url in draw(st.lists(st.tuples(WORDS, ANY_TEXT, URLS), max_size=2))
        ),
        source=draw(st.one_of(st.none(), st.builds(Source, WORDS, URLS))),
        images=tuple(
            draw(
                st.lists(
                    st.builds(
                        Image,
                        URLS,
                        st.one_of(st.none(), st.integers(-1, 9000)),
                        st.one_of(st.none(), st.integers(-1, 9000)),
                        ANY_TEXT,
                        st.sampled_from(("", "image/png", "image")),
                    ),
                    max_size=3,
                )
            )
        ),
        related=tuple(draw(st.lists(st.builds(Related, URLS, ANY_TEXT, ANY_TEXT), max_size=2))),
        language=draw(st.sampled_from(("", "en", "pt_BR", "he", "zh-Hant-TW", "Klingon speech"))),
        via=draw(st.one_of(st.just(""), URLS)),
    )


def rendered(entry: Entry, file_format: Format) -> bytes:
    return render_feed(FEED, [render_entry(entry, file_format)], file_format)


def expected_text(entry: Entry) -> str:
    """What an entry without content says instead."""
    summary = legal(entry.summary)
    return summary if summary.strip() else legal(entry.title).strip()


@given(entries())
def test_an_entry_comes_back_from_rss(entry: Entry) -> None:
    (item,) = ElementTree.fromstring(rendered(entry, "rss")).findall("channel/item")
    assert item.findtext("guid") == entry.id
    assert item.findtext("title") == legal(entry.title).strip()
    assert item.findtext("link", "") == normalize.uri(entry.link)
    assert item.findtext("pubDate") == entry.published.strftime("%a, %d %b %Y %H:%M:%S +0000")
    content, summary = legal(entry.content_html), legal(entry.summary)
    if summary.strip():
        unescaped = item.findtext("description", "")
        for reference, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            unescaped = unescaped.replace(reference, character)
        assert unescaped == summary
        assert item.findtext(f"{CONTENT}encoded", "") == (content if content.strip() else "")
    else:
        assert item.findtext("description", "") == (content if content.strip() else "")
    names = [creator.text for creator in item.findall(f"{DC}creator")]
    assert names == [author.name for author in entry.authors]


@given(entries())
def test_an_entry_comes_back_from_atom(entry: Entry) -> None:
    data = rendered(entry, "atom")
    SCHEMA.assertValid(etree.fromstring(data))
    (found,) = ElementTree.fromstring(data).findall(f"{ATOM}entry")
    assert found.findtext(f"{ATOM}id") == entry.id
    assert found.findtext(f"{ATOM}title") == legal(entry.title).strip()
    assert datetime.fromisoformat(found.findtext(f"{ATOM}published", "")) == entry.published
    assert datetime.fromisoformat(found.findtext(f"{ATOM}updated", "")) == entry.updated
    links = {link.get("rel"): link.get("href") for link in found.findall(f"{ATOM}link")}
    assert links.get("alternate", "") == normalize.uri(entry.link)
    content, summary = legal(entry.content_html), legal(entry.summary)
    if content.strip():
        assert found.findtext(f"{ATOM}content") == content
    elif not (entry.link and summary.strip()):
        assert found.findtext(f"{ATOM}content") == expected_text(entry)
    assert found.findtext(f"{ATOM}summary", "") == (summary if summary.strip() else "")
    terms = [category.get("term") for category in found.findall(f"{ATOM}category")]
    assert terms == [category.term for category in entry.categories]


@given(entries())
def test_an_entry_comes_back_from_json_feed(entry: Entry) -> None:
    (item,) = json.loads(rendered(entry, "json"))["items"]
    assert item["id"] == entry.id
    assert item["title"] == legal(entry.title).strip()
    assert item.get("url", "") == normalize.uri(entry.link)
    assert datetime.fromisoformat(item["date_published"]) == entry.published
    assert datetime.fromisoformat(item["date_modified"]) == entry.updated
    content, summary = legal(entry.content_html), legal(entry.summary)
    if content.strip():
        assert item["content_html"] == content
        assert "content_text" not in item
    else:
        assert item["content_text"] == expected_text(entry)
    assert item.get("summary", "") == (summary if summary.strip() else "")


@settings(max_examples=50)
@given(entries())
def test_every_feed_that_is_rendered_passes_the_audit(entry: Entry) -> None:
    for file_format in FORMATS:
        audit(rendered(entry, file_format), file_format, FEED, [entry.id], 10**6)


@given(ANY_TEXT, st.one_of(URLS, ANY_TEXT))
def test_a_url_is_given_back_valid_or_not_at_all(text: str, url: str) -> None:
    for candidate in (text, url):
        repaired = normalize.uri(candidate)
        assert repaired == "" or normalize.is_contact_url(repaired)
        assert normalize.uri(repaired) == repaired
