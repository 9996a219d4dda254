"""Renders the index of a site, and a page for each feed.

Pure: no clock. A page is its head plus kept snippets (``snippets``).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feeds.formats import normalize
from feeds.model import Feed
from feeds.pages.assets import NAMES, asset, versioned
from feeds.pages.site import FeedAddress, SiteMetadata, count_text, display_day
from feeds.pages.templating import Markup, json_markup, markup
from feeds.pages.words import Words

_ASSETS = {"style": "feedmill.css", "script": "feedmill.js", "logo": "feedmill.svg"}


def pages_version(site: SiteMetadata) -> str:
    """A version that changes with the site, templates, words and assets, but not with the data."""
    parts = [repr(site).encode(), site.templates.version().encode(), *map(asset, NAMES)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ArchiveLink:
    """An archive document, with the times of its oldest and newest entry."""

    key: str
    first: datetime
    last: datetime


def render_index(
    site: SiteMetadata,
    topics: Sequence[bytes],
    searches: Sequence[bytes],
    feeds: Sequence[tuple[str, str]],
) -> bytes:
    """``index.html`` with the cards (see ``render_card``) of topics and of saved searches.
    ``feeds`` holds (key, name) of every feed, the feed of all articles first."""
    (key, title), *others = feeds
    everything = site.addresses(key)
    alternates = [alternate(title, address) for address in everything]
    # One relative address for each of the others: there may be hundreds.
    for key, name in others:
        address = site.addresses(key)[0]
        short = {"title": normalize.line(name), "url": f"{key}.{address.format}"}
        alternates.append({**alternate(name, address), **short})
    data = {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": site.title,
        "url": site.url,
        "description": site.description,
        "inLanguage": site.language,
    }
    page = {
        "title": normalize.line(site.title),
        "description": normalize.line(site.description),
        "url": site.url,
        "up": "",
        "alternates": alternates,
        "addresses": everything,
        "data": json_markup(data),
    }
    return render_template(
        "index.html", site, page, topics=_joined(topics), searches=_joined(searches)
    )


def render_page(
    site: SiteMetadata,
    feed: Feed,
    name: str,
    snippets: Sequence[bytes],
    *,
    entries: int,
    archives: Sequence[ArchiveLink] = (),
    canonical: str = "",
) -> bytes:
    """The page of one feed, titled ``name``, with the entries of its window (see
    ``render_snippet``). ``entries`` counts archived ones too. ``canonical`` is the key of the
    feed whose page is canonical, if it is another one."""
    lines = [snippet.partition(b"\n") for snippet in snippets]
    up = "../" * feed.key.count("/")
    addresses = site.addresses(feed.key)
    url, description = f"{site.url}{canonical or feed.key}.html", normalize.line(feed.description)
    data = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": name,
        "url": url,
        "description": description,
        "isPartOf": {"@type": "WebSite", "name": site.title, "url": site.url},
    }
    page = {
        "title": normalize.line(feed.title),
        "description": description,
        "url": url,
        "up": up,
        "alternates": [alternate(feed.title, address) for address in addresses],
        "addresses": addresses,
        "data": _with_parts(json_markup(data), [line[0] for line in lines]),
        "name": name,
        "heading": _heading(len(lines), entries, site.words),
    }
    html = _joined([line[2] for line in lines])
    older = [_older(site, link, up) for link in archives]
    return render_template("feed.html", site, page, entries=html, archives=older)


def render_template(
    template: str, site: SiteMetadata, page: dict[str, Any], **values: Any
) -> bytes:
    """A whole page by its template; ``page`` is what ``base.html`` says in its head."""
    assets = {use: versioned(name) for use, name in _ASSETS.items()}
    return site.templates.render(template, site=site, page=page, assets=assets, **values).encode()


def _with_parts(data: Markup, parts: Sequence[bytes]) -> Markup:
    if not parts:
        return data
    return markup(f'{data[:-1]},"hasPart":[{b",".join(parts).decode()}]}}')


def _older(site: SiteMetadata, link: ArchiveLink, up: str) -> dict[str, Any]:
    addresses = site.addresses(link.key)
    return {
        "first": display_day(link.first, site),
        "last": display_day(link.last, site),
        "addresses": [
            address._replace(path=f"{up}{link.key}.{address.format}") for address in addresses
        ],
    }


def _heading(shown: int, entries: int, words: Words) -> str:
    count = count_text(entries, words)
    if entries > shown:
        text = words.gettext("The newest %(shown)s of %(articles)s")
        return text % {"shown": words.number(shown), "articles": count}
    return count if entries else words.gettext("Articles")


def alternate(title: str, address: FeedAddress) -> dict[str, str]:
    """A feed's address for autodiscovery, as ``base.html`` shows it."""
    return {
        "title": f"{normalize.line(title)} ({address.name})",
        "url": address.url,
        "media_type": address.media_type,
    }


def _joined(parts: Sequence[bytes]) -> Markup:
    return markup(b"\n".join(parts).decode())
