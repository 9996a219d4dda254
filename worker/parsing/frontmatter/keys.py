"""The keys of the front matter: what each meaning may be called, first found wins.

Also tells which unknown key is probably a misspelt known one.
"""

from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from worker.parsing.frontmatter.foreign import OWN

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "title": ("title",),
    "summary": ("excerpt", "summary", "description"),
    "published": ("publishedDateTime", "published_at", "date", "pubDate"),
    "updated": ("updatedDateTime", "updated", "lastmod", "modified"),
    "expires": ("expires", "expiryDate"),
    "link": ("webUrl", "link", "url", "canonical", "external_url"),
    "topics": ("topics", "tags", "keywords"),
    "id": ("id", "guid"),
    "provider": ("provider",),
    "people": ("author", "authors"),
    "images": ("images", "image", "cover"),
    "related": ("related",),
    "category": ("category",),
    "type": ("type",),
    "quality": ("quality",),
    "heat": ("heat",),
    "language": ("language", "lang"),
    "original_url": ("originalUrl",),
    "amp_url": ("ampWebUrl",),
    "cdn_amp_url": ("cdnAmpWebUrl",),
    "published_word": ("published",),
    "draft": ("draft",),
    "status": ("status",),
}

KNOWN: Final = frozenset(key for keys in ALIASES.values() for key in keys)

EXACT: Final = frozenset(ALIASES["title"] + ALIASES["id"] + ALIASES["link"])
"""Keys whose value must stand as its author wrote it: nothing is removed from it."""

_SHORT = 6
_LONGEST = 40


def likely_meant(key: str, known: frozenset[str]) -> str:
    """The key of ``known`` that ``key`` probably misspells, empty if there is none.

    A difference in case, hyphens or underscores counts for nothing; short keys may differ a
    little more, since one wrong letter weighs more in them.
    """
    return _likely(key, known) if len(key) <= _LONGEST else ""


# Sites use the same few keys in all their articles.
@lru_cache(maxsize=1024)
def _likely(key: str, known: frozenset[str]) -> str:
    plain = _plain(key)
    if plain in _ELSEWHERE or key.lower() in _FOREIGN:
        return ""
    best, meant = (0.8 if len(plain) < _SHORT else 0.85), ""
    matcher = SequenceMatcher(None, b=plain)
    for candidate in sorted(known):
        other = _plain(candidate)
        if abs(len(other) - len(plain)) > 2:
            continue
        matcher.set_seq1(other)
        likely = matcher.quick_ratio()
        if likely < 1:  # else the same letters in another order
            likely = matcher.ratio() if likely >= best else 0.0
        if likely >= best and (likely > best or not meant):
            best, meant = likely, candidate
    return meant


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


# Keys of other publishing tools that may resemble ours without being slips of them.
_FOREIGN = OWN - {key.lower() for key in KNOWN}
_ELSEWHERE = frozenset(map(_plain, _FOREIGN)) - frozenset(map(_plain, KNOWN))
