"""The style sheets, the scripts and the logo of pages and feeds.

They are this package's data; the caller writes them to the public folder.
"""

import hashlib
from functools import cache
from importlib.resources import files

from feeds.pages.words import Words

NAMES = ("feedmill.css", "feedmill.js", "search.js", "feedmill.svg", "feed.css")
ICON = "favicon.ico"
FEED_STYLE = "feed.css"


@cache
def asset(name: str) -> bytes:
    """The bytes of one of ``NAMES``."""
    return files("feeds.pages").joinpath("static", name).read_bytes()


def feed_style(words: Words) -> bytes:
    """``FEED_STYLE``, which says in words what a feed is."""
    text = words.gettext(
        "This is a feed: an address for feed readers. Copy it from the address bar into your feed"
        " reader, and it shows new articles as they come."
    )
    quoted = text.replace("\\", r"\\").replace('"', r"\"")
    return asset(FEED_STYLE).replace(b"WORDS", quoted.encode())


@cache
def versioned(name: str) -> str:
    """The name with a query that changes with the bytes, so that caches show no old version."""
    return f"{name}?{hashlib.sha256(asset(name)).hexdigest()[:8]}"
