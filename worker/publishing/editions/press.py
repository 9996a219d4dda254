"""Has children render what is much, and gives it in order; leaves what is little to the caller.

An entry is rendered once, before the documents that it is in. What a child could not render, the
caller renders, and learns why.
"""

import logging
import pickle
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TypeVar

from worker.config.model import Config
from worker.core.errors import ReadersError
from worker.core.events import event
from worker.parsing.sandbox.child_pool import ChildPool, Function
from worker.parsing.sandbox.fork_server import HAS_CHILDREN, ForkServer
from worker.parsing.sandbox.jobs import Job
from worker.publishing.editions.child import AskedDocument, AskedEntries, Entries
from worker.publishing.editions.edition import PAGES, Edition, FeedRenderer
from worker.publishing.feed_contents import FeedContents
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument, Archives
from worker.store.feeds import FeedRow, KeptEntries

log = logging.getLogger("feedmill.publish")

T = TypeVar("T")

# A child is started in the time of a few documents.
WORTH_CHILDREN = 8 if HAS_CHILDREN else sys.maxsize
ENTRIES_AT_ONCE = 25
MIB = 1024 * 1024


def rendering_children(server: ForkServer, config: Config) -> ChildPool:
    """Children for a ``Press``; none starts before there is work for it."""
    functions = {
        "entries": Function("worker.publishing.editions.child:entries", Entries, config),
        "edition": Function("worker.publishing.editions.child:edition", Edition, config),
    }
    # One job at work and one in the pipe: what a caller does not take was rendered in vain.
    return ChildPool(
        server, functions, seconds=30.0, memory_bytes=1024 * MIB, chunk=2, worth_a_child=2
    )


class Press:
    """Renders with children, as far as that is faster."""

    def __init__(
        self,
        database: Database,
        contents: FeedContents,
        renderer: FeedRenderer,
        archives: Archives,
        children: ChildPool,
        make_room: Callable[[], object] = lambda: None,
    ) -> None:
        """``make_room`` is called before children start: others may then have nothing to do."""
        self._db = database
        self._contents = contents
        self._renderer = renderer
        self._archives = archives
        self._kept = KeptEntries(database)
        self._children = children
        self._make_room = make_room

    def feeds(
        self, feeds: Sequence[FeedRow]
    ) -> Generator[tuple[FeedRow, Edition | None], None, None]:
        """The feeds in their order, each as it is to be now; None where the caller is to render
        it. Close it where not all is taken."""
        if len(feeds) < WORTH_CHILDREN:
            yield from ((feed, None) for feed in feeds)
            return
        self._render_windows(feeds)
        newest = self._archives.newest_published
        asked = ((feed, AskedDocument(feed, newest=newest(feed.id))) for feed in feeds)
        yield from self._editions(asked)

    def documents(
        self, documents: Iterable[tuple[FeedRow, ArchiveDocument]]
    ) -> Generator[tuple[tuple[FeedRow, ArchiveDocument], Edition | None], None, None]:
        """The same for archive documents of these feeds."""
        source = iter(documents)
        first = list(islice(source, WORTH_CHILDREN))
        if len(first) < WORTH_CHILDREN:
            yield from ((each, None) for each in first)
            return
        asked = ((each, AskedDocument(each[0], document=each[1])) for each in chain(first, source))
        yield from self._editions(asked)

    def close(self) -> None:
        """End the children: the next ones see the site's look of that moment."""
        self._children.close()

    def snippets(self, article_ids: Iterable[int]) -> None:
        """Render and keep what pages show of these articles, where it is much."""
        self._render({article_id: {PAGES} for article_id in article_ids})

    def _editions(
        self, asked: Iterable[tuple[T, AskedDocument]]
    ) -> Generator[tuple[T, Edition | None], None, None]:
        given: deque[T] = deque()

        def jobs() -> Iterator[Job]:
            for what, request in asked:
                given.append(what)
                is_doubted = request.feed.id in self._renderer.doubted
                whole = replace(request, is_doubted=is_doubted)
                yield Job(request.feed.key, pickle.dumps(whole), "edition")

        for answer in self._answers(jobs()):
            yield given.popleft(), answer if isinstance(answer, Edition) else None
        # Where no child can be started, the caller does it all.
        yield from ((what, None) for what in chain(given, (what for what, _ in asked)))

    def _answers(self, jobs: Iterator[Job]) -> Iterator[object]:
        self._make_room()
        try:
            yield from self._children.run(jobs)
        except ReadersError as error:
            log.warning(event("rendering-alone", cause=error))

    def _render_windows(self, feeds: Iterable[FeedRow]) -> None:
        """Render and keep each entry that is missing in the windows of these feeds."""
        wanted: defaultdict[int, set[str]] = defaultdict(set)
        for feed in feeds:
            names = set(self._renderer.names(feed).values())
            for entry in self._contents.window(feed):
                wanted[entry.article_id] |= names
        self._render(wanted)

    def _render(self, wanted: dict[int, set[str]]) -> None:
        least = WORTH_CHILDREN * ENTRIES_AT_ONCE
        if len(wanted) < least:
            return
        for article_id, name in self._kept.names(list(wanted)):
            wanted[article_id].discard(name)
        missing = [(each, tuple(sorted(names))) for each, names in wanted.items() if names]
        if len(missing) < least:
            return
        shares = (
            tuple(missing[start : start + ENTRIES_AT_ONCE])
            for start in range(0, len(missing), ENTRIES_AT_ONCE)
        )
        jobs = (Job("entries", pickle.dumps(AskedEntries(share)), "entries") for share in shares)
        for answer in self._answers(jobs):
            if isinstance(answer, Entries):
                with self._db.transaction():
                    self._kept.keep(answer.kept)
