"""Names of topics: which spellings are one topic, and what a topic's files are called.

Pure. A slug says what a name would be in a URL; that it is minted once, stored and made unique
is the store's affair.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from typing import Final

from slugify import slugify

from worker.core.text import scrubbed

NAME_LENGTH: Final = 200
"""Characters of a topic's name at most."""

SLUG_LENGTH: Final = 80
"""Characters of a slug at most, with whatever is appended."""

# What would turn or hide the text around a name: bidirectional embeddings, overrides and
# isolates, and characters without width or look. Joiners stay, scripts and emoji need them.
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

# Names of files and folders that the public folder has or may get, and those that Windows
# keeps for devices: a public folder may be copied there.
RESERVED: Final = frozenset(
    {"all", "archive", "assets", "feed", "feeds", "index", "metrics", "opml", "page", "pages"}
    | {"robots", "search", "searches", "sitemap", "static", "status", "topic", "topics"}
    | {"aux", "con", "nul", "prn"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)


@lru_cache(maxsize=10_000)
def clean_topic_name(name: str) -> str:
    """``name`` as it is shown: NFC, on one line, nothing invisible, at most 200 characters."""
    visible = _UNSEEN.sub("", scrubbed(name))
    return " ".join(unicodedata.normalize("NFC", visible).split())[:NAME_LENGTH].rstrip()


@lru_cache(maxsize=10_000)
def topic_key(name: str) -> str:
    """What the spellings of one topic have in common; "" where the name holds nothing.

    Compatibility forms, case and spacing do not count (Unicode 15, section 3.13, D147, is the
    model); every other character does: "C", "C++" and "C#" are three.
    """
    key = unicodedata.normalize("NFKC", clean_topic_name(name)).casefold()
    # Folding can bring forth what folds again, such as U+0345 beside other marks.
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())
    return " ".join(key.split())


def slug_base(name: str) -> str:
    """A readable slug of ``[a-z0-9-]``, 1 to 80 characters, safe as a file's name.

    All spellings of a topic have the same; different topics may have, too.
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
        # Left to itself, it takes another library where that is installed, and other letters.
        backend="text-unidecode",
    )
    if not slug:
        return f"topic-{_digest(key)[:8]}"
    return f"{slug}-topic" if slug in RESERVED else slug


def slug_with_hash(name: str) -> str:
    """The slug for a topic whose ``slug_base`` another has: six hexadecimal digits tell them."""
    base = slug_base(name)[: SLUG_LENGTH - 7].rstrip("-")
    return f"{base}-{_digest(topic_key(name))[:6]}"


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
