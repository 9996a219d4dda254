"""The style sheets, the scripts and the logo of pages and feeds.

They are this package's data; the caller writes them to the public folder.
"""

import hashlib
from functools import cache
from importlib.resources import files

NAMES = ("feedmill.css", "feedmill.js", "search.js", "feedmill.svg", "feed.css")
ICON = "favicon.ico"
FEED_STYLE = "feed.css"


@cache
def asset(name: str) -> bytes:
    """The bytes of one of ``NAMES``."""
    return files("feeds.pages").joinpath("static", name).read_bytes()


@cache
def versioned(name: str) -> str:
    """The name with a query that changes with the bytes, so that caches show no old version."""
    return f"{name}?{hashlib.sha256(asset(name)).hexdigest()[:8]}"
