"""What a file's name says where the file itself is silent: its day, and its title.

Jekyll, Zola, Eleventy and Pelican take the day from names such as ``2026-05-01-tides.md``;
Jekyll and Obsidian the title. Pure.
"""

import re
from datetime import date

from worker.core.paths import split
from worker.core.text import folded, scrubbed
from worker.parsing.frontmatter.dates import FIRST_YEAR, LAST_YEAR

DRAFTS = "_drafts"
"""Jekyll's folder for what is not to be published."""

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[-_ ](?=.)|$)", re.ASCII)
_BUNDLE = "index"


def day_in(path: str) -> str:
    """The day, as 2026-05-01, that the name at the end of ``path`` begins with; "" if none.

    A file called ``index`` has the name of its folder.
    """
    found = _DAY.match(_stem(path))
    if not found:
        return ""
    year, month, day = map(int, found.groups())
    try:
        date(year, month, day)
    except ValueError:
        return ""
    return found[0][:10] if FIRST_YEAR <= year <= LAST_YEAR else ""


def title_in(path: str, *, slug: bool) -> str:
    """The title that the name gives, without its day; with ``slug``, hyphens part its words."""
    stem = _DAY.sub("", _stem(path), count=1)
    if slug:
        stem = " ".join(word[:1].upper() + word[1:] for word in re.split(r"[-_\s]+", stem))
    return folded(scrubbed(stem))


def is_drafted(path: str) -> bool:
    """Whether the file stands in a folder of drafts."""
    return DRAFTS in split(path)[0].split("/")


def _stem(path: str) -> str:
    folder, name = split(path)
    stem = name.rpartition(".")[0]
    return split(folder)[1] if stem.lower() == _BUNDLE and folder else stem
