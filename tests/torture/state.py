"""What two Feedmills that saw the same folder must have in common, and where they differ.

Compared are the database's rows by natural keys (URI, path, feed key), the feeds, pages and media
byte for byte, the receipts and notes, and what was filed away. Left out is what only says when
something was noticed: row numbers, inodes, ``first_seen``, ``public_since`` (in receipts too),
``withdrawn_at``, ``decided_at``, and in a feed from which something was withdrawn the moments of
the withdrawals (the tombstones' ``when``, and the feed's own ``updated``, which never lies before
the last of them). Entries are compared as they are.
"""

import contextlib
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feeds.public_folder import MOVED
from worker.core.paths import RECEIPT

_OF_ARTICLE = "JOIN articles a ON a.id = x.article_id"
_OF_FEED = "JOIN feeds f ON f.id = x.feed_id"

_TABLES = {
    "articles": "SELECT uri, path, state, reason, title, summary, content_html, text, link,"
    " link_key, explicit_id, published, updated, public_from, public_until, due, provider_name,"
    " provider_domain, category, type, quality, heat, language, original_url, extra,"
    " content_hash, reader_hash, file_mtime_ns, public_since IS NOT NULL FROM articles",
    "people": f"SELECT a.uri, position, name, email, url FROM people x {_OF_ARTICLE}",
    "images": f"SELECT a.uri, position, url, width, height, x.title FROM images x {_OF_ARTICLE}",
    "related": f"SELECT a.uri, position, x.title, x.link, excerpt FROM related x {_OF_ARTICLE}",
    "topics": "SELECT key, name, slug FROM topics",
    "article_topics": f"SELECT a.uri, position, t.key FROM article_topics x {_OF_ARTICLE}"
    " JOIN topics t ON t.id = x.topic_id",
    "ledger": "SELECT folder, name, size, mtime_ns, x.content_hash, verdict, a.uri,"
    " missing_since IS NOT NULL FROM ledger x LEFT JOIN articles a ON a.id = x.article_id",
    "feeds": "SELECT f.key, uri, kind, f.name, t.key, touched, page_due, places, problem"
    " FROM feeds f LEFT JOIN topics t ON t.id = f.topic_id",
    "entries": f"SELECT f.key, published, x.uri, withdrawn_at IS NULL FROM entries x {_OF_FEED}",
    "archives": "SELECT f.key, number, first_published, first_uri, last_published, last_uri,"
    f" x.touched, x.page_due, has_page FROM archives x {_OF_FEED}",
    "public files": "SELECT path FROM public_files",
    "mentions": f"SELECT a.uri, position, x.address, x.key, warns FROM mentions x {_OF_ARTICLE}",
    "media": "SELECT kind, path, sha256, extension, file_size, size, width, height, problem, due"
    " FROM media",
}
_BODIES = f"SELECT a.uri, format, body FROM kept_entries x {_OF_ARTICLE}"

_HEAD_TIME = re.compile(rb"(<updated>|<lastBuildDate>)[^<]*(?=</)")
_TOMBSTONE = re.compile(rb"\s*<at:deleted-entry\b[^>]*/>")
_PUBLIC_SINCE = re.compile(rb"^ *Public since: .*$", re.MULTILINE)
_WHEN = re.compile(rb'when="[^"]*"')
_MEDIUM = re.compile(rb"https://house\.example/(media/[0-9a-f]{32}\.[a-z0-9]+)")
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class State:
    """One Feedmill at rest.

    ``bodies`` are the kept bytes of entries: which are kept depends on what was ever in a
    window, so only those that both have are compared. ``buried`` are the files of feeds that
    know of a withdrawal; a worker that was dead in between may know of one that the other never
    saw, of a file that was moved and was there again.
    """

    tables: dict[str, set[str]]
    bodies: dict[str, str]
    files: dict[str, bytes]
    buried: set[str]


def state_of(store: Path, public: Path, drop: Path) -> State:
    """Read a Feedmill whose worker is at rest."""
    with opened(store) as database:
        tables = {
            name: {repr(tuple(row)) for row in database.execute(sql)}
            for name, sql in _TABLES.items()
        }
        bodies = {repr(row[:2]): row[2] for row in database.execute(_BODIES)}
        rows = database.execute("SELECT key FROM feeds WHERE last_withdrawal IS NOT NULL")
        keys = {row[0] for row in rows}
    files = {f"public/{path}": data for path, data in _tree(public).items()}
    buried = {path for path in files if path.removeprefix("public/").rpartition(".")[0] in keys}
    # Files that were filed away, and the receipts.
    for path, data in _tree(drop).items():
        if path.startswith(("archive/", "rejected/")) or path.endswith(RECEIPT):
            files[f"drop/{path}"] = _PUBLIC_SINCE.sub(b"", data)
    return State(tables, bodies, files, buried)


@contextlib.contextmanager
def opened(store: Path) -> Iterator[sqlite3.Connection]:
    """The database, to look at."""
    connection = sqlite3.connect(f"file:{store}?mode=rw", uri=True, timeout=10)
    with contextlib.closing(connection):
        yield connection


def differences(found: State, expected: State) -> list[str]:
    """Where ``found`` is not as ``expected``, a line each."""
    lines: list[str] = []
    for table, rows in expected.tables.items():
        lines += [f"{table}: missing {row[:_SHOWN]}" for row in sorted(rows - found.tables[table])]
        lines += [f"{table}: too much {row[:_SHOWN]}" for row in sorted(found.tables[table] - rows)]
    for key in sorted(found.bodies.keys() & expected.bodies.keys()):
        if found.bodies[key] != expected.bodies[key]:
            lines.append(f"kept entry {key}: {found.bodies[key][:_SHOWN]}")
    for path in sorted(found.files.keys() | expected.files.keys()):
        ours, theirs = found.files.get(path), expected.files.get(path)
        if ours and theirs and path in found.buried | expected.buried:
            ours, theirs = _timeless(ours), _timeless(theirs)
        if path == f"public/{MOVED}":
            # A page that was public in between, and only there, is in our list too.
            ours, theirs = b"", b"".join(_not_in(ours or b"{}", theirs or b"{}"))
        if ours != theirs:
            lines.append(f"file {path}: {_first_difference(ours, theirs)}")
    return lines


def broken(store: Path, public: Path) -> list[str]:
    """What no Feedmill at rest may be like, whatever it was fed, a line each."""
    with opened(store) as database:
        return [f"broken: {line}" for line in _broken(database, public)]


def _broken(database: sqlite3.Connection, public: Path) -> list[str]:
    lines = [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    lines += [f"foreign key {tuple(row)}" for row in database.execute("PRAGMA foreign_key_check")]
    try:
        database.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        lines.append(f"full-text index: {error}")
    database.rollback()
    files = _tree(public)
    recorded: dict[str, tuple[Any, ...]] = {
        row[0]: tuple(row[1:])
        for row in database.execute("SELECT path, sha256, size, mtime FROM public_files")
    }
    files.pop(MOVED, None)  # grows, and belongs to the sysadmin, too
    for path, data in files.items():
        print_ = (hashlib.sha256(data).hexdigest(), len(data), int((public / path).stat().st_mtime))
        if recorded.get(path) != print_:
            lines.append(f"public file {path} is {print_}, recorded {recorded.get(path)}")
    lines += [f"public file {path} is missing" for path in recorded.keys() - files.keys()]
    shown = {name.decode() for data in files.values() for name in _MEDIUM.findall(data)}
    lines += [f"{path} is shown, and not there" for path in shown - files.keys()]
    return lines


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _not_in(ours: bytes, theirs: bytes) -> Iterator[bytes]:
    """What the second list of removed files has and the first has not."""
    known = json.loads(ours)
    for path, target in sorted(json.loads(theirs).items()):
        if path not in known or known[path] != target:
            yield f"{path}: {target} ".encode()


def _timeless(data: bytes) -> bytes:
    """The feed without the moments of its withdrawals; its tombstones in the order of ids."""
    stones = sorted(_WHEN.sub(b"", stone) for stone in _TOMBSTONE.findall(data))
    data = _HEAD_TIME.sub(rb"\1", _TOMBSTONE.sub(b"", data), count=1)
    return data + b"".join(stones)


def _first_difference(ours: bytes | None, theirs: bytes | None) -> str:
    if ours is None or theirs is None:
        return "missing" if ours is None else "too much"
    at = next(
        (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b),
        min(len(ours), len(theirs)),
    )
    start = max(0, at - 80)
    return json.dumps(
        [
            ours[start : at + 80].decode("utf-8", "replace"),
            theirs[start : at + 80].decode("utf-8", "replace"),
        ]
    )
