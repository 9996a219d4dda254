"""Whether a text begins with its summary, which is then not shown above it.

Pure: HTML and text in, a decision or text out.
"""

import re
from html import unescape

from feeds.formats import normalize

# A summary that is made of the text's beginning is found in so much of it.
BEGINNING = 4_000

# The number of a note, which is no part of a sentence.
_NOTE = re.compile(r"<sup><a [^<>]*>[0-9]+</a></sup>")
_TAG = re.compile(r"<[^>]*>")


def text_of(content: str) -> str:
    """The text in HTML, in one line."""
    return " ".join(unescape(_TAG.sub(" ", content)).split())


def begins_with(content: str, summary: str) -> bool:
    """Does the text begin with this summary?"""
    plain = " ".join(normalize.clean(summary).split())
    begin = "".join(plain.removesuffix("…").rstrip(". ").split())
    # Without spaces: where they are between elements is not known here.
    text = "".join(text_of(_NOTE.sub("", content)).split())
    return bool(begin) and begin in text[:BEGINNING]
