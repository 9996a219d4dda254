"""What decides how a file is read, besides its bytes: by it the parent and its children agree,
without the parent having to load a single parser.
"""

from dataclasses import dataclass
from typing import Final, Literal

READER_VERSION: Final = 2
"""Rises with every change that makes another article, or another verdict, of the same bytes."""

Markup = Literal["markdown", "text", "html"]

_MARKUP: Final[dict[str, Markup]] = {
    "md": "markdown",
    "markdown": "markdown",
    "html": "html",
    "htm": "html",
}


def markup_of(name: str) -> Markup:
    """The markup of the body of a file, by the suffix of its name."""
    return _MARKUP.get(name.rpartition(".")[2].lower(), "text")


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What of the configuration decides how a file is read.

    ``site_url`` resolves relative links and ends in a slash; ``timezone`` is an IANA name in
    which dates without an offset are read; ``language`` is a BCP 47 tag or empty.
    """

    site_url: str = "http://127.0.0.1:8000/"
    timezone: str = "UTC"
    language: str = ""
