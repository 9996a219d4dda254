"""The files that pages and feeds are shown with: style sheets, one script, one picture.

They are this package's own data; where they are put is the caller's business.
"""

import hashlib
from functools import cache
from importlib.resources import files

NAMES = ("feedmill.css", "feedmill.js", "feedmill.svg", "feed.css")
FEED_STYLE = "feed.css"


@cache
def asset(name: str) -> bytes:
    """The bytes of one of ``NAMES``."""
    return files("feeds.pages").joinpath("static", name).read_bytes()


@cache
def versioned(name: str) -> str:
    """The name with a query that changes with the bytes, so that no cache shows an old look."""
    return f"{name}?{hashlib.sha256(asset(name)).hexdigest()[:8]}"
