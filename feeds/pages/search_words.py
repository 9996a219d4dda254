"""What a saved search finds, in plain words.

Pure: the search's settings in, one sentence out. One more setting is one more condition.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from feeds.pages.words import Words

_TERM = re.compile(r'"(?:[^"]|"")*"\*?|[^\s"()^:{}+*,]+\*?')
_SIMPLE = re.compile(rf"(?:{_TERM.pattern}|\s+)*")
_COLUMN = re.compile(rf"(title|summary)\s*:\s*({_TERM.pattern})")


class Conditions(NamedTuple):
    """What an article must have to be found; empty where it does not matter. ``topics``: any of
    them; ``language`` is a name that people know."""

    query: str = ""
    topics: Sequence[str] = ()
    topics_all: Sequence[str] = ()
    topics_none: Sequence[str] = ()
    authors: Sequence[str] = ()
    provider: str = ""
    language: str = ""
    min_quality: float | None = None


def search_in_words(found_by: Conditions, words: Words) -> str:
    """A sentence such as "Articles that contain “mill” and are on Rail or Harbours."."""
    conditions = [text for text in _conditions(found_by, words) if text]
    if not conditions:
        return words.gettext("All articles.")
    return words.gettext("Articles that %(conditions)s.") % {"conditions": _all(conditions, words)}


def _conditions(by: Conditions, words: Words) -> Iterator[str]:
    _ = words.gettext
    yield _matching(by.query, words)
    if by.topics:
        yield _("are on %(topics)s") % {"topics": _any(by.topics, words)}
    if by.topics_all:
        yield _("are on %(topics)s") % {"topics": _all(by.topics_all, words)}
    if by.topics_none:
        yield _("are not on %(topics)s") % {"topics": _any(by.topics_none, words)}
    if by.authors:
        yield _("are by %(authors)s") % {"authors": _any(by.authors, words)}
    if by.provider:
        yield _("come from %(source)s") % {"source": by.provider}
    if by.language:
        yield _("are in %(language)s") % {"language": by.language}
    if by.min_quality is not None:
        yield _("have a quality of at least %(number)s") % {"number": f"{by.min_quality:g}"}


def _matching(query: str, words: Words) -> str:
    """A full-text query (SQLite FTS5) in words. One that is more than terms joined by a single
    kind of AND, OR or NOT is shown as it is."""
    _, query = words.gettext, query.strip()
    if not query:
        return ""
    if column := _COLUMN.fullmatch(query):
        given = {"words": _quoted(column[2], words)}
        return (
            _("have %(words)s in the title") if column[1] == "title"
            else _("have %(words)s in the summary")
        ) % given  # fmt: skip
    terms = _TERM.findall(query) if _SIMPLE.fullmatch(query) else []
    operators = {term for term in terms if term in ("AND", "OR", "NOT", "NEAR")}
    given_terms = [_quoted(term, words) for term in terms if term not in operators]
    if "NEAR" in operators or len(operators) > 1 or not given_terms:
        return _("match the query “%(query)s”") % {"query": query}
    if operators == {"NOT"}:
        if [term == "NOT" for term in terms] != [False, True, False]:
            return _("match the query “%(query)s”") % {"query": query}
        values = {"words": given_terms[0], "others": given_terms[1]}
        return _("contain %(words)s but not %(others)s") % values
    joined = _any(given_terms, words) if operators == {"OR"} else _all(given_terms, words)
    return _("contain %(words)s") % {"words": joined}


def _quoted(term: str, words: Words) -> str:
    """A term in quotation marks, with an ellipsis where more letters may follow."""
    is_open = term.endswith("*")
    text = term.removesuffix("*")
    if text.startswith('"'):
        text = text[1:-1].replace('""', '"')
    return words.gettext("“%(words)s”") % {"words": f"{text}…" if is_open else text}


def _any(names: Iterable[str], words: Words) -> str:
    return _joined(list(names), words.gettext("%(first)s or %(last)s"), words)


def _all(names: Iterable[str], words: Words) -> str:
    return _joined(list(names), words.gettext("%(first)s and %(last)s"), words)


def _joined(names: list[str], pair: str, words: Words) -> str:
    *first, last = names
    if not first:
        return last
    return pair % {"first": words.gettext(", ").join(first), "last": last}
