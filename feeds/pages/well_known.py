"""Renders what every site is asked for: pages for missing files, ``robots.txt``, sitemaps.

Pure: no clock. Sitemaps are those of sitemaps.org; times in them are W3C datetimes in UTC.
"""

from collections.abc import Iterable
from html import escape
from urllib.parse import quote, urlsplit

from feeds.pages.pages import render_template
from feeds.pages.site import SiteMetadata
from feeds.pages.templating import json_markup

SITEMAP = "sitemap.xml"
# In all of these files: a file of the same name without it is the owner's own.
MARK = b"Feedmill"

_SITEMAP_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- Feedmill -->\n'
    '<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
)


def render_missing(site: SiteMetadata, status: int) -> bytes:
    """The page that a web server answers with for a missing (404) or a removed (410) file.

    It is shown at any address below the site's, so its links begin at the host.
    """
    gettext = site.words.gettext
    if status == 410:
        title, about = gettext("This article was withdrawn."), gettext("It may come back.")
    else:
        title = gettext("There is no page at this address.")
        about = gettext("It may have moved, or the address has a slip.")
    page = {
        "title": f"{title} – {site.title}",
        "headline": title,
        "about": about,
        "description": "",
        "url": "",
        "up": urlsplit(site.url).path,
        "alternates": (),
        "data": json_markup({"@context": "https://schema.org", "@type": "WebPage", "name": title}),
    }
    return render_template(f"{status}.html", site, page)


def render_robots(site: SiteMetadata) -> bytes:
    """``robots.txt``: every program may read everything (RFC 9309)."""
    return (
        "# Feedmill writes this file. Without this line it is yours, and stays as it is.\n"
        f"User-agent: *\nAllow: /\n\nSitemap: {site.url}{SITEMAP}\n"
    ).encode()


def render_sitemap(site: SiteMetadata, pages: Iterable[tuple[str, str]]) -> bytes:
    """A sitemap of pages: path below the site and time of the last change, which may be empty."""
    return _sitemap("urlset", "url", site, pages)


def render_sitemap_index(site: SiteMetadata, sitemaps: Iterable[tuple[str, str]]) -> bytes:
    """The list of sitemaps, given like pages."""
    return _sitemap("sitemapindex", "sitemap", site, sitemaps)


def _sitemap(kind: str, each: str, site: SiteMetadata, items: Iterable[tuple[str, str]]) -> bytes:
    lines = (
        f"<{each}><loc>{escape(site.url + quote(path), quote=False)}</loc>"
        + (f"<lastmod>{changed}</lastmod>" if changed else "")
        + f"</{each}>\n"
        for path, changed in items
    )
    return f"{_SITEMAP_HEAD.format(kind=kind)}{''.join(lines)}</{kind}>\n".encode()
