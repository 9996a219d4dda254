"""Feeds as the tests render them, and as another parser takes them apart."""

from pathlib import Path
from xml.etree import ElementTree

from lxml import etree

from feeds.formats.render import render_entry, render_feed
from feeds.model import Entry, Feed, Format
from tests.unit.feeds.feed_samples import NEWS

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


def rendered(feed: Feed, entries: tuple[Entry, ...], file_format: Format) -> bytes:
    kept = [render_entry(entry, file_format) for entry in entries]
    return render_feed(feed, kept, file_format)


def rss_items(*entries: Entry) -> list[ElementTree.Element]:
    return ElementTree.fromstring(rendered(NEWS, entries, "rss")).findall("channel/item")


def atom_entries(*entries: Entry) -> list[ElementTree.Element]:
    return ElementTree.fromstring(rendered(NEWS, entries, "atom")).findall(f"{ATOM}entry")


def texts(element: ElementTree.Element, tag: str) -> list[str | None]:
    return [child.text for child in element.findall(tag)]
