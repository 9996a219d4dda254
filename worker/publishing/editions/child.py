"""What rendering children do: entries, feeds and archive documents, from the database.

Everything they are told comes from the worker, and they read no author's file: they are other
processes than those that do.
"""

import pickle
from dataclasses import dataclass

from worker.config.model import Config
from worker.publishing.editions.edition import Edition, FeedRenderer
from worker.publishing.feed_contents import FeedContents
from worker.store.database import Database, open_for_reading
from worker.store.feed_archives import ArchiveDocument
from worker.store.feeds import FeedRow, KeptEntries, KeptEntry

_open: dict[Config, tuple[Database, FeedRenderer]] = {}


@dataclass(frozen=True, slots=True)
class AskedEntries:
    """Articles to be rendered, each under some names."""

    wanted: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """What became of ``AskedEntries``; nothing of an article that cannot be rendered."""

    kept: tuple[KeptEntry, ...]


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """A feed, which is to point to the archive document ``newest``; or one of its ``document``.
    ``is_doubted``: every byte is to be read back."""

    feed: FeedRow
    newest: int = 0
    document: ArchiveDocument | None = None
    is_doubted: bool = False


def entries(data: bytes, name: str, config: Config) -> Entries:
    """Render the articles of a pickled ``AskedEntries``. Raises what SQLite raises."""
    del name
    asked: AskedEntries = pickle.loads(data)  # noqa: S301 -- the worker made it
    database, renderer = _opened(config)
    with database.snapshot():
        return Entries(tuple(renderer.rendered(asked.wanted)))


def edition(data: bytes, name: str, config: Config) -> Edition:
    """Build a pickled ``AskedDocument``. Raises AuditError, and what SQLite raises."""
    del name
    asked: AskedDocument = pickle.loads(data)  # noqa: S301 -- the worker made it
    database, renderer = _opened(config)
    renderer.doubted = {asked.feed.id} if asked.is_doubted else set()
    with database.snapshot():
        if asked.document is not None:
            return renderer.archived(asked.feed, asked.document, {})
        return renderer.edition(asked.feed, asked.newest, {})


def close() -> None:
    """Close the databases that are open; a child just ends."""
    for database, _ in _open.values():
        database.close()
    _open.clear()


def _opened(config: Config) -> tuple[Database, FeedRenderer]:
    if config not in _open:
        database = open_for_reading(config.store_path)
        contents = FeedContents(database, config)
        renderer = FeedRenderer(contents, KeptEntries(database), config)
        _open[config] = database, renderer
    return _open[config]
