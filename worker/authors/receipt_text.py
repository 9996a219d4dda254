"""The text of a receipt: what happened to one file, in its author's words.

Pure: the same facts always give the same text. ``worker/authors/receipts.py`` decides which
receipts are due and where they are written.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple

from worker.authors.excerpts import Source
from worker.core.clock import to_text
from worker.core.paths import printable
from worker.core.problems import CODES, Problem
from worker.parsing.kinds.not_articles import page_rule
from worker.parsing.rules import PROGRAMS_FILES, suffix_of
from worker.store.articles import Publication

Mode = Literal["problems", "all", "off"]

TEXT_VERSION = 6
"""Increase it when the wording changes: the worker then rewrites existing receipts."""

OPENING = "FEEDMILL:"
"""How every receipt starts; the worker never touches a file that starts in another way."""

REMARKS = frozenset(
    ("ambiguous-date", "naive-date", "file-time", "no-summary", "held", "scheduled", "expired")
)
"""Warnings after which an article is public as it is written; alone they earn no receipt with
"problems". All others do: something was left out, passed over or changed."""

PAGE = "page"
"""The code of a page without a date, which is passed over."""

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

    With mode "problems": if its article is not public, or not all of it (``REMARKS``). Files that
    are no articles get none; those for other programs share a note (``note_text``).
    ``state`` is the article's, empty if there is none.
    """
    if mode != "problems" or is_of_other_kind(problems):
        return mode == "all" and not is_of_other_kind(problems)
    if verdict == "ignored":
        return False
    if verdict != "accepted" or state != "live":
        return True
    return any(problem.code not in REMARKS for problem in problems)


def is_of_other_kind(problems: Sequence[Problem]) -> bool:
    """Whether the problems are those of a file for another program, such as Word."""
    return any(problem.code == "other-kind" for problem in problems)


class Listed(NamedTuple):
    """The first of some files of a folder, each with its message; and how many those are."""

    files: Sequence[tuple[str, str]] = ()
    total: int = 0

    def lines(self, about: Callable[[str, str], str]) -> str:
        """A line for each file, with what is said ``about`` its name and message."""
        listed = [f"  {printable(name)} ({about(name, said)})" for name, said in self.files]
        if self.total > len(self.files):
            listed.append(f"  and {self.total - len(self.files):,} more")
        return "\n".join(listed)


def note_text(others: Listed, pages: Listed) -> str:
    """The note on a folder's files that are no articles: those for ``others`` programs, and
    ``pages`` without a date."""
    steps: list[str] = []
    paragraphs: list[str] = []
    if others.total:
        this = "this" if others.total == 1 else "these"
        steps.append(f"Export {this} as HTML or Markdown (.md, .rst, .txt, .html are read).")
        paragraphs += [
            "Feedmill reads text only, so this folder has something that is not published:",
            others.lines(lambda name, _: PROGRAMS_FILES[suffix_of(name)]),
            "Open the file in its program, choose “Export” or “Save as”, and put the new file "
            "here. The original may stay. A link to it from an article leads nowhere: link to an "
            "address on the web. Pictures, sound and film need no export; an article can show "
            "them.",
        ]
    if pages.total:
        steps.append("Add `date: …` to a page if it is an article.")
        paragraphs += [
            "Pages of a site without a date are not published, for they are no news:",
            pages.lines(lambda _, said: page_rule(said)),
        ]
    closing = (
        "Feedmill wrote this note and removes it when no such file is left. It is never published. "
        "Do not edit it: your changes would be lost."
    )
    text = [f"{OPENING} {' '.join(steps)}", *paragraphs, "--", closing]
    return "\n\n".join(map(_wrapped, text)) + "\n"


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
    """What to do first, then what happened, in one sentence."""
    name = f"“{facts.path}”"
    article = facts.article
    if facts.verdict == "accepted" and article is not None:
        return _public_headline(facts, article, name)
    if any(problem.code == "internal" for problem in facts.problems):
        return f"Report this to the administrator: Feedmill itself failed on {name}."
    if facts.verdict == "rejected":
        some = [problem for problem in facts.problems if problem.level == "error"]
        back = " and move it back" if facts.is_filed else ""
        return f"Fix {_places(some, name)}{back}: it is not published."
    if facts.verdict == "held":
        hints = [_fix_of_hold(problem) for problem in facts.problems if problem.code == "held"]
        return f"When {name} is ready, {hints[0] if hints else 'publish it'}"
    if facts.verdict == "quarantined":
        return f"Make {name} shorter and simpler: reading it failed, so it is not published."
    if facts.verdict == "refused":
        code = facts.problems[0].code if facts.problems else ""
        return f"{_UNREAD.get(code, _UNREAD['unreadable']).format(name)}."
    return {
        "shadowed": _gives_way(name),
        "ignored": f"Nothing to do, unless {name} is an article: it is not published.",
    }.get(facts.verdict, f"{name} is {facts.verdict}.")


_UNREAD = {
    "not-a-file": "Copy the article itself here: {} is a link or the like, so it is not published",
    "file-too-large": "Make {} smaller: it is too large to be read, so it is not published",
    "name-not-utf8": "Rename {}: its name cannot be stored, so it is not published",
    "unreadable": "Let Feedmill read {}: it cannot, so the file as it is now is not published",
}


def _gives_way(name: str) -> str:
    return f"Give {name} its own id or link, or remove it: another file is published in its place."


def _fix_of_hold(problem: Problem) -> str:
    """What ends the hold, as the end of a sentence."""
    line = f"line {problem.place.line}" if problem.place else "that line"
    fix = problem.hint.replace("that line", line)
    return fix[:1].lower() + fix[1:]


def _places(problems: Sequence[Problem], name: str) -> str:
    """Where to look: a line of the file, or how many problems and the line of the first."""
    line = next((f"line {each.place.line}" for each in problems if each.place), "")
    if len(problems) > 1:
        return f"{len(problems)} problems in {name}" + (f", the first on {line}" if line else "")
    return f"{line} of {name}" if line else name


def _public_headline(facts: Facts, article: Publication, name: str) -> str:
    state = _public_word(article, facts.zone)
    if article.state in ("withdrawn", "expired", "shadowed"):
        return {
            "withdrawn": f"Ask the site's administrator to restore {name}: they withdrew it.",
            "expired": f"Change or remove the expiry date of {name} to publish it again: {state}",
        }.get(article.state, _gives_way(name))
    mistakes = [problem for problem in facts.problems if problem.code not in REMARKS]
    if not mistakes:
        remarks = [each for each in facts.problems if each.code not in _SAID_BY_STATE]
        todo = "Read the remarks below when you have time" if remarks else "Nothing to do"
        return f"{todo}: {name} {state}"
    if {problem.code for problem in mistakes} == {"contested"}:
        return f"Remove one of two files with the same id, link or content: {name} {state}"
    if {problem.code for problem in mistakes} == {"translation"}:
        return f"Nothing to do: {name} is public, as a translation that its topics do not list."
    first = next((problem for problem in mistakes if problem.place), mistakes[0])
    meaning = CODES[first.code]
    what = meaning[:1].lower() + meaning[1:]
    return f"Check {_places(mistakes, name)}: {what} The article {state}"


def _waits_for_undo(article: Publication) -> bool:
    """Whether it waits only because of ``drop.undo_minutes``."""
    return article.state == "scheduled" and article.begin > article.published


def _public_word(article: Publication, zone: tzinfo) -> str:
    begin = moment_text(article.begin, zone)
    if _waits_for_undo(article):
        return f"becomes public at {begin}."
    return {
        "live": "is public.",
        "scheduled": f"becomes public on its date, {begin}.",
        "expired": "it has expired.",
    }.get(article.state, f"is {article.state}.")


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
