"""Topics: one for all spellings of a name, with a slug that never changes.

A topic that was renamed, or merged into another, is found under its old name for ever. Every
write runs inside a transaction of the caller (docs/decisions/006).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from worker.config.model import Config
from worker.core.suggestions import closest, is_one_edit_away, slip_keys
from worker.core.topic_names import clean_topic_name, slug_base, slug_with_hash, topic_key
from worker.store.database import Database

# How many topics that may be one letter away are compared: where thousands differ in one letter,
# a hint at one of them does not help.
MOST_COMPARED = 20


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the database knows it."""

    id: int
    name: str
    slug: str


class Assigned(NamedTuple):
    """The topics of an article, and the names that would be topics beyond the limit."""

    topics: Sequence[Topic]
    left_out: list[str]


class UnknownTopic(NamedTuple):
    """A name in the configuration that no topic has; ``meant`` is the topic's name that is most
    similar, else empty."""

    setting: str
    name: str
    meant: str


class Topics:
    """Finds topics by name, by the configuration's names first, and creates new ones."""

    # Raw SQL: it runs for each topic of each article that is stored.

    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._configured = _configured_names(config)
        self._configured_slips = _slips_of(self._configured)
        self._default = config.drop.default_topic
        self._most = config.most_topics
        self._count: int | None = None
        # By the name as it is asked for: to make its key costs more than this look-up.
        self._cache: dict[str, Topic] = {}
        # Topics, each with an article that is on it.
        self._holders: dict[int, int] = {}

    def named(self, name: str) -> Topic | None:
        """The topic of this name or alias; created, with its slug, when it is new. None for a new
        one beyond the limit ``topics.most``, which does not hold for the configuration's names."""
        topic = self._cache.get(name) or self.find(name)
        if topic is None and self._has_room_for(name):
            topic = self._mint(*self._canonical(name))
        if topic is not None:
            self._cache[name] = topic
        return topic

    def _has_room_for(self, name: str) -> bool:
        key = topic_key(name)
        if key in self._configured or key == topic_key(self._default):
            return True
        if self._count is None:
            self._count = int(self._db.one("SELECT count(*) FROM topics")[0])
        return self._count < self._most

    def is_configured(self, topic: Topic) -> bool:
        """Does the configuration have a section for it?"""
        return topic_key(topic.name) in self._configured

    def find(self, name: str) -> Topic | None:
        """The topic of this name or alias, if there is one."""
        key, _ = self._canonical(name)
        row = self._db.one(
            "SELECT id, name, slug FROM topics WHERE key = ?1 UNION ALL"
            " SELECT t.id, t.name, t.slug FROM topic_aliases a JOIN topics t ON t.id = a.topic_id"
            " WHERE a.key = ?1 LIMIT 1",
            (key,),
        )
        return Topic(*row) if row else None

    def exists(self, name: str) -> bool:
        """Is there a topic of this name or alias, or will the configuration have one?"""
        is_named = topic_key(name) in (*self._configured, topic_key(self._default))
        return is_named or self.find(name) is not None

    def key(self, name: str) -> str:
        """The key of the topic of this name or alias."""
        return self._canonical(name)[0]

    def _canonical(self, name: str) -> tuple[str, str]:
        """(key, name) of the topic as the configuration calls it."""
        configured = self._configured.get(topic_key(name))
        return topic_key(configured or name), configured or clean_topic_name(name)

    def _mint(self, key: str, name: str) -> Topic:
        slug = slug_base(name)
        # A merged topic is gone, but no other one may have the address of its feed.
        if self._db.one(
            "SELECT 1 FROM topics WHERE slug = ?1 UNION ALL"
            " SELECT 1 FROM feeds WHERE key = 'topics/' || ?1 AND kind <> 'gone'",
            (slug,),
        ):
            slug = slug_with_hash(name)
        sql = "INSERT INTO topics (key, name, slug) VALUES (?, ?, ?)"
        topic = Topic(self._db.insert(sql, (key, name, slug)), name, slug)
        self._add_slips(topic.id, key)
        if self._count is not None:
            self._count += 1
        return topic

    def _add_slips(self, topic_id: int, key: str) -> None:
        sql = "INSERT INTO topic_slips (slip, topic_id) VALUES (?, ?)"
        self._db.executemany(sql, [(slip, topic_id) for slip in sorted(slip_keys(key))])

    def forget_cache(self) -> None:
        """Forget what is cached: a rollback, a rename or a merge may have changed it."""
        self._cache.clear()
        self._holders.clear()
        self._count = None

    def configured(self) -> Iterator[Topic]:
        """The topics that the configuration names, created where they are new."""
        return filter(None, map(self.named, dict.fromkeys(self._configured.values())))

    # -- articles

    def of_article(self, article_id: int) -> list[Topic]:
        """The article's topics, in its own order."""
        rows = self._db.execute(
            "SELECT t.id, t.name, t.slug FROM article_topics a JOIN topics t ON t.id = a.topic_id"
            " WHERE a.article_id = ? ORDER BY a.position",
            (article_id,),
        )
        return [Topic(*row) for row in rows]

    def assign(self, article_id: int, names: Iterable[str], *, is_new: bool = False) -> Assigned:
        """Give the article the topics of these names, in their order; the default topic instead of
        those beyond the limit. An article that ``is_new`` has none yet."""
        given: dict[Topic, None] = {}
        left_out: list[str] = []
        for name in names:
            topic = self.named(name)
            if topic is None:
                left_out.append(name)
                topic = self.named(self._default)
            if topic is not None:
                given[topic] = None
        if not is_new:
            self._db.execute("DELETE FROM article_topics WHERE article_id = ?", (article_id,))
            self._holders.clear()
        for topic in given:
            self._holders.setdefault(topic.id, article_id)
        self._db.insert_later(
            "INSERT INTO article_topics (article_id, topic_id, position) VALUES (?, ?, ?)",
            [(article_id, topic.id, position) for position, topic in enumerate(given)],
        )
        return Assigned(list(given), left_out)

    def keys_of(self, topics: Sequence[Topic]) -> set[str]:
        """The keys of all names and aliases of the topics."""
        keys = {topic_key(topic.name) for topic in topics}
        for topic in topics:
            rows = self._db.execute("SELECT key FROM topic_aliases WHERE topic_id = ?", (topic.id,))
            keys |= {row[0] for row in rows}
        return keys

    def likely_meant(self, topic: Topic, article_id: int) -> str:
        """The name of an older topic that ``topic`` probably misspells: it is one letter away, and
        no other article is on ``topic``. Empty if there is none."""
        if self._holders.get(topic.id, article_id) != article_id:
            return ""
        sql = "SELECT article_id FROM article_topics WHERE topic_id = ? AND article_id <> ? LIMIT 1"
        other = self._db.one(sql, (topic.id, article_id))
        if other is not None:
            self._holders[topic.id] = other[0]
            return ""
        key = topic_key(topic.name)
        if key in self._configured:
            return ""
        slips = slip_keys(key)
        known = {
            other: self._configured[other]
            for slip in slips
            for other in self._configured_slips.get(slip, ())[:MOST_COMPARED]
        }
        known = self._older(slips, topic.id, article_id) | known
        return next((known[other] for other in sorted(known) if is_one_edit_away(key, other)), "")

    def _older(self, slips: set[str], topic_id: int, article_id: int) -> dict[str, str]:
        """Key to name of other topics that share one of ``slips``, and have other articles."""
        # The limit is inside: there may be thousands of topics without articles.
        rows = self._db.execute(
            "SELECT t.key, t.name FROM topics t JOIN"  # noqa: S608 -- our own text
            f" (SELECT topic_id FROM topic_slips WHERE slip IN ({', '.join('?' * len(slips))})"
            "   AND topic_id <> ? LIMIT ?) s ON t.id = s.topic_id"
            " WHERE EXISTS (SELECT 1 FROM article_topics a"
            "  WHERE a.topic_id = t.id AND a.article_id <> ?)",
            (*slips, topic_id, MOST_COMPARED, article_id),
        )
        return {row[0]: row[1] for row in rows}

    # -- renaming

    def rename(self, topic: Topic, name: str) -> Topic:
        """Give the topic another name, which no other topic has; the old one becomes an alias,
        the slug stays."""
        old, new = topic_key(topic.name), topic_key(name)
        name = clean_topic_name(name)
        self._db.execute("DELETE FROM topic_aliases WHERE key = ?", (new,))
        self._db.execute("UPDATE topics SET key = ?, name = ? WHERE id = ?", (new, name, topic.id))
        if old != new:
            self._add_alias(topic.name, topic.id)
            self._db.execute("DELETE FROM topic_slips WHERE topic_id = ?", (topic.id,))
            self._add_slips(topic.id, new)
        self._db.execute("UPDATE feeds SET name = ? WHERE topic_id = ?", (name, topic.id))
        self.forget_cache()
        return Topic(topic.id, name, topic.slug)

    def merge(self, source: Topic, target: Topic) -> None:
        """Move everything on ``source`` to ``target``; the names of ``source`` become aliases, and
        its feed one more feed of ``target``."""
        ids = (target.id, source.id)
        self._db.execute("UPDATE OR IGNORE article_topics SET topic_id = ? WHERE topic_id = ?", ids)
        self._db.execute("DELETE FROM article_topics WHERE topic_id = ?", (source.id,))
        self._db.execute("UPDATE topic_aliases SET topic_id = ? WHERE topic_id = ?", ids)
        self._db.execute(
            "UPDATE feeds SET topic_id = ?, name = ? WHERE topic_id = ?",
            (target.id, target.name, source.id),
        )
        self._db.execute("DELETE FROM topics WHERE id = ?", (source.id,))
        self._add_alias(source.name, target.id)
        self.forget_cache()

    def delete(self, topic: Topic) -> None:
        """Forget the topic and its other names; no article that may be public is on it."""
        for table in ("article_topics", "topic_aliases"):
            self._db.execute(f"DELETE FROM {table} WHERE topic_id = ?", (topic.id,))  # noqa: S608 -- our own names
        self._db.execute("DELETE FROM topics WHERE id = ?", (topic.id,))
        self.forget_cache()

    def _add_alias(self, name: str, topic_id: int) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO topic_aliases (key, name, topic_id) VALUES (?, ?, ?)",
            (topic_key(name), name, topic_id),
        )


def unknown_topics(database: Database, config: Config) -> Iterator[UnknownTopic]:
    """The topics of ``[[searches]]`` and podcasts that do not exist; each may come one day."""
    topics = Topics(database, config)
    known: list[str] = []
    for setting, name in _named_topics(config):
        if not topics.exists(name):
            known = known or [row[0] for row in database.tuples("SELECT name FROM topics")]
            yield UnknownTopic(setting, name, closest(name, known, 0.7))


def _named_topics(config: Config) -> Iterator[tuple[str, str]]:
    """Setting and name of each topic that a search or a podcast is about."""
    for search in config.searches:
        for key in ("topics", "topics_all", "topics_none"):
            for name in getattr(search, key):
                yield f'{key} of the search "{search.name}"', name
    if config.feeds.podcast:
        yield from (("feeds.podcast.topics", name) for name in config.feeds.podcast.topics)


def _slips_of(keys: Iterable[str]) -> dict[str, list[str]]:
    """Each slip of the keys (``slip_keys``) to the keys that have it."""
    slips: dict[str, list[str]] = {}
    for key in keys:
        for slip in slip_keys(key):
            slips.setdefault(slip, []).append(key)
    return slips


def _configured_names(config: Config) -> dict[str, str]:
    """Topic key of each name and alias in the configuration to the topic's name there."""
    names: dict[str, str] = {}
    for rule in config.topics:
        for name in (rule.name, *rule.aliases):
            names[topic_key(name)] = rule.name
    return names
