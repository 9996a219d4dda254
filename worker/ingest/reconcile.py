"""Compares the drop folder with the ledger: which files are new, changed or missing.

It does not depend on events. It marks files as missing, and withdraws nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from worker.core.fault_points import reach
from worker.core.paths import join
from worker.core.problems import Problem
from worker.inbox.folder import DropFolder
from worker.inbox.scanner import Folder, Unreadable
from worker.store.database import Database
from worker.store.ledger import Ledger


@dataclass(slots=True)
class ScanReport:
    """What a scan found besides changes: the number of ``files``, the paths of ``receipts``, and
    what it could not read."""

    files: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    refused: list[tuple[str, Problem]] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)


class Reconciler:
    """Compares one drop folder with its ledger."""

    def __init__(self, database: Database, ledger: Ledger, inbox: DropFolder) -> None:
        self._db = database
        self._ledger = ledger
        self._inbox = inbox

    def scan(self, now: datetime, add: Callable[[str], None], under: str = "") -> ScanReport:
        """``add`` each path in ``under`` and below whose file is new or not as in the ledger.

        Only a complete scan shows what is missing. Raises DropError when the drop folder is not
        the one it was; nothing is marked as missing then.
        """
        survey = ScanReport()
        seen: set[str] = set()
        missing: list[str] = []
        after = ""  # the name up to which the folder at hand was looked through
        for item in self._inbox.scan(under):
            if isinstance(item, Unreadable):
                survey.unreadable.append(item)
                continue
            seen.add(item.path)
            survey.files += len(item.files)
            survey.refused += item.refused
            survey.receipts += (join(item.path, name) for name in item.receipts)
            for path in self._changed(item, after, missing):
                add(path)
            after = item.until or ""
            reach("folder-scanned")
        for folder in self._ledger.folders():
            if folder not in seen and _is_below(folder, under):
                missing += (join(folder, row[0]) for row in self._ledger.present(folder))
        self._mark_missing(missing, survey, now)
        return survey

    def _changed(self, folder: Folder, after: str, missing: list[str]) -> Iterator[str]:
        """The changed paths in one part of a folder, which begins after the name ``after``."""
        known = self._ledger.present(folder.path, after, folder.until)
        if known == folder.files:  # as nearly always
            return
        as_known = set(known)
        yield from (join(folder.path, file[0]) for file in folder.files if file not in as_known)
        found = {file[0] for file in folder.files}
        missing += (join(folder.path, row[0]) for row in known if row[0] not in found)

    def _mark_missing(self, paths: list[str], survey: ScanReport, now: datetime) -> None:
        """Mark files as missing, except where a folder could not be read."""
        unseen = [item.path for item in survey.unreadable]
        paths = [path for path in paths if not any(_is_below(path, place) for place in unseen)]
        if paths:
            with self._db.transaction("missing"):
                for path in paths:
                    self._ledger.mark_missing(path, now)


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
