"""Articles as pages show them, in one place for all pages: kept, or rendered now and kept."""

import logging
from collections.abc import Sequence

from feeds.pages.snippets import render_snippet
from worker.core.events import event
from worker.publishing.feed_contents import FeedContents
from worker.store.database import Database
from worker.store.feeds import KeptEntries, KeptEntry

log = logging.getLogger("feedmill.publish")


class Snippets:
    """Gives snippets of articles, and keeps those that are new."""

    def __init__(self, database: Database, contents: FeedContents) -> None:
        self._db = database
        self._kept = KeptEntries(database)
        self._contents = contents

    def of(self, article_ids: Sequence[int]) -> list[bytes]:
        """The snippets of these articles, in their order; one that cannot be rendered is left
        out: an article fails itself only."""
        found = {
            article_id: formats["html"]
            for article_id, formats in self._kept.find(article_ids, ["html"]).items()
        }
        new: list[KeptEntry] = []
        for article_id in article_ids:
            if article_id not in found and (snippet := self._rendered(article_id)):
                new.append(KeptEntry(article_id, "html", snippet))
                found[article_id] = snippet
        if new:
            with self._db.transaction():
                self._kept.keep(new)
        return [found[article_id] for article_id in article_ids if article_id in found]

    def _rendered(self, article_id: int) -> bytes:
        try:
            return render_snippet(self._contents.entry(article_id), self._contents.site)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            log.error(event("page-not-rendered", document=f"article {article_id}", cause=error))
            return b""
