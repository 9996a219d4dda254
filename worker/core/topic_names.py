"""Names of topics: which spellings are the same topic, and the slug for its files.

Pure. The store mints a slug once and makes it unique; this module only proposes one.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from typing import Final

from slugify import slugify

from worker.core.text import scrubbed

NAME_LENGTH: Final = 200
"""Maximum characters of a topic's name."""

SLUG_LENGTH: Final = 80
"""Maximum characters of a slug, with any suffix."""

# Characters that reverse or hide text: bidirectional embeddings, overrides and isolates, and
# invisible characters. Joiners stay: scripts and emoji need them.
_UNSEEN = re.compile(r"[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

_WORDS: Final = (
    (re.compile(r"(?<=\w)['’ʼ](?=\w)"), ""),
    (re.compile(r"(?<=\w)\+\+"), " plus plus "),
    (re.compile(r"(?<=\w)\+"), " plus "),
    (re.compile(r"(?<=\w)#"), " sharp "),
    (re.compile(r"(?<=\d)%"), " percent "),
    (re.compile(r"&"), " and "),
    (re.compile(r"@"), " at "),
)

# Names that the public folder uses or may use later, and device names of Windows, to which a
# public folder may be copied.
RESERVED: Final = frozenset(
    {"all", "archive", "assets", "feed", "feeds", "index", "metrics", "opml", "page", "pages"}
    | {"robots", "search", "searches", "sitemap", "static", "status", "topic", "topics"}
    | {"aux", "con", "nul", "prn"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)


@lru_cache(maxsize=10_000)
def clean_topic_name(name: str) -> str:
    """``name`` as shown: NFC, one line, nothing invisible, at most 200 characters."""
    visible = _UNSEEN.sub("", scrubbed(name))
    return " ".join(unicodedata.normalize("NFC", visible).split())[:NAME_LENGTH].rstrip()


@lru_cache(maxsize=10_000)
def topic_key(name: str) -> str:
    """The key that all spellings of one topic share; "" if the name is empty.

    Ignores compatibility forms, case and spacing (after Unicode 15, section 3.13, D147). Every
    other character counts: "C", "C++" and "C#" are three topics.
    """
    key = unicodedata.normalize("NFKC", clean_topic_name(name)).casefold()
    # Folding can produce text that folds again, such as U+0345 beside other marks.
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())
    return " ".join(key.split())


def slug_base(name: str) -> str:
    """A readable slug of ``[a-z0-9-]``, 1 to 80 characters, safe as a file name.

    All spellings of a topic give the same slug; different topics can give the same slug too.
    """
    key = words = topic_key(name)
    for symbol, word in _WORDS:
        words = symbol.sub(word, words)
    slug = slugify(
        words,
        entities=False,
        decimal=False,
        hexadecimal=False,
        max_length=SLUG_LENGTH,
        word_boundary=True,
        save_order=True,
        # By default it uses another library if that is installed, and gives other letters.
        backend="text-unidecode",
    )
    if not slug:
        return f"topic-{_digest(key)[:8]}"
    return f"{slug}-topic" if slug in RESERVED else slug


def slug_with_hash(name: str) -> str:
    """The slug of a topic whose ``slug_base`` is taken: with six hexadecimal digits."""
    base = slug_base(name)[: SLUG_LENGTH - 7].rstrip("-")
    return f"{base}-{_digest(topic_key(name))[:6]}"


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
