"""The files below the public folder, and what the database knows of each: what is not changed
is not written, and the time of a file is the time of its last change.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds.public_folder import PublicFolder
from worker.core.fault_points import reach
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
        found = self._folder.look(path)
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
            found = self._folder.look(row["path"])
            if found is None or (found.size, found.mtime) != (row["size"], row["mtime"]):
                yield row["feed_id"]
