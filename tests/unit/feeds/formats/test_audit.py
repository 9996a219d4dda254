"""The audit lets good feeds through, and names each rule that a bad one breaks."""

import json
from dataclasses import replace

import pytest

from feeds.errors import AuditError, FeedmillError
from feeds.formats.audit import audit
from feeds.formats.render import render_entry, render_feed
from feeds.model import FORMATS, Entry, Feed, Format, Tombstone
from tests.unit.feeds.feed_samples import ENTRIES, FEEDS, NEWS, PROSE, RICH, moment

IDS = [entry.id for entry in ENTRIES]
PLENTY = 1_000_000


def rendered(file_format: Format, entries: tuple[Entry, ...] = ENTRIES, feed: Feed = NEWS) -> bytes:
    return render_feed(feed, [render_entry(entry, file_format) for entry in entries], file_format)


def refusal(
    data: bytes,
    file_format: Format,
    ids: list[str] = IDS,
    max_bytes: int = PLENTY,
    feed: Feed = NEWS,
) -> AuditError:
    with pytest.raises(AuditError) as caught:
        audit(data, file_format, feed, ids, max_bytes)
    return caught.value


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("name", FEEDS)
def test_a_good_feed_passes(name: str, file_format: Format) -> None:
    feed, entries = FEEDS[name]
    data = rendered(file_format, entries, feed)
    audit(data, file_format, feed, [entry.id for entry in entries], len(data))


@pytest.mark.parametrize("file_format", FORMATS)
def test_one_byte_too_many_is_refused(file_format: Format) -> None:
    data = rendered(file_format)
    error = refusal(data, file_format, max_bytes=len(data) - 1)
    assert error.problems == (
        f"{len(data)} bytes are more than the {len(data) - 1} that are allowed",
    )


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_torn_document_is_refused(file_format: Format) -> None:
    data = rendered(file_format)
    for end in (0, 1, 300, len(data) // 2, len(data) - 4):
        (problem,) = refusal(data[:end], file_format).problems
        assert problem.startswith("cannot be read back: ")


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_document_of_another_kind_is_refused(file_format: Format) -> None:
    for other in FORMATS:
        if other != file_format:
            assert refusal(rendered(other), file_format).problems
    assert refusal(b"<html/>", file_format).problems
    assert refusal(b"[1]", file_format).problems


@pytest.mark.parametrize("file_format", ["rss", "atom"])
def test_a_document_type_is_refused(file_format: Format) -> None:
    root = {"rss": b"<rss", "atom": b"<feed"}[file_format]
    name = root[1:].decode()
    doctype = f'<!DOCTYPE {name} [<!ENTITY x "y">]>'.encode()
    error = refusal(rendered(file_format).replace(root, doctype + root, 1), file_format)
    assert "document type" in error.problems[0]


@pytest.mark.parametrize("file_format", FORMATS)
def test_lost_strange_doubled_and_disordered_entries_are_refused(file_format: Format) -> None:
    data = rendered(file_format)
    strange = "urn:uuid:00000000-0000-5000-8000-000000000000"
    assert refusal(data, file_format, [*IDS, strange]).problems == (f"entry {strange}: lost",)
    assert refusal(data, file_format, IDS[1:]).problems == (f"entry {IDS[0]}: not expected here",)
    disorder = ("entries stand in another order, or twice",)
    assert refusal(data, file_format, IDS[::-1]).problems == disorder
    doubled = rendered(file_format, (*ENTRIES, RICH))
    assert refusal(doubled, file_format).problems == disorder
    assert refusal(doubled, file_format, [*IDS, RICH.id]).problems == ("ids are not unique",)


@pytest.mark.parametrize("file_format", FORMATS)
def test_dates_out_of_order_are_refused_and_the_entry_is_named(file_format: Format) -> None:
    late = replace(RICH, published=moment("2023-05-06T18:00:06"))
    if file_format != "rss":  # which tells of an update only after the publication
        error = refusal(rendered(file_format, (late,)), file_format, [RICH.id])
        assert error.suspects == (RICH.id,)
        assert "after its update" in error.problems[0]
    if file_format != "json":  # which has no date for the feed
        later = replace(RICH, updated=moment("2023-05-07T07:00:01"))
        error = refusal(rendered(file_format, (PROSE, later)), file_format, [PROSE.id, RICH.id])
        assert error.suspects == (RICH.id,)
        assert "after its feed (" in error.problems[0]


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(
    "html",
    [
        "<p>x</p><script>alert(1)</script>",
        "<IFRAME src='https://x.example/'></IFRAME>",
        '<p onclick="go()">x</p>',
        '<a class="x" href="javascript:alert(1)">x</a>',
        "<a href=' JavaScript:alert(1)'>x</a>",
        '<img alt="&gt;" src="data:image/png;base64,AA">',
        '<a href="/relative">x</a>',
        '<a title=">" href="page.html">x</a>',
        '<img src="//x.example/i.png">',
        '<a href="">x</a>',
    ],
)
def test_unsafe_html_and_relative_links_are_refused(file_format: Format, html: str) -> None:
    entry = replace(PROSE, content_html=html)
    error = refusal(rendered(file_format, (RICH, entry)), file_format, [RICH.id, PROSE.id])
    assert error.suspects == (PROSE.id,)
    assert "in its HTML" in error.problems[0]


@pytest.mark.parametrize("file_format", FORMATS)
def test_html_that_only_talks_of_such_things_passes(file_format: Format) -> None:
    entry = replace(
        PROSE,
        summary='<script> and href="x"',
        content_html=(
            '<p title="turn on = now; href=x">&lt;a href="x" onclick="y"&gt; &lt;script&gt;</p>'
            '<a href="mailto:ada@mills.example.com">mail</a> <a href="tel:+49631">call</a>'
            '<p data-online="yes">1 < 2</p>'
        ),
    )
    audit(rendered(file_format, (entry,)), file_format, NEWS, [PROSE.id], PLENTY)


@pytest.mark.parametrize(
    ("file_format", "found", "broken", "problem"),
    [
        ("rss", "<title>Mills", "<subject>Mills", "cannot be read back"),
        ("rss", "<docs>", "<link>https://x.example/</link><docs>", "link is missing, or not there"),
        ("rss", ">Closed on Monday</title>", ">Closed</title><title>x</title>", "title is missing"),
        ("rss", "<link>https://rivers", "<link>rivers", "not an absolute URL: 'rivers"),
        ("rss", 'url="https://rivers.example.net/weir', 'url="/weir', "not an absolute URL"),
        ("rss", "Thu, 04 May", "Thu, 04 Mai", "not a date"),
        ("rss", "<pubDate>Wed, 03 May 2023 00:00:00 +0000</pubDate>", "", "pubDate is missing"),
        ("rss", "<pubDate>Thu, 04", "<pubDate>Fri, 04", "not a date"),
        ("rss", "<lastBuildDate>Sun", "<lastBuildDate>So", "not a date"),
        ("rss", 'rel="hub"', 'rel="self"', "the link hub to https://hub.example.org/"),
        ("rss", "mills-and-dams.rss", "mills.rss", "the link self to"),
        ("rss", "<link>https://feeds.example.org/topics/mills-and-dams.html</link>\n    <desc",
         "<link>https://feeds.example.org/</link>\n    <desc", "own link in its image"),
        ("rss", "oil the", "oil\x7fthe", "a control character"),
        ("rss", "oil the", "oil\u0085the", "a control character"),
        ("rss", 'version="2.0"', 'version="0.91"', "not an RSS 2.0 document"),
        ("atom", NEWS.id, NEWS.id[:-1] + "9", "its id is"),
        ("atom", "<name>The Miller's Desk</name>\n  </author>", "<name/></author><author/>",
         "author is missing, or not there exactly once"),
        ("atom", "<updated>2023-05-07", "<updated>7.5.2023", "not a date"),
        ("atom", "<updated>2023-05-06T", "<updated>2023-05-06 ", "not a date"),
        ("atom", '<content type="text">Closed on Monday</content>', "", "content or a link"),
        ("atom", 'href="https://fluss', 'href="fluss', "not an absolute URL: 'fluss"),
        ("atom", "<entry>", '<entry><link href="https://x.example/"/>',
         "an alternate link of one type and language is missing, or not there exactly once"),
        ("atom", 'rel="prev-archive"', 'rel="previous"', "the link prev-archive to"),
        ("json", "jsonfeed.org/version/1.1", "jsonfeed.org/version/9", "the version of JSON Feed"),
        ("json", '"title":"Mills', '"name":"Mills', "title is missing"),
        ("json", '"content_text":"Closed', '"text":"Closed', "content is missing"),
        ("json", '"url":"https://rivers.example.net/i', '"url":"//i', "not an absolute URL: '//i"),
        ("json", 'published":"2023-05-04T06:30:00Z"', 'published":"May 4th"', "not a date"),
        ("json", "all=1", "all=2", "the link hub to"),
        ("json", '"items":[', '"items":[1,', "cannot be read back"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(file_format: Format, found: str, broken: str, problem: str) -> None:
    data = rendered(file_format).decode()
    assert found in data
    error = refusal(data.replace(found, broken, 1).encode(), file_format)
    assert any(problem in text for text in error.problems), error.problems


def test_an_entry_that_is_withdrawn_and_still_there_is_refused() -> None:
    feed = replace(NEWS, tombstones=(Tombstone(RICH.id, NEWS.updated),))
    error = refusal(rendered("atom", feed=feed), "atom", feed=feed)
    assert error.problems == (f"entry {RICH.id}: both published and withdrawn",)


def test_every_broken_rule_is_named_at_once() -> None:
    document = json.loads(rendered("json"))
    document["items"][0]["url"] = "relative"
    document["items"][3]["date_modified"] = "never"
    error = refusal(json.dumps(document).encode(), "json", max_bytes=10)
    assert len(error.problems) == 3
    assert error.suspects == (IDS[0], IDS[3])


def test_a_refusal_says_which_feed_and_that_the_last_good_one_stays() -> None:
    error = refusal(b"", "atom")
    assert isinstance(error, FeedmillError)
    assert str(error).startswith("refused to publish: topics/mills-and-dams.atom: cannot be read")
    assert str(error).endswith("The last good file stays in place.")


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, 0x85])
def test_of_control_characters_only_those_of_lines_and_tabs_pass(code: int) -> None:
    data = rendered("rss").replace(b"oil the", f"oil{chr(code)}the".encode())
    if chr(code) in "\t\n\r":
        audit(data, "rss", NEWS, IDS, PLENTY)
    else:
        assert "a control character stands in it" in refusal(data, "rss").problems


def test_a_broken_entry_is_refused_each_time() -> None:
    data = rendered("json").replace(b'"content_text":"Closed', b'"text":"Closed')
    first, second = (refusal(data, "json").problems for _ in range(2))
    assert first == second != ()
