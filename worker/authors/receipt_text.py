"""The text of a receipt: what happened to one file, in its author's words.

Pure: the same facts always give the same text. ``worker/authors/receipts.py`` decides which
receipts are due and where they are written.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from worker.authors.excerpts import Source
from worker.core.clock import to_text
from worker.core.problems import Problem
from worker.store.articles import Publication

Mode = Literal["problems", "all", "off"]

TEXT_VERSION = 3
"""Increase it when the wording changes: the worker then rewrites existing receipts."""

OPENING = "FEEDMILL:"
"""How every receipt starts; the worker never touches a file that starts in another way."""

LIKELY_MISTAKES = frozenset(
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
        "too-many-links",
        "link-target",
        "contested",
        "translation",
        *("missing-media", "bad-media", "large-media", "unready-media", "too-many-media"),
    )
)
"""Warnings that earn a receipt even for a public article: they usually mean a mistake, or
that its author looks for it in vain."""

# The article's state says this instead: it changes with time, and stored problems do not.
_SAID_BY_STATE = frozenset(("scheduled", "expired"))
_WIDTH = 78
_BROKEN = ("rejected", "refused", "quarantined")

_SECTIONS: tuple[tuple[str, Callable[[Problem], bool]], ...] = (
    ("Problems to fix:", lambda problem: problem.level == "error"),
    ("Why it is not published:", lambda problem: problem.code == "held"),
    (
        "Please check:",
        lambda problem: problem.level == "warning" and problem.code != "held",
    ),
)

_CLOSING = (
    "Feedmill wrote this receipt and removes it when there is nothing left to report. It is "
    "never published. Do not edit it: your changes would be lost."
)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed's name and its addresses, one for each format."""

    name: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a receipt can say.

    ``source`` is None if the file has changed since the verdict or was never read. ``feeds`` are
    those that list ``article``, or will list it once it is public. ``zone`` is the site's.
    ``is_filed``: the file was moved to rejected/.
    """

    path: str
    verdict: str
    problems: Sequence[Problem]
    source: Source | None
    article: Publication | None
    zone: tzinfo
    feeds: Sequence[FeedLink] = ()
    is_filed: bool = False


def is_deserved(mode: Mode, verdict: str, state: str, problems: Sequence[Problem]) -> bool:
    """Whether a file gets a receipt.

    With mode "problems": if its article is not public or it seems to contain a mistake. Files that
    are no articles get none, except those that their authors may take for one.
    ``state`` is the article's, empty if there is none.
    """
    if mode != "problems":
        return mode == "all"
    if verdict == "ignored":
        return any(problem.code == "other-kind" for problem in problems)
    if verdict != "accepted" or state != "live":
        return True
    return any(problem.code in LIKELY_MISTAKES for problem in problems)


def receipt_text(facts: Facts) -> str:
    """The whole receipt."""
    paragraphs = [f"{OPENING} {_headline(facts)}"]
    paragraphs += _background(facts)
    problems = [problem for problem in facts.problems if problem.code not in _SAID_BY_STATE]
    for title, belongs in _SECTIONS:
        some = [problem for problem in problems if belongs(problem)]
        if some:
            paragraphs.append(title)
            paragraphs += (_problem_text(problem, facts.source) for problem in some)
    paragraphs += _details(facts)
    last = _next_step(facts)
    wrapped = [_wrapped(text) for text in (*paragraphs, last, "--", _CLOSING) if text]
    return "\n\n".join(wrapped) + "\n"


def _headline(facts: Facts) -> str:
    name = f"“{facts.path}”"
    if facts.verdict == "accepted" and facts.article is not None:
        mistakes = {problem.code for problem in facts.problems} & LIKELY_MISTAKES
        if facts.article.state == "live" and mistakes == {"contested"}:
            return f"{name} is public, but another file has the same id, link or content."
        if facts.article.state == "live" and mistakes == {"translation"}:
            return f"{name} is public, as a translation that its topics do not list."
        if facts.article.state == "live" and mistakes:
            return f"{name} is public, but something in it looks like a mistake."
        return f"{name} {_public_word(facts.article, facts.zone)}"
    return {
        "rejected": f"{name} is not published: {_count(facts.problems)} be fixed first.",
        "refused": f"{name} was not read, so it is not published.",
        "quarantined": f"{name} is not published: reading it failed.",
        "shadowed": f"{name} is not published: another file is published in its place.",
        "ignored": f"{name} is not published: it is not read as an article.",
        "held": f"{name} is not published: it is marked as a draft or as unpublished.",
    }.get(facts.verdict, f"{name} is {facts.verdict}.")


def _count(problems: Sequence[Problem]) -> str:
    count = sum(problem.level == "error" for problem in problems)
    return "one problem must" if count == 1 else f"{count} problems must"


def _waits_for_undo(article: Publication) -> bool:
    """Whether it waits only because of ``drop.undo_minutes``."""
    return article.state == "scheduled" and article.begin > article.published


def _public_word(article: Publication, zone: tzinfo) -> str:
    begin = moment_text(article.begin, zone)
    if _waits_for_undo(article):
        return f"is accepted and becomes public at {begin}."
    return {
        "live": "is public.",
        "scheduled": f"is accepted and becomes public on its date, {begin}.",
        "expired": "is no longer public: it has expired.",
        "withdrawn": "is accepted, but the site's administrator has withdrawn it.",
        "shadowed": "is not published: another file is published in its place.",
    }.get(article.state, f"is accepted and is {article.state}.")


def _background(facts: Facts) -> Iterator[str]:
    """What the headline leaves out: the previous version, and why an article waits."""
    article = facts.article
    if article is None:
        return
    if facts.verdict in _BROKEN and article.state == "live":
        yield "The previous version stays public until then."
    elif facts.verdict in _BROKEN and article.state == "scheduled":
        begin = moment_text(article.begin, facts.zone)
        yield f"The previous version becomes public at {begin}."
    elif facts.verdict == "accepted" and _waits_for_undo(article):
        yield (
            "New articles wait for a while so that you can change your mind. If you change or "
            "delete the file before then, this version never appears in a feed."
        )


def _next_step(facts: Facts) -> str:
    """What the author can do now; empty if nothing."""
    state = facts.article.state if facts.article else ""
    if facts.is_filed:
        return "Fix the file and move it back to where it was. Feedmill then reads it again."
    if facts.verdict in ("rejected", "quarantined"):
        return "Fix the file and save it. Feedmill reads it again at once and removes this receipt."
    if facts.verdict == "held":
        return "To publish it, make the change described above."
    if state == "withdrawn" and facts.verdict == "accepted":
        return "Only the command `feedmill restore` brings it back. Changing the file does not."
    if state == "expired" and facts.verdict == "accepted":
        return "To publish it again, change or remove its expiry date and save the file."
    return ""


def _problem_text(problem: Problem, source: Source | None) -> str:
    """One problem: place, message, the line with a caret, hint, code."""
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
    """Id, times and feeds of an accepted or held article."""
    article = facts.article
    if article is None or facts.verdict not in ("accepted", "held"):
        return
    rows = [("Id", article.uri)]
    if article.since is not None and article.state == "live":
        rows.append(("Public since", moment_text(article.since, facts.zone)))
    elif article.state == "scheduled":
        rows.append(("Public from", moment_text(article.begin, facts.zone)))
    if article.until is not None:
        rows.append(("Public until", moment_text(article.until, facts.zone)))
    yield "\n".join(f"{name + ':':<14}{value}" for name, value in rows)
    if facts.feeds and article.state in ("live", "scheduled"):
        will = "It is in" if article.state == "live" else "It will be in"
        yield "\n".join([f"{will} these feeds:", *map(_feed, facts.feeds)])


def _feed(feed: FeedLink) -> str:
    return "\n".join([f"  {feed.name}", *(f"    {url}" for url in feed.urls)])


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """A time in the site's zone with its offset, and in UTC if that differs."""
    local = moment.astimezone(zone)
    if not local.utcoffset():
        return to_text(moment)
    offset = local.strftime("%z")
    clock = local.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
    return f"{clock} {offset[:3]}:{offset[3:5]} ({to_text(moment)})"


def _wrapped(text: str) -> str:
    """Prose wrapped to ``_WIDTH``; text that already has lines or an indent is unchanged."""
    if "\n" in text or text.startswith(" "):
        return text
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
