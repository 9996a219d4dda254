"""Entries that would spoil their feed: rendered again, and left out if that does not help.

An article can fail only itself: the other articles of its feed are published without it. Only
the sysadmin hears of it: an author cannot have caused it, the article was accepted.
"""

import logging
from collections.abc import Mapping

from feeds.errors import AuditError
from worker.core.events import event
from worker.store.database import Database
from worker.store.feeds import EntryTable, KeptEntries

log = logging.getLogger("feedmill.publish")


class Suspects:
    """The entries that the audit named in one document, and what to do about them.

    ``left_out``: the URIs of the entries to do without, each with the reason.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._kept = KeptEntries(database)
        self._rendered_again: set[str] = set()
        self.left_out: dict[str, str] = {}

    def judge(self, error: AuditError) -> None:
        """Have the named entries rendered again, or left out if they were rendered again before.
        Raises ``error`` if it names no other entry: the next attempt would fail the same way."""
        named = [uri for uri in error.suspects if uri not in self.left_out]
        if not named:
            raise error
        if self._rendered_again.issuperset(named):
            for uri in named:
                self.left_out[uri] = next((text for text in error.problems if uri in text), "")
            return
        with self._db.transaction():
            self._kept.forget(named)
        self._rendered_again.update(named)


class LeftOutEntries:
    """The entries that this process left out of published documents, and has logged."""

    def __init__(self, entries: EntryTable) -> None:
        self._entries = entries
        self._texts: dict[tuple[int, int], tuple[str, ...]] = {}

    def update(
        self, feed_id: int, document: str, number: int, left_out: Mapping[str, str]
    ) -> list[AuditError]:
        """``document`` was published without these entries (URI to reason); ``number`` is that
        of the archive document, 0 for the feed itself.

        Logs it and returns it as an error, unless the last publishing left out the same.
        """
        texts = tuple(
            f"published without {self._entries.path_of(uri)}: {reason}"
            for uri, reason in left_out.items()
        )
        if texts == self._texts.get((feed_id, number), ()):
            return []
        self._texts[feed_id, number] = texts
        for text in texts:
            log.error(event("entry-left-out", document=document, cause=text))
        fix = "All else is published."
        return [AuditError(document, texts, tuple(left_out), fix)] if texts else []

    def problem(self, feed_id: int) -> str:
        """The feed's problem, as ``feedmill status`` shows it; empty for none."""
        found = (texts for (feed, _), texts in self._texts.items() if feed == feed_id)
        return "; ".join(dict.fromkeys(text for texts in found for text in texts))

    def feeds(self) -> set[int]:
        """The feeds with entries left out: to publish them again would not help."""
        return {feed for (feed, _), texts in self._texts.items() if texts}
