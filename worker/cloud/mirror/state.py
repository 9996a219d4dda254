"""What the mirror tells the others about itself: a small file in its folder.

`feedmill status`, the metrics and `feedmill doctor` read it while it runs and after it died.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from feeds.atomic_file import replace_file
from worker.cloud.mirror.memory import state_folder
from worker.core.clock import from_text, to_text

SILENT_AFTER = timedelta(seconds=120)
_TIMES = ("started", "at", "equal_at", "trouble_since")


@dataclass(frozen=True, slots=True)
class MirrorState:
    """The mirror at one moment; times are in UTC. ``equal_at``: when the bucket last equalled
    the public folder. ``waiting`` files are not there yet, ``doomed`` objects are deleted later.
    ``is_over``: it ended by itself, as with --once."""

    to: str
    started: datetime
    at: datetime
    equal_at: datetime | None = None
    objects: int = 0
    waiting: int = 0
    doomed: int = 0
    sent: int = 0
    bytes: int = 0
    deleted: int = 0
    conflicts: int = 0
    trouble: str = ""
    trouble_since: datetime | None = None
    is_over: bool = False
    pid: int = 0

    def trouble_at(self, now: datetime) -> str:
        """What is wrong with it now, in words for the sysadmin; empty for nothing."""
        if self.trouble and self.trouble_since:
            late = f"; files that wait: {self.waiting}" if self.waiting else ""
            return f"{self.trouble}, since {to_text(self.trouble_since)}{late}"
        if not self.is_over and (now - self.at > SILENT_AFTER or not _is_alive(self.pid)):
            return f"no sign of life since {to_text(self.at)}. Start `feedmill mirror`."
        return ""

    def __str__(self) -> str:
        equal = f", equal to the folder at {to_text(self.equal_at)}" if self.equal_at else ""
        return f"{self.objects} objects at {self.to}{equal}"


def state_path(store_path: Path) -> Path:
    """Where the mirror of a database's site writes its state."""
    return state_folder(store_path) / "state.json"


def write_state(store_path: Path, state: MirrorState) -> None:
    """Replace the file. Raises OSError."""
    found: dict[str, Any] = asdict(state)
    for name in _TIMES:
        found[name] = to_text(found[name]) if found[name] else None
    replace_file(state_path(store_path), json.dumps(found, indent=1).encode())


def read_state(store_path: Path) -> MirrorState | None:
    """The last state; None if the mirror never ran."""
    try:
        found = json.loads(state_path(store_path).read_bytes())
        for name in _TIMES:
            found[name] = from_text(found[name]) if found[name] else None
        return MirrorState(**found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def trouble_of_mirror(store_path: Path, now: datetime) -> str:
    """What is wrong with a mirror that is configured; empty for nothing."""
    state = read_state(store_path)
    return state.trouble_at(now) if state else "it never ran. Start `feedmill mirror`."


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
