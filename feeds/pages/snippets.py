"""Renders entries and feed cards as snippets, which are kept and put into many pages.

Pure: the bytes of a snippet depend only on its entry or card, and on the site.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from feeds.formats import normalize
from feeds.model import Entry, Image, Latest
from feeds.pages.leads import begins_with
from feeds.pages.site import (
    SiteMetadata,
    clipped,
    count_text,
    direction,
    display_day,
    display_time,
    size_text,
    title_of,
)
from feeds.pages.templating import Markup, json_markup, markup
from feeds.pages.words import Words

LONGEST_SUMMARY = 600
LONGEST_TITLE = 100
# An article without a link has its content on the page, unless it is as long as a book.
LONGEST_CONTENT = 30_000


@dataclass(frozen=True, slots=True)
class Card:
    """A feed on the index page; ``language`` is that of its name, if not the site's."""

    key: str
    name: str
    description: str
    entries: int
    latest: Latest | None
    language: str = ""


def render_snippet(entry: Entry, site: SiteMetadata) -> bytes:
    """An entry for any page of ``site``: JSON-LD for programs on the first line, HTML below."""
    shown = shown_entry(entry, site)
    content, summary = _content(entry), clipped(entry.summary, LONGEST_SUMMARY)
    html = site.templates.render(
        "entry.html",
        anchor=anchor(entry.id),
        **shown,
        summary="" if summary == shown["title"] else summary,
        is_repeated=begins_with(content, summary),
        content=markup(content),
    )
    return f"{json_markup(linked_data(entry, shown))}\n{html.strip()}".encode()


def shown_entry(entry: Entry, site: SiteMetadata) -> dict[str, Any]:
    """What every page shows of an entry, as its template names it."""
    language = normalize.language(entry.language) or site.language
    return {
        "language": language,
        "direction": direction(language),
        "title": title_of(entry.title, entry.id),
        "link": normalize.uri(entry.link),
        "source": normalize.line(entry.source.name) if entry.source else "",
        "source_url": normalize.uri(entry.source.url) if entry.source else "",
        "published": display_time(entry.published, site),
        # Of the words in the article that are the page's.
        "word_marks": _word_marks(language, site.words),
        "authors": [name for author in entry.authors if (name := normalize.line(author.name))],
        "image": _image(entry),
        "topics": _topics(entry, site),
        "enclosures": list(_enclosures(entry, site)),
    }


def linked_data(entry: Entry, shown: dict[str, Any]) -> dict[str, Any]:
    """The entry as JSON-LD (schema.org); ``shown`` is what ``shown_entry`` gave for it."""
    return {
        "@type": "Article",
        "@id": normalize.clean(entry.id),
        "headline": shown["title"],
        "url": shown["link"],
        "datePublished": normalize.rfc3339(entry.published),
        "dateModified": normalize.rfc3339(entry.updated),
        "inLanguage": shown["language"],
        "author": [{"@type": "Person", "name": name} for name in shown["authors"]],
        "publisher": _publisher(entry),
        "image": shown["image"]["url"] if shown["image"] else "",
    }


def render_card(card: Card, site: SiteMetadata) -> bytes:
    """A feed's card for the index page."""
    latest = None
    if card.latest:
        newest = card.latest
        title = clipped(title_of(newest.title, newest.id), LONGEST_TITLE)
        latest = {
            "title": title,
            "url": normalize.uri(newest.link) or f"{card.key}.html#{anchor(newest.id)}",
            "marks": _marks(
                title, normalize.language(newest.language) or site.language, site.words
            ),
            "day": display_day(newest.published, site),
        }
    html = site.templates.render(
        "card.html",
        card=card,
        name_marks=_marks(card.name, card.language or site.language, site.words),
        about_marks=_marks(card.description, site.language, site.words),
        count=count_text(card.entries, site),
        latest=latest,
        feed=f"{card.key}.{site.addresses(card.key)[0].format}",
    )
    return html.strip().encode()


def anchor(entry_id: str) -> str:
    """The fragment identifier of an entry in any page."""
    return "a" + hashlib.sha256(normalize.clean(entry_id).encode()).hexdigest()[:11]


def _marks(text: str, language: str, words: Words) -> Markup:
    """The ``lang`` and ``dir`` attributes of a text, only if needed: for a language other than
    that of the page's words, or for the other direction. Hundreds of texts need none."""
    marks = markup("")
    if language != words.language:
        marks += markup(' lang="{}"').format(language)
    is_mixed = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    if is_mixed != (words.direction == "rtl"):
        marks += markup(' dir="auto"')
    return marks


def _word_marks(language: str, words: Words) -> Markup:
    """The attributes of the page's words within an article in its own ``language``."""
    if f"{language}-".startswith(f"{words.language}-"):
        return markup("")
    return markup(' lang="{}" dir="{}"').format(words.language, words.direction)


def _topics(entry: Entry, site: SiteMetadata) -> list[tuple[str, str]]:
    """The URLs and names of the entry's topic pages."""
    named = ((category.term, normalize.line(category.label)) for category in entry.categories)
    return [(f"{site.url}topics/{term}.html", name) for term, name in named if name]


def _content(entry: Entry) -> str:
    """The content of an article that has no other page; else empty."""
    content = normalize.clean(entry.content_html).strip()
    return content if not normalize.uri(entry.link) and len(content) <= LONGEST_CONTENT else ""


def _image(entry: Entry) -> dict[str, Any] | None:
    """The first image, always with a size: the page must not move when it loads."""
    urls = ((normalize.uri(image.url), image) for image in entry.images)
    found = next((pair for pair in urls if normalize.is_web_url(pair[0])), None)
    if found is None:
        return None
    url, image = found
    width, height = _size(image)
    title = normalize.line(image.title)
    # A repeated title is noise for screen readers.
    alt = "" if title == normalize.line(entry.title) else title
    return {"url": url, "width": width, "height": height, "alt": alt}


def _size(image: Image) -> tuple[int, int]:
    width, height = normalize.pixels(image.width), normalize.pixels(image.height)
    return (width, height) if width and height else (640, 400)


def _enclosures(entry: Entry, site: SiteMetadata) -> Iterator[dict[str, str]]:
    """Sound and film to play, and every file to download with its size."""
    for item in entry.enclosures:
        if normalize.is_web_url(url := normalize.uri(item.url)):
            kind = normalize.media_type(item.media_type)
            tag = kind.partition("/")[0] if item.is_played else ""
            name = unquote(urlsplit(url).path.rpartition("/")[2])
            title = normalize.line(item.title) or ("" if tag else name)
            yield {"url": url, "tag": tag, "title": title, "size": size_text(item.length, site)}


def _publisher(entry: Entry) -> dict[str, str]:
    if not entry.source or not (name := normalize.line(entry.source.name)):
        return {}
    url = normalize.uri(entry.source.url)
    return {"@type": "Organization", "name": name, **({"url": url} if url else {})}
