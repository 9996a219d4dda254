"""The files of the public folder as they were written, and the media that articles show: pictures,
sound and film, and which article names which.

A medium's row is made when a live article names a file, and deleted when none does. ``due`` rows
are those that ``worker.media.collector`` has to look at. Writes run inside a transaction of the
caller.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from worker.core.deferred import MEDIA_KINDS, Deferred, parse
from worker.core.fingerprint import Fingerprint
from worker.core.problems import Place, Problem
from worker.store.database import Database

MOST_OF_ARTICLE = 500
"""How many files one article may show; those that it names first."""

_COLUMNS = (
    "kind, path, inode, file_size, mtime_ns, ctime_ns, sha256, extension, size, width, height,"
    " problem"
)
_LIKE_MEDIA = " OR ".join(f"key LIKE 'feedmill:{kind}/%'" for kind in MEDIA_KINDS)
_OF_MEDIA = f"({_LIKE_MEDIA})"
_NOWHERE = Fingerprint(0, 0, 0, 0)


class MediaKey(NamedTuple):
    """A file: ``kind`` is "media" (below the drop folder), "asset" (below ``drop.assets``) or
    "named" (``path`` is the end of its path below the drop folder)."""

    kind: str
    path: str

    @property
    def mention(self) -> str:
        """The column ``key`` of the table ``mentions``: the deferred address."""
        return Deferred(self.kind, self.path).address

    @classmethod
    def all_of(cls, path: str) -> "list[MediaKey]":
        """Every key that a file of the drop folder may be named by."""
        parts = path.split("/")
        ends = ("/".join(parts[at:]) for at in range(len(parts)))
        return [cls("media", path), *(cls("named", end) for end in ends)]


@dataclass(frozen=True, slots=True)
class MediaRow:
    """What was found at a path, and what was made public of it.

    ``fingerprint`` is that of the last look, zeros if there was no file. ``sha256`` is empty where
    nothing is public; ``problem`` then says why. Sizes in bytes and pixels.
    """

    key: MediaKey
    fingerprint: Fingerprint = _NOWHERE
    sha256: str = ""
    extension: str = ""
    size: int = 0
    width: int | None = None
    height: int | None = None
    problem: Problem | None = None

    @property
    def public_path(self) -> str:
        """The path below the public folder; empty where nothing is public."""
        return f"media/{self.sha256[:32]}.{self.extension}" if self.sha256 else ""


class MediaTable:
    """The table ``media``."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def at(self, key: MediaKey) -> MediaRow | None:
        """What is known of a file."""
        row = self._db.one(f"SELECT {_COLUMNS} FROM media WHERE kind = ? AND path = ?", key)  # noqa: S608
        return _media_row(row) if row else None

    def size_of(self, digest: str) -> tuple[int, int] | None:
        """Width and height of a public picture, by the beginning of its hash."""
        sql = (
            "SELECT width, height FROM media"
            " WHERE sha256 >= ?1 AND sha256 < ?1 || 'g' AND sha256 <> '' AND width > 0 LIMIT 1"
        )
        row = self._db.one(sql, (digest,))
        return (row[0], row[1]) if row else None

    def is_any_due(self) -> bool:
        """Has any file to be looked at?"""
        return self._db.one("SELECT 1 FROM media WHERE due > 0 LIMIT 1") is not None

    def due(self) -> list[MediaKey]:
        """The files to look at, by path."""
        rows = self._db.execute("SELECT kind, path FROM media WHERE due > 0 ORDER BY kind, path")
        return [MediaKey(*row) for row in rows]

    def is_needed(self, key: MediaKey) -> bool:
        """Does a public article name it?"""
        sql = (
            "SELECT 1 FROM mentions m JOIN articles a ON a.id = m.article_id"
            " WHERE m.key = ? AND a.state = 'live' LIMIT 1"
        )
        return self._db.one(sql, (key.mention,)) is not None

    def after(self, key: MediaKey, most: int) -> list[MediaRow]:
        """The next ``most`` files behind ``key``, in the order of the table."""
        sql = (
            f"SELECT {_COLUMNS} FROM media WHERE (kind, path) > (?, ?)"  # noqa: S608 -- our names
            " ORDER BY kind, path LIMIT ?"
        )
        return [_media_row(row) for row in self._db.execute(sql, (*key, most))]

    def mark_article(self, article_id: int) -> None:
        """Look at the files that the article names: it changed, or is about to."""
        rows = self._db.execute(
            f"SELECT key FROM mentions WHERE article_id = ? AND {_OF_MEDIA}"  # noqa: S608 -- ours
            " ORDER BY position LIMIT ?",
            (article_id, MOST_OF_ARTICLE),
        )
        named = [(row[0], parse(row[0])) for row in rows]
        values = [(found.kind, found.target, key) for key, found in named if found]
        sql = "INSERT OR IGNORE INTO media (kind, path, key) VALUES (?, ?, ?)"
        self._db.executemany(sql, values)
        if values:
            self._db.execute(
                "UPDATE media SET due = 1 WHERE key IN"
                " (SELECT key FROM mentions WHERE article_id = ?)",
                (article_id,),
            )

    def mark(self, keys: Iterable[MediaKey]) -> None:
        """Look at these files, as far as an article names them."""
        self._db.executemany("UPDATE media SET due = 1 WHERE kind = ? AND path = ?", list(keys))

    def mark_all(self) -> None:
        """Look at every file and compare its bytes."""
        self._db.execute("UPDATE media SET due = 1, ctime_ns = 0")

    def store(self, row: MediaRow) -> None:
        """Store what was found; the file is no longer due."""
        told = json.dumps(row.problem.plain(), ensure_ascii=False) if row.problem else ""
        public = row.sha256, row.extension, row.size, row.width, row.height
        self._db.execute(
            f"INSERT OR REPLACE INTO media (due, key, {_COLUMNS})"  # noqa: S608 -- our names
            " VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.key.mention, *row.key, *row.fingerprint, *public, told),
        )

    def delete(self, key: MediaKey) -> None:
        """No public article names it."""
        self._db.execute("DELETE FROM media WHERE kind = ? AND path = ?", key)

    def public_paths(self) -> set[str]:
        """The public files that are needed."""
        rows = self._db.execute("SELECT DISTINCT sha256, extension FROM media WHERE sha256 <> ''")
        return {f"media/{row[0][:32]}.{row[1]}" for row in rows}

    def of_public(self, path: str) -> list[MediaKey]:
        """The files whose bytes are public at ``path``."""
        digest = path.removeprefix("media/").partition(".")[0]
        sql = "SELECT kind, path FROM media WHERE sha256 >= ?1 AND sha256 < ?1 || 'g'"
        return [MediaKey(*row) for row in self._db.execute(sql, (digest,))]

    def problems_of(self, article_id: int) -> list[tuple[Place | None, Problem]]:
        """What is wrong with the files that the article names, in its order, with the places."""
        rows = self._db.execute(
            "SELECT m.line, m.place_column, f.problem FROM mentions m"
            " JOIN media f ON f.key = m.key"
            " WHERE m.article_id = ? AND f.problem <> '' ORDER BY m.position",
            (article_id,),
        )
        return [(Place(row[0], row[1]) if row[0] else None, _problem(row[2])) for row in rows]

    def articles_of(self, key: MediaKey) -> list[int]:
        """The articles that name a file."""
        sql = "SELECT article_id FROM mentions WHERE key = ? ORDER BY article_id"
        return [row[0] for row in self._db.execute(sql, (key.mention,))]

    def count(self, article_id: int) -> int:
        """How many pictures, sounds and films the article names."""
        sql = f"SELECT count(*) FROM mentions WHERE article_id = ? AND {_OF_MEDIA}"  # noqa: S608
        return int(self._db.one(sql, (article_id,))[0])


def _media_row(row: Any) -> MediaRow:
    key, fingerprint = MediaKey(*row[:2]), Fingerprint(*row[2:6])
    public: tuple[str, str, int, int | None, int | None] = row[6:11]
    return MediaRow(key, fingerprint, *public, _problem(row[11]) if row[11] else None)


def _problem(text: str) -> Problem:
    found = json.loads(text)
    return Problem(found["code"], found["message"], None, found["hint"], found["level"])


class PublicFile(NamedTuple):
    """A file as it was written: ``size`` in bytes, ``mtime`` in POSIX seconds; ``feed_id`` is None
    for a file of no single feed."""

    path: str
    feed_id: int | None
    sha256: str
    size: int
    mtime: int


class PublicFileTable:
    """The files below the public folder."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def at(self, path: str) -> PublicFile | None:
        """What was last written at this path."""
        sql = "SELECT path, feed_id, sha256, size, mtime FROM public_files WHERE path = ?"
        row = self._db.one(sql, (path,))
        return PublicFile(*row) if row else None

    def known(self, paths: Sequence[str]) -> list[str]:
        """Those of these paths at which there is a file."""
        sql = "SELECT path FROM public_files WHERE path IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self._db.execute(sql, (json.dumps(paths),))]

    def all(self) -> Iterator[PublicFile]:
        """Every file, by path."""
        sql = "SELECT path, feed_id, sha256, size, mtime FROM public_files ORDER BY path"
        return (PublicFile(*row) for row in self._db.execute(sql))

    def below(self, folder: str) -> Iterator[PublicFile]:
        """The files whose path begins with ``folder``, which ends in a slash."""
        return (file for file in self.all() if file.path.startswith(folder))

    def record(self, files: Sequence[PublicFile]) -> None:
        """Remember files that were written."""
        self._db.executemany(
            "INSERT OR REPLACE INTO public_files (path, feed_id, sha256, size, mtime)"
            " VALUES (?, ?, ?, ?, ?)",
            files,
        )

    def forget(self, paths: Iterable[str]) -> None:
        """These files were removed."""
        sql = "DELETE FROM public_files WHERE path = ?"
        self._db.executemany(sql, [(path,) for path in paths])
