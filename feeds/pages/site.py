"""Values that all pages share: the site, its feeds' addresses, dates and titles as text.

Pure; contains no HTML.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from feeds.formats import normalize
from feeds.formats.head_links import MEDIA_TYPES
from feeds.model import FORMATS, Format
from feeds.pages.templating import OwnTemplate, Templates, templates_of
from feeds.pages.words import Words, words_of

FORMAT_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON"}
# "Subscribe" and autodiscovery offer the first of these that is published.
_PREFERRED: tuple[Format, ...] = ("atom", "rss", "json")

# Primary subtags of right-to-left languages (CLDR).
_RTL = "ar arc ckb dv fa he iw ks mzn nqo ps sd syr ug ur yi"
_RIGHT_TO_LEFT = frozenset(_RTL.split())
_SCRIPTS_RIGHT_TO_LEFT = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})


@dataclass(frozen=True, slots=True)
class SiteMetadata:
    """The site as its pages show it. ``url`` ends in a slash; ``zone`` is the time zone of all
    shown times, ``zone_name`` its name.

    The owner's own: ``style`` is the address of a style sheet below ``url``, ``footer`` safe
    HTML, ``copyright`` a text, ``own_templates`` go before ours; each may be empty.
    """

    title: str
    url: str
    description: str
    language: str
    zone: tzinfo
    zone_name: str
    icon: str = ""
    formats: tuple[Format, ...] = FORMATS
    style: str = ""
    footer: str = ""
    copyright: str = ""
    own_templates: tuple[OwnTemplate, ...] = ()

    @property
    def words(self) -> Words:
        """What the pages say themselves, in the site's language if there is a catalogue."""
        return words_of(self.language)

    @property
    def templates(self) -> Templates:
        """The templates of the pages, in the site's words."""
        return templates_of("feeds.pages", self.language, self.own_templates)

    def addresses(self, key: str) -> "list[FeedAddress]":
        """The addresses of a feed or an archive document, the preferred format first."""
        offered = [format_ for format_ in _PREFERRED if format_ in self.formats]
        return [FeedAddress.of(self.url, key, format_) for format_ in offered]


class FeedAddress(NamedTuple):
    """A feed's address in one format. ``path`` is relative to the folder of its page."""

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
    """A time for programs (HTML's ``datetime``) and as text for people."""

    exact: str
    text: str


def display_time(moment: datetime, site: SiteMetadata) -> DisplayTime:
    """The time in the site's zone and words, to the minute."""
    exact = moment.astimezone(site.zone).isoformat(timespec="seconds")
    return DisplayTime(exact, site.words.time(moment, site.zone))


def display_day(moment: datetime, site: SiteMetadata) -> DisplayTime:
    """The day in the site's zone and words."""
    exact = moment.astimezone(site.zone).date().isoformat()
    return DisplayTime(exact, site.words.day(moment, site.zone))


def direction(language: str) -> str:
    """The direction of a language's text: "rtl", "ltr", or "auto" if unknown."""
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
    """The text without line breaks, cut at a word if it is longer than ``most``."""
    words = " ".join(normalize.clean(text).split())
    if len(words) <= most:
        return words
    cut = words[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def count_text(entries: int, site: SiteMetadata) -> str:
    """ "1 article", "1,200 articles"."""
    text = site.words.ngettext("%(number)s article", "%(number)s articles", entries)
    return text % {"number": site.words.number(entries)}
