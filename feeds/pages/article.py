"""Renders the page of one article: its whole text, and ways to its topics and neighbours.

Pure: no clock. The bytes depend only on the entry, the site and the two neighbours.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from feeds.formats import normalize
from feeds.model import Entry
from feeds.pages.leads import begins_with, text_of
from feeds.pages.pages import alternate, render_template
from feeds.pages.site import DisplayTime, SiteMetadata, clipped, direction, display_time, title_of
from feeds.pages.snippets import linked_data, shown_entry
from feeds.pages.templating import Markup, json_markup, markup

LONGEST_DESCRIPTION = 300
# A topic's feed each, for browsers and feed readers that look for feeds in the page's head.
MOST_FEEDS = 10

# What is wider than a phone scrolls on its own, which people without a pointer can do only where
# it takes the focus. Without quotes: in the value of an attribute this is harmless, too.
_SCROLLED = re.compile(r"<(pre|table)(?=[ >])")


class NearbyPage(NamedTuple):
    """The page before or after this one; ``path`` is relative to this one's folder."""

    path: str
    title: str
    language: str


def render_article(
    entry: Entry,
    url: str,
    site: SiteMetadata,
    older: NearbyPage | None = None,
    newer: NearbyPage | None = None,
) -> bytes:
    """The page of an article at the absolute ``url``, in a folder below the site's root."""
    shown = shown_entry(entry, site)
    link = shown["link"] or url
    content = normalize.clean(entry.content_html).strip()
    updated = display_time(entry.updated, site)
    return render_template(
        "article.html",
        site,
        _head(entry, link, shown, site),
        **{**shown, "image": _picture(shown["image"], content)},
        updated=None if updated.text == shown["published"].text else _time(updated),
        card=shown["image"],
        summary=_lead(entry.summary, content),
        content=markup(_SCROLLED.sub(r"<\1 tabindex=0", content)),
        elsewhere=urlsplit(link).hostname if link != url else "",
        translations=list(_translations(entry)),
        related=list(_related(entry)),
        older=_marked(older, site),
        newer=_marked(newer, site),
    )


def _head(entry: Entry, link: str, shown: dict[str, Any], site: SiteMetadata) -> dict[str, Any]:
    """What the head of the page says; the page at ``link`` is the canonical one."""
    description = clipped(entry.summary or text_of(entry.content_html), LONGEST_DESCRIPTION)
    data = linked_data(entry, {**shown, "link": link})
    data |= {
        "@context": "https://schema.org",
        "description": description,
        "keywords": [name for _, name in shown["topics"]],
        "isPartOf": {"@type": "WebSite", "name": site.title, "url": site.url},
    }
    return {
        "title": f"{shown['title']} – {normalize.line(site.title)}",
        "headline": shown["title"],
        "description": description,
        "url": link,
        "up": "../",
        "kind": "article",
        "alternates": _alternates(entry, site),
        "translations": [*_own(entry, link, shown["language"]), *_translations(entry)],
        "data": json_markup(data),
    }


def _time(time: DisplayTime) -> Markup:
    return markup('<time datetime="{}">{}</time>').format(time.exact, time.text)


def _alternates(entry: Entry, site: SiteMetadata) -> list[dict[str, str]]:
    """The feeds of the article's topics and of all articles, each in one format."""
    feeds = [(f"topics/{item.term}", item.label) for item in entry.categories[:MOST_FEEDS]]
    return [alternate(name, site.addresses(key)[0]) for key, name in (*feeds, ("all", site.title))]


def _picture(image: dict[str, Any] | None, content: str) -> dict[str, Any] | None:
    """The article's picture, unless it is in the text already."""
    return None if image and escape(image["url"]) in content else image


def _lead(summary: str, content: str) -> str:
    """The summary above the text, unless the text begins with it."""
    plain = " ".join(normalize.clean(summary).split())
    return "" if begins_with(content, plain) else plain


def _own(entry: Entry, link: str, language: str) -> Iterator[dict[str, str]]:
    """The page itself among its translations: search engines expect it there."""
    if entry.translations:
        yield {"url": link, "language": language}


def _translations(entry: Entry) -> Iterator[dict[str, str]]:
    for item in entry.translations:
        url, language = normalize.uri(item.url), normalize.language(item.language)
        if url and language:
            yield {"url": url, "language": language}


def _related(entry: Entry) -> Iterator[dict[str, str]]:
    for item in entry.related:
        if url := normalize.uri(item.url):
            language = normalize.language(item.language)
            yield {"url": url, "title": title_of(item.title, url), "language": language}


def _marked(page: NearbyPage | None, site: SiteMetadata) -> dict[str, str] | None:
    if page is None:
        return None
    language = normalize.language(page.language) or site.language
    return {**page._asdict(), "language": language, "direction": direction(language)}
