"""The files below the public folder, and what the database knows of each: what is not changed
is not written, and the time of a file is the time of its last change.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from feeds.errors import PublishError
from feeds.model import FORMATS, Format
from feeds.public_folder import MOVED, PublicFolder
from worker.core.events import event
from worker.core.fault_points import reach
from worker.publishing.feed_contents import archive_key
from worker.store.database import Database


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: ``size`` in bytes, ``mtime`` in POSIX seconds."""

    path: str
    sha256: str
    size: int
    mtime: int


class PublicFiles:
    """Writes files where they changed; ``record`` makes the database remember them."""

    def __init__(self, database: Database, folder: PublicFolder) -> None:
        self._db = database
        self._folder = folder

    def write(self, path: str, data: bytes, now: datetime) -> Written | None:
        """Write the file if its bytes changed or it is not as it was left; None where it is
        right already. Raises PublishError."""
        digest = hashlib.sha256(data).hexdigest()
        last = self._db.one("SELECT sha256, size, mtime FROM public_files WHERE path = ?", (path,))
        found = self._folder.stat(path)
        if last and last["sha256"] == digest:
            if found and (found.size, found.mtime) == (last["size"], last["mtime"]):
                return None
            mtime = last["mtime"]
        else:
            mtime = max(int(now.timestamp()), last["mtime"] + 1 if last else 0)
            if found and found.mtime == mtime:
                # Of this second, and not recorded: a killed worker's, which readers may have seen.
                mtime += 1
        reach("write-before")
        self._folder.write(path, data, mtime)
        reach("write-after")
        return Written(path, digest, len(data), mtime)

    def record(self, feed_id: int | None, files: Sequence[Written]) -> None:
        """Remember the files of a feed, or of no single one; inside a transaction."""
        self._db.executemany(
            "INSERT OR REPLACE INTO public_files (path, feed_id, sha256, size, mtime)"
            " VALUES (?, ?, ?, ?, ?)",
            [(file.path, feed_id, file.sha256, file.size, file.mtime) for file in files],
        )

    def damaged(self) -> Iterable[int | None]:
        """The feeds of the files that are missing or were changed by another hand; None stands
        for files of no single feed."""
        for row in self._db.execute("SELECT path, feed_id, size, mtime FROM public_files"):
            found = self._folder.stat(row["path"])
            if found is None or (found.size, found.mtime) != (row["size"], row["mtime"]):
                yield row["feed_id"]


log = logging.getLogger("feedmill.publish")


def retire(
    database: Database, folder: PublicFolder, formats: tuple[Format, ...], now: datetime
) -> int:
    """Remove the files of all formats but these; gives how many there were. Where the folder
    cannot be written the next start does it: no file is forgotten before it is gone."""
    dropped = tuple(f".{format_}" for format_ in FORMATS if format_ not in formats)
    if not dropped:
        return 0
    rows = database.execute("SELECT path FROM public_files ORDER BY path")
    paths = [row["path"] for row in rows if row["path"].endswith(dropped)]
    if not paths:
        return 0
    moved = _moved(folder) | dict.fromkeys(paths)
    data = json.dumps(moved, ensure_ascii=False, indent=0, sort_keys=True).encode()
    try:
        folder.write(MOVED, data, int(now.timestamp()))
        for path in paths:
            folder.remove(path)
    except PublishError as error:
        log.warning(event("retiring-failed", cause=str(error)))
        return 0
    with database.transaction():
        sql = "DELETE FROM public_files WHERE path = ?"
        database.executemany(sql, [(path,) for path in paths])
    return len(paths)


def retire_documents(
    database: Database, folder: PublicFolder, key: str, last: int, formats: Sequence[Format]
) -> None:
    """Remove the archive documents of the feed ``key`` whose numbers are above its ``last`` one.
    Raises PublishError; the next publishing of the feed tries again."""
    stale: list[str] = []
    for number in count(last + 1):
        paths = [f"{archive_key(key, number)}.{format_}" for format_ in formats]
        sql = "SELECT 1 FROM public_files WHERE path = ?"
        found = [path for path in paths if database.one(sql, (path,))]
        if not found:
            break
        stale += found
    if not stale:
        return
    for path in stale:
        folder.remove(path)
    with database.transaction():
        sql = "DELETE FROM public_files WHERE path = ?"
        database.executemany(sql, [(path,) for path in stale])
    log.info(event("history-cut-anew", feed=key, removed=len(stale)))


def _moved(folder: PublicFolder) -> dict[str, Any]:
    """What stands there already, perhaps by an administrator's hand."""
    try:
        found = json.loads((folder.root / MOVED).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
