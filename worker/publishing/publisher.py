"""Touched feeds to files: window, entries, rendering, audit, writing, marking as published.

The last good file stays wherever a step fails, and one feed's failure does not keep the
others back. A crash between writing and marking is repaired by publishing the feed again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice

from feeds.errors import AuditError, PublishError
from feeds.formats.audit import audit
from feeds.formats.opml import Outline, render_opml
from feeds.formats.render import render_entry, render_feed
from feeds.model import Feed, Format
from feeds.pages.snippets import render_snippet
from feeds.public_folder import PublicFolder
from worker.config.model import Config, spool_of
from worker.core.events import event
from worker.core.fault_points import reach
from worker.core.timestamps import to_text
from worker.publishing.bad_entries import LeftOut, LeftOutEntries, culprits, without_suspects
from worker.publishing.feed_contents import EntryRow, FeedContents, FeedRow, Kept
from worker.publishing.public_files import PublicFiles, Written, retire_documents
from worker.publishing.site_pages import Pages, site_of
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument, Archives, Position
from worker.store.verdict_log import VerdictLog

log = logging.getLogger("feedmill.publish")

# What a feed's head may take of max_bytes: title, links and up to a hundred tombstones.
HEAD_BYTES = 20_000
# An archive document holds what its places hold; nobody fetches it every hour.
ARCHIVE_BYTES = 1 << 40
# How many entries are looked up at once; a usual window.
CHUNK = 50

# So many archive documents are written with their feed: a new one, and the one before it, which
# points to it. More than that is a long history, written at leisure.
DOCUMENTS_AT_ONCE = 2


@dataclass(slots=True)
class RenderedFeed:
    """A feed's window, and its entries' bytes in each format, in the window's order.

    ``fresh`` are bytes to be kept: (article id, format, bytes). ``is_shown``: a page will show
    these entries too. ``oldest`` is where the window ends, with what was left out of it.
    """

    window: list[EntryRow] = field(default_factory=list)
    entries: dict[Format, list[bytes]] = field(default_factory=dict)
    fresh: list[tuple[int, str, bytes]] = field(default_factory=list)
    is_shown: bool = False
    oldest: Position | None = None


@dataclass(slots=True)
class Report:
    """What a round of publishing did: paths written, and what could not be published."""

    written: list[str] = field(default_factory=list)
    refused: list[AuditError] = field(default_factory=list)
    failed: list[PublishError] = field(default_factory=list)


class Publisher:
    """Brings the public folder up to what the database says."""

    def __init__(
        self,
        database: Database,
        catalogue: FeedContents,
        folder: PublicFolder,
        config: Config,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """``between`` is called before each file, outside of any transaction."""
        self._db = database
        self._catalogue = catalogue
        self._files, self._folder = PublicFiles(database, folder), folder
        self._verdicts = VerdictLog(database)
        self._config = config
        self._site = site_of(config)
        self._pages = Pages(database, catalogue, self._files, config, self._window_of)
        self._windows: dict[int, list[int]] = {}
        self._omissions = LeftOutEntries(database)
        self._archives = Archives(database, config.feeds.min_entries)
        self._spool = spool_of(config)
        self._formats: Sequence[Format] = config.feeds.formats
        self._between = between

    def publish(self, now: datetime, is_late: Callable[[], bool] = lambda: False) -> Report:
        """Publish every touched feed, then the list of feeds and the pages for people. Raises
        nothing for one feed.

        Once ``is_late`` the rest stays touched, for the next round or the next start.
        """
        report = Report()
        feeds = self._catalogue.feeds(only_touched=True)
        for feed in feeds:
            if is_late():
                return report
            try:
                self._publish_sound(feed, now, report)
            except AuditError as error:
                self._refuse(feed, error, report)
            except PublishError as error:
                report.failed.append(error)
        if not report.failed:
            self._verdicts.note_published()
        # Pages stay due until they are written. The list is written before them: a crash or a
        # full disk on the way there lets it be written again with them.
        if self._pages.is_due() and self._publish_list(now, report):
            written, failed = self._pages.publish(self._windows, now, is_late)
            report.written += written
            report.failed += failed
        self._windows.clear()
        return report

    def is_due(self) -> bool:
        """Does any feed, or any page, wait to be published?"""
        touched = self._db.one("SELECT 1 FROM feeds WHERE touched > 0 LIMIT 1")
        return touched is not None or self._pages.is_due()

    def _publish_sound(self, feed: FeedRow, now: datetime, report: Report) -> None:
        def attempt(left_out: LeftOut) -> None:
            self._publish_feed(feed, now, report, left_out)

        without_suspects(attempt, self._renew)

    def _renew(self, uris: Iterable[str]) -> None:
        with self._db.transaction():
            self._catalogue.forget_kept(uris)

    def _publish_feed(
        self, feed: FeedRow, now: datetime, report: Report, left_out: LeftOut
    ) -> None:
        places = self._catalogue.standing(feed)
        edition = self._edition(places, self._config.feeds.max_bytes, left_out)
        with self._db.transaction():
            self._catalogue.keep(edition.fresh)
            self._archives.cut(feed.id, edition.oldest)
            reach("cut-before-commit")
        reach("cut-after-commit")
        # An archive document before what points to it: no reader may follow a link to nothing.
        # A long history is left to ``publish_history``: news does not wait for it.
        is_whole = len(self._archives.touched(feed.id)) <= DOCUMENTS_AT_ONCE
        if is_whole:
            self._write_documents(feed, now, report, lambda: False)
        newest = self._archives.newest_published(feed.id)
        head = self._catalogue.head(feed, edition.window, newest)
        edited = self._write_edition(head, edition, now, report)
        self._announce(edited)
        if is_whole:
            retire_documents(self._db, self._folder, feed.key, newest, self._formats)
        if edited:
            size = sum(file.size for file in edited)
            shown = len(edition.window)
            log.info(event("feed-published", feed=feed.key, entries=shown, bytes=size))
        self._windows[feed.id] = [place.article_id for place in edition.window]
        report.refused += self._omissions.note(feed.id, feed.key, 0, left_out)
        with self._db.transaction():
            self._files.record(feed.id, edited)
            self._db.execute(
                "UPDATE feeds SET touched = 0, problem = ?, page_due = 1 WHERE id = ?",
                (self._omissions.problem(feed.id), feed.id),
            )
            reach("marking-before-commit")
        reach("marking-after-commit")

    def history_is_due(self) -> bool:
        """Does an archive document wait to be written?"""
        return self._archives.is_behind()

    def publish_history(self, now: datetime, is_late: Callable[[], bool] = lambda: False) -> Report:
        """Write archive documents until all are right, or it ``is_late``. A feed whose history
        is complete is touched, to point to it."""
        report = Report()
        behind = set(self._archives.feeds_behind())
        for feed in (feed for feed in self._catalogue.feeds() if feed.id in behind):
            try:
                if not self._write_documents(feed, now, report, is_late):
                    return report
                with self._db.transaction():
                    self._db.execute(
                        "UPDATE feeds SET touched = touched + 1 WHERE id = ?", (feed.id,)
                    )
            except AuditError as error:
                self._refuse(feed, error, report)
            except PublishError as error:
                report.failed.append(error)
        return report

    def _write_documents(
        self, feed: FeedRow, now: datetime, report: Report, is_late: Callable[[], bool]
    ) -> bool:
        """Write a feed's touched archive documents, oldest first; False if it got late."""
        newest = self._archives.last(feed.id)
        for document in self._archives.touched(feed.id):
            if is_late():
                return False
            attempt = partial(self._write_archive, feed, document, newest, now, report)
            records = without_suspects(attempt, self._renew)
            with self._db.transaction():
                self._files.record(feed.id, records)
                self._archives.mark_published(feed.id, (document.number,))
                reach("document-before-commit")
            reach("document-after-commit")
        return True

    def _announce(self, files: list[Written]) -> None:
        """Leave changed feeds to be told to the hub; before they count as published, so that
        none is forgotten. A spool that cannot be written holds no feed back."""
        if not self._config.site.hub:
            return
        try:
            self._spool.add(f"{self._config.site.url}{file.path}" for file in files)
        except OSError as error:
            log.warning(event("ping-not-spooled", cause=error))

    def _write_archive(
        self,
        feed: FeedRow,
        document: ArchiveDocument,
        newest: ArchiveDocument | None,
        now: datetime,
        report: Report,
        left_out: LeftOut,
    ) -> list[Written]:
        places = self._catalogue.archived(feed, document)
        edition = self._edition(iter(places), None, left_out)
        last = newest.number if newest else document.number
        head = self._catalogue.archive_head(feed, document, last, edition.window)
        written = self._write_edition(head, edition, now, report)
        report.refused += self._omissions.note(feed.id, head.key, document.number, left_out)
        return written

    def _write_edition(
        self, head: Feed, edition: RenderedFeed, now: datetime, report: Report
    ) -> list[Written]:
        """Render and audit every format, then write: all of them are good, or none changes."""
        ids = [place.uri for place in edition.window]
        most = ARCHIVE_BYTES if head.archive else self._config.feeds.max_bytes
        self._between()
        files: list[tuple[str, bytes]] = []
        for format_ in self._formats:
            data = render_feed(head, edition.entries[format_], format_)
            try:
                audit(data, format_, head, ids, most)
            except AuditError as error:
                suspects = error.suspects or culprits(head, ids, edition.entries, most)
                raise AuditError(error.which, error.problems, suspects) from error
            files.append((f"{head.key}.{format_}", data))
        written = (self._write(path, data, now, report) for path, data in files)
        return [file for file in written if file is not None]

    def _write(self, path: str, data: bytes, now: datetime, report: Report) -> Written | None:
        file = self._files.write(path, data, now)
        if file is not None:
            report.written.append(path)
        return file

    def _window_of(self, feed: FeedRow) -> list[int]:
        """The articles in a feed's window, as publishing it anew would have them."""

        def attempt(left_out: LeftOut) -> RenderedFeed:
            places = self._catalogue.standing(feed)
            return self._edition(places, self._config.feeds.max_bytes, left_out)

        edition = without_suspects(attempt, self._renew)
        return [place.article_id for place in edition.window]

    def _edition(
        self, places: Iterator[EntryRow], max_bytes: int | None, left_out: LeftOut
    ) -> RenderedFeed:
        """A window's entries; cut where a format's file would outgrow ``max_bytes``. Raises
        AuditError with all those that cannot be rendered."""
        edition = RenderedFeed(
            entries={format_: [] for format_ in self._formats}, is_shown=max_bytes is not None
        )
        room = dict.fromkeys(self._formats, (max_bytes or ARCHIVE_BYTES) - HEAD_BYTES)
        bad: dict[str, str] = {}
        for place, bodies in self._with_bodies(places, edition, left_out, bad):
            for format_, body in bodies.items():
                room[format_] -= len(body) + 2
            if max_bytes and edition.window and min(room.values()) < 0:
                break
            edition.oldest = Position(to_text(place.published), place.uri)
            edition.window += [place] if bodies else []
            for format_, body in bodies.items():
                edition.entries[format_].append(body)
        if bad:
            raise AuditError("entries", tuple(bad.values()), tuple(bad))
        return edition

    def _with_bodies(
        self,
        places: Iterator[EntryRow],
        edition: RenderedFeed,
        left_out: LeftOut,
        bad: dict[str, str],
    ) -> Iterator[tuple[EntryRow, dict[Format, bytes]]]:
        """The places and their entries in each format, looked up many at a time; none of what is
        left out. ``bad`` gets those that cannot be rendered, and why not."""
        while chunk := list(islice(places, CHUNK)):
            kept = self._catalogue.kept([place.article_id for place in chunk], self._formats)
            for place in chunk:
                bodies: dict[Format, bytes] = {}
                try:
                    if place.uri not in left_out:
                        bodies = self._bodies(place.article_id, kept, edition)
                except (ValueError, TypeError, LookupError, AttributeError) as error:
                    bad[place.uri] = f"entry {place.uri}: cannot be rendered: {error}"
                yield place, bodies

    def _bodies(self, article_id: int, kept: Kept, edition: RenderedFeed) -> dict[Format, bytes]:
        """The article's entry in each format: kept bytes, or rendered now and to be kept."""
        bodies: dict[Format, bytes] = {}
        entry = None
        for format_ in self._formats:
            body = kept.get((article_id, format_))
            if body is None:
                entry = entry or self._catalogue.entry(article_id)
                body = render_entry(entry, format_)
                edition.fresh.append((article_id, format_, body))
            bodies[format_] = body
        if entry is not None and edition.is_shown:  # while it is at hand
            edition.fresh.append((article_id, "html", render_snippet(entry, self._site)))
        return bodies

    def _refuse(self, feed: FeedRow, error: AuditError, report: Report) -> None:
        """Keep the last good feed, and say so where the operator looks."""
        log.error(event("feed-refused", feed=feed.key, cause=error))
        report.refused.append(error)
        with self._db.transaction():
            self._db.execute(
                "UPDATE feeds SET touched = 0, problem = ? WHERE id = ?", (str(error), feed.id)
            )
            self._db.execute("UPDATE archives SET touched = 0 WHERE feed_id = ?", (feed.id,))

    def _publish_list(self, now: datetime, report: Report) -> bool:
        """``feeds.opml``: all feeds in one file that readers import. False if that failed."""
        outlines = map(self._outline, self._catalogue.listed())
        data = render_opml(self._config.site.title, outlines)
        try:
            record = self._write("feeds.opml", data, now, report)
        except PublishError as error:
            report.failed.append(error)
            return False
        if record:
            with self._db.transaction():
                self._files.record(None, [record])
                reach("list-before-commit")
            reach("list-after-commit")
        return True

    def _outline(self, feed: FeedRow) -> Outline:
        extension = "atom" if "atom" in self._formats else self._formats[0]
        return Outline(
            title=self._catalogue.title(feed),
            feed_url=f"{self._config.site.url}{feed.key}.{extension}",
            page_url=self._catalogue.home(feed),
        )

    def touch_damaged(self) -> int:
        """Touch the feeds whose files are missing or were changed by another hand, and those
        that the audit refused. Returns how many feeds that are."""
        damaged = set(self._files.damaged())
        rows = self._db.execute("SELECT id FROM feeds WHERE problem <> ''")
        damaged |= {row["id"] for row in rows} - self._omissions.feeds()
        if None in damaged:  # a file of no single feed is written with any of them
            damaged.add(self._db.one("SELECT min(id) FROM feeds")[0])
        found = {feed_id for feed_id in damaged if feed_id is not None}
        if found:
            with self._db.transaction():
                for feed_id in found:
                    self._touch(feed_id)
        return len(found)

    def touch_all(self) -> None:
        """Let every file be made anew, from the database alone."""
        with self._db.transaction():
            self._db.execute("DELETE FROM kept_entries")
            for feed in self._catalogue.feeds():
                self._touch(feed.id)

    def _touch(self, feed_id: int) -> None:
        """The feed and its whole history; what turns out to be right is not written."""
        self._db.execute("UPDATE feeds SET touched = touched + 1 WHERE id = ?", (feed_id,))
        self._db.execute(
            "UPDATE archives SET touched = 1 WHERE feed_id = ? AND touched = 0", (feed_id,)
        )
