"""One document of a feed in all its formats: entries rendered, put together and audited.

A document is the feed itself, with as many entries as its window and ``feeds.max_bytes``
hold, or one of its archive documents. Writes nothing, neither file nor database: what was
rendered is given back, to be kept.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import cast

from feeds.errors import AuditError
from feeds.formats.audit import Expected, audit, audit_document, audit_entry
from feeds.formats.render import render_entry, render_head, splice
from feeds.model import Entry, Feed, Format
from feeds.pages.snippets import render_snippet
from worker.config.model import Config
from worker.core.clock import to_text
from worker.publishing.feed_contents import FeedContents
from worker.store.feed_archives import ArchiveDocument, Position
from worker.store.feeds import EntryRow, FeedRow, KeptEntries, KeptEntry

# What a feed's head may take of max_bytes: title, links and up to a hundred tombstones.
HEAD_BYTES = 20_000
# An archive document has all of its entries; few readers fetch it, and each of them once.
ARCHIVE_BYTES = 1 << 40
# How many entries are looked up at once; a usual window.
CHUNK = 50
# The name under which an article's RSS in a podcast is kept: it has more tags than elsewhere.
PODCAST = "podcast"
# What the names of entries without their content end with.
SUMMARY = "-summary"
# The name of what pages show of an article.
PAGES = "html"

# What rendering raises for an entry that no format can hold.
UNRENDERABLE = (ValueError, TypeError, LookupError, AttributeError)

LeftOut = Mapping[str, str]
"""The URIs of entries that are left out, each with the reason."""


@dataclass(slots=True)
class RenderedFeed:
    """The entries of a document, newest first, and their bytes in each format.

    ``left_out`` holds those that were to be left out and those that cannot be rendered.
    ``new`` was rendered now, and is to be kept. ``oldest`` is the position of the last entry,
    left out or not; None where there is none. ``is_doubted``: every byte is to be read back, those
    of kept entries, too.
    """

    bodies: dict[Format, list[bytes]]
    left_out: dict[str, str]
    entries: list[EntryRow] = field(default_factory=list)
    new: list[KeptEntry] = field(default_factory=list)
    oldest: Position | None = None
    is_doubted: bool = False

    def add(self, entry: EntryRow, bodies: Mapping[str, bytes]) -> None:
        """Add the next older entry; one without ``bodies`` is left out."""
        self.oldest = Position(to_text(entry.published), entry.uri)
        if bodies:
            self.entries.append(entry)
            for format_, entries in self.bodies.items():
                entries.append(bodies[format_])


@dataclass(frozen=True, slots=True)
class Edition:
    """A document in all its formats, ready to be written: the path and the bytes of each file.

    ``article_ids`` are its articles, newest first; ``oldest``, ``left_out`` and ``new`` are those
    of ``RenderedFeed``. ``newest`` is the archive document that a feed points to, 0 for none.
    """

    files: tuple[tuple[str, bytes], ...]
    article_ids: tuple[int, ...]
    oldest: Position | None
    left_out: dict[str, str]
    new: tuple[KeptEntry, ...]
    newest: int = 0


class FeedRenderer:
    """Renders entries, feeds and archive documents.

    ``doubted``: the feeds, by their ids, of whose documents every byte is read back.
    """

    def __init__(self, contents: FeedContents, kept: KeptEntries, config: Config) -> None:
        self._contents = contents
        self._kept = kept
        self._formats: Sequence[Format] = config.feeds.formats
        self._max_bytes = config.feeds.max_bytes
        self.doubted: set[int] = set()

    def window(self, feed: FeedRow, left_out: LeftOut) -> RenderedFeed:
        """The feed's newest entries, as far as its window goes and as ``max_bytes`` allows."""
        entries = self._contents.window(feed)
        return self._render(feed, entries, left_out, self._max_bytes, also=[PAGES])

    def edition(self, feed: FeedRow, newest: int, left_out: LeftOut) -> Edition:
        """The feed itself, which points to the archive document ``newest``. Raises AuditError, see
        ``documents``."""
        window = self.window(feed, left_out)
        head = self._contents.head(feed, window.entries, newest)
        return _edition(self.documents(head, window), window, newest)

    def archived(self, feed: FeedRow, document: ArchiveDocument, left_out: LeftOut) -> Edition:
        """An archive document of the feed. Raises AuditError, see ``documents``."""
        rendered = self.archive_window(feed, document, left_out)
        head = self._contents.archive_head(feed, document, rendered.entries)
        return _edition(self.documents(head, rendered), rendered)

    def archive_window(
        self, feed: FeedRow, document: ArchiveDocument, left_out: LeftOut
    ) -> RenderedFeed:
        """The entries of an archive document."""
        entries = self._contents.entries.archived(feed.id, document)
        return self._render(feed, entries, left_out, ARCHIVE_BYTES)

    def documents(self, head: Feed, rendered: RenderedFeed) -> list[tuple[str, bytes]]:
        """The path and the bytes of the document in each format.

        Raises AuditError where any of them is not to be published; its ``suspects`` are the
        entries to blame, if any are.
        """
        entries = list(map(_expected, rendered.entries))
        most = self._most(head)
        files: list[tuple[str, bytes]] = []
        for format_, bodies in rendered.bodies.items():
            empty = render_head(head, format_)
            data = splice(empty, bodies, format_)
            try:
                if rendered.is_doubted:
                    self.audit(data, format_, head, rendered)
                else:
                    audit_document(data, format_, head, empty, entries, most)
            except AuditError as error:
                room = most - len(empty)
                suspects = error.suspects or _entries_to_blame(head, entries, rendered.bodies, room)
                raise AuditError(error.which, error.problems, suspects) from error
            files.append((f"{head.key}.{format_}", data))
        return files

    def audit(self, data: bytes, format_: Format, head: Feed, rendered: RenderedFeed) -> None:
        """Check every byte of ``data`` as the document of these entries. Raises AuditError."""
        audit(data, format_, head, [entry.uri for entry in rendered.entries], self._most(head))

    def _most(self, head: Feed) -> int:
        return ARCHIVE_BYTES if head.archive else self._max_bytes

    def _render(
        self,
        feed: FeedRow,
        entries: Iterator[EntryRow],
        left_out: LeftOut,
        most: int,
        also: Sequence[str] = (),
    ) -> RenderedFeed:
        """The entries up to the one with which a format's file would outgrow ``most`` bytes. One
        that is rendered is rendered ``also`` under these names: it is loaded already."""
        names = self.names(feed)
        made = RenderedFeed({format_: [] for format_ in self._formats}, dict(left_out))
        made.is_doubted = feed.id in self.doubted
        room = dict.fromkeys(self._formats, most - HEAD_BYTES)
        for entry, kept, loaded in self._with_kept(entries, names.values()):
            bodies: dict[str, bytes] = {}
            if entry.uri not in left_out:
                try:
                    missing = [name for name in names.values() if name not in kept]
                    wanted = [*missing, *also] if missing else ()
                    new = self._rendered(entry.article_id, wanted, loaded)
                    made.new += [KeptEntry(entry.article_id, *item) for item in new.items()]
                    bodies = {**kept, **new}
                except AuditError as error:
                    made.left_out[entry.uri] = error.problems[0]
                except UNRENDERABLE as error:
                    made.left_out[entry.uri] = f"entry {entry.uri}: cannot be rendered: {error}"
            if bodies:  # each with its separator
                bodies = {format_: bodies[name] for format_, name in names.items()}
                room = {name: left - len(bodies[name]) - 2 for name, left in room.items()}
            if made.entries and min(room.values()) < 0:
                break
            made.add(entry, bodies)
        return made

    def names(self, feed: FeedRow) -> dict[Format, str]:
        """Under which name the feed's entries are kept in each format."""
        is_podcast = self._contents.podcast_settings(feed) is not None
        end = SUMMARY if self._contents.is_summary(feed) else ""
        return {
            name: f"{PODCAST if is_podcast and name == 'rss' else name}{end}"
            for name in self._formats
        }

    def _with_kept(
        self, entries: Iterator[EntryRow], names: Collection[str]
    ) -> Iterator[tuple[EntryRow, dict[str, bytes], Mapping[int, Entry]]]:
        """The entries with what is kept of each, by format, and with those of which anything is
        missing, loaded; looked up many at a time."""
        while chunk := list(islice(entries, CHUNK)):
            kept = self._kept.find([entry.article_id for entry in chunk], list(names))
            ids = [entry.article_id for entry in chunk]
            loaded = self._loaded([each for each in ids if len(kept[each]) < len(names)])
            yield from ((entry, kept[entry.article_id], loaded) for entry in chunk)

    def rendered(self, wanted: Iterable[tuple[int, Sequence[str]]]) -> Iterator[KeptEntry]:
        """These articles, each under its names; nothing of one that cannot be rendered: the
        documents that want it then say why."""
        pairs = list(wanted)
        loaded = self._loaded([article_id for article_id, _ in pairs])
        for article_id, names in pairs:
            with suppress(AuditError, *UNRENDERABLE):
                bodies = self._rendered(article_id, names, loaded)
                yield from (KeptEntry(article_id, name, body) for name, body in bodies.items())

    def _loaded(self, article_ids: Sequence[int]) -> Mapping[int, Entry]:
        """These articles at once; none where one of them cannot be loaded, so that each is tried
        alone."""
        try:
            return self._contents.of(article_ids) if article_ids else {}
        except UNRENDERABLE:
            return {}

    def _rendered(
        self, article_id: int, names: Iterable[str], loaded: Mapping[int, Entry]
    ) -> dict[str, bytes]:
        """Rendered and checked. Raises AuditError, and what is in ``UNRENDERABLE``."""
        if not names:
            return {}
        entry = loaded.get(article_id) or self._contents.entry(article_id)
        bodies = {}
        for name in names:
            if name == PAGES:
                bodies[name] = render_snippet(entry, self._contents.site)
                continue
            said = replace(entry, content_html="") if name.endswith(SUMMARY) else entry
            is_podcast = name.startswith(PODCAST)
            format_ = "rss" if is_podcast else name.removesuffix(SUMMARY)
            body = render_entry(said, cast(Format, format_), is_podcast=is_podcast)
            audit_entry(body, cast(Format, format_), _expected(entry), is_podcast=is_podcast)
            bodies[name] = body
        return bodies


def _edition(
    files: Iterable[tuple[str, bytes]], rendered: RenderedFeed, newest: int = 0
) -> Edition:
    article_ids = tuple(entry.article_id for entry in rendered.entries)
    new = tuple(rendered.new)
    return Edition(tuple(files), article_ids, rendered.oldest, rendered.left_out, new, newest)


def _expected(entry: Entry | EntryRow) -> Expected:
    uri = entry.id if isinstance(entry, Entry) else entry.uri
    return Expected(uri, entry.published, entry.updated)


def _entries_to_blame(
    head: Feed,
    entries: Sequence[Expected],
    bodies: Mapping[Format, Sequence[bytes]],
    room: int,
) -> tuple[str, ...]:
    """The entries that spoil a document for which the audit named none: those that alone have no
    ``room`` in it, and those whose bytes are not what they were when they were rendered."""

    def is_sound(format_: Format, entry: Expected, body: bytes) -> bool:
        try:
            audit_entry(body, format_, entry, is_podcast=head.podcast is not None)
        except AuditError:
            return False
        return room < 0 or len(body) <= room

    pairs = [(f, *pair) for f in bodies for pair in zip(entries, bodies[f], strict=True)]
    return tuple(dict.fromkeys(pair[1].id for pair in pairs if not is_sound(*pair)))
