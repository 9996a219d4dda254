"""The verdict on one file's content, for the worker and for ``feedmill check``. Pure.

It depends on the reading and the configuration, not on the database. Only a conflict with another
file, or a parser that died, gives another verdict.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from worker.config.model import Config
from worker.core.article import Article, Hold, Mention, Reading
from worker.core.clock import to_text
from worker.core.deferred import parse
from worker.core.paths import printable, topics_of_folder
from worker.core.problems import Place, Problem
from worker.core.suggestions import did_you_mean
from worker.core.text import shortened, shown
from worker.core.topic_names import topic_key
from worker.parsing.dialects.file_names import DRAFTS, NO_TEXT
from worker.parsing.rules import ReadingRules

Outcome = Literal["accepted", "held", "rejected", "quarantined", "ignored"]

# White space but blanks and ends of lines, as far as NFKC leaves it.
_SPACES = "\t\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029"

NAMED_RIVALS = 3
"""How many rivals are named to the author of the file that stands."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a file, and all that its author should know."""

    outcome: Outcome
    article: Article | None
    problems: tuple[Problem, ...]


def reading_rules(config: Config) -> ReadingRules:
    """The part of the configuration that decides how a file is read."""
    site = config.site
    has_assets = config.drop.assets is not None
    return ReadingRules(config.id_url, site.timezone, site.language, has_assets)


def judge(reading: Reading, config: Config, now: datetime, path: str = "") -> Verdict:
    """The verdict on a reading: held if the author says so, rejected where it has no article but
    errors, ignored where the file is not meant as an article.

    ``path`` is the file's below the drop folder: its folder may be its topic.
    """
    article = reading.article
    if article is None:
        bad = any(problem.level == "error" for problem in reading.problems)
        return Verdict("rejected" if bad else "ignored", None, reading.problems)
    problems = list(reading.problems)
    if strangers := _unknown_topics(article, path, config):
        return Verdict("rejected", None, (*problems, *strangers))
    hold = effective_hold(article, config)
    if hold is not None:
        problems.append(_held(hold))
    elif article.published is not None and article.published > now:
        message = f"The article is scheduled: it will be public at {to_text(article.published)}."
        problems.append(Problem("scheduled", message, level="warning"))
    elif article.expires is not None and article.expires <= now:
        message = f"The article is not public: it expired at {to_text(article.expires)}."
        problems.append(Problem("expired", message, level="warning"))
    return Verdict("held" if hold else "accepted", article, tuple(problems))


def _unknown_topics(article: Article, path: str, config: Config) -> list[Problem]:
    """With ``topics.strict``, a problem for each topic that the configuration does not name."""
    if not config.strict_topics:
        return []
    known = {topic_key(config.drop.default_topic): config.drop.default_topic}
    for rule in config.topics:
        known |= {topic_key(name): name for name in (rule.name, *rule.aliases)}
    return [
        _unknown_topic(name, article, list(known.values()))
        for name in article.topics or topics_of_folder(path)
        if topic_key(name) not in known
    ]


def _unknown_topic(name: str, article: Article, known: list[str]) -> Problem:
    where = "" if article.topics else " (the name of its folder)"
    message = f"This site has no topic {shown(name)}{where}."
    hint = did_you_mean(name, known, quotes="``").strip()
    hint = hint or f"Choose one of: {shortened(', '.join(sorted(known)), 300)}."
    return Problem("unknown-topic", message, article.topics_place, hint)


def effective_hold(article: Article, config: Config) -> Hold | None:
    """What the author wrote to hold the article, unless the configuration ignores that."""
    hold = article.hold
    if hold and hold.key == "published" and config.drop.unpublished == "publish":
        return None
    return hold


def _held(hold: Hold) -> Problem:
    if hold.key == DRAFTS:
        message = f"The article is not published because it is in the folder `{DRAFTS}`."
        hint = "Move the file out of that folder to publish it."
        return Problem("held", message, hold.place, hint, "warning")
    if hold.key == NO_TEXT:
        message = "The note is not published because it has properties only, and no text."
        hint = "Write some text, or a `title: …`, to publish it."
        return Problem("held", message, hold.place, hint, "warning")
    line = {"published": "published: false", "draft": "draft: true", "status": "status: draft"}
    text = line.get(hold.key, hold.key)
    message = f"“{text}” keeps the article from being published."
    return Problem("held", message, hold.place, "Remove that line to publish it.", "warning")


def unreadable(text: str) -> Problem:
    """For a file that the system does not let us read; ``text`` says why."""
    hint = "Check that the file exists and that Feedmill has permission to read it."
    return Problem("unreadable", f"The file cannot be read: {text}.", hint=hint)


def overtaken(path: str, what: str) -> Problem:
    """For a file that gives way to the one at ``path``; ``what`` both have: id, link or content."""
    message = (
        f"The file “{printable(path)}” has the same {what} and is published instead of this one."
    )
    hint = "Remove one of the two files, or give this one its own id or link."
    return Problem("overtaken", message, None, hint)


def contested(paths: Sequence[str]) -> Problem:
    """For a file that stands while those at ``paths`` claim its id, link or content."""
    names = [f"“{printable(path)}”" for path in paths[:NAMED_RIVALS]]
    others = len(paths) - len(names)
    if others:
        names.append("another" if others == 1 else f"{others} others")
    what, verb = ("Another file has", "is") if len(paths) == 1 else ("Other files have", "are")
    message = f"{what} the same id, link or content and {verb} not published: {', '.join(names)}."
    hint = (
        "This file came first and is published. To publish another one instead, remove this file, "
        "or change its id and link."
    )
    return Problem("contested", message, None, hint, "warning")


def topic_slip(name: str, meant: str, place: Place | None) -> Problem:
    """For a topic that nothing else is on, one letter away from an older one."""
    message = f"The topic {shown(name)} is new and almost the same as {shown(meant)}."
    hint = f"Did you mean {shown(meant)}? If not, leave it as it is."
    return Problem("topic-typo", message, place, hint, "warning")


def link_target(mention: Mention) -> Problem:
    """For a link to a file that is no article that is public."""
    deferred = parse(mention.address)
    name = shown(deferred.target if deferred else mention.address)
    message = (
        f"The file {name} is not an article that is public; the words stand without a link "
        "until it is."
    )
    hint = "Check the name, or publish that file too."
    return Problem("link-target", message, mention.place, hint, "warning")


def translation(main: str) -> Problem:
    """For an article of which its topics show another translation, that of the file ``main``."""
    message = (
        f"It is public as a translation of “{printable(main)}”. Its topics and the feed of all "
        "articles show that one, which links to this one."
    )
    hint = 'With topics.translations = "all" in feedmill.toml they show both.'
    return Problem("translation", message, None, hint, "warning")


def topic_limit(names: list[str], place: Place | None, config: Config) -> Problem:
    """For new topics of an article beyond the limit ``topics.most``."""
    listed = shortened(", ".join(map(shown, names)), 300)
    which = f"topic {listed} is" if len(names) == 1 else f"topics {listed} are"
    message = (
        f"The {which} new, but this site already has {config.most_topics:,} topics, which is its "
        f"limit. The article is in {shown(config.drop.default_topic)} instead."
    )
    hint = (
        "Use topics that the site already has, or ask its administrator to raise topics.most or "
        "to add the topic in feedmill.toml."
    )
    return Problem("topic-limit", message, place, hint, "warning")


def parser_died(reason: str) -> Problem:
    """For a file whose parser died or took too long; ``reason`` says which."""
    return Problem(
        "parser-died",
        f"The file could not be read: {reason}.",
        hint="Something in the file is too large or nested too deeply: make it shorter and "
        "simpler. Feedmill tries again when the file changes.",
    )


def content_hash(data: bytes) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def reader_hash(article: Article) -> str:
    """A hash of the text that readers see, without regard to white space and to Unicode forms."""
    text = "\n".join((article.title, article.summary, article.text))
    lines = unicodedata.normalize("NFKC", text).split("\n")
    words = " ".join(filter(None, map(str.strip, lines)))
    data = words.encode("utf-8", "surrogatepass")
    # To split every text into words takes longer than all the rest here.
    if b"  " in data or any(space in words for space in _SPACES):
        data = " ".join(words.split()).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()
