"""The search box of the index, for browsers without a script: the same filter over the cards,
done by the server. Where another server does nothing of the kind, the list simply stays whole.

Pure: bytes of ``index.html`` in, bytes out.
"""

import re
import unicodedata
from html import escape, unescape
from urllib.parse import parse_qs

LONGEST_QUERY = 200

_CARDS = re.compile(r'(<ul class="cards" id="cards">\n)(.*?)(\n</ul>)', re.DOTALL)
_NAME = re.compile(r"<h3[^>]*>(.*?)</h3>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_FIELD = '<input type="search" id="q" name="q"'
_FOUND = '<p class="found" id="found" role="status">'


def words_of(query: str) -> str:
    """What a query string such as ``q=mills+dams`` looks for; empty for nothing."""
    values = parse_qs(query[: 4 * LONGEST_QUERY], errors="replace").get("q", [""])
    return " ".join(values[0].split())[:LONGEST_QUERY]


def filtered(index: bytes, words: str) -> bytes:
    """The index with the cards of those topics only whose names have all the words."""
    page = index.decode("utf-8", "surrogateescape")
    match = _CARDS.search(page)
    if match is None:
        return index
    cards = match[2].split("\n<li>")
    cards = [cards[0], *(f"<li>{card}" for card in cards[1:])]
    wanted = _plain(words).split()
    kept = [card for card in cards if all(word in _name_of(card) for word in wanted)]
    told = f'{len(kept)} of {len(cards)} topics. <a href="./#topics">Show all</a>'
    page = page[: match.start(2)] + "\n".join(kept) + page[match.end(2) :]
    page = page.replace(_FOUND, _FOUND + told, 1)
    return page.replace(_FIELD, f'{_FIELD} value="{escape(words)}"', 1).encode(
        "utf-8", "surrogateescape"
    )


def _name_of(card: str) -> str:
    match = _NAME.search(card)
    return _plain(unescape(_TAG.sub("", match[1]))) if match else ""


def _plain(text: str) -> str:
    """The text as it is compared: without accents, whatever its case."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(part for part in split if not unicodedata.combining(part)).casefold()
