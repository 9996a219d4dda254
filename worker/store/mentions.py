"""How articles belong together: which names which, and which are translations of one.

A key is "/posts/tides" for a path below the drop folder, without its extension and with an index's
folder for the index; "tides" or "posts/tides" in lower case for a name or the end of a path; and
the address itself for a picture, sound or film. Of several public articles with one key, the one
with the shortest path is meant.

Translations of one article are live articles whose files differ only in the language in their
names. Every write runs inside a transaction of the caller.
"""

import hashlib
import json
import sqlite3
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from worker.core.article import Article, Mention
from worker.core.deferred import ARTICLES, Deferred, extension_of, parse
from worker.core.paths import language_in, translation_key
from worker.core.problems import Place
from worker.store.database import Database

_INDEX = frozenset(("index", "_index", "readme"))
_SUFFIX_PARTS = 3
# A relative link to one of these is an address of the web where the article has one.
_PAGES = frozenset(("html", "htm", "txt"))
_FIRST = (
    "SELECT article_id, link FROM names WHERE key = ? AND link IS NOT NULL ORDER BY rank LIMIT 1"
)
NAMED = "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM mentions WHERE key = value)"
"""SQL: those of some keys by which an article names a file."""
MISSING = (
    "m.warns AND NOT EXISTS (SELECT 1 FROM names n WHERE n.key = m.key AND n.link IS NOT NULL)"
)
"""SQL: the mention ``m`` is of an article that is not public."""


class Target(NamedTuple):
    """A public article; ``link`` is its own, "" if it has none."""

    article_id: int
    link: str


def key_of(deferred: Deferred) -> str:
    """The key by which a deferred address finds its article or its file."""
    if deferred.kind not in ("file", "note"):
        return Deferred(deferred.kind, deferred.target).address
    form = _form(deferred.target)
    return f"/{form}" if deferred.kind == "file" else _suffix(form, _SUFFIX_PARTS)


@lru_cache(maxsize=1_000)
def keys_of(path: str) -> frozenset[str]:
    """All keys of the article whose file is at this path."""
    form = _form(path)
    return frozenset((f"/{form}", *(_suffix(form, n + 1) for n in range(_SUFFIX_PARTS))))


def is_expected(deferred: Deferred, *, is_linked: bool) -> bool:
    """Does the author miss something while this names no public article?"""
    if deferred.kind == "note":
        return True
    extension = extension_of(deferred.target)
    return deferred.kind == "file" and (
        extension in ARTICLES - _PAGES or (extension in _PAGES and not is_linked)
    )


def _form(path: str) -> str:
    path = unicodedata.normalize("NFC", path).strip("/")
    if extension_of(path) in ARTICLES:
        path = path.rpartition(".")[0]
    folder, _, name = path.rpartition("/")
    return folder if folder and name.lower() in _INDEX else path


def _suffix(form: str, parts: int) -> str:
    return "/".join(form.casefold().split("/")[-parts:])


def mention_rows(article_id: int, article: Article) -> list[tuple[Any, ...]]:
    """The rows of the files that the article names."""
    rows = []
    for position, mention in enumerate(article.mentions):
        deferred = parse(mention.address)
        if deferred is not None:
            warns = is_expected(deferred, is_linked=bool(article.link))
            place = mention.place or (None, None)
            row = (article_id, position, mention.address, key_of(deferred), int(warns), *place)
            rows.append(row)
    return rows


class Mentions:
    """Follows what the articles' keys stand for. ``retold`` collects the articles whose authors
    must be told again."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._retold: set[int] = set()
        self._unnamed = database.absent(NAMED)

    def look_up(self, paths: Iterable[str]) -> None:
        """Look whether any article names the files at these paths."""
        self._unnamed.look_up(chain.from_iterable(map(keys_of, paths)))

    def follow(self, article: sqlite3.Row, *, is_new: bool = False) -> list[int]:
        """Bring the article's keys up to its path, link and state; one that ``is_new`` has none
        yet. Gives the articles that name one of them and find another target by it from now on."""
        article_id, path = article["id"], article["path"]
        told = _rank(path), article["link"] if article["state"] == "live" else None
        wanted = dict.fromkeys(sorted(keys_of(path)), told)
        known = {} if is_new else self._keys(article_id)
        if known == wanted:
            return []
        all_keys = [key for key in {**known, **wanted} if key not in self._unnamed]
        keys = self._named(all_keys) if all_keys else []
        before = [self._first(key) for key in keys]
        if known:
            self._db.execute("DELETE FROM names WHERE article_id = ?", (article_id,))
        self._db.insert_later(
            "INSERT INTO names (article_id, key, rank, link) VALUES (?, ?, ?, ?)",
            [(article_id, key, *told) for key in wanted],
        )
        changed = [key for key, was in zip(keys, before, strict=True) if self._first(key) != was]
        return self.naming(changed) if changed else []

    def _keys(self, article_id: int) -> dict[str, tuple[int, str | None]]:
        sql = "SELECT key, rank, link FROM names WHERE article_id = ?"
        return {key: (rank, link) for key, rank, link in self._db.execute(sql, (article_id,))}

    def _named(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys by which an article names a file."""
        return [row[0] for row in self._db.tuples(NAMED, (json.dumps(keys),))]

    def _first(self, key: str) -> tuple[int, str] | None:
        row = self._db.one(_FIRST, (key,))
        return (row[0], row[1]) if row else None

    def naming(self, keys: Sequence[str]) -> list[int]:
        """The articles that name a file by one of these keys; their authors are told again."""
        rows = self._db.execute(
            "SELECT DISTINCT article_id FROM mentions WHERE key IN (SELECT value FROM json_each(?))"
            " ORDER BY article_id",
            (json.dumps(keys),),
        )
        found = [row[0] for row in rows]
        self._retold.update(found)
        return found

    def retold(self) -> Iterator[str]:
        """The paths of the articles that named something else since the last call."""
        ids, self._retold = self._retold, set()
        yield from filter(None, map(self.path_of, sorted(ids)))

    def path_of(self, article_id: int) -> str:
        """The path of the article's file; "" if there is no such article."""
        row = self._db.one("SELECT path FROM articles WHERE id = ?", (article_id,))
        return row[0] if row else ""

    def target(self, deferred: Deferred) -> Target | None:
        """The public article that the address is of."""
        found = self._first(key_of(deferred))
        return Target(*found) if found else None

    def missing(self, article_id: int) -> list[Mention]:
        """The files that the article names and that are no public article; at most 100."""
        rows = self._db.execute(
            f"SELECT m.address, m.line, m.place_column FROM mentions m"  # noqa: S608 -- our own text
            f" WHERE m.article_id = ? AND {MISSING} ORDER BY m.position LIMIT 100",
            (article_id,),
        )
        return [
            Mention(address, Place(line, column) if line else None)
            for address, line, column in rows
        ]


def missing_among(article: Article, keys: Container[str]) -> Iterator[Mention]:
    """The files that the article names of which no file has a key among these."""
    for mention in article.mentions:
        deferred = parse(mention.address)
        is_needed = deferred and is_expected(deferred, is_linked=bool(article.link))
        if deferred and is_needed and key_of(deferred) not in keys:
            yield mention


def _rank(path: str) -> int:
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).digest()
    return min(len(path), 9_999) << 40 | int.from_bytes(digest[:5])


MOST_LINKED = 100
"""How many translations of an article link to each other, at most."""
LINKED = (
    "SELECT s.article_id FROM translations t JOIN translations s ON s.key = t.key AND s.rank <="  # noqa: S608 -- our own text
    " coalesce((SELECT rank FROM translations WHERE key = t.key ORDER BY rank"
    f" LIMIT 1 OFFSET {MOST_LINKED - 1}), ':')"
)
"""SQL: the translations that the article ``t`` links to, and itself. Ranks begin with a digit,
before ":"."""
GROUP = (
    "a.language, t.key, t.rank, t.language AS known_language, t.link AS known_link,"
    " EXISTS (SELECT 1 FROM translations s WHERE s.key = a.path AND s.article_id <> a.id)"
    " AS has_others, NOT EXISTS (SELECT 1 FROM translations s WHERE s.key = t.key"
    " AND s.rank < t.rank) AS is_main"
)
"""SQL: what ``Translations.follow`` needs of the article ``a`` and its row ``t``, besides its id,
path, link and state; and whether no translation is shown instead of it."""


MAIN_PATH = (
    "coalesce((SELECT m.path FROM translations t JOIN translations s ON s.key = t.key"
    " AND s.rank < t.rank JOIN articles m ON m.id = s.article_id WHERE t.article_id = a.id"
    " ORDER BY s.rank LIMIT 1), '')"
)
"""SQL: the path of the main translation of the article ``a``; empty if that is the article."""


class Regrouped(NamedTuple):
    """The articles that became the main translation, or are it no longer, and those whose links to
    translations changed; by id."""

    placed: tuple[int, ...] = ()
    linked: tuple[int, ...] = ()


class Translations:
    """Which live articles are translations of one. An article has a row here only if it has a
    language in its file's name, or a translation that has one."""

    def __init__(self, database: Database, language: str) -> None:
        """``language`` is the site's: the translation in it is the main one."""
        self._db = database
        self._site = language.lower()
        self._retold: set[str] = set()

    def follow(self, article: sqlite3.Row) -> Regrouped:
        """Bring the article's row up to its path, link, language and state (``GROUP``)."""
        article_id, path, link = article["id"], article["path"], article["link"]
        tag, key = language_in(path), translation_key(path)
        wanted = known = None
        if article["state"] == "live" and (tag or article["has_others"]):
            wanted = key, self._rank(path), article["language"] or tag or self._site, link
        if article["key"]:
            names = ("key", "rank", "known_language", "known_link")
            known = tuple(article[name] for name in names)
        if known == wanted:
            return Regrouped()
        keys = {found[0] for found in (known, wanted) if found}
        if wanted:
            self._add_untagged(key, article_id)
        before = [self._linked(key) for key in sorted(keys)]
        self._db.execute("DELETE FROM translations WHERE article_id = ?", (article_id,))
        if wanted:
            insert = "INSERT INTO translations VALUES (?, ?, ?, ?, ?)"
            self._db.execute(insert, (article_id, *wanted))
        after = [self._linked(key) for key in sorted(keys)]
        return self._changed(article_id, sorted(keys), before, after)

    def _add_untagged(self, key: str, article_id: int) -> None:
        """The article without a language in its name, now that ``article_id`` has one."""
        self._db.execute(
            "INSERT OR IGNORE INTO translations SELECT id, path, ?, coalesce(nullif(language, ''),"
            " ?), link FROM articles WHERE path = ? AND state = 'live' AND id <> ?",
            (self._rank(key), self._site, key, article_id),
        )

    def _changed(
        self,
        article_id: int,
        keys: Sequence[str],
        before: Sequence[list[tuple[Any, ...]]],
        after: Sequence[list[tuple[Any, ...]]],
    ) -> Regrouped:
        placed, linked = {article_id}, {article_id}
        for key, was, now in zip(keys, before, after, strict=True):
            mains = {row[0] for row in was[:1]} ^ {row[0] for row in now[:1]}
            placed |= mains
            if mains:
                self._retold.add(key)
            if was != now:
                linked |= {row[0] for row in (*was, *now)}
        return Regrouped(tuple(sorted(placed)), tuple(sorted(linked)))

    def _linked(self, key: str) -> list[tuple[Any, ...]]:
        sql = "SELECT article_id, language, link FROM translations WHERE key = ? ORDER BY rank"
        return self._db.tuples(f"{sql} LIMIT ?", (key, MOST_LINKED))

    def _rank(self, path: str) -> str:
        """Sorts the site's language first, then its other forms, then the file without a language
        in its name, then the others by language and path."""
        tag = language_in(path).lower()
        place = 3 if tag else 2
        if tag and tag.partition("-")[0] == self._site.partition("-")[0]:
            place = int(tag != self._site)
        return f"{place} {tag} {path}"

    def main_path(self, article_id: int) -> str:
        """The path of the translation that is shown instead of the article; "" if none is."""
        row = self._db.one(f"SELECT {MAIN_PATH} FROM articles a WHERE id = ?", (article_id,))  # noqa: S608 -- our own text
        return str(row[0])

    def retold(self) -> Iterator[str]:
        """The paths of the articles that got another main translation since the last call."""
        keys, self._retold = self._retold, set()
        for key in sorted(keys):
            sql = "SELECT path FROM articles WHERE id IN (SELECT article_id FROM translations"
            yield from (row[0] for row in self._db.execute(f"{sql} WHERE key = ?)", (key,)))
