"""Renders the search page: with what was found, or empty for a server of files alone.

The empty page finds articles in the browser, in the index that ``render_search_index`` makes:
titles, addresses, days, topics and the summaries' beginnings of the newest articles.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from feeds.formats import normalize
from feeds.model import IndexedArticle
from feeds.pages.assets import versioned
from feeds.pages.pages import render_template
from feeds.pages.site import SiteMetadata, clipped, direction, display_day
from feeds.pages.templating import json_markup
from feeds.pages.topic_order import natural_key

PATH, INDEX_PATH, SCRIPT = "search.html", "search.json", "search.js"
LONGEST_QUERY = 200
# The index has the newest articles; the page says so where there are more.
MOST_INDEXED, LARGEST_INDEX = 5_000, 2_000_000
LONGEST_SUMMARY = 160
# Of more topics than this none is chosen from a list: its name is typed.
MOST_CHOICES = 200

NamedTopic = tuple[str, str]
"""A topic's slug and name."""
Piece = tuple[str, bool]
"""A piece of text; True where it matches the query."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One found article. ``url`` may be empty; ``topics`` are (slug, name)."""

    title: tuple[Piece, ...]
    url: str
    published: datetime
    language: str
    topics: tuple[NamedTopic, ...]
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found: page ``page`` of ``pages``, pages from 1.

    ``topics`` are those of such a name; ``topic`` is the one that was searched, ``wanted_topic``
    as it was asked for; ``choices`` are those to choose from, None where they are not known.
    ``is_more``: more than ``count`` match. ``scanned``: only
    so many of the newest articles were searched. ``problem``: "no word", "no topic", "too late"
    or "unavailable".
    """

    query: str = ""
    wanted_topic: str = ""
    topic: NamedTopic | None = None
    topics: tuple[NamedTopic, ...] = ()
    choices: tuple[NamedTopic, ...] | None = None
    hits: tuple[Hit, ...] = ()
    count: int = 0
    is_more: bool = False
    page: int = 1
    pages: int = 0
    scanned: int = 0
    problem: str = ""


def render_results(site: SiteMetadata, results: Results) -> bytes:
    """The page with the results."""
    return _rendered(
        site,
        results,
        status=_status(site, results),
        hits=[_shown(hit, site) for hit in results.hits],
        previous=_address(results, results.page - 1) if results.page > 1 else "",
        following=_address(results, results.page + 1) if results.page < results.pages else "",
    )


def render_search_page(site: SiteMetadata, choices: Iterable[NamedTopic]) -> bytes:
    """The page that searches in the browser, with the topics to choose from."""
    return _rendered(
        site,
        Results(choices=tuple(choices)),
        status="",
        hits=[],
        previous="",
        following="",
        script=versioned(SCRIPT),
        index=INDEX_PATH,
    )


def render_search_index(
    site: SiteMetadata,
    articles: Sequence[IndexedArticle],
    topics: Sequence[NamedTopic],
    total: int,
) -> bytes:
    """The index of ``articles``, newest first, as far as they fit; ``topics`` are (slug, name) of
    all topics, ``total`` says how many articles there are."""
    places = {slug: place for place, (slug, _) in enumerate(topics)}
    kept: list[bytes] = []
    head = {"total": total, "topics": [[slug, normalize.line(name)] for slug, name in topics]}
    size = len(_json(head))
    for article in articles[:MOST_INDEXED]:
        try:
            kept.append(_json(_row(article, places, site)))
        except (TypeError, ValueError):  # a damaged article fails itself only
            continue
        size += len(kept[-1]) + 2
        if size > LARGEST_INDEX:
            kept.pop()
            break
    return b'%b,"articles":[\n%b\n]}\n' % (_json(head)[:-1], b",\n".join(kept))


def _row(article: IndexedArticle, places: dict[str, int], site: SiteMetadata) -> list[Any]:
    language = normalize.language(article.language)
    return [
        clipped(article.title, LONGEST_SUMMARY),
        normalize.uri(article.link).removeprefix(site.url),
        article.published.astimezone(site.zone).date().isoformat(),
        [places[slug] for slug in article.topics if slug in places],
        clipped(article.summary, LONGEST_SUMMARY),
        *([language] if language and language != site.language else []),
    ]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _rendered(site: SiteMetadata, results: Results, **values: Any) -> bytes:
    name = site.words.gettext("Search")
    page = {
        "title": f"{results.query or name} – {normalize.line(site.title)}",
        "description": "",
        "url": f"{site.url}{PATH}",
        "up": "",
        "skip_to": "results",
        "name": name,
        "alternates": [],
        "data": json_markup(
            {"@context": "https://schema.org", "@type": "SearchResultsPage", "name": name}
        ),
    }
    values = {"index": "", **_choice(results), **values}
    return render_template("search.html", site, page, results=results, **values)


def _choice(results: Results) -> dict[str, Any]:
    """The topics to choose from, in order, and the chosen one: among them in any case."""
    wanted = results.wanted_topic
    chosen = results.topic or ((wanted, wanted) if wanted else ("", ""))
    choices = None
    if results.choices is not None and len(results.choices) <= MOST_CHOICES:
        named = {*results.choices, *([chosen] if wanted else [])}
        choices = sorted(named, key=lambda topic: natural_key(topic[1]))
    return {"choices": choices, "chosen": chosen}


def _status(site: SiteMetadata, results: Results) -> str:
    """How the search went, in a sentence."""
    _ = site.words.gettext
    if not results.query:
        return ""
    said = {
        "no word": _("Please type a word with a letter or a digit."),
        "no topic": _("There is no such topic."),
        "too late": _("This search takes too long. Please try rarer words."),
        "unavailable": _("The search is not available at the moment. Please try again later."),
    }
    if results.problem:
        return said[results.problem]
    if not results.count:
        return _("No article was found.")
    found, more = _("Articles found: %(count)s"), _("Articles found: more than %(count)s")
    text = more if results.is_more else found
    return text % {"count": site.words.number(results.count)}


def _shown(hit: Hit, site: SiteMetadata) -> dict[str, Any]:
    language = normalize.language(hit.language) or site.language
    return {
        "title": _cleaned(hit.title),
        "link": normalize.uri(hit.url),
        "language": language,
        "direction": direction(language),
        "published": display_day(hit.published, site),
        "topics": [(f"topics/{slug}.html", normalize.line(name)) for slug, name in hit.topics],
        "excerpt": _cleaned(hit.excerpt),
    }


def _cleaned(pieces: tuple[Piece, ...]) -> list[Piece]:
    """The pieces without what HTML cannot show, of at most 1,000 characters."""
    kept, left = [], 1_000
    for text, is_match in pieces:
        kept.append((normalize.clean(text)[:left], is_match))
        left -= len(text)
        if left <= 0:
            break
    return kept


def _address(results: Results, page: int) -> str:
    asked = {"q": results.query, "topic": results.wanted_topic, "page": page if page > 1 else ""}
    return f"{PATH}?{urlencode({name: value for name, value in asked.items() if value})}"
