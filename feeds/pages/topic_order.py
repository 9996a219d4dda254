"""The order of topics on the front page: as people count and spell, in groups by letter.

Pure: names in, keys and labels out.
"""

import re
import unicodedata

_NUMBER = re.compile("([0-9]+)")
DIGITS = "0–9"
# A label is one letter of an alphabet. Where each name has a sign of its own, as in Chinese, there
# is no such thing.
_NO_ALPHABETS = ("CJK", "KANGXI", "YI ", "EGYPTIAN", "CUNEIFORM", "TANGUT", "NUSHU")


def natural_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """The key to sort by: "Topic 2" before "Topic 10", "Äpfel" beside "Apfel"."""
    parts = _NUMBER.split(_plain(name))
    # Text and numbers alternate: like is compared with like.
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts)), name


def letter_of(name: str) -> str:
    """The label of the name's group: its first letter, ``DIGITS``, or empty for a name that
    begins with no letter of an alphabet."""
    first = next((sign for sign in _plain(name) if sign.isalnum()), "")
    if not first or unicodedata.name(first, "").startswith(_NO_ALPHABETS):
        return ""
    return DIGITS if first.isnumeric() else first.upper()[:1]


def _plain(name: str) -> str:
    """The name without accents and case."""
    split = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in split if not unicodedata.combining(sign)).strip()
