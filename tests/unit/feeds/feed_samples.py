"""Invented entries and feeds in the shapes that articles come in, for the tests of ``feeds``."""

from dataclasses import replace
from datetime import UTC, datetime

from feeds.model import (
    Category,
    Entry,
    Feed,
    Image,
    Person,
    Related,
    Source,
    Tombstone,
)

SITE = "https://feeds.example.org/"
SCHEME = SITE + "topics/"
MILLS = Category("mills-and-dams", "Mills & Dams", SCHEME)
RIVERS = Category("rivers", "Rivers", SCHEME)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


RICH = Entry(
    id="urn:uuid:3c1f6d2e-8a45-5b0f-9d11-0a7c52e8b901",
    title="The last wheel on the Lauter turns again",
    summary="After 40 years of rust, a mill & its dam are back at work – for < 3 families.",
    content_html=(
        "<p>The wheel weighs <strong>nine tonnes</strong> &amp; needed two winters.</p>\n"
        '<p><img src="https://mills.example.com/wheel.jpg" alt="The wheel"> See '
        '<a href="https://mills.example.com/plans?sheet=1&amp;scale=50">the plans</a>.</p>\n'
    ),
    link="https://mills.example.com/2023/last-wheel?ref=feed&lang=en",
    published=moment("2023-05-04T06:30:00"),
    updated=moment("2023-05-06T18:00:05"),
    categories=(MILLS, RIVERS),
    authors=(
        Person("Ada Müller", "ada@mills.example.com", "https://mills.example.com/ada"),
        Person("Jón Þór"),
    ),
    source=Source("The Mill Post", "https://mills.example.com/", "https://mills.example.com/rss"),
    images=(
        Image(
            "https://mills.example.com/wheel.jpg", 1200, 800, "The wheel & its keeper", "image/jpeg"
        ),
        Image("https://mills.example.com/dam.png", 640, 360, media_type="image/png"),
        Image("https://mills.example.com/keeper"),
    ),
    related=(
        Related("https://rivers.example.net/lauter", "The Lauter in spring"),
        Related("https://fluss.example.net/wehr?jahr=2023", "Das Wehr", "de"),
    ),
    language="en",
    via="https://village.example.net/board/17",
)

EXCERPT = Entry(
    id="urn:uuid:7e0b9a54-13dc-5f67-8c2a-5d3344aa1702",
    title="Dam inspections move to autumn",
    summary="The county will look at all 112 weirs in October, after the eels have passed.",
    content_html="",
    link="https://rivers.example.net/inspections",
    published=moment("2023-05-03T00:00:00"),
    updated=moment("2023-05-03T00:00:00"),
    categories=(RIVERS,),
    source=Source("Rivers Weekly", "https://rivers.example.net"),
    images=(Image("https://rivers.example.net/weir.jpg", 500, 281),),
)

PROSE = Entry(
    id="urn:uuid:b2c4de10-77f1-5a3e-a0d9-c1e9f00d3303",
    title="A note from the keeper",
    summary="",
    content_html="<p>I oil the bearings at dawn.</p>\n<p>Nobody asks why.</p>\n",
    link="",
    published=moment("2023-05-02T04:05:06"),
    updated=moment("2023-05-02T04:05:06"),
    categories=(MILLS,),
)

BARE = Entry(
    id="https://mills.example.com/articles/closed-on-monday",
    title="Closed on Monday",
    summary=" ",
    content_html="",
    link="",
    published=moment("2023-05-01T23:59:59"),
    updated=moment("2023-05-01T23:59:59"),
    categories=(MILLS,),
)

ODD = Entry(
    id="urn:uuid:d90a1b7c-0f5e-5c88-b6a4-9e8d7c6b5a04",
    title="الطاحونة <القديمة> & \x07 שלום 🐟\u200f",
    summary="AT&T; &amp; <b>bold</b> ]]> \x00\ufffe\x85done",
    content_html="<p>שלום 𝕄𝕚𝕝𝕝 &lt;script&gt; ]]&gt; a\x0bb\r\nc\td</p>",
    link="https://bücher.example/mühle [1]?q=ä b&x=100%#top#2",
    published=moment("2023-04-30T12:00:00"),
    updated=moment("2023-04-30T12:00:01"),
    categories=(Category("ai-and-ai", "AI & <AI>", SCHEME), Category("10", "10")),
    authors=(Person("Ann <ann@example.com>", "not an address", "javascript:alert(1)"),),
    source=Source("Nameless & Sons"),
    images=(Image("data:image/png;base64,AAAA"), Image("https://x.example/ü.png", 0, -1, " ")),
    related=(Related("/relative", "no"), Related("https://x.example/%zz", "zz", "English")),
    language="ar",
)

ENTRIES = (RICH, EXCERPT, PROSE, BARE, ODD)

NEWS = Feed(
    key="topics/mills-and-dams",
    id="urn:uuid:0f1e2d3c-4b5a-5968-8776-655443322110",
    title="Mills & Dams",
    description="Everything that turns, from <wheels> to weirs",
    site_url=SITE,
    home=SITE + "topics/mills-and-dams.html",
    language="en",
    author="The Miller's Desk",
    updated=moment("2023-05-07T07:00:00"),
    icon=SITE + "icon.png",
    hub="https://hub.example.org/?ping=1&all=1",
    category=MILLS,
    prev_archive="archive/topics/mills-and-dams/2",
    tombstones=(
        Tombstone("urn:uuid:5e6f7a8b-9c0d-5e1f-a2b3-c4d5e6f7a8b9", moment("2023-05-07T07:00:00")),
    ),
    stylesheet=SITE + 'feed.css?a=1&b="2"',
)

EMPTY = Feed(
    key="all",
    id="urn:uuid:0f1e2d3c-4b5a-5968-8776-655443322111",
    title="All",
    description="",
    site_url=SITE,
    home=SITE,
    language="",
    author="",
    updated=moment("2023-05-01T00:00:00"),
)

ARCHIVE = replace(
    NEWS,
    key="archive/topics/mills-and-dams/2",
    archive=True,
    current="topics/mills-and-dams",
    prev_archive="archive/topics/mills-and-dams/1",
    next_archive="archive/topics/mills-and-dams/3",
    tombstones=(),
    hub="",
    stylesheet="",
)

FEEDS = {"news": (NEWS, ENTRIES), "empty": (EMPTY, ()), "archive": (ARCHIVE, ENTRIES[:3])}
