"""Warnings about a whole article that is otherwise right: what its readers will miss.

Pure. Rejects nothing; where the words are unsure, it says nothing.
"""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

from worker.core.article import Article
from worker.core.problems import Place, Problem
from worker.parsing.frontmatter.splitter import Matter

_HERE = re.compile(r"localhost|127(?:\.\d+){3}|::1")
_ADDRESS = re.compile(r'(?:href|src)="([^"]*)"')


def advice(article: Article, matter: Matter, site_url: str) -> Iterator[Problem]:
    """What is missing in ``article``; ``matter`` is the file that it was made of, for places."""
    if not article.summary:
        yield Problem(
            "no-summary",
            "The article has no summary, and no text to make one of.",
            hint="Write `summary: …` into the front matter, or some text.",
            level="warning",
        )
    yield from _relative(article, matter, site_url)


def _relative(article: Article, matter: Matter, site_url: str) -> Iterator[Problem]:
    """Relative addresses that lead nowhere: neither the article's `link` nor the site's
    address says what they are relative to."""
    if not _HERE.fullmatch(urlsplit(site_url).hostname or ""):
        return
    addresses = (article.link, *(image.url for image in article.images))
    found = [*addresses, *map(unescape, _ADDRESS.findall(article.content_html))]
    lost = list(dict.fromkeys(url for url in found if url.startswith(site_url)))
    if not lost:
        return
    first = f"`{lost[0].removeprefix(site_url)[:60]}`"
    others = f" and {len(lost) - 1} more lead" if len(lost) > 1 else " leads"
    yield Problem(
        "relative-link",
        f"The address {first}{others} nowhere: it is relative, and nothing says to what.",
        _place(matter, lost[0].removeprefix(site_url)),
        "Write it out from https:// on, or have site.url set in feedmill.toml.",
        "warning",
    )


def _place(matter: Matter, path: str) -> Place | None:
    """Where the address stands in the text; None where it is not written there so."""
    at = matter.body.find(path) if path else -1
    if at < 0:
        return None
    line = matter.body_line + matter.body.count("\n", 0, at)
    return Place(line, at - matter.body.rfind("\n", 0, at))
