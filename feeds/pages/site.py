"""What pages for people are made of besides entries: the site, its feeds' addresses, and how
languages, moments and titles are told on a page.

Pure; knows nothing of HTML.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from feeds.formats import normalize
from feeds.formats.head_links import MEDIA_TYPES
from feeds.model import FORMATS, Format

FORMAT_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON"}
# The first of these that is published is what "Subscribe" and autodiscovery offer first.
_PREFERRED: tuple[Format, ...] = ("atom", "rss", "json")

# Primary subtags of the languages that are written from right to left (CLDR).
_RTL = "ar arc ckb dv fa he iw ks mzn nqo ps sd syr ug ur yi"
_RIGHT_TO_LEFT = frozenset(_RTL.split())
_SCRIPTS_RIGHT_TO_LEFT = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})


@dataclass(frozen=True, slots=True)
class SiteMetadata:
    """What all pages share. ``url`` ends in a slash; ``zone`` is the zone that times are told
    in, ``zone_name`` what it is called."""

    title: str
    url: str
    description: str
    language: str
    zone: tzinfo
    zone_name: str
    icon: str = ""
    formats: tuple[Format, ...] = FORMATS

    def addresses(self, key: str) -> "list[FeedAddress]":
        """Where a feed, or an archive document, is in each format; the preferred one first."""
        offered = [format_ for format_ in _PREFERRED if format_ in self.formats]
        return [FeedAddress.of(self.url, key, format_) for format_ in offered]


class FeedAddress(NamedTuple):
    """A feed in one format. ``path`` is relative to the folder of the feed's page."""

    format: Format
    name: str
    url: str
    path: str
    media_type: str
    id: str

    @classmethod
    def of(cls, site_url: str, key: str, format_: Format) -> "FeedAddress":
        """The address of the feed ``key``."""
        return cls(
            format=format_,
            name=FORMAT_NAMES[format_],
            url=f"{site_url}{key}.{format_}",
            path=f"{key.rpartition('/')[2]}.{format_}",
            media_type=MEDIA_TYPES[format_],
            id=f"address-{format_}",
        )


class DisplayTime(NamedTuple):
    """A moment as programs read it (HTML's ``datetime``) and as people do."""

    exact: str
    text: str


def display_time(moment: datetime, zone: tzinfo) -> DisplayTime:
    """The moment in a zone, to the minute."""
    local = moment.astimezone(zone)
    return DisplayTime(local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M"))


def display_day(moment: datetime, zone: tzinfo) -> DisplayTime:
    """The day of a moment in a zone."""
    day = moment.astimezone(zone).date().isoformat()
    return DisplayTime(day, day)


def direction(language: str) -> str:
    """How text in this language runs: "rtl", "ltr", or "auto" where it is unknown."""
    primary, *subtags = language.lower().split("-")
    scripts = [subtag for subtag in subtags if len(subtag) == 4 and subtag.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _SCRIPTS_RIGHT_TO_LEFT else "ltr"
    if not primary:
        return "auto"
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


def title_of(title: str, entry_id: str) -> str:
    """A title that is never empty."""
    return normalize.line(title) or normalize.clean(entry_id)


def clipped(text: str, most: int) -> str:
    """The text without line breaks, cut at a word where it is longer than ``most``."""
    words = " ".join(normalize.clean(text).split())
    if len(words) <= most:
        return words
    cut = words[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def count_text(entries: int) -> str:
    """ "1 article", "1,200 articles"."""
    return "1 article" if entries == 1 else f"{entries:,} articles"
