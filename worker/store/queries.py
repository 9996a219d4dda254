"""What commands, receipts and monitoring ask of several tables at once; writes nothing.

Full-text queries (SQLite FTS5, section 3) are checked here too: they are compiled on an empty table
of the same shape in memory.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from feeds.model import IndexedArticle
from worker.config.model import Config
from worker.core.clock import from_text, to_text
from worker.core.errors import RequestError
from worker.core.topic_names import topic_key
from worker.store.damage import kind_of
from worker.store.database import Database
from worker.store.feeds import ADDRESS
from worker.store.mentions import MAIN_PATH
from worker.store.schema import MIGRATIONS
from worker.store.topics import Topics

_MATCH_BEGINS, _MATCH_ENDS = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles are asked for; what is empty or None is no condition.

    ``since`` and ``until`` bound the date of publication, the latter not included.
    """

    query: str = ""
    topic: str = ""
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One article. ``snippet`` is the text around a match, the words between U+E000 and U+E001;
    ``translation_of`` the path of the article's main translation, "" if it is that itself."""

    id: str
    path: str
    title: str
    state: str
    reason: str
    published: datetime
    updated: datetime
    link: str
    topics: tuple[str, ...]
    snippet: str = ""
    translation_of: str = ""

    def plain(self) -> dict[str, Any]:
        """The article as JSON values."""
        found = asdict(self)
        found["published"], found["updated"] = to_text(self.published), to_text(self.updated)
        found["snippet"] = self.snippet.replace(_MATCH_BEGINS, "").replace(_MATCH_ENDS, "")
        return found


def find_articles(database: Database, config: Config, wanted: Wanted) -> tuple[list[Found], int]:
    """The articles, best matches first where there is a query, else newest first; and how many
    there are without the limit.

    Raises RequestError for an invalid query, and for a topic that does not exist.
    """
    where, values = _conditions(database, config, wanted)
    source = "articles a"
    shown, order = "''", "a.published DESC, a.uri DESC"
    if wanted.query:
        source = "articles_fts f JOIN articles a ON a.id = f.rowid"
        shown = f"snippet(articles_fts, -1, '{_MATCH_BEGINS}', '{_MATCH_ENDS}', '…', 16)"
        order = "f.rank, a.published DESC"
    limit = -1 if wanted.limit is None else wanted.limit
    try:
        count = database.one(f"SELECT count(*) FROM {source} WHERE {where}", values)[0]  # noqa: S608 -- only our own text
        rows = database.execute(
            f"SELECT a.*, {shown} AS snippet, {MAIN_PATH} AS translation_of"  # noqa: S608
            f" FROM {source} WHERE {where} ORDER BY {order} LIMIT ?",
            (*values, limit),
        ).fetchall()
    except sqlite3.OperationalError as error:
        if not wanted.query or kind_of(error) != sqlite3.SQLITE_ERROR:
            raise
        wrong = explained(wanted.query, str(error), "feedmill search '{}'".format)
        raise RequestError("query", wanted.query, wrong.cause, wrong.fix) from error
    topics = Topics(database, config)
    return [_found(topics, row) for row in rows], int(count)


def _conditions(database: Database, config: Config, wanted: Wanted) -> tuple[str, list[Any]]:
    parts: list[str] = ["1"]
    values: list[Any] = []
    if wanted.query:
        parts.append("articles_fts MATCH ?")
        values.append(wanted.query)
    if wanted.topic:
        topic = Topics(database, config).find(wanted.topic)
        if topic is None:
            fix = "`feedmill topics` lists them."
            raise RequestError("topic", wanted.topic, "there is no such topic", fix)
        parts.append("a.id IN (SELECT article_id FROM article_topics WHERE topic_id = ?)")
        values.append(topic.id)
    if wanted.states:
        parts.append(f"a.state IN ({', '.join('?' * len(wanted.states))})")
        values += wanted.states
    if wanted.since:
        parts.append("a.published >= ?")
        values.append(to_text(wanted.since))
    if wanted.until:
        parts.append("a.published < ?")
        values.append(to_text(wanted.until))
    return " AND ".join(parts), values


def _found(topics: Topics, row: sqlite3.Row) -> Found:
    return Found(
        id=row["uri"],
        path=row["path"],
        title=row["title"],
        state=row["state"],
        reason=row["reason"],
        published=from_text(row["published"]),
        updated=from_text(row["updated"]),
        link=row["link"],
        topics=tuple(topic.name for topic in topics.of_article(row["id"])),
        snippet=row["snippet"],
        translation_of=row["translation_of"],
    )


@dataclass(frozen=True, slots=True)
class TopicState:
    """One topic: ``live`` of its ``articles`` are public. ``urls`` are its feed's, one a format;
    ``former`` those of the feeds of topics that were merged into it."""

    name: str
    slug: str
    live: int
    articles: int
    urls: tuple[str, ...]
    aliases: tuple[str, ...]
    former: tuple[str, ...]


def list_topics(database: Database, config: Config) -> list[TopicState]:
    """All topics by name, those without articles too."""
    rows = database.execute(
        "SELECT t.id, t.name, t.slug, count(a.id) AS articles,"
        " count(a.id) FILTER (WHERE a.state = 'live') AS live FROM topics t"
        " LEFT JOIN article_topics x ON x.topic_id = t.id"
        " LEFT JOIN articles a ON a.id = x.article_id GROUP BY t.id"
    )
    found = [
        TopicState(
            name=row["name"],
            slug=row["slug"],
            live=row["live"],
            articles=row["articles"],
            urls=tuple(_urls(config, f"topics/{row['slug']}")),
            aliases=tuple(_aliases(database, config, row["id"], row["name"])),
            former=tuple(_former(database, config, row["id"], row["slug"])),
        )
        for row in rows
    ]
    return sorted(found, key=lambda topic: (topic.name.casefold(), topic.slug))


def _urls(config: Config, key: str) -> Iterator[str]:
    formats: Sequence[str] = config.feeds.formats
    return (f"{config.site.url}{key}.{extension}" for extension in formats)


def _aliases(database: Database, config: Config, topic_id: int, name: str) -> list[str]:
    """The other names that put a file on the topic."""
    rows = database.tables["topic_aliases"].rows_where("topic_id = ?", (topic_id,))
    names = {row["key"]: row["name"] for row in rows}
    for rule in config.topics:
        if topic_key(rule.name) == topic_key(name):
            names |= {topic_key(alias): alias for alias in rule.aliases}
    return sorted(names.values(), key=str.casefold)


def topic_names(database: Database) -> list[str]:
    """The names of all topics."""
    return [row["name"] for row in database.tables["topics"].rows]


def feeds_of_article(database: Database, article_id: int, live: bool) -> list[tuple[str, str]]:
    """(name, key) of the feeds that the article is in, or of those that it will be in when it is
    live. The feed of all articles comes last; it has no name."""
    if live:
        sql = (
            "SELECT f.name, f.key FROM entries e JOIN feeds f ON f.id = e.feed_id"
            " WHERE e.article_id = ? AND e.withdrawn_at IS NULL ORDER BY f.kind = 'all', f.key"
        )
    else:
        sql = (
            "SELECT t.name, 'topics/' || t.slug FROM article_topics a"
            " JOIN topics t ON t.id = a.topic_id WHERE a.article_id = ?"
            " UNION ALL SELECT '', 'all'"
        )
    return database.tuples(sql, (article_id,))


@dataclass(frozen=True, slots=True)
class FeedState:
    """One feed: its address, how many live entries it has, and what is wrong with it."""

    name: str
    key: str
    url: str
    entries: int
    waiting: bool
    problem: str


def list_feeds(database: Database, config: Config) -> list[FeedState]:
    """All feeds, those of topics last."""
    rows = database.execute(
        "SELECT f.name, f.key, f.touched, f.problem, count(e.uri) AS entries FROM feeds f"
        " LEFT JOIN entries e ON e.feed_id = f.id AND e.withdrawn_at IS NULL"
        " GROUP BY f.id ORDER BY f.kind = 'topic', f.key"
    )
    return [
        FeedState(name, key, next(_urls(config, key)), entries, touched > 0, problem)
        for name, key, touched, problem, entries in rows
    ]


def count_feeds(database: Database) -> tuple[int, int, int]:
    """How many feeds there are, how many wait to be published, how many were refused."""
    counts = "SELECT count(*), count(touched > 0 OR NULL), count(problem <> '' OR NULL)"
    all_, waiting, refused = database.one(f"{counts} FROM feeds")
    return all_, waiting, refused


def count_articles(database: Database) -> dict[str, int]:
    """How many articles are in which state."""
    sql = "SELECT state, count(*) FROM articles GROUP BY state ORDER BY state"
    return dict(database.tuples(sql))


def _former(database: Database, config: Config, topic_id: int, slug: str) -> Iterator[str]:
    where, values = "topic_id = ? AND key <> ?", (topic_id, f"topics/{slug}")
    for row in database.tables["feeds"].rows_where(where, values, order_by="key"):
        yield from _urls(config, row["key"])


_SPECIAL = re.compile(r"[^\w\s]")


@dataclass(frozen=True, slots=True)
class Misread:
    """Why a query is invalid, and the fix."""

    cause: str
    fix: str


def is_available() -> bool:
    """Does the SQLite of this Python have full-text search?"""
    with closing(sqlite3.connect(":memory:")) as blank, suppress(sqlite3.Error):
        blank.execute("CREATE VIRTUAL TABLE found USING fts5 (text)")
        return True
    return False


def wrong_query(query: str, example: Callable[[str], str]) -> Misread | None:
    """What is wrong with a query; None where it is valid. ``example`` writes a query in the way
    that this one was written: in the configuration, or as an argument."""
    said = _complaint(query)
    return explained(query, said, example) if said else None


@cache
def _complaint(query: str) -> str:
    with closing(sqlite3.connect(":memory:")) as blank:
        blank.executescript("\n".join(MIGRATIONS))
        try:
            blank.execute("SELECT 1 FROM articles_fts WHERE articles_fts MATCH ?", (query,))
        except sqlite3.Error as error:
            return str(error)
    return ""


def explained(query: str, said: str, example: Callable[[str], str]) -> Misread:
    """SQLite's complaint in words that help."""
    as_text = f"To look for it as it stands, put it in double quotes: {example(_quoted(query))}."
    if "unterminated string" in said:
        return Misread("a double quote is not closed", "Close it.")
    if "unknown special query" in said:
        return Misread("“*” cannot stand at its beginning", f"It follows a word: wind*. {as_text}")
    if found := re.search(r"no such column: (.*)", said):
        cause = f"“{found[1]}:” or “-{found[1]}” is read as a part of the article to search in"
        return Misread(cause, f"There are title:, summary: and text:. {as_text}")
    if found := re.search(r'syntax error near "(.*)"', said, re.DOTALL):
        cause = (
            f"“{found[1]}” cannot stand there" if found[1] else "something is missing at its end"
        )
        plain = _SPECIAL.search(query) is None
        return Misread(
            cause, "AND, OR and NOT stand between words, in capitals." if plain else as_text
        )
    return Misread(said, as_text)


def _quoted(query: str) -> str:
    return '"' + query.replace('"', "") + '"'


def newest_articles(
    database: Database, site_url: str, most: int
) -> tuple[list[IndexedArticle], list[tuple[str, str]]]:
    """The newest live articles, for the index of the search page; and (slug, name) of all topics
    with live articles, by name."""
    newest = (
        "SELECT id FROM articles WHERE state = 'live' ORDER BY published DESC, uri DESC LIMIT ?"
    )
    slugs: defaultdict[int, list[str]] = defaultdict(list)
    for article_id, slug in database.tuples(
        "SELECT x.article_id, t.slug FROM article_topics x JOIN topics t ON t.id = x.topic_id"  # noqa: S608 -- only our own text
        f" WHERE x.article_id IN ({newest}) ORDER BY x.article_id, x.position",
        (most,),
    ):
        slugs[article_id].append(slug)
    rows = database.tuples(
        f"SELECT a.id, a.title, {ADDRESS}, a.published, a.language, substr(a.summary, 1, 1000)"  # noqa: S608
        f" FROM articles a WHERE id IN ({newest}) ORDER BY a.published DESC, a.uri DESC",
        (site_url, most),
    )
    articles: list[IndexedArticle] = []
    for article_id, title, url, published, language, summary in rows:
        with suppress(ValueError, TypeError):  # a damaged row is left out
            moment, named = from_text(published), tuple(slugs[article_id])
            articles.append(IndexedArticle(title, url, moment, language, summary, named))
    topics = database.tuples(
        "SELECT t.slug, t.name FROM topics t WHERE EXISTS (SELECT 1 FROM article_topics x"
        " JOIN articles a ON a.id = x.article_id WHERE x.topic_id = t.id AND a.state = 'live')"
        " ORDER BY t.name, t.slug"
    )
    return articles, topics
