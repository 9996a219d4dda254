"""What a receipt says: the answer to one file, in words that its author understands.

Pure: handed all it tells, it gives the text; the same facts give the same text for ever.
Where receipts lie, and which are due, is the business of ``worker/authors/receipts.py``.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from worker.authors.excerpts import Source
from worker.core.problems import Problem
from worker.core.timestamps import to_text

Mode = Literal["problems", "all", "off"]

TEXT_VERSION = 1
"""Rises when the same facts are told in other words."""

OPENING = "FEEDMILL:"
"""How every receipt begins; a file that begins otherwise is not ours."""

SLIPS = frozenset(
    (
        "unknown-key",
        "topic-limit",
        "topic-typo",
        "stray-quote",
        "yaml-hash",
        "bad-fence",
        "missing-fence",
        "rule-at-top",
        "updated-before-published",
        "contested",
    )
)
"""Warnings that most likely tell of a slip, the author's own or another one's: told even of an
article that is public."""

# Said by the article's state instead, which passes with time while these words would stay.
_OF_THE_MOMENT = frozenset(("scheduled", "expired"))
_WIDTH = 78
_BROKEN = ("rejected", "refused", "quarantined")

_SECTIONS: tuple[tuple[str, Callable[[Problem], bool]], ...] = (
    ("To be put right:", lambda problem: problem.level == "error"),
    ("What keeps it back:", lambda problem: problem.code == "held"),
    (
        "Worth a look:",
        lambda problem: problem.level == "warning" and problem.code != "held",
    ),
)

_CLOSING = (
    "Feedmill wrote this note, and takes it away by itself when there is nothing to say any "
    "more. It is never published. What you write into it is lost."
)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed by its name and its addresses, one a format."""

    name: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publicity:
    """How the article that the file is stands with the public; fields as in the database.

    ``feeds`` are those it stands in, or will stand in once it is public.
    """

    uri: str
    state: str
    published: datetime
    public_from: datetime
    public_until: datetime | None
    public_since: datetime | None
    feeds: tuple[FeedLink, ...]

    @property
    def is_kept_back_for_undo(self) -> bool:
        """Does it wait for nothing but its author's change of mind?"""
        return self.state == "scheduled" and self.public_from > self.published


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a receipt can tell. ``source`` is None where the file's bytes are not those of
    the verdict, or were never read; ``zone`` is the site's. ``is_filed``: the file was moved
    out of the drop folder's way."""

    path: str
    verdict: str
    problems: Sequence[Problem]
    source: Source | None
    article: Publicity | None
    zone: tzinfo
    is_filed: bool = False


def is_deserved(mode: Mode, verdict: str, state: str, problems: Sequence[Problem]) -> bool:
    """Whether a file gets a receipt: with "problems" one whose article is not simply public,
    or that seems to hold a slip. ``state`` is its article's, empty where it has none."""
    if mode != "problems":
        return mode == "all"
    if verdict != "accepted" or state != "live":
        return True
    return any(problem.code in SLIPS for problem in problems)


def receipt_text(facts: Facts) -> str:
    """The whole receipt."""
    paragraphs = [f"{OPENING} {_headline(facts)}"]
    paragraphs += _standing(facts)
    problems = [problem for problem in facts.problems if problem.code not in _OF_THE_MOMENT]
    for title, belongs in _SECTIONS:
        some = [problem for problem in problems if belongs(problem)]
        if some:
            paragraphs.append(title)
            paragraphs += (_told(problem, facts.source) for problem in some)
    paragraphs += _details(facts)
    fix = _cure(facts)
    wrapped = [_wrapped(text) for text in (*paragraphs, fix, "--", _CLOSING) if text]
    return "\n\n".join(wrapped) + "\n"


def _headline(facts: Facts) -> str:
    name = f"“{facts.path}”"
    if facts.verdict == "accepted" and facts.article is not None:
        slips = {problem.code for problem in facts.problems} & SLIPS
        if facts.article.state == "live" and slips == {"contested"}:
            return f"{name} is public, and another file claims to be the same article."
        if facts.article.state == "live" and slips:
            return f"{name} is public, but something in it looks like a slip."
        return f"{name} {_public_word(facts.article, facts.zone)}"
    return {
        "rejected": f"{name} is not published: {_things(facts.problems)} put right first.",
        "refused": f"{name} is not read, and so not published.",
        "quarantined": f"{name} is not published: reading it failed.",
        "shadowed": f"{name} is not published: another file stands in its place.",
        "held": f"{name} is kept back, as it asks for itself.",
    }.get(facts.verdict, f"{name} is {facts.verdict}.")


def _things(problems: Sequence[Problem]) -> str:
    count = sum(problem.level == "error" for problem in problems)
    return "one thing has to be" if count == 1 else f"{count} things have to be"


def _public_word(article: Publicity, zone: tzinfo) -> str:
    begin = moment_text(article.public_from, zone)
    if article.is_kept_back_for_undo:
        return f"is accepted, and will be public from {begin} on."
    return {
        "live": "is public.",
        "scheduled": f"is accepted, and will be public from {begin} on, as it is dated.",
        "expired": "is no longer public: its time has passed.",
        "withdrawn": "is accepted, but was withdrawn from the public.",
        "shadowed": "is not published: another file stands in its place.",
    }.get(article.state, f"is accepted, and is {article.state}.")


def _standing(facts: Facts) -> Iterator[str]:
    """What is so beside the headline: the version before, and why one waits."""
    article = facts.article
    if article is None:
        return
    if facts.verdict in _BROKEN and article.state == "live":
        yield "The version that was read before stays public until then."
    elif facts.verdict in _BROKEN and article.state == "scheduled":
        begin = moment_text(article.public_from, facts.zone)
        yield f"The version that was read before will be public from {begin} on."
    elif facts.verdict == "accepted" and article.is_kept_back_for_undo:
        yield (
            "New articles are kept back for a while, so that you can change your mind: until "
            "then, a change or the deletion of the file leaves no trace in any feed."
        )


def _cure(facts: Facts) -> str:
    """What to do, as the last word."""
    state = facts.article.state if facts.article else ""
    if facts.is_filed:
        return "Change the file and put it back where it was: it is read again then."
    if facts.verdict in ("rejected", "quarantined"):
        return "Change the file and save it: it is read again at once, and this note goes."
    if facts.verdict == "held":
        return "To publish it, change the line shown above and save the file."
    if state == "withdrawn" and facts.verdict == "accepted":
        return (
            "Whoever runs this site has withdrawn it by command; only `feedmill restore` brings "
            "it back. Changing the file does not."
        )
    if state == "expired" and facts.verdict == "accepted":
        return "To publish it again, change or remove its date of expiry, and save the file."
    return ""


def _told(problem: Problem, source: Source | None) -> str:
    """One problem: place, finding, the line with its caret, the likely fix, the code."""
    where = f"Line {problem.place.line}, column {problem.place.column}: " if problem.place else ""
    lines = [_wrapped(f"{where}{problem.message}")]
    excerpt = source.excerpt(problem.place) if source and problem.place else None
    if excerpt:
        lines += ["", f"    {excerpt.line}", f"    {excerpt.caret}", ""]
    if problem.hint:
        lines.append(_wrapped(problem.hint))
    lines.append(f"[{problem.code}]")
    return textwrap.indent("\n".join(lines), "  ")


def _details(facts: Facts) -> Iterator[str]:
    """Id, times and feeds of a file that is an article."""
    article = facts.article
    if article is None or facts.verdict not in ("accepted", "held"):
        return
    rows = [("Id", article.uri)]
    if article.public_since is not None and article.state == "live":
        rows.append(("Public since", moment_text(article.public_since, facts.zone)))
    elif article.state == "scheduled":
        rows.append(("Public from", moment_text(article.public_from, facts.zone)))
    if article.public_until is not None:
        rows.append(("Public until", moment_text(article.public_until, facts.zone)))
    yield "\n".join(f"{name + ':':<14}{value}" for name, value in rows)
    if article.feeds and article.state in ("live", "scheduled"):
        will = "It stands in" if article.state == "live" else "It will stand in"
        yield "\n".join([f"{will} these feeds:", *map(_feed, article.feeds)])


def _feed(feed: FeedLink) -> str:
    return "\n".join([f"  {feed.name}", *(f"    {url}" for url in feed.urls)])


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """A moment as the site's clock shows it, with its offset, and in UTC where that differs."""
    local = moment.astimezone(zone)
    if not local.utcoffset():
        return to_text(moment)
    offset = local.strftime("%z")
    clock = local.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
    return f"{clock} {offset[:3]}:{offset[3:5]} ({to_text(moment)})"


def _wrapped(text: str) -> str:
    """Prose cut into lines; what is laid out already stays as it is."""
    if "\n" in text or text.startswith(" "):
        return text
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
