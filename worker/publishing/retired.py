"""What is published no longer: files of formats that the configuration dropped, of which the
embedded server is told that they were there once; and documents that a history had when it was
cut otherwise. They are removed.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from feeds.errors import PublishError
from feeds.model import FORMATS, Format
from feeds.public_folder import MOVED, PublicFolder
from worker.core.events import event
from worker.publishing.feed_contents import archive_key
from worker.store.database import Database

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
