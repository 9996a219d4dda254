"""Entries are checked when they are rendered; a document is checked as a head with such entries."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from feeds.errors import AuditError
from feeds.formats import xmltree
from feeds.formats.audit import Expected, audit_document, audit_entry
from feeds.formats.render import render_entry, render_head, splice
from feeds.model import FORMATS, Enclosure, Entry, Episode, Feed, Format, Tombstone
from tests.unit.feeds.feed_samples import BARE, ENTRIES, EXCERPT, FEEDS, NEWS, PROSE, RICH, moment

PLENTY = 1_000_000
IDS = [entry.id for entry in ENTRIES]
SECOND = timedelta(seconds=1)


def expected(entry: Entry) -> Expected:
    return Expected(entry.id, entry.published, entry.updated)


def bodies(file_format: Format, entries: tuple[Entry, ...] = ENTRIES) -> list[bytes]:
    return [render_entry(entry, file_format) for entry in entries]


def entry_refusal(body: bytes, file_format: Format, wanted: Expected) -> str:
    with pytest.raises(AuditError) as caught:
        audit_entry(body, file_format, wanted)
    assert caught.value.suspects == (wanted.id,)
    assert all(text.startswith(f"entry {wanted.id}: ") for text in caught.value.problems)
    return "; ".join(caught.value.problems)


def check(
    file_format: Format,
    data: bytes | None = None,
    *,
    feed: Feed = NEWS,
    head: bytes | None = None,
    entries: tuple[Entry, ...] = ENTRIES,
    max_bytes: int = PLENTY,
) -> None:
    head = render_head(feed, file_format) if head is None else head
    data = splice(head, bodies(file_format, entries), file_format) if data is None else data
    audit_document(data, file_format, feed, head, list(map(expected, entries)), max_bytes)


def refusal(file_format: Format, data: bytes | None = None, **changes: object) -> AuditError:
    with pytest.raises(AuditError) as caught:
        check(file_format, data, **changes)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("name", FEEDS)
def test_good_entries_and_their_document_pass(name: str, file_format: Format) -> None:
    feed, entries = FEEDS[name]
    for entry, body in zip(entries, bodies(file_format, entries), strict=True):
        audit_entry(body, file_format, expected(entry))
    check(file_format, feed=feed, entries=entries)


# -- entries


@pytest.mark.parametrize(
    ("file_format", "entry", "found", "broken", "problem"),
    [
        ("rss", RICH, "<link>https://mills", "<link>mills", "not an absolute URL: 'mills"),
        ("rss", EXCERPT, 'url="https://rivers.example.net/w', 'url="/w', "not an absolute URL"),
        ("rss", RICH, "Thu, 04 May", "Fri, 04 May", "not a date"),
        ("rss", RICH, "Thu, 04 May", "Wed, 03 May", "its publication is 2023-05-03"),
        ("rss", RICH, "18:00:05Z</atom", "18:00:06Z</atom", "its update is 2023-05-06 18:00:06"),
        ("rss", RICH, "<title>", "<title>x</title><title>", "title is missing, or not there"),
        ("rss", RICH, "&lt;strong", "&lt;script", "unsafe or relative in its HTML: <script>"),
        ("rss", RICH, "</item>", "", "cannot be read back"),
        ("rss", RICH, "</item>", "</item>x", "cannot be read back: not one entry"),
        ("rss", RICH, "<item>", "x<item>", "cannot be read back: not one entry"),
        ("rss", RICH, "</item>", "</item><item/>", "cannot be read back: not one entry"),
        ("rss", RICH, "</item>", "</item></channel><channel>", "cannot be read back: not one"),
        ("rss", RICH, "item>", "itom>", "cannot be read back: not an entry"),
        ("rss", RICH, "media:", "itunes:", "cannot be read back: "),
        ("rss", RICH, "The last wheel", "The last\x07wheel", "a control character"),
        ("atom", RICH, "<id>urn:uuid:3c", "<id>urn:uuid:3d", "its id is urn:uuid:3d1f6d2e-8a45"),
        ("atom", RICH, "<id>", "<ident>", "cannot be read back"),
        ("atom", RICH, "<published>2023-05-04", "<published>2023-05-09", "after its update"),
        ("atom", BARE, '<content type="text">Closed on Monday</content>', "", "content or a link"),
        ("atom", BARE, "entry>", "entity>", "cannot be read back: not an entry"),
        ("atom", RICH, "</entry>", "</entry><!-- x -->", "cannot be read back: not one entry"),
        ("json", PROSE, "</p>", "</p><iframe>", "unsafe or relative in its HTML: <iframe>"),
        ("json", BARE, '"content_text":"Closed', '"text":"Closed', "content is missing"),
        ("json", RICH, '"id":"urn', '"id":"url', "its id is url:uuid"),
        ("json", RICH, '"language":"en"', '"language":en', "cannot be read back"),
        ("json", RICH, '{"id"', '[{"id"', "cannot be read back"),
    ],
)  # fmt: skip
def test_an_entry_that_breaks_a_rule_is_refused_and_named(
    file_format: Format, entry: Entry, found: str, broken: str, problem: str
) -> None:
    body = render_entry(entry, file_format).decode()
    assert found in body
    text = entry_refusal(body.replace(found, broken).encode(), file_format, expected(entry))
    assert problem in text


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_entry_must_say_the_id_and_the_dates_that_its_feed_expects(file_format: Format) -> None:
    body, wanted = render_entry(RICH, file_format), expected(RICH)
    assert "its id is" in entry_refusal(body, file_format, wanted._replace(id="urn:x"))
    early = wanted._replace(published=wanted.published - SECOND)
    assert "its publication is 2023-05-04 06:30:00" in entry_refusal(body, file_format, early)
    late = wanted._replace(updated=wanted.updated + SECOND)
    assert "its update is 2023-05-06 18:00:05" in entry_refusal(body, file_format, late)
    odd = wanted._replace(updated=wanted.updated.replace(microsecond=999_999))
    audit_entry(body, file_format, odd)  # no format has parts of a second


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_entry_that_was_updated_before_its_publication_is_refused(file_format: Format) -> None:
    late = replace(RICH, published=RICH.updated + SECOND)
    assert entry_refusal(render_entry(late, file_format), file_format, expected(late))


def test_the_tags_of_an_episode_are_for_podcasts_only() -> None:
    sound = Enclosure("https://mills.example.com/a.mp3", "audio/mpeg", 9, duration=60)
    talk = replace(RICH, enclosures=(sound,), episode=Episode(number=1))
    body = render_entry(talk, "rss", is_podcast=True)
    audit_entry(body, "rss", expected(talk), is_podcast=True)
    assert "cannot be read back" in entry_refusal(body, "rss", expected(talk))


@pytest.mark.parametrize(
    "date",
    ["Thu, 04 May 2023 06:30:00 GMT", "Thu, 04 May 2023 08:30:00 +0200", "Thu, 4 May 2023 06:30:00"
     " +0000", "Fri, 31 Feb 2023 06:30:00 +0000", "Thu, 04 May 23 06:30:00 +0000", "",
     "Thu, 04 Moy 2023 06:30:00 +0000", "Thu, 04 May 2023 06:60:00 +0000"],
)  # fmt: skip
def test_dates_have_one_spelling(date: str) -> None:
    body = render_entry(RICH, "rss").replace(b"Thu, 04 May 2023 06:30:00 +0000", date.encode())
    assert f"not a date: {date!r}" in entry_refusal(body, "rss", expected(RICH))


# -- documents


@pytest.mark.parametrize("file_format", FORMATS)
def test_lost_doubled_and_disordered_entries_of_a_splice_are_refused(file_format: Format) -> None:
    head, made = render_head(NEWS, file_format), bodies(file_format)

    def problems(put: list[bytes]) -> tuple[str, ...]:
        return refusal(file_format, splice(head, put, file_format)).problems

    assert problems(made[1:]) == (f"entry {IDS[0]}: lost",)
    assert problems(made[:-1]) == (f"entry {IDS[-1]}: lost",)
    disorder = ("entries stand in another order, or twice",)
    assert problems([*made, made[0]]) == problems(made[::-1]) == disorder
    assert problems([*made[:-1], made[0]]) == (f"entry {IDS[-1]}: lost",)
    assert problems([]) == tuple(f"entry {lost}: lost" for lost in sorted(IDS))
    twice = refusal(file_format, entries=(*ENTRIES, RICH))
    assert twice.problems == ("ids are not unique",)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_torn_or_oversized_document_is_refused(file_format: Format) -> None:
    data = splice(render_head(NEWS, file_format), bodies(file_format), file_format)
    for end in (0, 1, 300, len(data) // 2, len(data) - 4):
        (problem,) = refusal(file_format, data[:end]).problems
        assert problem.startswith("cannot be read back: ")
    check(file_format, data, max_bytes=len(data))
    (problem,) = refusal(file_format, data, max_bytes=len(data) - 1).problems
    assert "bytes are more than" in problem


@pytest.mark.parametrize(
    ("file_format", "found", "broken", "problem"),
    [
        # kept bytes that were damaged
        ("rss", "<item>", "<item", "cannot be read back"),
        ("rss", "</item>", "", "cannot be read back"),
        ("rss", "<guid", "<guyd", "cannot be read back"),
        ("rss", "</item>", "</item><item></item>", "is not put together as the others are"),
        ("rss", "</item>", "</item><link>https://x.example/</link>", "is not put together"),
        ("rss", "<title>The last", "<item>x</item><title>The last", "is not put together"),
        ("rss", "media:content", "itunes:content", "cannot be read back"),
        ("rss", "oil the", "oil\x7fthe", "a control character"),
        ("rss", "oil the", "oil<!-- x -->the", "a comment or CDATA is not allowed"),
        ("rss", "oil the", "oil<![CDATA[x]]>the", "a comment or CDATA is not allowed"),
        ("rss", "oil the", "oil&nbsp;the", "cannot be read back"),
        ("rss", "<guid isPermaLink=\"false\">urn:uuid:3c", "<guid>urn:uuid:4c", "lost"),
        ("atom", "<entry>", "<entry ", "cannot be read back"),
        ("atom", "<id>urn:uuid:3c", "<id>urn:uuid:4c", "entry urn:uuid:3c1f6d2e"),
        ("atom", "</entry>", "</entry><subtitle>x</subtitle>", "is not put together"),
        ("json", '{"id"', '["id"', "cannot be read back"),
        ("json", '"id":"urn:uuid:3c', '"id":"urn:uuid:4c', "entry urn:uuid:3c1f6d2e"),
        ("json", '{"id"', '{"ix"', "cannot be read back"),
        ("json", '"version"', '"versions"', "its head is not the one that was checked"),
        # what no splice may change
        ("rss", "<docs>", "<link>https://x.example/</link><docs>", "its head is not the one"),
        ("rss", "</rss>", "<item/></rss>", "its head is not the one"),
        ("atom", "<generator>", "<logo/><generator>", "its head is not the one"),
    ],
)  # fmt: skip
def test_a_document_of_damaged_entries_is_refused(
    file_format: Format, found: str, broken: str, problem: str
) -> None:
    head = render_head(NEWS, file_format)
    data = splice(head, bodies(file_format), file_format).decode()
    assert found in data
    error = refusal(file_format, data.replace(found, broken, 1).encode())
    assert any(problem in text for text in error.problems), error.problems


@pytest.mark.parametrize(
    ("file_format", "found", "broken", "problem"),
    [
        ("rss", 'rel="hub"', 'rel="self"', "the link hub to https://hub.example.org/"),
        ("rss", 'href="https://hub', 'href="hub', "not an absolute URL: 'hub"),
        ("rss", "<lastBuildDate>Sun", "<lastBuildDate>So", "not a date"),
        ("rss", "<lastBuildDate>Sun, 07", "<lastBuildDate>Mon, 08", "its date is Mon, 08 May"),
        ("rss", "<description>", "<subject/><description>x</description><description>", "descrip"),
        ("atom", NEWS.id, NEWS.id[:-1] + "9", "its id is"),
        ("atom", "<updated>2023-05-07", "<updated>2023-05-08", "its date is 2023-05-08"),
        ("json", "all=1", "all=2", "the link hub to"),
        ("json", '"title":"Mills', '"name":"Mills', "title is missing"),
    ],
)
def test_a_head_that_breaks_a_rule_is_refused(
    file_format: Format, found: str, broken: str, problem: str
) -> None:
    head = render_head(NEWS, file_format).decode()
    assert found in head
    error = refusal(file_format, head=head.replace(found, broken, 1).encode())
    assert any(problem in text for text in error.problems), error.problems
    assert error.suspects == ()


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_entry_that_is_newer_than_its_feed_or_withdrawn_is_refused(file_format: Format) -> None:
    later = replace(RICH, updated=moment("2023-05-07T07:00:01"))
    error = refusal(file_format, entries=(PROSE, later))
    assert error.suspects == (RICH.id,)
    assert "after its feed (" in error.problems[0]
    feed = replace(NEWS, tombstones=(Tombstone(RICH.id, NEWS.updated),))
    error = refusal(file_format, feed=feed)
    assert error.problems == (f"entry {RICH.id}: both published and withdrawn",)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("entry_id", ["https://x.example/?a=1&b=<2>", "tag:x.example,2020:'é'"])
def test_ids_are_found_however_they_are_escaped(file_format: Format, entry_id: str) -> None:
    entry = replace(RICH, id=entry_id)
    check(file_format, entries=(entry, PROSE))
    assert refusal(file_format, splice(
        render_head(NEWS, file_format), bodies(file_format, (PROSE, entry)), file_format
    ), entries=(entry, PROSE)).problems  # fmt: skip


def test_no_flipped_bit_that_breaks_a_kept_entry_is_published() -> None:
    head, (body,) = render_head(NEWS, "atom"), bodies("atom", (BARE,))
    for at in [at for at, byte in enumerate(body) if byte in b"<>/="]:
        for bit in range(8):
            damaged = body[:at] + bytes([body[at] ^ 1 << bit]) + body[at + 1 :]
            data = splice(head, [damaged], "atom")
            try:
                xmltree.parse(data)
            except xmltree.MalformedError:
                assert refusal("atom", data, entries=(BARE,))


def test_json_is_compared_as_a_whole() -> None:
    data = json.loads(splice(render_head(NEWS, "json"), bodies("json"), "json"))
    again = json.dumps(data | {"next_url": "https://x.example/"}).encode()
    assert refusal("json", again).problems == ("its head is not the one that was checked",)
