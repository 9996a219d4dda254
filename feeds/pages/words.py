"""What the pages say themselves, in one language: their words, dates and numbers.

The source texts are English; the other languages are gettext catalogues in ``locale``, compiled
by ``make words``. Babel knows dates and numbers and is loaded with the first of them. Pure: the
machine's locale does not count.
"""

import hashlib
from datetime import datetime, tzinfo
from functools import cache, cached_property
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

DOMAIN = "feedmill"
# The locale of dates where the site's language names no country (CLDR).
LANGUAGES = {"ar": "ar", "de": "de", "en": "en_GB", "es": "es", "fr": "fr", "ja": "ja", "zh": "zh"}
# Chinese words are in simplified characters, whatever the site's own are.
_TAGS = {"zh": "zh-Hans"}
_TRADITIONAL = frozenset({"hk", "mo", "tw"})
_RIGHT_TO_LEFT = frozenset({"ar"})


class Words:
    """The words of one language.

    ``language`` is the tag of what the methods give (BCP 47), which may be another than the
    site's; ``direction`` is "rtl" or "ltr". Use ``words_of``.
    """

    def __init__(self, tag: str) -> None:
        """``tag``: the site's language; English where there is no catalogue for it."""
        primary, *subtags = tag.replace("_", "-").lower().split("-")
        self._catalogue = primary if primary in LANGUAGES else "en"
        has_script = any(len(subtag) == 4 and subtag.isalpha() for subtag in subtags)
        if primary not in LANGUAGES:
            self.language = "en"
        elif has_script or (primary == "zh" and _TRADITIONAL.intersection(subtags)):
            self.language = _TAGS.get(primary, primary)
        else:
            self.language = tag
        self.direction = "rtl" if self._catalogue in _RIGHT_TO_LEFT else "ltr"
        self._translations = _translations(self._catalogue)

    def gettext(self, text: str) -> str:
        """The translation of an English text."""
        return self._translations.gettext(text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The translation in the form for ``number``, by the language's plural rule."""
        return self._translations.ngettext(one, many, number)

    def day(self, moment: datetime, zone: tzinfo) -> str:
        """The day in a zone: "28 November 2026"."""
        from babel.dates import format_date

        return format_date(moment.astimezone(zone), "long", self._locale)

    def time(self, moment: datetime, zone: tzinfo) -> str:
        """The day and the time in a zone: "28 November 2026, 15:04"."""
        from babel.dates import format_time, get_datetime_format

        local = moment.astimezone(zone).replace(tzinfo=None)
        clock = format_time(local, "short", locale=self._locale)
        both = str(get_datetime_format("medium", locale=self._locale))
        return both.replace("{1}", self.day(moment, zone)).replace("{0}", clock)

    def number(self, number: int) -> str:
        """A number with its separators: "1,200"."""
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self._locale)

    @staticmethod
    def language_name(tag: str) -> str:
        """What a language calls itself ("Deutsch"); the tag where that is not known."""
        from babel import Locale, UnknownLocaleError

        try:
            return Locale.parse(tag, sep="-").get_display_name() or tag
        except (UnknownLocaleError, ValueError):
            return tag

    @cached_property
    def version(self) -> str:
        """Changes with the words, and with Babel's dates and numbers."""
        from babel import __version__

        data = _compiled(self._catalogue) + f"{self._locale} {__version__}".encode()
        return hashlib.sha256(data).hexdigest()[:16]

    @cached_property
    def _locale(self) -> "Locale":
        from babel import Locale, UnknownLocaleError

        if self.language not in (self._catalogue, *_TAGS.values()):
            try:
                return Locale.parse(self.language, sep="-")
            except (UnknownLocaleError, ValueError):
                pass
        return Locale.parse(LANGUAGES[self._catalogue])


@cache
def words_of(tag: str) -> Words:
    """The words for a site in the language ``tag``."""
    return Words(tag)


def _translations(language: str) -> NullTranslations:
    data = _compiled(language)
    return GNUTranslations(BytesIO(data)) if data else NullTranslations()


def _compiled(language: str) -> bytes:
    """The compiled catalogue; empty for English."""
    path = files("feeds.pages").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.mo")
    return b"" if language == "en" else path.read_bytes()
