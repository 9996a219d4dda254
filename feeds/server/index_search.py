"""Filters the topic cards of ``index.html``, for browsers without JavaScript.

The page's script does the same in the browser. Without this server, the list stays complete.
Pure: bytes of ``index.html`` in, bytes out.
"""

import re
import unicodedata
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import parse_qs

LONGEST_QUERY = 200

_CARDS = re.compile(rb'<div id="cards">\n(.*?)\n</div>', re.DOTALL)
_CARD = re.compile(rb"<li>.*?</li>", re.DOTALL)
_NAME = re.compile(rb"<h3[^>]*>(.*?)</h3>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_FIELD = b'<input type="search" id="q" name="q"'
_FOUND = b'<p class="found" id="found" role="status">'


@dataclass(frozen=True, slots=True)
class IndexCards:
    """One version of the index in parts: the page around the cards, the cards, and their names as
    they are compared."""

    before: bytes
    cards: tuple[bytes, ...]
    names: tuple[str, ...]
    after: bytes

    def matching(self, words: str) -> bytes:
        """The index with only those topics whose names contain all the words."""
        wanted = _comparable(words).split()
        kept = [
            card
            for name, card in zip(self.names, self.cards, strict=True)
            if all(word in name for word in wanted)
        ]
        summary = f'{len(kept)} of {len(self.cards)} topics. <a href="./#topics">Show all</a>'
        field = _FIELD + f' value="{escape(words)}"'.encode("utf-8", "replace")
        before = self.before.replace(_FOUND, _FOUND + summary.encode(), 1).replace(_FIELD, field, 1)
        return b"".join((before, b'<ul class="cards">\n', b"\n".join(kept), b"\n</ul>", self.after))


def search_words(query: str) -> str:
    """The words in a query string such as ``q=mills+dams``; may be empty."""
    values = parse_qs(query[: 4 * LONGEST_QUERY], errors="replace").get("q", [""])
    return " ".join(values[0].split())[:LONGEST_QUERY]


def index_cards(index: bytes) -> IndexCards | None:
    """The index in parts; None for a page without cards."""
    match = _CARDS.search(index)
    if match is None:
        return None
    cards = tuple(_CARD.findall(match[1]))
    names = tuple(_name_of(card) for card in cards)
    return IndexCards(index[: match.start(1)], cards, names, index[match.end(1) :])


def _name_of(card: bytes) -> str:
    match = _NAME.search(card)
    return _comparable(unescape(_TAG.sub("", match[1].decode("utf-8", "replace")))) if match else ""


def _comparable(text: str) -> str:
    """The text without accents and case, for comparing."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(part for part in split if not unicodedata.combining(part)).casefold()
