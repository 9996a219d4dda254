"""Feeds and pages: which article is in which feed, which has a page, and which are touched.

Only a live article is in feeds, or has a page (``article_pages``). One that leaves a feed keeps
its place there as a tombstone, so that archive documents, which are filled by count, do not
shift. Every write runs inside a transaction of the caller.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from worker.config.model import Config
from worker.config.searches import SearchFacts, StandingSearch
from worker.core.clock import to_text
from worker.core.paths import language_in
from worker.core.topic_names import slug_base, topic_key
from worker.store.article_pages import PageTable
from worker.store.database import Database
from worker.store.feed_archives import Archives, RemovedFeeds
from worker.store.feeds import FeedTable
from worker.store.mentions import GROUP, Mentions, Regrouped, Translations
from worker.store.public_files import MediaTable
from worker.store.topics import Assigned, Topic, Topics
from worker.store.writing.feed_rows import FeedRows

# What decides in which feeds an article is, and where; its page and its row of translations, as far
# as it has them.
_PLACED_BY = (
    "SELECT a.id, uri, a.path, a.link, state, a.published, public_since, provider_name,"  # noqa: S608 -- our own text
    f" provider_domain, quality, p.path AS page, {GROUP}"
    " FROM articles a LEFT JOIN article_pages p ON p.article_id = a.id"
    " LEFT JOIN translations t ON t.article_id = a.id WHERE a.id = ?"
)


class _Slot(NamedTuple):
    """The place that an article has, or had, in one feed."""

    feed_id: int
    published: str
    uri: str
    is_withdrawn: int


class First(NamedTuple):
    """What is known of an article that was just inserted: its topics, and does it name files?"""

    topics: Sequence[Topic]
    names_files: bool


class Placement:
    """Assigns articles to topics and feeds, by the configuration's names and rules."""

    # Raw SQL: it runs for each article that is stored, and for each of its feeds.

    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._rules = tuple(rule for rule in config.topics if rule.match)
        self._default_topic = config.drop.default_topic
        self._archives = Archives(database, config.feeds.min_entries)
        self._feeds = FeedRows(database, config)
        self.feed, self.touch = self._feeds.feed, self._feeds.touch
        self.removed = RemovedFeeds(database)
        self._media = MediaTable(database)
        self._merged: dict[int, list[int]] | None = None
        self.topics = Topics(database, config)
        self._searches = [StandingSearch(it, self.topics.key) for it in config.searches]
        self._needs_topics = any(search.needs_topics for search in self._searches)
        self._needs_authors = any(search.needs_authors for search in self._searches)
        self._feeds_for = {"author": config.feeds.authors, "language": config.feeds.languages}
        self.mentions = Mentions(database)
        self.translations = Translations(database, config.site.language)
        self._is_one_shown = config.translations == "one"
        self._language = config.site.language
        self.pages = PageTable(database, config)
        database.tell(self)

    # -- topics

    def forget_cache(self) -> None:
        """Forget what is cached of topics: a command may have changed it."""
        self._merged = None
        self.topics.forget_cache()

    def write(self) -> None:
        """Nothing waits to be written."""

    def end(self, *, undone: bool) -> None:
        """A transaction has ended: forget what is not true if it was undone."""
        if undone:
            self.forget_cache()

    def look_up(self, paths: Iterable[str]) -> None:
        """Look for what is asked of new files at these paths."""
        self.mentions.look_up(paths)

    def assign_topics(
        self, article_id: int, names: Sequence[str], folders: Sequence[str], *, is_new: bool
    ) -> Assigned:
        """Give the article its topics: its own, else its folders', else those whose rule
        matches its text, else the default topic."""
        chosen = [name for name in names if topic_key(name)]
        if not chosen:
            chosen = [name for name in folders if topic_key(name)]
        if not chosen:
            chosen = [rule.name for rule in self._rules if self.matches(article_id, rule.match)]
        return self.topics.assign(article_id, chosen or [self._default_topic], is_new=is_new)

    def matches(self, article_id: int, query: str) -> bool:
        """Does the article's text match a full-text query (SQLite FTS5 syntax)?"""
        try:
            row = self._db.one(
                "SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? AND rowid = ?",
                (query, article_id),
            )
        except sqlite3.OperationalError:
            # Queries are checked when the configuration is read; one that fails all the same
            # (a column it names is unknown) must not stop an article.
            return False
        return row is not None

    # -- entries

    def place(self, article_id: int, moment: datetime, first: First | None = None) -> None:
        """Put the article into exactly the feeds it belongs to now; touch those and the ones it
        leaves. What it shows is to be looked at before they are published.

        ``first`` is of an article that has no place yet: less is looked up for it.
        """
        before = self._row(article_id)
        if first is None or first.names_files:
            self._media.mark_article(article_id)
        change = self.translations.follow(before)
        row = self._row(article_id) if change.linked else before
        self._stand(row, moment, first.topics if first else None)
        self._regroup(change, moment, article_id)
        self.pages.place(row, was_main=before["is_main"])
        if change.linked or not row["is_main"]:
            # It may be in no feed. What is not of one feed, as the search's index, is due with any.
            self.touch([self.feed("all", "all", "")])
        self.render_again(self.mentions.follow(row, is_new=first is not None))

    def follow(self, article_id: int, moment: datetime) -> None:
        """The article's file, the same otherwise, may have another path."""
        row = self._row(article_id)
        self._regroup(self.translations.follow(row), moment)
        self.render_again(self.mentions.follow(row))

    def follow_all(self) -> None:
        """What names an article may have changed: render those that name one again."""
        for row in self._db.tuples("SELECT id FROM articles ORDER BY id"):
            self.render_again(self.mentions.follow(self._row(row[0])))

    def place_translations(self, moment: datetime) -> None:
        """``place`` for every translation: which of them is the main one, or what that means, is
        configured in another way."""
        self._db.execute("DELETE FROM translations")
        for article_id, path in self._db.execute("SELECT id, path FROM articles"):
            if language_in(path):
                self.translations.follow(self._row(article_id))
        article_ids = [row[0] for row in self._db.tuples("SELECT article_id FROM translations")]
        for article_id in article_ids:
            self._stand(self._row(article_id), moment)
        self.render_again(article_ids)

    def retold(self) -> Iterator[str]:
        """The paths of the articles whose authors must be told again what others did to them."""
        return chain(self.mentions.retold(), self.translations.retold())

    def _regroup(self, change: Regrouped, moment: datetime, placed: int | None = None) -> None:
        """Move the main translations, but the one that is ``placed`` already."""
        for other in change.placed:
            if other != placed:
                self._stand(self._row(other), moment)
                self.pages.touch_around(other)
        self.render_again(change.linked)

    def _row(self, article_id: int) -> sqlite3.Row:
        row: sqlite3.Row = self._db.one(_PLACED_BY, (article_id,))
        return row

    def _stand(
        self, row: sqlite3.Row, moment: datetime, first: Sequence[Topic] | None = None
    ) -> None:
        """Put the article into its feeds; touch those and the ones it leaves."""
        article_id, is_live = row["id"], row["state"] == "live"
        topics = self.topics.of_article(article_id) if first is None else first
        wanted = set(self._feeds_of(row, topics)) if is_live else set()
        places = [] if first is not None else self._places(article_id)
        places = self._move(row, wanted, places) if places else []
        standing = {place.feed_id for place in places if not place.is_withdrawn}
        buried = {place.feed_id for place in places} - standing
        if is_live and row["public_since"] is None:
            self._db.execute(
                "UPDATE articles SET public_since = ? WHERE id = ?",
                (to_text(moment), article_id),
            )
        self._enter(row, sorted(wanted - standing - buried))
        self.touch(wanted | standing)
        if not places:
            return
        self._archives.entry_changed(article_id, wanted | standing)
        self._mark(article_id, wanted & buried, None)
        if is_live and not self._is_shown(row):
            # A translation is shown instead of it. It is not gone: no tombstone says so, and the
            # feeds are as if it had come second.
            self._delete([place for place in places if place.feed_id in standing - wanted])
        else:
            self._bury(article_id, standing - wanted, moment)

    def place_all(self, moment: datetime, topic_id: int | None = None) -> None:
        """``place`` for every public article, or for those on one topic: its feeds changed."""
        where, values = "state = 'live'", {"topic": topic_id}
        if topic_id is not None:
            where += " AND id IN (SELECT article_id FROM article_topics WHERE topic_id = :topic)"
        for row in list(self._db.tables["articles"].rows_where(where, values, select="id")):
            self.place(row["id"], moment)

    def _places(self, article_id: int) -> list[_Slot]:
        rows = self._db.execute(
            "SELECT feed_id, published, uri, withdrawn_at IS NOT NULL FROM entries"
            " WHERE article_id = ?",
            (article_id,),
        )
        return [_Slot(*row) for row in rows]

    def _enter(self, article: sqlite3.Row, feeds: Sequence[int]) -> None:
        """Add an entry for the article to feeds in which it has none."""
        place = article["published"], article["uri"]
        self._db.insert_later(
            "INSERT INTO entries (feed_id, published, uri, article_id) VALUES (?, ?, ?, ?)",
            [(feed, *place, article["id"]) for feed in feeds],
        )
        self._feeds.add_places(feeds, *place)

    def _move(self, article: sqlite3.Row, feeds: set[int], places: Sequence[_Slot]) -> list[_Slot]:
        """Delete the article's entries in ``feeds`` that have not its date: another file, with
        another date, took it over. Returns the places that stay."""
        gone = [p for p in places if p.published != article["published"] and p.feed_id in feeds]
        self._delete(gone)
        return [place for place in places if place not in gone]

    def _delete(self, places: Iterable[_Slot]) -> None:
        sql = "DELETE FROM entries WHERE feed_id = ? AND published = ? AND uri = ?"
        for place in places:
            self._db.execute(sql, place[:3])
            self._feeds.add_places((place.feed_id,), place.published, place.uri, -1)

    def _mark(self, article_id: int, feeds: Iterable[int], withdrawn_at: str | None) -> None:
        self._db.executemany(
            "UPDATE entries SET withdrawn_at = ? WHERE article_id = ? AND feed_id = ?",
            [(withdrawn_at, article_id, feed) for feed in feeds],
        )

    def _bury(self, article_id: int, feeds: Iterable[int], moment: datetime) -> None:
        self._mark(article_id, feeds, to_text(moment))
        self._db.executemany(
            "UPDATE feeds SET last_withdrawal = ? WHERE id = ?",
            [(to_text(moment), feed) for feed in feeds],
        )

    def _feeds_of(self, article: sqlite3.Row, topics: Sequence[Topic]) -> Iterator[int]:
        """The feeds that a live article belongs to; created when they are new. Those of its topics
        are created also for a translation that is in none of them: its page leads there."""
        feeds = [self.feed("all", "all", "")]
        for topic in topics:
            feeds.append(self.feed(f"topics/{topic.slug}", "topic", topic.name, topic.id))
            feeds += self._feeds_merged_into(topic.id)
        is_shown = self._is_shown(article)
        authors = self._authors_of(article)
        language = article["language"] or language_in(article["path"]) or self._language
        if is_shown:
            yield from feeds
            if self._feeds_for["author"]:
                yield from filter(None, (self._feeds.of_name("author", name) for name in authors))
        if self._feeds_for["language"] and (
            found := self._feeds.of_name("language", language.lower())
        ):
            yield found
        facts = self._facts(article, topics, authors, language) if self._searches else None
        for search in self._searches:
            is_wanted = is_shown or search.takes_translations
            if is_wanted and facts and search.suits(facts) and self._is_found(article, search):
                yield self.feed(search_key(search.name), "search", search.name)

    def _authors_of(self, article: sqlite3.Row) -> list[str]:
        """The names of its authors, if any feed depends on them."""
        if not (self._needs_authors or self._feeds_for["author"]):
            return []
        sql = "SELECT name FROM people WHERE article_id = ? ORDER BY position"
        return [row[0] for row in self._db.tuples(sql, (article["id"],)) if topic_key(row[0])]

    def remove_unwanted_feeds(self) -> None:
        """Remove the feeds of authors and languages, where there are to be none."""
        for kind, is_wanted in self._feeds_for.items():
            if not is_wanted:
                self.removed.remove("kind", kind)

    def _facts(
        self,
        article: sqlite3.Row,
        topics: Sequence[Topic],
        authors: Sequence[str],
        language: str,
    ) -> SearchFacts:
        """What standing searches ask of an article; looked up as far as any of them does."""
        return SearchFacts(
            topics=frozenset(self.topics.keys_of(topics) if self._needs_topics else ()),
            authors=frozenset(map(topic_key, authors)),
            providers=frozenset(
                topic_key(article[key]) for key in ("provider_name", "provider_domain")
            ),
            language=language.casefold(),
            quality=article["quality"],
        )

    def _is_found(self, article: sqlite3.Row, search: StandingSearch) -> bool:
        return not search.query or self.matches(article["id"], search.query)

    def _is_shown(self, article: sqlite3.Row) -> bool:
        """Is a live article in more than searches?"""
        return bool(article["is_main"]) or not self._is_one_shown

    def _feeds_merged_into(self, topic_id: int) -> list[int]:
        """The feeds of topics that were merged into this one; they show what it has."""
        if self._merged is None:
            self._merged = {}
            for row in self._db.execute(
                "SELECT f.topic_id, f.id FROM feeds f JOIN topics t ON t.id = f.topic_id"
                " WHERE f.key <> 'topics/' || t.slug"
            ):
                self._merged.setdefault(row[0], []).append(row[1])
        return self._merged.get(topic_id, [])

    # -- what is rendered again

    def render_all_again(self) -> None:
        """Forget all rendered entries and archive documents, and touch every feed: the
        configuration that they depend on changed."""
        for table in ("kept_entries", "archives"):
            self._db.tables.table(table).delete_where()
        self._db.execute("UPDATE feeds SET touched = touched + 1")
        self.pages.place_all()

    def render_again(self, article_ids: Sequence[int]) -> None:
        """What these articles' entries show has changed, though not the articles."""
        if not article_ids:
            return
        forget = "DELETE FROM kept_entries WHERE article_id = ?"
        self._db.executemany(forget, [(article_id,) for article_id in article_ids])
        touched: set[int] = set()
        for article_id in article_ids:
            feeds = {place.feed_id for place in self._places(article_id) if not place.is_withdrawn}
            self._archives.entry_changed(article_id, feeds)
            touched |= feeds
        self.touch(sorted(touched))
        self.pages.make_articles_due(article_ids)

    def render_topic_again(self, topic_id: int) -> None:
        """The topic has another name: everything that shows it is to be rendered again."""
        on_it = "(SELECT article_id FROM article_topics WHERE topic_id = ?)"
        self._db.execute(f"DELETE FROM kept_entries WHERE article_id IN {on_it}", (topic_id,))  # noqa: S608 -- only our own text
        self._db.execute(
            f"UPDATE article_pages SET due = 1 WHERE article_id IN {on_it}",  # noqa: S608
            (topic_id,),
        )
        feeds = self._db.execute(
            f"SELECT DISTINCT feed_id FROM entries WHERE article_id IN {on_it}"  # noqa: S608
            " UNION SELECT id FROM feeds WHERE topic_id = ?",
            (topic_id, topic_id),
        ).fetchall()
        for row in feeds:
            FeedTable(self._db).touch_with_history(row[0])

    def ensure_standing_feeds(self) -> None:
        """Create the feeds that exist without articles: "all", and what the configuration names."""
        self.feed("all", "all", "")
        for topic in self.topics.configured():
            self.feed(f"topics/{topic.slug}", "topic", topic.name, topic.id)
        for search in self._searches:
            self.feed(search_key(search.name), "search", search.name)


def search_key(name: str) -> str:
    """The feed key of a search in the configuration."""
    return f"searches/{slug_base(name)}"
