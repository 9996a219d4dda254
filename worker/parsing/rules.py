"""What decides how a file is read, besides its bytes.

The parent and its parser children share it, so it loads no parser.
"""

from dataclasses import dataclass
from typing import Final, Literal

READER_VERSION: Final = 3
"""Raise it with every change that gives another article or verdict for the same bytes."""

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
    """The part of the configuration that decides how a file is read.

    ``site_url`` resolves relative links and ends in a slash; ``timezone`` is the IANA name of the
    zone for dates without an offset; ``language`` is a BCP 47 tag or "".
    """

    site_url: str = "http://127.0.0.1:8000/"
    timezone: str = "UTC"
    language: str = ""
