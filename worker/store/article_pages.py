"""The pages of articles: which articles have one, at which address, and which are due.

Only a live article has a page; ``pages.articles`` decides whether one with a link of its own does.
Writes run inside a transaction of the caller's.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import NamedTuple

from worker.config.model import Config
from worker.core.topic_names import slug_base
from worker.store.database import Database
from worker.store.mentions import LINKED, MOST_LINKED

_DUE_PAGES = (
    "SELECT article_id, p.path, is_public, iif(a.state = 'live', a.link, '')"
    " FROM article_pages p JOIN articles a ON a.id = article_id WHERE p.due = 1"
)
_DUE_SITEMAPS = "SELECT 1 FROM sitemaps WHERE due > 0"
# A page that others lead to as the older or newer one: not that of a translation while there is
# a main one.
_IN_ORDER = (
    "SELECT article_id FROM article_pages p WHERE is_public = 1 AND NOT EXISTS (SELECT 1"
    " FROM translations t JOIN translations s ON s.key = t.key AND s.rank < t.rank"
    " WHERE t.article_id = p.article_id)"
)
_SIDES = (
    f"{_IN_ORDER} AND (published, path) < (?, ?) ORDER BY published DESC, path DESC LIMIT 1",
    f"{_IN_ORDER} AND (published, path) > (?, ?) ORDER BY published, path LIMIT 1",
)
# The place of the page whose older and newer one a page leads to: its own, or that of the main
# translation. None beyond the translations that are linked.
_PLACE = (
    "SELECT published, path FROM article_pages WHERE is_public = 1 AND article_id = coalesce("
    "(SELECT s.article_id FROM translations t JOIN translations s ON s.key = t.key"
    " WHERE t.article_id = ?1 ORDER BY s.rank LIMIT 1), ?1) AND NOT EXISTS (SELECT 1"
    " FROM translations t JOIN translations s ON s.key = t.key AND s.rank < t.rank"
    " WHERE t.article_id = ?1 LIMIT 1 OFFSET ?2)"
)


# How many articles' pages are in one sitemap, by the articles' numbers. The sitemap with this
# number has the pages of feeds.
PAGES_EACH = 1_000
OF_FEEDS = -1


class PageRow(NamedTuple):
    """An article's page; ``path`` is below the public folder. Without ``is_public`` there is to
    be no file: the article is not live, or is read at ``link`` only (else empty)."""

    article_id: int
    path: str
    is_public: int
    link: str


class Neighbour(NamedTuple):
    """The page before or after another one."""

    path: str
    title: str
    language: str


class PageTable:
    """Which articles have pages of their own, at which addresses, and which pages are due.

    An address is given once: it stays with the article when its title, file name or date change.
    An empty database filled from the same folder gives the same ones.
    """

    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._which = config.pages.articles
        self._wanted = {
            "unlinked": "state = 'live' AND link = ''",
            "all": "state = 'live'",
            "none": "FALSE",
        }[self._which]

    def place(self, article: sqlite3.Row, *, was_main: bool) -> None:
        """Give the article its page, or take it away; let it and its neighbours be written.

        ``article`` holds its page as it is, too: an article that needs none costs no look-up.
        ``was_main``: no translation was shown instead of it.
        """
        is_linked = article["link"] != "" and self._which == "unlinked"
        wanted = article["state"] == "live" and self._which != "none" and not is_linked
        if not (wanted or article["page"]):
            return
        path = article["page"] or page_path(article["path"], article["uri"])
        if was_main:
            self.touch_around(article["id"])
        self._db.execute(
            "INSERT INTO article_pages (article_id, path, published, is_public)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (article_id) DO UPDATE"
            " SET published = excluded.published, is_public = excluded.is_public, due = 1"
            # Two articles with one address: the second does without, it must not stop the first.
            " ON CONFLICT (path) DO NOTHING",
            (article["id"], path, article["published"], wanted),
        )
        if article["is_main"]:
            self.touch_around(article["id"])

    def place_all(self) -> None:
        """``place`` for every article, as the configuration is now."""
        rows = self._db.execute(
            f"SELECT id, path, uri, published FROM articles WHERE {self._wanted}"  # noqa: S608
            " AND id NOT IN (SELECT article_id FROM article_pages) ORDER BY uri"
        ).fetchall()
        self._db.executemany(
            "INSERT OR IGNORE INTO article_pages (article_id, path, published, is_public)"
            " VALUES (?, ?, ?, 1)",
            [(row["id"], page_path(row["path"], row["uri"]), row["published"]) for row in rows],
        )
        self._db.execute(
            "UPDATE article_pages SET due = 1, is_public ="  # noqa: S608 -- only our own text
            f" (SELECT {self._wanted} FROM articles WHERE id = article_id)"
        )

    def touch_around(self, article_id: int) -> None:
        """Let the older and the newer page of the article's be written again, if it has one, and
        those of the translations of all three."""
        sql = "SELECT published, path FROM article_pages WHERE article_id = ? AND is_public = 1"
        place = self._db.one(sql, (article_id,))
        if place is None:
            return
        found = [article_id]
        for side in _SIDES:
            found += [row[0] for row in self._db.tuples(side, tuple(place))]
        ids = "SELECT value FROM json_each(?1)"
        self._db.execute(
            "UPDATE article_pages SET due = 1 WHERE article_id IN"  # noqa: S608
            f" ({ids} UNION {LINKED} WHERE t.article_id IN ({ids}))",
            (json.dumps(found),),
        )

    def neighbours(self, page: PageRow) -> tuple[Neighbour | None, Neighbour | None]:
        """The next older and the next newer public page, by date; translations of others are
        passed over. A translation has those of the main one."""
        place = self._db.one(_PLACE, (page.article_id, MOST_LINKED - 1))
        if place is None:
            return None, None
        older, newer = (
            self._db.one(
                "SELECT p.path, title, language FROM article_pages p"  # noqa: S608
                f" JOIN articles a ON a.id = p.article_id WHERE a.id = ({side})",
                tuple(place),
            )
            for side in _SIDES
        )
        return older and Neighbour(*older), newer and Neighbour(*newer)

    def is_any_due(self) -> bool:
        """Does any page wait to be written or removed, or any sitemap?"""
        pages = "SELECT 1 FROM article_pages WHERE due = 1"
        return self._db.one(f"{pages} UNION ALL {_DUE_SITEMAPS} LIMIT 1") is not None

    def due(self, *, is_public: bool, most: int) -> list[PageRow]:
        """At most so many pages that wait to be written (``is_public``) or removed."""
        sql = f"{_DUE_PAGES} AND is_public = ? ORDER BY article_id LIMIT ?"
        return [PageRow(*row) for row in self._db.execute(sql, (is_public, most))]

    def due_among(self, article_ids: Sequence[int]) -> list[PageRow]:
        """The pages of these articles and of their translations that wait to be written."""
        ids = "SELECT value FROM json_each(?1)"
        every = f"{ids} UNION {LINKED} WHERE t.article_id IN ({ids})"
        sql = f"{_DUE_PAGES} AND is_public = 1 AND article_id IN ({every})"
        return [PageRow(*row) for row in self._db.execute(sql, (json.dumps(article_ids),))]

    def mark_done(self, pages: Iterable[PageRow]) -> None:
        """The public folder is right about these pages; their sitemaps are due."""
        sql = "UPDATE article_pages SET due = 0 WHERE article_id = ?"
        self._db.executemany(sql, [(page.article_id,) for page in pages])
        SitemapTable(self._db).make_due({page.article_id // PAGES_EACH for page in pages})

    def make_due(self, paths: Iterable[str]) -> None:
        """Let the pages at these paths be written again."""
        sql = "UPDATE article_pages SET due = 1 WHERE path = ?"
        self._db.executemany(sql, [(path,) for path in paths])

    def make_articles_due(self, article_ids: Iterable[int]) -> None:
        """Let the pages of these articles be written again."""
        sql = "UPDATE article_pages SET due = 1 WHERE article_id = ?"
        self._db.executemany(sql, [(article_id,) for article_id in article_ids])

    def make_all_due(self) -> None:
        """Let every page be written again."""
        self._db.execute("UPDATE article_pages SET due = 1")


class SitemapTable:
    """The sitemaps by number, and which of them are due.

    ``due`` is 2 while only the index lags behind; ``changed`` is the time of the last change of
    a page, empty if that is not known and NULL while there are no pages.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def make_due(self, numbers: Iterable[int]) -> None:
        """Let these be written again."""
        sql = "INSERT INTO sitemaps (number) VALUES (?) ON CONFLICT DO UPDATE SET due = 1"
        self._db.executemany(sql, [(number,) for number in numbers])

    def is_any_due(self) -> bool:
        """Does any sitemap, or their index, wait to be written?"""
        return self._db.one(f"{_DUE_SITEMAPS} LIMIT 1") is not None

    def due(self) -> list[int]:
        """The sitemaps that wait to be written."""
        return [row[0] for row in self._db.tuples("SELECT number FROM sitemaps WHERE due = 1")]

    def pages(self, number: int) -> list[tuple[str, str]]:
        """The paths of pages and the times of their articles' last change. An article that is
        read elsewhere, too, is not among them."""
        sql = (
            "SELECT p.path, a.updated FROM article_pages p JOIN articles a ON a.id = article_id"
            " WHERE article_id >= ? AND article_id < ? AND is_public = 1 AND p.due = 0"
            " AND a.link = '' ORDER BY p.path"
        )
        first = number * PAGES_EACH
        return [(row[0], row[1]) for row in self._db.tuples(sql, (first, first + PAGES_EACH))]

    def written(self) -> list[tuple[int, str]]:
        """Those with pages: number and time of the last change."""
        sql = "SELECT number, changed FROM sitemaps WHERE changed IS NOT NULL ORDER BY number"
        return [(row[0], row[1]) for row in self._db.tuples(sql)]

    def mark_written(self, number: int, changed: str | None) -> None:
        """The sitemap's file is right; the index is not yet."""
        sql = "UPDATE sitemaps SET due = 2, changed = ? WHERE number = ?"
        self._db.execute(sql, (changed, number))

    def mark_done(self) -> None:
        """The index is right."""
        self._db.execute("UPDATE sitemaps SET due = 0 WHERE due = 2")


def page_path(path: str, uri: str) -> str:
    """The path of a new article's page: a slug of its file's name, or of its folder's for a page
    bundle, and a part of a hash of its URI."""
    file = PurePosixPath(path)
    name = file.parent.name if file.stem == "index" and file.parent.name else file.stem
    return f"articles/{slug_base(name)}-{sha256(uri.encode()).hexdigest()[:12]}.html"
