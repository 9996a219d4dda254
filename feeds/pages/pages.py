"""Renders the pages of a feed: its own, with the newest articles, and those of its history.

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

_ASSETS = {"style": "feedmill.css", "script": "feedmill.js", "logo": "feedmill.svg"}
OPML = "feeds.opml"


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


@dataclass(frozen=True, slots=True)
class PageOf:
    """Whose page it is: the feed, its ``name`` and, in plain words, what is in it. ``canonical``
    is the key of the feed whose page is canonical."""

    feed: Feed
    name: str
    about: str = ""
    canonical: str = ""


def history_path(key: str, number: int) -> str:
    """Where a page of the history of the feed ``key`` is; pages are numbered from the oldest."""
    return f"{key}/{number}.html"


def render_page(
    site: SiteMetadata,
    of: PageOf,
    snippets: Sequence[bytes],
    *,
    entries: int,
    older: int = 0,
    archives: Sequence[ArchiveLink] = (),
) -> bytes:
    """The page of a feed with its newest entries (see ``render_snippet``). ``entries`` counts the
    older ones too; ``older`` is the number of the page with the next older ones, 0 for none."""
    folder = of.feed.key.rpartition("/")[2]
    paging = {
        "page": "",
        "newest": "",
        "newer": "",
        "older": history_path(folder, older) if older else "",
        "oldest": history_path(folder, 1) if older > 1 else "",
    }
    heading = _heading(site, len(snippets), entries)
    return _rendered(site, of, snippets, f"{of.feed.key}.html", heading, paging, archives)


def render_history_page(
    site: SiteMetadata, of: PageOf, snippets: Sequence[bytes], number: int, newest: int
) -> bytes:
    """A page of a feed's history, numbered from the oldest, which is 1; ``newest`` is the number
    of the newest one. Entries come newest first."""
    own = f"../{of.feed.key.rpartition('/')[2]}.html"
    paging = {
        "page": site.words.gettext("Page %(number)s") % {"number": site.words.number(number)},
        "newest": own,
        "newer": f"{number + 1}.html" if number < newest else own,
        "older": f"{number - 1}.html" if number > 1 else "",
        "oldest": "1.html" if number > 2 else "",
    }
    heading = site.words.gettext("Older articles: page %(number)s") % {
        "number": site.words.number(number)
    }
    return _rendered(site, of, snippets, history_path(of.feed.key, number), heading, paging)


def _rendered(
    site: SiteMetadata,
    of: PageOf,
    snippets: Sequence[bytes],
    path: str,
    heading: str,
    paging: dict[str, str],
    archives: Sequence[ArchiveLink] = (),
) -> bytes:
    lines = [snippet.partition(b"\n") for snippet in snippets]
    up, key = "../" * path.count("/"), of.feed.key
    about = of.about or normalize.line(of.feed.description)
    title = normalize.line(of.feed.title)
    url = f"{site.url}{of.canonical or key}{path.removeprefix(key)}"
    data = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": of.name,
        "url": url,
        "description": about,
        "isPartOf": {"@type": "WebSite", "name": site.title, "url": site.url},
    }
    page = {
        "title": f"{title} – {paging['page']}" if paging["page"] else title,
        "description": about,
        "url": url,
        "up": up,
        "alternates": [alternate(title, address) for address in site.addresses(key)],
        "addresses": offered(site, key, up),
        "data": _with_parts(json_markup(data), [line[0] for line in lines]),
        "name": of.name,
        "heading": heading,
        "paging": paging,
    }
    html = joined([line[2] for line in lines])
    older = [_older(site, link, up) for link in archives]
    return render_template("feed.html", site, page, entries=html, archives=older)


def render_template(
    template: str, site: SiteMetadata, page: dict[str, Any], **values: Any
) -> bytes:
    """A whole page by its template; ``page`` is what ``base.html`` says in its head."""
    assets = {use: versioned(name) for use, name in _ASSETS.items()}
    return site.templates.render(template, site=site, page=page, assets=assets, **values).encode()


def offered(site: SiteMetadata, key: str, up: str) -> list[dict[str, str]]:
    """The addresses that "Subscribe" offers: the feed's formats, and the list of all feeds.
    ``up`` leads from the page's folder to the root."""
    feeds = [
        {**address._asdict(), "path": f"{up}{key}.{address.format}"}
        for address in site.addresses(key)
    ]
    opml = {
        "name": "OPML",
        "url": f"{site.url}{OPML}",
        "path": f"{up}{OPML}",
        "media_type": "text/x-opml",
        "id": "address-opml",
    }
    return [*feeds, opml]


def _with_parts(data: Markup, parts: Sequence[bytes]) -> Markup:
    if not parts:
        return data
    return markup(f'{data[:-1]},"hasPart":[{b",".join(parts).decode()}]}}')


def _older(site: SiteMetadata, link: ArchiveLink, up: str) -> dict[str, Any]:
    return {
        "first": display_day(link.first, site),
        "last": display_day(link.last, site),
        "addresses": [
            address._replace(path=f"{up}{link.key}.{address.format}")
            for address in site.addresses(link.key)
        ],
    }


def _heading(site: SiteMetadata, shown: int, entries: int) -> str:
    if not entries:
        return site.words.gettext("Articles")
    count = count_text(entries, site)
    if entries <= shown:
        return count
    text = site.words.gettext("The newest %(number)s of %(articles)s")
    return text % {"number": site.words.number(shown), "articles": count}


def alternate(title: str, address: FeedAddress) -> dict[str, str]:
    """A feed's address for autodiscovery, as ``base.html`` shows it."""
    return {
        "title": f"{normalize.line(title)} ({address.name})",
        "url": address.url,
        "media_type": address.media_type,
    }


def joined(parts: Sequence[bytes]) -> Markup:
    """Snippets of HTML, one below the other."""
    return markup(b"\n".join(parts).decode())
