"""What people type into the search box, as a full-text query of SQLite (FTS5, section 3).

Every sign of that grammar is only text here. Words are all wanted, the last one may go on;
"words in quotes" stand together; a word after a minus is not wanted. Chinese, Japanese, Thai and
other text without spaces is one long word for SQLite: such words are looked for as a part of it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_QUERY = 200

_TERM = re.compile(r'(-*)(?:"([^"]*)"?|([^\s"]+))')
# Thai, Lao, Myanmar, Khmer, kana, Chinese characters.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """``match`` is an FTS5 query, may be empty; the ``parts`` are in the title, summary or text,
    the ``excluded`` in none of them. ``words`` are all that is wanted, as typed."""

    match: str
    parts: tuple[str, ...]
    excluded: tuple[str, ...]
    words: tuple[str, ...]


def clean_query(text: str) -> str:
    """What was typed, in one line without control characters, of at most ``LONGEST_QUERY``."""
    text = "".join(" " if _is_control(sign) else sign for sign in text[: 10 * LONGEST_QUERY])
    return " ".join(text.split())[:LONGEST_QUERY].strip()


def terms_of(query: str) -> Terms:
    """The terms of a query; all are empty where it has no word."""
    wanted: list[str] = []
    unwanted: list[str] = []
    ends_in_word = False
    for minus, phrase, word in _TERM.findall(query):
        if has_word(found := phrase or word):
            (unwanted if minus else wanted).append(found)
            ends_in_word = bool(word) and not minus
    spaced = [word for word in wanted if not _UNSPACED.search(word)]
    match = " AND ".join(map(_quoted, spaced))
    if spaced and ends_in_word and wanted[-1] == spaced[-1] and _may_go_on(wanted[-1]):
        match += " *"
    is_apart = [not match or bool(_UNSPACED.search(word)) for word in unwanted]
    nots = [word for word, apart in zip(unwanted, is_apart, strict=True) if not apart]
    return Terms(
        match="".join([f"({match})" if nots else match, *(f" NOT {_quoted(it)}" for it in nots)]),
        parts=tuple(word for word in wanted if _UNSPACED.search(word)),
        excluded=tuple(word for word, apart in zip(unwanted, is_apart, strict=True) if apart),
        words=tuple(wanted),
    )


def has_word(text: str) -> bool:
    """Does the text have a letter or digit, as SQLite's tokenizer unicode61 sees it?"""
    return any(unicodedata.category(sign)[0] in "LN" for sign in text)


def folded(text: str) -> str:
    """The text without accents and case, for comparing."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(part for part in split if not unicodedata.combining(part)).casefold()


def like_pattern(part: str) -> str:
    """For LIKE … ESCAPE '!': texts that contain the part."""
    return "%" + re.sub("([!%_])", r"!\1", part) + "%"


def marked(text: str, parts: tuple[str, ...], around: int) -> Iterator[tuple[str, bool]]:
    """The text around the first of the ``parts`` in it, in pieces; True for one of them."""
    pattern = re.compile("|".join(map(re.escape, parts)), re.IGNORECASE)
    first = pattern.search(text)
    if not parts or first is None:
        return
    begin, end = max(0, first.start() - around // 3), first.start() + around
    shown = ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
    last = 0
    for found in pattern.finditer(shown):
        yield shown[last : found.start()], False
        yield found[0], True
        last = found.end()
    yield shown[last:], False


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs")


def _may_go_on(word: str) -> bool:
    """Is a word long enough to be the beginning of others? "t" would begin a tenth of all."""
    return len(word) > 2 or not word.isascii()


def _quoted(word: str) -> str:
    """The word as an FTS5 string: the tokenizer reads all of it, the grammar nothing."""
    return '"' + word.replace('"', '""') + '"'
