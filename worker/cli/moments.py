"""Dates on the command line: a date, ``yesterday``, or how long ago."""

import re
from datetime import datetime, timedelta, tzinfo

from worker.parsing.frontmatter.dates import DateError, parse_date

EXAMPLES = "Write a date (2026-11-01), today, yesterday, or how long ago: 12h, 3d, “2 weeks”."
_AGO = re.compile(r"(\d{1,6})\s*(h|hours?|d|days?|w|weeks?)(?:\s+ago)?", re.IGNORECASE)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAYS = {"today": timedelta(0), "yesterday": timedelta(days=1)}


def moment(text: str, zone: tzinfo, now: datetime, *, is_end: bool = False) -> datetime:
    """The moment that a text means in the time zone; as an end, a day includes all its hours.

    Raises ValueError with examples.
    """
    word = text.strip().lower()
    try:
        if ago := _AGO.fullmatch(word):
            return now - int(ago[1]) * _UNITS[ago[2][0]]
        if word in _DAYS:
            day = now.astimezone(zone).date() - _DAYS[word]
            found, is_day = parse_date(day.isoformat(), zone).instant, True
        else:
            found, is_day = parse_date(text, zone).instant, ":" not in text
        return found + timedelta(days=1) if is_end and is_day else found
    except (DateError, OverflowError) as error:
        raise ValueError(f"“{text}” is no date. {EXAMPLES}") from error
