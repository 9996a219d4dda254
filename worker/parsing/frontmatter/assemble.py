"""Checked fields to an article without its body.

Compares dates with each other, finds what holds the article back, and warns of keys that look
misspelled. ``worker/parsing/article_reader.py`` adds the body.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from worker.core.article import Article, Enclosure, Episode, Hold, Mention
from worker.core.clock import to_text
from worker.core.deferred import has_deferred
from worker.core.problems import Problem
from worker.core.text import shown
from worker.parsing.frontmatter.block import KeyPath
from worker.parsing.frontmatter.dates import ParsedDate
from worker.parsing.frontmatter.enclosures import MOST, is_page
from worker.parsing.frontmatter.fields import FrontMatter, Group, keys_of
from worker.parsing.frontmatter.keys import (
    ALIASES,
    ENCLOSURES,
    EPISODE,
    HELD,
    KNOWN,
    likely_meant,
)
from worker.parsing.frontmatter.splitter import SplitFile
from worker.parsing.frontmatter.values import as_json, language_of

# Comparing names takes time, and a hostile file can have thousands.
_MOST_UNKNOWN = 50
_TOLD = {"length": "length", "type": "media_type"}
_TO_WRITE = {"length": "the number of bytes", "type": "audio/mpeg or another"}
_ARE = {1: "is not known.", 2: "are not known."}


def assemble(file: SplitFile, front: FrontMatter) -> tuple[Article, list[Problem]]:
    """The article that ``front`` describes, and the problems between its fields.

    ``content_html`` and ``text`` are "", and so are ``title`` and ``summary`` if not given.
    """
    assembler = _Assembler(file, front)
    return assembler.build(), assembler.problems


class _Assembler:
    """Assembles one article and collects problems."""

    def __init__(self, file: SplitFile, front: FrontMatter) -> None:
        self.file, self.front = file, front
        self.problems: list[Problem] = []
        self.mentions: list[Mention] = []

    def build(self) -> Article:
        front = self.front
        self.report_unknown()
        published, updated, expires = self.dates()
        enclosures = self.enclosures()
        return Article(
            title=front.title,
            summary=front.summary,
            content_html="",
            text="",
            link=front.link,
            published=published,
            updated=updated,
            expires=expires,
            explicit_id=front.id,
            hold=self.hold(),
            topics=front.topics,
            provider=front.provider.build() if front.provider else None,
            people=tuple(person.build() for person in front.people),
            images=tuple(image.build() for image in front.images),
            related=tuple(item.build() for item in front.related),
            category=front.category,
            type=front.type,
            quality=front.quality,
            heat=front.heat,
            language=self.language(),
            original_url=front.original_url,
            amp_url=front.amp_url,
            cdn_amp_url=front.cdn_amp_url,
            extra=as_json(front.unknown | (self.idle() if not enclosures else {})),
            topics_place=self.file.place((self.key("topics"),)) if front.topics else None,
            mentions=tuple(self.mentions),
            enclosures=enclosures,
            episode=self.episode() if enclosures else None,
        )

    def key(self, meaning: str) -> str:
        """The file's key for ``meaning``."""
        return _key_in(self.file.values, meaning)

    def report(
        self, code: str, path: KeyPath, message: str, hint: str = "", *, error: bool = False
    ) -> None:
        level: Any = "error" if error else "warning"
        self.problems.append(Problem(code, message, self.file.place(path), hint, level))

    def dates(self) -> tuple[datetime | None, datetime | None, datetime | None]:
        """When the article was published and updated, and when it expires, in UTC."""
        front = self.front
        moment, key = front.published, "published"
        if moment is None and isinstance(front.published_word, ParsedDate):
            moment, key = front.published_word, "published_word"
        first = self.in_utc(moment, key)
        updated = self.in_utc(front.updated, "updated")
        expires = self.in_utc(front.expires, "expires")
        self.report_related_dates()
        if first and updated and updated < first:
            self.report(
                "updated-before-published",
                (self.key("updated"),),
                f"The date of the update ({to_text(updated)}) is before the date of publication "
                f"({to_text(first)}), so it is ignored.",
                "Correct one of the two dates.",
            )
            updated = None
        if first and expires and expires <= first:
            self.report(
                "expires-before-published",
                (self.key("expires"),),
                f"The article would expire ({to_text(expires)}) before it is published "
                f"({to_text(first)}).",
                "Correct one of the two dates.",
                error=True,
            )
        return first, updated, expires

    def report_related_dates(self) -> None:
        for at, item in enumerate(self.front.related):
            if item.published and (item.published.assumed or item.published.doubt):
                raw = self.file.values["related"]
                group = raw[at] if isinstance(raw, list) else raw
                path = ("related", at, _key_in(group, "published"))
                self.report_doubt(item.published, path)

    def in_utc(self, moment: ParsedDate | None, meaning: str) -> datetime | None:
        """The date in UTC; warns if it is a time without an offset, or may be another day."""
        if moment is None:
            return None
        if moment.assumed or moment.doubt:
            self.report_doubt(moment, (self.key(meaning),))
        return moment.instant

    def report_doubt(self, moment: ParsedDate, path: KeyPath) -> None:
        if moment.doubt:
            hint = "Write year-month-day, as in 2021-02-04."
            self.report("ambiguous-date", path, moment.doubt, hint)
        if moment.assumed:
            self.report(
                "naive-date",
                path,
                "The time has no UTC offset. It was read in the site's time zone, as "
                f"{to_text(moment.instant)}.",
                "Add the offset, such as +01:00, or Z for UTC.",
            )

    def enclosures(self) -> tuple[Enclosure, ...]:
        """The enclosures of all keys, each address once; warns of what feeds cannot say of them."""
        found: dict[str, Enclosure] = {}
        for key in ENCLOSURES:
            for at, item in enumerate(getattr(self.front, key)):
                path = (key, at) if isinstance(self.file.values.get(key), list) else (key,)
                made = item.build()
                if made.url in found or not self.is_enclosure(made, path, len(found)):
                    continue
                if has_deferred(made.url):
                    self.mentions.append(Mention(made.url, self.file.place(path)))
                found[made.url] = made
        enclosures = list(found.values())
        if enclosures and enclosures[0].duration is None:
            enclosures[0] = replace(enclosures[0], duration=self.front.duration)
        return tuple(enclosures)

    def is_enclosure(self, made: Enclosure, path: KeyPath, number: int) -> bool:
        """Whether feeds name it."""
        if number >= MOST:
            if not any("enclosures;" in problem.message for problem in self.problems):
                text = f"The article has more than {MOST} enclosures; the first {MOST} count."
                self.report("enclosure", path, text, "Split the article, or pack its files.")
            return False
        if has_deferred(made.url):
            return True
        if is_page(made.url, made.media_type):
            text = f"{shown(made.url)} is a page, not a file to download, so it is left out."
            self.report("enclosure", path, text, "Name the file itself, or link to the page.")
            return False
        unknown = [word for word, value in _TOLD.items() if not getattr(made, value)]
        if unknown:
            text = f"The {' and the '.join(unknown)} of {shown(made.url)} {_ARE[len(unknown)]}"
            keys = ", ".join(f"{word}: {_TO_WRITE[word]}" for word in unknown)
            self.report("enclosure", path, text, f"Write `{{url: …, {keys}}}`.")
        return True

    def episode(self) -> Episode | None:
        """What a podcast says of the article; None if it says nothing."""
        front = self.front
        made = Episode(
            number=front.episode,
            season=front.season,
            kind=front.episode_type,
            is_explicit=front.explicit,
            chapters=front.chapters,
            transcripts=front.transcripts[:MOST],
        )
        return made if made != Episode() else None

    def idle(self) -> dict[str, Any]:
        """The keys of episodes in an article without enclosures: its author's own."""
        return {key: value for key, value in self.file.values.items() if key in EPISODE}

    def hold(self) -> Hold | None:
        """The key that holds the article back: draft, else status, else ``published: false``."""
        front = self.front
        if front.draft:
            key = "draft"
        elif front.status.casefold() in HELD:
            key = "status"
        elif front.published_word is False:
            key = "published"
        else:
            return None
        return Hold(key, self.file.place((key,)))

    def language(self) -> str:
        text = self.front.language
        tag = language_of(text)
        if text and not tag:
            self.report(
                "bad-language",
                (self.key("language"),),
                f"{shown(text)} is not a language tag and is ignored.",
                "Write a tag such as en, de or pt-BR.",
            )
        return tag

    def report_unknown(self) -> None:
        """Warn of keys that look misspelled, at any depth."""
        front = self.front
        self.report_misspelled(front, ())
        if front.provider:
            self.report_misspelled(front.provider, ("provider",))
        for meaning in ("people", "images", "related", *ENCLOSURES):
            items: tuple[Group, ...] = getattr(front, meaning)
            for at, item in enumerate(items):
                if item.unknown:
                    self.report_misspelled(item, (self.key(meaning), at))

    def report_misspelled(self, group: Group, path: KeyPath) -> None:
        keys = keys_of(type(group))
        unknown = [key for key in group.unknown if key not in KNOWN and key not in keys]
        for key in unknown[:_MOST_UNKNOWN]:
            meant = likely_meant(key, keys)
            if meant:
                self.report(
                    "unknown-key",
                    (*path, key),
                    f"The key {shown(key)} is not known.",
                    f"Did you mean `{meant}`?",
                )


def _key_in(values: dict[str, Any], meaning: str) -> str:
    """The key of ``values`` for ``meaning``."""
    keys = ALIASES[meaning]
    for key in keys:
        value = values.get(key)
        if value.strip() if isinstance(value, str) else value:
            return key
    return keys[0]
