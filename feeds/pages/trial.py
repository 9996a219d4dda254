"""Tries the owner's templates on sample pages, in a process of its own with little memory.

Reads JSON from standard input, ``templates`` and ``language``; writes the first problem.
"""

import json
import resource
import sys
from datetime import UTC, datetime

from feeds.model import Category, Entry, Feed, Image, Latest, Person, Related, Source, Translation
from feeds.pages.article import NearbyPage, render_article
from feeds.pages.front_page import NamedCard, render_front_page
from feeds.pages.pages import ArchiveLink, PageOf, render_history_page, render_page
from feeds.pages.search import Hit, Results, render_results, render_search_page
from feeds.pages.site import SiteMetadata
from feeds.pages.snippets import Card, render_card, render_snippet
from feeds.pages.templating import OwnTemplate
from feeds.pages.well_known import render_missing

MOST_MEMORY = 1 << 30

_URL = "https://example.org/"
_WHEN, _LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
_BARE = Entry("urn:uuid:1", "A title", "", "", "", _WHEN, _WHEN)
_RICH = Entry(
    "urn:uuid:2",
    "A title",
    "A summary",
    "<p>Some text</p>",
    f"{_URL}a.html",
    _WHEN,
    _LATER,
    categories=(Category("topic", "Topic"),),
    authors=(Person("Ann"),),
    source=Source("A source", _URL),
    images=(Image(f"{_URL}a.png", 640, 400, "A picture"),),
    related=(Related(f"{_URL}b.html", "Another title", "de"),),
    language="ar",
    translations=(Translation("de", f"{_URL}c.html"),),
)
_OWN_PAGE = Entry("urn:uuid:3", "A title", "A summary", "<p>Text</p>", "", _WHEN, _WHEN)
_FEED = Feed("topics/topic", "urn:uuid:4", "Topic", "About it", _URL, _URL, "en", "Ann", _LATER)

_PIECES, _TOPIC = (("A ", False), ("title", True)), ("topic", "Topic")
_HIT = Hit(_PIECES, f"{_URL}a.html", _WHEN, "ar", (_TOPIC,), _PIECES)
_FOUND = Results("title", "topic", _TOPIC, (_TOPIC,), (), (_HIT,), 30, page=2, pages=3, scanned=9)


def first_problem(own: tuple[OwnTemplate, ...], language: str) -> str:
    """The first problem, after its file and line; empty for none."""
    for footer in ("", "<p>A footer</p>"):
        site = SiteMetadata(
            "A site", _URL, footer, language, UTC, "UTC", footer=footer, own_templates=own
        )
        site.templates.compile_own()
        if not site.templates.problem:
            _render(site, is_full=bool(footer))
        if site.templates.problem:
            return site.templates.problem
    return ""


def _render(site: SiteMetadata, *, is_full: bool) -> None:
    """Every kind of page: with everything that it may have, or with nothing."""
    latest = Latest("urn:uuid:2", "A title", "", _WHEN)
    card = Card("topics/topic", "Topic", "About it", 2, latest)
    cards = [
        NamedCard.of(each.name, render_card(each, site))
        for each in (card, Card("a", "A", "", 0, None))
    ]
    entries = (_RICH, _BARE, _OWN_PAGE) if is_full else ()
    snippets = [render_snippet(entry, site) for entry in entries]
    archives = [ArchiveLink("archive/topics/topic/1", _WHEN, _LATER)]
    for status in (404, 410):
        render_missing(site, status)
    of = PageOf(_FEED, "Topic")
    nearby = NearbyPage("a.html", "A title", "en")
    if is_full:
        # More than a row's, so that they are grouped, and a field finds them.
        render_front_page(site, snippets, 80, cards * 30, {"search": cards, "author": cards * 30})
        render_page(site, of, snippets, entries=80, older=3, archives=archives)
        render_history_page(site, of, snippets, 3, 4)
        render_results(site, _FOUND)
        render_missing(site, 404)
        render_article(_RICH, f"{_URL}articles/a.html", site, nearby, nearby)
    else:
        render_front_page(site, [], 0, [], {})
        render_search_page(site, ())
        render_page(site, of, [], entries=0)
        render_missing(site, 410)
        render_article(_BARE, f"{_URL}articles/b.html", site)


def main() -> None:
    """Read, try, and say."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    given = json.load(sys.stdin)
    own = tuple(OwnTemplate(*each) for each in given["templates"])
    sys.stdout.write(first_problem(own, given["language"]))


if __name__ == "__main__":
    main()
