"""What a start does before the first turn: compare the configuration and the drop folder."""

import hashlib
import logging
from itertools import islice

from feeds.formats.render import RENDERER_VERSION
from feeds.pages.words import words_of
from worker.config.model import Config
from worker.core.events import event
from worker.core.fault_points import reach
from worker.inbox.folder import DropFolder
from worker.ingest.ingestor import Ingestor
from worker.ingest.verdicts import reading_rules
from worker.parsing.rules import READER_VERSION
from worker.store.database import Database
from worker.store.topics import unknown_topics

log = logging.getLogger("feedmill.app")

# To find what was meant takes 0.1 s among 10,000 topics.
MOST_UNKNOWN = 20


def adopt_configuration(config: Config, database: Database, ingestor: Ingestor) -> None:
    """Mark for a new look what a changed configuration decides: verdicts, feeds, or both."""
    drop = config.drop
    reading = (READER_VERSION, reading_rules(config), drop.unpublished, drop.default_topic)
    topics = (config.topics, config.strict_topics, config.most_topics)
    reading_digest = _digest(*reading, *topics)
    words = words_of(config.site.language).version
    contents = [(search.name, search.content) for search in config.searches if search.content]
    feeds_digest = _digest(
        *(RENDERER_VERSION, words, contents),
        *(config.site, config.feeds, config.pages, config.topics),
    )
    translations_digest = _digest(config.site.language, config.translations)
    searches_digest = _digest(config.searches, *_placed_by(config))
    with database.transaction():
        if database.fact("reading") != reading_digest:
            ingestor.ledger.doubt_all()
            ingestor.placement.follow_all()
        if database.fact("translations") != translations_digest:
            ingestor.placement.place_translations(ingestor.now())
        ingestor.placement.remove_unwanted_feeds()
        if database.fact("searches") != searches_digest:
            ingestor.placement.place_all(ingestor.now())
        if database.fact("feeds") != feeds_digest:
            ingestor.placement.render_all_again()
        ingestor.placement.ensure_standing_feeds()
        for name, digest in (
            ("reading", reading_digest),
            ("translations", translations_digest),
            ("searches", searches_digest),
            ("feeds", feeds_digest),
        ):
            database.set_fact(name, digest)
        reach("configuration-before-commit")
    reach("configuration-after-commit")


def warn_of_unknown_topics(config: Config, database: Database) -> None:
    """Log the topics of searches and podcasts that do not exist, once all articles are read."""
    for setting, name, meant in islice(unknown_topics(database, config), MOST_UNKNOWN):
        log.warning(event("unknown-topic", setting=setting, topic=name, nearest=meant))


def _placed_by(config: Config) -> tuple[object, ...]:
    """What else decides who is in a search, or an author's or a language's feed: the language of
    articles that name none, and which topic a name means."""
    feeds, topics = config.feeds, [(rule.name, rule.aliases) for rule in config.topics]
    if not (config.searches or feeds.authors or feeds.languages):
        return ()
    return config.site.language, topics if config.searches else (), feeds.authors, feeds.languages


def _digest(*parts: object) -> str:
    """A short digest of a configuration: the ``repr`` of frozen dataclasses shows every field."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def compare_root(database: Database, inbox: DropFolder) -> bool:
    """``is_same_root``; stores the first root at once, or a folder that replaces it before the
    first scan would be taken for it."""
    is_same = is_same_root(database, inbox)
    if not database.fact("root"):
        store_root(database, inbox)
    return is_same


def store_root(database: Database, inbox: DropFolder) -> None:
    """Store the identity of the pinned drop folder."""
    # Not that of the folder at this path now: it may have been replaced since the last look.
    found = ":".join(map(str, inbox.pinned()))
    if database.fact("root") != found:
        with database.transaction():
            database.set_fact("root", found)
            reach("root-before-commit")
        reach("root-after-commit")


def is_same_root(database: Database, inbox: DropFolder) -> bool:
    """Is the drop folder the one of the last run? True at the first run.

    On btrfs, NFS and device-mapper the device's number changes over reboots; where inodes have
    generations, these two tell the folder without it.
    """
    found, known = inbox.pin(), database.fact("root")
    if not known or known == ":".join(map(str, found)):
        return True
    return bool(found.generation) and known.split(":")[1:] == [
        str(found.inode),
        str(found.generation),
    ]
