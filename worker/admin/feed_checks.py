"""``feedmill doctor --feeds``: reads every feed and archive document of the public folder back.

By all rules of the audit, and against the database: the same entries, in the same order, with the
same dates, in the bytes that were written. A document that waits to be published is passed over.
"""

import hashlib
from collections.abc import Iterator

from feeds.errors import AuditError, FeedmillError
from worker.admin.findings import Finding
from worker.config.model import Config
from worker.publishing.editions.edition import FeedRenderer
from worker.publishing.feed_contents import FeedContents
from worker.store.database import Database, open_for_reading
from worker.store.feed_archives import ArchiveDocument, Archives
from worker.store.feeds import FeedRow, FeedTable, KeptEntries
from worker.store.public_files import PublicFileTable

WHAT = "feeds"
CURE = "Remove the file: within an hour the worker writes it again, and reads every byte back."


def feeds(config: Config) -> Iterator[Finding]:
    """A finding for each file with a problem, and how many were read. Raises OSError where a file
    cannot be read."""
    try:
        with open_for_reading(config.store_path) as database:
            yield from _FeedChecks(database, config).findings()
    except FeedmillError as error:
        yield Finding("bad", WHAT, f"{config.store_path}: {error.cause}", error.fix)


class _FeedChecks:
    def __init__(self, database: Database, config: Config) -> None:
        self._config = config
        self._feeds = FeedTable(database)
        self._archives = Archives(database, config.feeds.min_entries)
        self._files = PublicFileTable(database)
        self._contents = FeedContents(database, config)
        self._renderer = FeedRenderer(self._contents, KeptEntries(database), config)

    def findings(self) -> Iterator[Finding]:
        count = waiting = 0
        for feed, document in self._documents():
            # Twice: a worker may publish it at this moment.
            problems = self._problems(feed, document) and self._problems(feed, document)
            if self._waits(feed, document):
                waiting += 1
                continue
            count += len(self._config.feeds.formats)
            yield from (Finding("bad", WHAT, problem, CURE) for problem in problems)
        if waiting:
            yield Finding("note", WHAT, f"{waiting} documents wait to be published")
        yield Finding("ok", WHAT, f"{count} files were read back")

    def _documents(self) -> Iterator[tuple[FeedRow, ArchiveDocument | None]]:
        for feed in self._feeds.all():
            yield feed, None
            for document in self._archives.newest(feed.id, -1):
                yield feed, document

    def _waits(self, feed: FeedRow, document: ArchiveDocument | None) -> bool:
        if document is None:
            return feed.id in {touched.id for touched in self._feeds.touched()}
        touched = {each.number for each in self._archives.touched(feed.id)}
        return document.number in touched or not document.is_published

    def _problems(self, feed: FeedRow, document: ArchiveDocument | None) -> list[str]:
        """What is wrong with the document's files, as they are now."""
        if document:
            rendered = self._renderer.archive_window(feed, document, {})
            head = self._contents.archive_head(feed, document, rendered.entries)
        else:
            rendered = self._renderer.window(feed, {})
            newest = self._archives.newest_published(feed.id)
            head = self._contents.head(feed, rendered.entries, newest)
        problems = []
        for format_ in self._config.feeds.formats:
            path = f"{head.key}.{format_}"
            try:
                data = (self._config.feeds.folder / path).read_bytes()
                self._renderer.audit(data, format_, head, rendered)
            except FileNotFoundError:
                problems.append(f"{path} is missing")
            except AuditError as error:
                problems.append(f"{path}: {error.cause}")
            else:
                row = self._files.at(path)
                if row is None or row.sha256 != hashlib.sha256(data).hexdigest():
                    problems.append(f"{path} was changed after it was written")
        return problems
