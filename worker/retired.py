"""What is published no longer: files of formats that the configuration dropped. They are removed,
and the embedded server is told that they were there once.
"""

import json
import logging
from datetime import datetime
from typing import Any

from feeds.errors import PublishError
from feeds.model import FORMATS, Format
from feeds.publish import MOVED, PublicFolder
from worker.database import Database
from worker.events import event

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


def _moved(folder: PublicFolder) -> dict[str, Any]:
    """What stands there already, perhaps by an administrator's hand."""
    try:
        found = json.loads((folder.root / MOVED).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
