"""Single values of the front matter to the types of an article.

Takes what the readers give: str, ``RawScalar``, and from TOML and JSON numbers, booleans and
dates. A text field keeps the file's text: ``1.10``, ``no`` and ``2021`` are titles. Every
function raises InvalidValueError for a value that does not fit.
"""

import re
from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from math import isfinite
from typing import Any

from worker.core.text import folded, kind, shown
from worker.core.urls import LinkError, absolute_url, ascii_host
from worker.parsing.frontmatter.block import RawScalar
from worker.parsing.frontmatter.dates import DateError, ParsedDate, parse_date

MAX_TITLE = 1_000
MAX_ID = 500
MAX_TOPIC = 100
MAX_TOPICS = 50
_LONGEST_NUMBER = 30

_YES = frozenset(("true", "yes", "on", "y", "1"))
_NO = frozenset(("false", "no", "off", "n", "0"))
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*)?(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_SIZE = re.compile(r"(\d{1,6})(?:\.0+)?(?:px)?")
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
_NAME_AND_EMAIL = re.compile(r"(.*?)<([^<>]*)>")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


class InvalidValueError(ValueError):
    """The value does not fit its key; ``code`` and ``hint`` are those of the Problem."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.hint = code, hint


def text_of(value: Any) -> str:
    """A value as text on one line, as written in the file."""
    if isinstance(value, str):
        return folded(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise InvalidValueError(
        "bad-type", f"This must be text, but it is {kind(value)}.", _as_text(value)
    )


def _as_text(value: Any) -> str:
    """The hint for a value that is not text: brackets, braces and colons change its type."""
    if isinstance(value, list):
        return "Write one text. If the brackets are part of it, put it in quotes."
    return "Write one text after the key. If a brace or colon is part of it, put it in quotes."


def title_of(value: Any) -> str:
    """A title of at most MAX_TITLE characters."""
    hint = "Shorten it and move the rest to the summary or the text."
    return _short(text_of(value), MAX_TITLE, "title-too-long", "The title", hint)


def id_of(value: Any) -> str:
    """An explicit id, of at most MAX_ID characters."""
    return _short(text_of(value), MAX_ID, "bad-id", "The id", "Shorten it.")


def _short(text: str, most: int, code: str, what: str, hint: str) -> str:
    if len(text) > most:
        message = f"{what} has {len(text):,} characters; the limit is {most:,}."
        raise InvalidValueError(code, message, hint)
    return text


def topic_of(value: Any) -> str:
    """A topic's name, "" for None."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise InvalidValueError(
            "bad-topic",
            f"A topic must be a short text, but this is {kind(value)}.",
            "Write each topic as a separate item, without inner brackets."
            if isinstance(value, list)
            else "Write only the name of the topic. If the colon is part of it, put it in quotes.",
        )
    text = text_of(value)
    hint = "Separate topics with commas, and give each a short name."
    return _short(text, MAX_TOPIC, "bad-topic", f"The topic {shown(text)}", hint)


def topic_list(value: Any) -> list[Any]:
    """A list of topics, or one text split at its commas."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, dict):
        raise InvalidValueError(
            "bad-type",
            "Topics must be a list or one text with commas, but this is a group of keys.",
            "Write `topics: [One, Another]`.",
        )
    return [value]


def distinct_topics(topics: tuple[str, ...]) -> tuple[str, ...]:
    """The topics without empty ones and without those that differ only by case."""
    distinct = {topic.casefold(): topic for topic in reversed(topics) if topic}
    if len(distinct) > MAX_TOPICS:
        raise InvalidValueError(
            "too-many-topics",
            f"The article has {len(distinct):,} topics; the limit is {MAX_TOPICS}.",
            "Keep the topics that a reader would subscribe to.",
        )
    return tuple(reversed(distinct.values()))


def flag_of(value: Any) -> bool:
    """A boolean in YAML's words, with or without quotes."""
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise InvalidValueError(
        "bad-boolean", f"{_said(value)} is neither true nor false.", "Write true or false."
    )


def number_of(value: Any) -> int | float:
    """A finite number, with or without quotes."""
    text = "" if isinstance(value, bool | dict | list) else str(value).strip()
    number = _number(text) if len(text) <= _LONGEST_NUMBER else None
    if number is not None:
        return number
    raise InvalidValueError(
        "bad-number", f"{_said(value)} is not a number.", "Write a number, such as 24."
    )


# Sites use the same few numbers in all their articles.
@lru_cache(maxsize=1024)
def _number(text: str) -> int | float | None:
    if not (text.isascii() and any(map(str.isdigit, text)) and _NUMBER.fullmatch(text)):
        return None
    try:
        number = float(text)
        whole = int(text) if text.lstrip("+-").isdigit() else None
    except ValueError:
        return None
    # Beyond 2**53 a JSON reader may read another number than was written.
    if not isfinite(number) or abs(number) > 2**53:
        return None
    return number if whole is None else whole


def size_of(value: Any) -> int:
    """A width or height in pixels: a positive whole number."""
    found = _SIZE.fullmatch(str(value).strip())
    if found and int(found[1]) > 0 and not isinstance(value, bool):
        return int(found[1])
    raise InvalidValueError(
        "bad-size",
        f"{_said(value)} is not a width or height in pixels.",
        "Write a whole number from 1 to 999999, or remove the line.",
    )


def date_of(value: Any, zone: tzinfo) -> ParsedDate:
    """A date; one without an offset is in ``zone``."""
    if isinstance(value, bool | dict | list):
        raise InvalidValueError(
            "bad-date", f"This must be a date, but it is {kind(value)}.", DateError("").hint
        )
    if isinstance(value, int | float):
        value = str(value)
    try:
        return parse_date(value, zone)
    except DateError as error:
        raise InvalidValueError("bad-date", str(error), error.hint) from None


def published_of(value: Any, zone: tzinfo) -> bool | ParsedDate:
    """``published``: for most tools true or false, for some the date."""
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    try:
        return date_of(value, zone)
    except InvalidValueError as error:
        raise InvalidValueError(
            error.code,
            f"`published` must be true, false or a date. {error}",
            error.hint.replace("Write it like", "Write true or false, or a date like"),
        ) from None


def url_of(value: Any, site_url: str) -> str:
    """An absolute http(s) URL; a relative one is resolved against ``site_url``."""
    meant = value.meaning() if isinstance(value, RawScalar) else value
    if not isinstance(meant, str) and isinstance(meant, dict | list | bool | int | float):
        raise InvalidValueError(
            "bad-url",
            f"This must be one web address, but it is {kind(meant)}.",
            "Write one address, such as https://example.com/page.",
        )
    try:
        return absolute_url(str(value), site_url)
    except LinkError as error:
        raise InvalidValueError("bad-url", str(error), error.hint) from None


def email_of(value: Any) -> str:
    """An e-mail address; only its form is checked."""
    text = text_of(value).removeprefix("mailto:")
    if _EMAIL.fullmatch(text):
        return text
    raise InvalidValueError(
        "bad-email", f"{shown(text)} is not an e-mail address.", "Write it like name@example.com."
    )


def name_and_email(text: str) -> dict[str, str]:
    """The name and the address in ``Name <name@example.com>``; one of them may be missing."""
    found = _NAME_AND_EMAIL.fullmatch(text.strip())
    if found:
        return {"name": found[1].strip(" \"'"), "email": found[2].strip()}
    return {"email": text.strip()} if _EMAIL.fullmatch(text.strip()) else {"name": text}


def domain_of(value: Any) -> str:
    """A host name in ASCII; the host of a URL."""
    text = text_of(value)
    host = text.lower().split("://")[-1].split("/")[0].removesuffix(".")
    plain = ascii_host(host)
    if _HOST.fullmatch(plain):
        return plain
    raise InvalidValueError(
        "bad-domain", f"{shown(text)} is not a domain.", "Write it like example.com."
    )


def language_of(text: str) -> str:
    """``text`` as a BCP 47 tag, ``pt_BR`` included; "" if it is none."""
    tag = text.replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def as_json(value: Any) -> Any:
    """A value as JSON: dates in ISO 8601, numbers that JSON does not have as text."""
    if isinstance(value, RawScalar):
        value = value.meaning()
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if isfinite(value) and abs(value) < 2**63 else str(value)
    return str(value)


def _said(value: Any) -> str:
    return kind(value).capitalize() if isinstance(value, dict | list) else shown(value)
