"""The conditions of one standing search, but for its full-text query.

Pure. Names are compared by ``topic_key``: case and spacing do not count.
"""

from collections.abc import Callable
from typing import NamedTuple

from worker.config.model import Search
from worker.core.topic_names import topic_key


class SearchFacts(NamedTuple):
    """What an article is searched by. ``topics`` holds the keys of all names of its topics,
    ``authors`` and ``providers`` those of theirs."""

    topics: frozenset[str]
    authors: frozenset[str]
    providers: frozenset[str]
    language: str
    quality: float | None


class StandingSearch:
    """One search with its names as keys; ``canonical`` gives the key of a topic's name."""

    def __init__(self, search: Search, canonical: Callable[[str], str]) -> None:
        self.name, self.query = search.name, search.query
        # A translation that is in no topic's feed is found by its words or its language only.
        self.takes_translations = bool(search.query or search.language)
        self._any = frozenset(map(canonical, search.topics))
        self._all = frozenset(map(canonical, search.topics_all))
        self._none = frozenset(map(canonical, search.topics_none))
        self._authors = frozenset(map(topic_key, search.authors))
        self._provider = topic_key(search.provider)
        self._language = search.language.casefold()
        self._min_quality = search.min_quality
        self.needs_topics = bool(self._any or self._all or self._none)
        self.needs_authors = bool(self._authors)

    def suits(self, facts: SearchFacts) -> bool:
        """Does the article match every condition but the query?"""
        quality = self._min_quality
        return (
            (not self._any or not self._any.isdisjoint(facts.topics))
            and self._all <= facts.topics
            and self._none.isdisjoint(facts.topics)
            and (not self._authors or not self._authors.isdisjoint(facts.authors))
            and (not self._provider or self._provider in facts.providers)
            and (not self._language or f"{facts.language}-".startswith(f"{self._language}-"))
            and (quality is None or (facts.quality is not None and facts.quality >= quality))
        )
