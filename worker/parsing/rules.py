"""What decides how a file is read, besides its bytes.

The parent and its parser children share it, so it loads no parser.
"""

from dataclasses import dataclass
from typing import Final, Literal

READER_VERSION: Final = 5
"""Raise it with every change that gives another article or verdict for the same bytes."""

Markup = Literal["markdown", "text", "html", "rest"]

_MARKUP: Final[dict[str, Markup]] = {
    "md": "markdown",
    "markdown": "markdown",
    "mdx": "markdown",
    "html": "html",
    "htm": "html",
    "rst": "rest",
    "rest": "rest",
}

PROGRAMS_FILES: Final = {
    "ipynb": "a Jupyter notebook",
    "docx": "a Word document",
    "doc": "a Word document",
    "odt": "an OpenDocument text",
    "rtf": "an RTF document",
    "org": "an Org file",
    "adoc": "an AsciiDoc file",
    "asciidoc": "an AsciiDoc file",
    "tex": "a LaTeX file",
    "pages": "a Pages document",
    "epub": "an e-book",
    "pdf": "a PDF document",
}
"""What authors also put into a drop folder, by suffix: said to be left alone, never opened."""


def suffix_of(name: str) -> str:
    """The suffix of a file's name, in lower case and without its dot."""
    return name.rpartition(".")[2].lower()


def markup_of(name: str) -> Markup:
    """The markup of the body of a file, by the suffix of its name."""
    return _MARKUP.get(suffix_of(name), "text")


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """The part of the configuration that decides how a file is read.

    ``site_url`` resolves relative links and ends in a slash; ``timezone`` is the IANA name of the
    zone for dates without an offset; ``language`` is a BCP 47 tag or "". ``assets`` if there is a
    folder ``drop.assets``.
    """

    site_url: str = "http://127.0.0.1:8000/"
    timezone: str = "UTC"
    language: str = ""
    assets: bool = False
