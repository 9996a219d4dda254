"""The date and the title in a file's name, for files that give none themselves.

Jekyll, Zola, Eleventy and Pelican take the date from names such as ``2026-05-01-tides.md``;
Jekyll and Obsidian the title.
"""

import re
from datetime import date

from worker.core.paths import is_index, split, translation_key
from worker.core.text import folded, scrubbed
from worker.parsing.frontmatter.dates import FIRST_YEAR, LAST_YEAR

DRAFTS = "_drafts"
"""Jekyll's folder for files that must not be published."""
NO_TEXT = "properties only"
"""Why a note is held that has no text: a record of a book or a person, not an article."""

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_ ](?=.)|$)", re.ASCII)


def day_in(path: str) -> str:
    """The date, as 2026-05-01, at the start of the file name in ``path``; "" if none.

    For a file called ``index`` the name of its folder counts.
    """
    found = _DAY.match(_stem(path))
    if not found:
        return ""
    year, month, day = map(int, found.groups())
    try:
        date(year, month, day)
    except ValueError:
        return ""
    return f"{year}-{month:02}-{day:02}" if FIRST_YEAR <= year <= LAST_YEAR else ""


def title_in(path: str, *, slug: bool) -> str:
    """The name without its date as a title; with ``slug``, hyphens separate its words."""
    stem = _DAY.sub("", _stem(path), count=1)
    if slug:
        stem = " ".join(word[:1].upper() + word[1:] for word in re.split(r"[-_\s]+", stem))
    return folded(scrubbed(stem))


def is_drafted(path: str) -> bool:
    """Whether the file is in a folder of drafts."""
    return DRAFTS in split(path)[0].split("/")


def _stem(path: str) -> str:
    folder, name = split(translation_key(path))
    return split(folder)[1] if folder and is_index(path) else name.rpartition(".")[0]
