"""Renders the front page of a site: its newest articles, its topics, its other feeds.

Pure: no clock. The page is its head plus kept snippets and cards (``snippets``).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from feeds.formats import normalize
from feeds.pages.pages import alternate, joined, offered, render_template
from feeds.pages.site import SiteMetadata, count_text
from feeds.pages.templating import json_markup
from feeds.pages.topic_order import letter_of, natural_key
from feeds.pages.words import Words

NEWEST = 10
# More topics than this are found by a field of their own, still more by letter; more feeds of
# another kind are folded.
MANY_TOPICS = 20
MOST_IN_A_ROW = 50

SortKey = tuple[str, tuple[tuple[str | int, ...], str]]


class NamedCard(NamedTuple):
    """A card (see ``render_card``) with the label of its group, and the key to sort it by."""

    letter: str
    order: SortKey
    html: bytes

    @classmethod
    def of(cls, name: str, html: bytes) -> "NamedCard":
        """The card of a feed of this name."""
        letter, key = letter_of(name), natural_key(name)
        return cls(letter, (letter or "\U0010ffff", key), html)


def render_front_page(
    site: SiteMetadata,
    newest: Sequence[bytes],
    entries: int,
    topics: Sequence[NamedCard],
    others: Mapping[str, Sequence[NamedCard]],
) -> bytes:
    """``index.html`` with the ``newest`` entries (see ``render_snippet``) of all the ``entries``,
    and the cards of topics and of other kinds of feeds, in any order."""
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
        "alternates": [alternate(site.title, address) for address in site.addresses("all")],
        "addresses": offered(site, "all", ""),
        "data": json_markup(data),
    }
    groups = list(_grouped(topics, site))
    return render_template(
        "index.html",
        site,
        page,
        articles=joined([snippet.partition(b"\n")[2] for snippet in newest]),
        count=count_text(entries, site) if entries > len(newest) else "",
        groups=groups,
        is_lettered=len(groups) > 1,
        has_filter=len(topics) > MANY_TOPICS,
        sections=list(_sections(others, site)),
    )


def kinds_in_words(words: Words) -> dict[str, str]:
    """The kinds of feeds that are many, in the order of lists, and what their lists are called."""
    return {
        "topic": words.gettext("Topics"),
        "search": words.gettext("Saved searches"),
        "author": words.gettext("Authors"),
        "language": words.gettext("Languages"),
    }


def _sections(
    others: Mapping[str, Sequence[NamedCard]], site: SiteMetadata
) -> Iterator[dict[str, Any]]:
    for kind, title in kinds_in_words(site.words).items():
        if cards := others.get(kind):
            folded = site.words.number(len(cards)) if len(cards) > MANY_TOPICS else ""
            html = joined(_in_order(cards))
            yield {"id": f"{kind}-feeds", "title": title, "cards": html, "folded": folded}


def _grouped(topics: Sequence[NamedCard], site: SiteMetadata) -> Iterator[dict[str, Any]]:
    """The cards by letter if there are many, in one group else."""
    if len(topics) <= MOST_IN_A_ROW:
        if topics:
            yield {"letter": "", "id": "", "cards": joined(_in_order(topics))}
        return
    other = site.words.gettext("Other")
    ordered = sorted(topics, key=lambda card: card.order)
    for at, (letter, cards) in enumerate(groupby(ordered, lambda card: card.letter)):
        html = joined([card.html for card in cards])
        yield {"letter": letter or other, "id": f"letter-{at}", "cards": html}


def _in_order(cards: Sequence[NamedCard]) -> list[bytes]:
    return [card.html for card in sorted(cards, key=lambda card: card.order)]
