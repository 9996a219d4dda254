"""Dates as authors write them, to aware UTC datetimes in whole seconds.

Reads ISO 8601 and RFC 3339, RFC 822 dates as feeds have them, month names in English, the date
types of TOML, and what else dateutil reads for Pelican and Nikola. Refuses days that do not exist,
and dates without a year, month or day. What could mean two days (``04/02/2021``) is doubtful.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from worker.core.text import shown

FIRST_YEAR, LAST_YEAR = 1970, 2200

_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
_OFFSET = r"[Zz]|[A-Za-z]{2,4}|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?"
_ISO = re.compile(
    rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:(?:[Tt]|[ \t]+){_TIME}\s*({_OFFSET})?)?$", re.ASCII
)
_COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:[Tt](\d{2})(\d{2})(\d{2})?([Zz]|[+-]\d{4})?)?$", re.ASCII
)
_DAY_FIRST = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(\d{{1,2}})\.?\s+([A-Za-z]{{3,9}})\.?,?\s+(\d{{4}})"
    rf"(?:,?\s+{_TIME}\s*({_OFFSET})?)?$",
    re.ASCII,
)
_MONTH_FIRST = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?([A-Za-z]{{3,9}})\.?\s+(\d{{1,2}}),?\s+(\d{{4}})"
    rf"(?:,?\s+{_TIME}\s*({_OFFSET})?)?$",
    re.ASCII,
)
# As the program `date` and the C library write it: Fri Sep 3 11:21:31 CEST 2021.
_YEAR_LAST = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?([A-Za-z]{{3,9}})\s+(\d{{1,2}})\s+{_TIME}\s*({_OFFSET})?\s+(\d{{4}})$",
    re.ASCII,
)
_YEAR_FIRST = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)", re.ASCII)
_HALF_DAY = re.compile(r"(\d{1,2})((?::\d{2}){0,2})\s*([ap])\.?m\b\.?", re.ASCII | re.IGNORECASE)
_TWICE = re.compile(r"(?<=\d)::(?=\d)")
# The name of a zone behind its offset, as Go and JavaScript write it.
_ZONE_SAID = re.compile(r"(?<=[+-]\d{4})\s+(?:\([^()]*\)|[A-Z]{2,5})$")
_WITH_YEAR = re.compile(r"(?:.*\D)?(?:19|2[012])\d\d(?:\D.*)?$|(?:19|20)\d{10}(?:\d\d)?$", re.ASCII)
_LONGEST = 60
_HOURS = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$", re.IGNORECASE)
_SLASHES = re.compile(r"\d{1,4}[/.]\d{1,2}[/.]\d{2,4}")
_SECONDS = re.compile(r"\d{9,13}$")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

# RFC 822 section 5.1, without the letters of the military zones: their signs were printed the
# wrong way round (RFC 1123 section 5.2.14).
_HOURS_OF_ZONES = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    # Not in the standard, but with one meaning in authors' files.
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_ZONES = {name: timezone(timedelta(hours=hours)) for name, hours in _HOURS_OF_ZONES.items()}

_CURLY = frozenset("“”„‟‘’‚‛«»‹›")
_EXAMPLE = "Write it like 2021-02-04T18:21:00Z or 2021-02-04 18:21 +01:00."


class DateError(ValueError):
    """The value is not a date; ``hint`` says how to write one."""

    def __init__(self, message: str, hint: str = _EXAMPLE) -> None:
        super().__init__(message)
        self.hint = hint


class ParsedDate(NamedTuple):
    """An aware UTC datetime; ``assumed`` if a time of day had no offset.

    ``doubt`` says what may be read in another way, "" if nothing.
    """

    instant: datetime
    assumed: bool = False
    doubt: str = ""


@lru_cache(maxsize=8)
def zone_named(name: str) -> tzinfo:
    """The zone of an IANA name. UTC needs no time zone data on the machine.

    Raises ZoneInfoNotFoundError (a KeyError) or ValueError for an unknown name.
    """
    return UTC if name in {"UTC", "Etc/UTC"} else ZoneInfo(name)


def parse_date(value: object, zone: tzinfo) -> ParsedDate:
    """The date that ``value`` (text, or a date type) means.

    A time without an offset is in ``zone``; a date alone is midnight there. Raises DateError.
    """
    if isinstance(value, datetime):
        return _in_utc(value, zone, timed=True, source=value)
    if isinstance(value, date):
        return _in_utc(datetime.combine(value, time()), zone, timed=False, source=value)
    if isinstance(value, str):
        return _from_text(value.strip(), zone)
    raise DateError("This is not a date.")


def _from_text(text: str, zone: tzinfo) -> ParsedDate:
    doubt, iso = "", _ISO.match(text)
    # What is ISO, without a word such as "pm" at its end, needs no rewriting.
    if iso and (text[-1] in "zZ" or text[-1].isdigit()):
        parts: tuple[str, ...] | None = iso.groups("")
    else:
        plain, doubt = _plain(text)
        parts = _parts(plain)
    if parts is None:
        return _in_utc(
            _by_dateutil(text, plain), zone, timed=":" in plain or plain.isdigit(), source=text
        )
    year, month, day, hour, minute, second, offset = parts
    naive = _assemble(text, (int(year), int(month), int(day)), hour, minute, second)
    aware = naive.replace(tzinfo=_offset(text, offset)) if offset else naive
    return _in_utc(aware, zone, timed=bool(hour), source=text, doubt=doubt)


def _plain(text: str) -> tuple[str, str]:
    """``text`` in ISO's order with a clock of 24 hours where it differs only in that; the doubt."""
    plain = _HALF_DAY.sub(_whole_day, _ZONE_SAID.sub("", _TWICE.sub(":", text)))
    plain = _YEAR_FIRST.sub(r"\1-\3-\4", plain, count=1)
    found = _NUMBERS.match(plain)
    if found is None:
        return plain, ""
    month, day = int(found[1]), int(found[3])
    doubt = ""
    if month > 12:
        month, day = day, month
    elif day <= 12 and day != month:
        doubt = f"{shown(text)} may mean two days; it was read with the month first."
    return f"{found[4]}-{month}-{day}{plain[found.end() :]}", doubt


def _whole_day(time: re.Match[str]) -> str:
    hour, is_evening = int(time[1]), time[3] in "pP"
    if not 1 <= hour <= 12:
        return f"{time[1]}{time[2]}"
    return f"{hour % 12 + 12 * is_evening:02}{time[2] or ':00'}"


def _by_dateutil(text: str, plain: str) -> datetime:
    """The date that Pelican and Nikola read. Raises DateError for one that lacks a part.

    dateutil fills in parts that are missing: two readings with other defaults show it.
    """
    if len(plain) <= _LONGEST and plain.isascii() and _WITH_YEAR.match(plain):
        # It takes a sixteenth of a parser's start: only for those who need it.
        from dateutil.parser import parse as parse_any

        try:
            first: datetime
            second: datetime
            first, second = (
                parse_any(plain, default=datetime(year, month, day), tzinfos=_zone_of)  # noqa: DTZ001
                for year, month, day in ((2000, 1, 1), (2004, 12, 2))
            )
        except (ValueError, OverflowError, TypeError):
            pass
        else:
            if first == second:
                return first
    raise DateError(f"{shown(text)} is not a date in a known format.", _hint(text))


def _zone_of(name: str | None, seconds: int | None) -> timezone | None:
    """dateutil's question for a zone. Raises ValueError for one that is not known."""
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    if name is None:
        return None
    if name.upper() not in _ZONES:
        raise ValueError(name)
    return _ZONES[name.upper()]


def _parts(text: str) -> tuple[str, ...] | None:
    """Year, month, day, hour, minute, second and offset; "" for each that is not given."""
    found = _ISO.match(text) or _COMPACT.match(text)
    if found:
        return found.groups("")
    if found := _DAY_FIRST.match(text):
        day, name, year, *rest = found.groups("")
    elif found := _MONTH_FIRST.match(text):
        name, day, year, *rest = found.groups("")
    elif found := _YEAR_LAST.match(text):
        name, day, *rest, year = found.groups("")
    else:
        return None
    month = _month(name)
    return (year, month, day, *rest) if month else None


def _month(name: str) -> str:
    lower = name.lower()
    if lower in _MONTH_NAMES or lower in _MONTHS or lower == "sept":
        return str(_MONTHS.index(lower[:3]) + 1)
    return ""


def _assemble(
    text: str, day: tuple[int, int, int], hour: str, minute: str, second: str
) -> datetime:
    """The naive datetime; ISO 8601 allows 24:00 and leap seconds."""
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if seconds == 60 and minutes == 59:
        seconds = 59
    ends_day = (hours, minutes, seconds) == (24, 0, 0)
    hours = 0 if ends_day else hours
    try:
        naive = datetime(*day, hours, minutes, seconds)  # noqa: DTZ001 - the zone follows
        return naive + timedelta(days=1) if ends_day else naive
    except (ValueError, OverflowError):
        if not FIRST_YEAR <= day[0] <= LAST_YEAR:
            raise _outside(text) from None
        why = _impossible(*day, hours, minutes)
        raise DateError(f"{shown(text)} does not exist: {why}.", "Correct the date.") from None


def _impossible(year: int, month: int, day: int, hours: int, minutes: int) -> str:
    """Which part of a date that does not exist is wrong, and what it may be."""
    if not 1 <= month <= 12:
        return "months go from 1 to 12"
    if not 1 <= day <= monthrange(year, month)[1]:
        return f"{_MONTH_NAMES[month - 1].title()} {year} has {monthrange(year, month)[1]} days"
    if hours > 24:
        return "hours go from 0 to 23"
    if hours == 24:
        return "a day ends at 24:00:00"
    return f"{'minutes' if minutes > 59 else 'seconds'} go from 0 to 59"


def _offset(text: str, offset: str) -> timezone:
    """The zone that ``offset`` names, RFC 822 names included."""
    if zone := _ZONES.get(offset.upper()):
        return zone
    found = _HOURS.match(offset)
    if found is None:
        raise DateError(
            f"The time zone `{offset}` in {shown(text)} is not known.",
            "Write the offset from UTC in hours and minutes, such as +01:00, or Z for UTC.",
        )
    sign, hours, minutes = found[1], int(found[2]), int(found[3] or 0)
    if hours > 15 or minutes > 59:
        raise DateError(
            f"The offset {offset} in {shown(text)} does not exist.",
            "Offsets from UTC go from -12:00 to +14:00.",
        )
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if sign == "-" else span)


def _in_utc(
    value: datetime, zone: tzinfo, *, timed: bool, source: object, doubt: str = ""
) -> ParsedDate:
    """``value`` in UTC, within the years that feeds can carry.

    The year is checked before any arithmetic, which overflows near years 1 and 9999.
    """
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise _outside(source)
    assumed = value.tzinfo is None
    if assumed:
        value = value.replace(tzinfo=zone)
    instant = value.astimezone(UTC).replace(microsecond=0)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise _outside(source)
    return ParsedDate(instant, assumed and timed, doubt)


def _outside(source: object) -> DateError:
    return DateError(
        f"The year of {shown(source)} is not between {FIRST_YEAR} and {LAST_YEAR}.",
        "Correct the year.",
    )


def _hint(text: str) -> str:
    if _SLASHES.match(text):
        return "Which number is the month is not clear: write year-month-day, as in 2021-02-04."
    if _SECONDS.match(text):
        return "This looks like a number of seconds. " + _EXAMPLE
    if text[:1] in _CURLY:
        return "Remove the curly quotation marks, or use straight ones."
    return _EXAMPLE
