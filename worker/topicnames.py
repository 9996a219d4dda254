"""Topic names: when two are the same topic, how one is shown, and the slug made of it.

A slug is minted once and stored by ``shelves``; here is only how it is made. Slugs are safe as
file names on any file system and in any URL.
"""

import hashlib
import re
import unicodedata

from slugify import slugify

LONGEST_NAME = 200
LONGEST_SLUG = 80

# What signs mean in names that differ in nothing else: "C", "C++", "C#", ".NET", "R&D".
_WORDS = [
    ["+", "-plus-"],
    ["#", "-sharp-"],
    ["&", "-and-"],
    ["@", "-at-"],
    ["%", "-percent-"],
]
# Files of our own that stand beside the topics' feeds, and names that Windows keeps for devices.
_RESERVED = frozenset(
    {"all", "archive", "feeds", "index", "searches", "topics", "aux", "con", "nul", "prn"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)
# Overrides of the writing direction can make a name look like another one.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def topic_key(name: str) -> str:
    """What is equal for two ways to write one topic: case, spacing and compatibility forms
    do not tell topics apart. Empty for a name that shows nothing."""
    return clean_topic_name(unicodedata.normalize("NFKC", name).casefold())


def clean_topic_name(name: str) -> str:
    """The name as it is shown: without control characters, white space folded, at most 200
    characters."""
    shown = _HIDDEN.sub("", unicodedata.normalize("NFC", name))
    shown = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co") else character
        for character in shown
    )
    return " ".join(shown.split())[:LONGEST_NAME].rstrip()


def slug_base(name: str) -> str:
    """A readable slug: [a-z0-9-], never empty, at most 80 characters. Two names may share it;
    the later one then gets ``slug_with_hash``."""
    slug = slugify(topic_key(name), replacements=_WORDS, max_length=LONGEST_SLUG)
    if not slug:
        return f"topic-{_hash(name, 8)}"
    return f"{slug}-topic" if slug in _RESERVED else slug


def slug_with_hash(name: str) -> str:
    """The slug with a mark of its own, for a name whose readable slug is another topic's."""
    mark = _hash(name, 6)
    return f"{slug_base(name)[: LONGEST_SLUG - len(mark) - 1].rstrip('-')}-{mark}"


def _hash(name: str, length: int) -> str:
    key = topic_key(name).encode("utf-8", "surrogatepass")
    return hashlib.sha256(key).hexdigest()[:length]
