"""Finds articles and topics in the database, in bounded time.

Reads live articles only. Of very many matches, those that were stored last are compared.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from feeds.pages.search import MOST_CHOICES, Hit, Piece, Results
from worker.config.model import Config
from worker.core.clock import from_text
from worker.store.database import Database
from worker.store.feeds import EntryTable, FeedTable
from worker.store.fulltext.terms import folded, like_pattern, marked, terms_of
from worker.store.topics import Topics

SECONDS = 1.0
PAGE = 10
# So many matches are counted and compared.
MOST_COUNTED = 1_000
# Among so many of the newest articles, words of scripts without spaces are looked for.
MOST_SCANNED = 20_000
MOST_TOPICS = 10
_STEPS_BETWEEN_LOOKS = 20_000
_BEGIN, _END = "\ue000", "\ue001"
_WORDS_AROUND, _SIGNS_AROUND = 24, 160
_WEIGHTS = "8.0, 3.0, 1.0"  # of the title, the summary, the text


class Question(NamedTuple):
    """What is asked: a clean query, a topic by slug or name (or empty), a page from 1."""

    query: str
    topic: str
    page: int


class TooLateError(Exception):
    """The search took too long, and was ended."""


def find(database: Database, config: Config, question: Question) -> Results:
    """What a question finds. Raises TooLateError, and what a damaged database raises."""
    deadline = time.monotonic() + SECONDS
    connection = database.tables.conn
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
    try:
        return _Search(database, config, question).results()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TooLateError from error
        raise
    finally:
        connection.set_progress_handler(None, 0)


class _Search:
    def __init__(self, database: Database, config: Config, question: Question) -> None:
        self._db = database
        self._config = config
        self._question = question
        self._terms = terms_of(question.query)
        self._addresses = EntryTable(database, config.site.url)

    def results(self) -> Results:
        question, topic = self._question, None
        choices = FeedTable(self._db).topics(MOST_CHOICES + 1)
        found = Results(question.query, wanted_topic=question.topic, choices=choices)
        if question.topic and (topic := self._topic(question.topic)) is None:
            return replace(found, problem="no topic")
        found = replace(found, topic=(topic[1], topic[2]) if topic else None)
        if not self._terms.words:
            return replace(found, problem="no word" if question.query else "")
        ids = self._ranked(topic[0] if topic else 0)
        count = min(len(ids), MOST_COUNTED)
        page = max(1, min(question.page, -(-count // PAGE)))
        return replace(
            found,
            topics=tuple(self._topics()) if page == 1 and not topic else (),
            hits=tuple(map(self._hit, ids[:count][(page - 1) * PAGE : page * PAGE])),
            count=count,
            is_more=len(ids) > MOST_COUNTED,
            page=page,
            pages=-(-count // PAGE),
            scanned=0 if self._terms.match else MOST_SCANNED,
        )

    def _ranked(self, topic_id: int) -> list[int]:
        """The articles, best first; one more than are counted, if there are more."""
        terms = self._terms
        where = ["a.state = 'live'"]
        values: list[str | int] = []
        if topic_id:
            where.append("a.id IN (SELECT article_id FROM article_topics WHERE topic_id = ?)")
            values.append(topic_id)
        for kind, parts in (("", terms.parts), ("NOT ", terms.excluded)):
            for part in parts:
                like = " OR ".join(
                    f"a.{it} LIKE ? ESCAPE '!'" for it in ("title", "summary", "text")
                )
                where.append(f"{kind}({like})")
                values += [like_pattern(part)] * 3
        condition = " AND ".join(where)
        if terms.match:
            # Read as they were stored, newest first: of very many, no more than are counted.
            sql = (
                f"SELECT id FROM (SELECT f.rowid AS id, bm25(articles_fts, {_WEIGHTS}) AS rank,"  # noqa: S608 -- only our own text
                " a.published FROM articles_fts f CROSS JOIN articles a ON a.id = f.rowid"
                f" WHERE articles_fts MATCH ? AND {condition} ORDER BY f.rowid DESC LIMIT ?)"
                " ORDER BY rank, published DESC"
            )
            values = [terms.match, *values, MOST_COUNTED + 1]
        else:
            sql = (
                "SELECT a.id FROM (SELECT id FROM articles WHERE state = 'live'"  # noqa: S608
                " ORDER BY published DESC LIMIT ?) n CROSS JOIN articles a ON a.id = n.id"
                f" WHERE {condition} LIMIT ?"
            )
            values = [MOST_SCANNED, *values, MOST_COUNTED + 1]
        return [row[0] for row in self._db.tuples(sql, values)]

    def _hit(self, article_id: int) -> Hit:
        sql = "SELECT title, summary, text, published, language FROM articles WHERE id = ?"
        row = self._db.one(sql, (article_id,))
        title, excerpt = self._marked(article_id, row)
        return Hit(
            title=title,
            url=self._addresses.address(article_id),
            published=from_text(row["published"]),
            language=row["language"],
            topics=tuple(self._topics_of(article_id)),
            excerpt=excerpt,
        )

    def _marked(
        self, article_id: int, row: sqlite3.Row
    ) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        """The title, and the text around the first match, with the matches marked."""
        if self._terms.match:
            shown = f"'{_BEGIN}', '{_END}'"
            snippet = f"snippet(articles_fts, {{}}, {shown}, '…', {_WORDS_AROUND})"
            found = self._db.one(
                f"SELECT highlight(articles_fts, 0, {shown}), {snippet.format(1)},"  # noqa: S608
                f" {snippet.format(2)} FROM articles_fts WHERE articles_fts MATCH ? AND rowid = ?",
                (self._terms.match, article_id),
            )
            excerpt = next((text for text in found[1:] if _BEGIN in text), row["summary"])
            return tuple(_pieces(found[0])), tuple(_pieces(excerpt))
        title = tuple(marked(row["title"], self._terms.parts, len(row["title"])))
        texts = (marked(row[it], self._terms.parts, _SIGNS_AROUND) for it in ("summary", "text"))
        excerpt = next((found for text in texts if (found := tuple(text))), None)
        return title or ((row["title"], False),), excerpt or ((row["summary"], False),)

    # -- topics

    def _topic(self, name: str) -> tuple[int, str, str] | None:
        """(id, slug, name) of the topic with this slug or name."""
        row = self._db.one("SELECT id, slug, name FROM topics WHERE slug = ?", (name,))
        if row:
            return tuple(row)
        topic = Topics(self._db, self._config).find(name)
        return (topic.id, topic.slug, topic.name) if topic else None

    def _topics(self) -> Iterator[tuple[str, str]]:
        """The topics with live articles whose names contain all the words."""
        words = [folded(word) for word in self._terms.words]
        rows = self._db.tuples("SELECT name, slug, id FROM topics ORDER BY name")
        found = [row for row in rows if all(word in folded(row[0]) for word in words)]
        live = self._db.tuples(
            "SELECT t.slug, t.name FROM json_each(?) JOIN topics t ON t.id = value WHERE EXISTS"
            " (SELECT 1 FROM article_topics x JOIN articles a ON a.id = x.article_id"
            " WHERE x.topic_id = t.id AND a.state = 'live') LIMIT ?",
            (json.dumps([row[2] for row in found]), MOST_TOPICS),
        )
        yield from map(tuple, live)

    def _topics_of(self, article_id: int) -> Iterator[tuple[str, str]]:
        sql = (
            "SELECT t.slug, t.name FROM article_topics x JOIN topics t ON t.id = x.topic_id"
            " WHERE x.article_id = ? ORDER BY x.position"
        )
        yield from map(tuple, self._db.tuples(sql, (article_id,)))


def _pieces(text: str) -> Iterator[Piece]:
    """The pieces of a text with marks; those in the article itself are no marks of ours."""
    is_match = False
    for number, piece in enumerate(text.replace(_END, _BEGIN).split(_BEGIN)):
        is_match = bool(number % 2)
        if piece:
            yield piece, is_match
