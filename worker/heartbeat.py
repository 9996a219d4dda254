"""The worker's pulse, in a small file beside the database: how it is, and since when.

``status`` reads it while the worker runs and after it died; nothing else depends on it.
"""

import contextlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from worker.utc import from_text, to_text


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the worker was at one moment. ``stops_after``: silence for longer means trouble.

    ``receipts``: where these go, where that is not beside their files. ``proof`` and ``canary``:
    when everything last was proven to work, and the way of an article as a whole.
    """

    started: datetime
    at: datetime
    mode: str
    mode_reason: str
    files: int = 0
    last_scan: datetime | None = None
    verdicts: dict[str, int] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    receipts: str = ""
    proof: datetime | None = None
    canary: datetime | None = None
    stops_after: timedelta = timedelta(seconds=45)
    stopped: bool = False
    pid: int = 0


class Heartbeat:
    """Writes the pulse of the worker on one database."""

    def __init__(self, store_path: Path) -> None:
        self._path = heartbeat_path(store_path)

    def beat(self, pulse: Pulse, *, stopped: bool = False) -> None:
        """Put the pulse in the place of the last one. A full disk must not stop the worker
        for the sake of telling that it lives."""
        with contextlib.suppress(OSError):
            replace_file(self._path, json.dumps(_plain(pulse, stopped)).encode())


def replace_file(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path`` in one step: whoever reads sees the last or the new, whole. What
    it tells is soon old, so that nothing waits for the disk. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def heartbeat_path(store_path: Path) -> Path:
    """Where the worker on this database leaves its pulse."""
    return store_path.with_name(f"{store_path.name}.heartbeat")


def last_pulse(store_path: Path) -> Pulse | None:
    """The last pulse of the worker on this database; None if it never ran."""
    try:
        found = json.loads(heartbeat_path(store_path).read_text(encoding="utf-8"))
        return _pulse(found)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _plain(pulse: Pulse, stopped: bool) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "started": to_text(pulse.started),
        "at": to_text(pulse.at),
        "mode": pulse.mode,
        "mode_reason": pulse.mode_reason,
        "files": pulse.files,
        "last_scan": to_text(pulse.last_scan) if pulse.last_scan else None,
        "verdicts": pulse.verdicts,
        "troubles": pulse.troubles,
        "receipts": pulse.receipts,
        "proof": to_text(pulse.proof) if pulse.proof else None,
        "canary": to_text(pulse.canary) if pulse.canary else None,
        "stops_after": pulse.stops_after.total_seconds(),
        "stopped": stopped,
    }


def _pulse(found: dict[str, Any]) -> Pulse:
    return Pulse(
        started=from_text(found["started"]),
        at=from_text(found["at"]),
        mode=found["mode"],
        mode_reason=found["mode_reason"],
        files=found["files"],
        last_scan=from_text(found["last_scan"]) if found["last_scan"] else None,
        verdicts=found["verdicts"],
        troubles=found["troubles"],
        receipts=found["receipts"],
        proof=from_text(found["proof"]) if found["proof"] else None,
        canary=from_text(found["canary"]) if found["canary"] else None,
        stops_after=timedelta(seconds=found["stops_after"]),
        stopped=found["stopped"],
        pid=found["pid"],
    )
