"""Entries that would spoil their feed: found, made anew, and left out if that does not help.

An article can fail only itself: what no reader should see of one must not keep the news of all
others back. What is left out is for the sysadmin to hear of; authors cannot have caused it.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from feeds.errors import AuditError
from feeds.formats.audit import audit
from feeds.formats.render import render_feed
from feeds.model import Feed, Format
from worker.core.events import event
from worker.store.database import Database

log = logging.getLogger("feedmill.publish")

T = TypeVar("T")

LeftOut = Mapping[str, str]
"""The URIs of the entries that are left out, and why each of them is."""


def without_suspects(
    attempt: Callable[[LeftOut], T], renew: Callable[[Iterable[str]], object]
) -> T:
    """What ``attempt`` gives, with as few entries left out as need be.

    Where the audit names entries, ``renew`` is to forget what is kept of them; the ones that are
    named once more are left out. Raises AuditError where no entry is to blame.
    """
    left_out: dict[str, str] = {}
    renewed: set[str] = set()
    while True:
        try:
            return attempt(left_out)
        except AuditError as error:
            named = [uri for uri in error.suspects if uri not in left_out]
            if not named:
                raise
            again = renewed.issuperset(named)
            if not again:
                renew(named)
                renewed.update(named)
                continue
            for uri in named:
                left_out[uri] = next((text for text in error.problems if uri in text), "")


def culprits(
    head: Feed, uris: Sequence[str], entries: Mapping[Format, Sequence[bytes]], most: int
) -> tuple[str, ...]:
    """The entries that spoil a document for which no entry was named: those that cannot stand
    in it alone. None where it is not sound without any."""

    def is_sound(file_format: Format, ids: Sequence[str], bodies: Sequence[bytes]) -> bool:
        try:
            audit(render_feed(head, bodies, file_format), file_format, head, ids, most)
        except AuditError:
            return False
        return True

    if not all(is_sound(file_format, (), ()) for file_format in entries):
        return ()
    found: dict[str, None] = {}
    for file_format, bodies in entries.items():
        pairs = zip(uris, bodies, strict=True)
        found |= {uri: None for uri, body in pairs if not is_sound(file_format, [uri], [body])}
    return tuple(found)


class LeftOutEntries:
    """What this process has left out where, and has said so."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._texts: dict[tuple[int, int], tuple[str, ...]] = {}

    def note(self, feed_id: int, document: str, number: int, left_out: LeftOut) -> list[AuditError]:
        """``document`` (the feed's own is number 0) was published without these. Says so, and
        gives it as an error, unless that is what was said of it last."""
        texts = tuple(
            f"published without {self._path(uri)}: {why}" for uri, why in left_out.items()
        )
        if texts == self._texts.get((feed_id, number), ()):
            return []
        self._texts[feed_id, number] = texts
        for text in texts:
            log.error(event("entry-left-out", document=document, cause=text))
        fix = "All else is published."
        return [AuditError(document, texts, tuple(left_out), fix)] if texts else []

    def problem(self, feed_id: int) -> str:
        """The feed's problem, for whoever asks how it is; empty where nothing is left out."""
        found = (texts for (feed, _), texts in self._texts.items() if feed == feed_id)
        return "; ".join(dict.fromkeys(text for texts in found for text in texts))

    def feeds(self) -> set[int]:
        """The feeds that are published as well as they can be: to try again is idle."""
        return {feed for (feed, _), texts in self._texts.items() if texts}

    def _path(self, uri: str) -> str:
        row = self._db.one("SELECT path FROM articles WHERE uri = ?", (uri,))
        return str(row[0]) if row else uri
