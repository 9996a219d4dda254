"""Whether everything the worker needs works now: watcher, drop folder, database, public folder.

Each is tried, not asked: a thread that is alive may be deaf, and an open file may lie on a disk
that is gone. What was tried leaves nothing behind.
"""

import sqlite3

from feeds.errors import PublishError
from feeds.public_folder import PublicFolder
from worker.core.errors import DropError
from worker.inbox.folder import Inbox
from worker.inbox.watcher import Watcher
from worker.store.database import Database


class Proof:
    """Tries the parts of one worker."""

    def __init__(
        self, watcher: Watcher, inbox: Inbox, database: Database, folder: PublicFolder
    ) -> None:
        self._watcher = watcher
        self._inbox = inbox
        self._database = database
        self._folder = folder

    def failing(self) -> dict[str, str]:
        """What does not work, and why; empty where everything does. Not to be called within a
        transaction."""
        drop = self._try_drop_folder()
        found = {
            "drop-folder": drop,
            "watcher": "" if drop else self._watcher.healthy() or "",
            "database": self._try_database(),
            "public-folder": self._try_public_folder(),
        }
        return {what: why for what, why in found.items() if why}

    def _try_drop_folder(self) -> str:
        try:
            self._inbox.prove()
        except DropError as error:
            return str(error)
        return ""

    def _try_database(self) -> str:
        """A read, and a write that is undone; and whether it is still the file of that name."""
        if not self._database.is_in_place():
            return "its file was removed or replaced"
        try:
            with self._database.rehearsal():
                self._database.fact("proof")
                self._database.set_fact("proof", "written")
        except sqlite3.Error as error:
            return str(error)
        return ""

    def _try_public_folder(self) -> str:
        try:
            self._folder.prove()
        except PublishError as error:
            return str(error)
        return ""
