"""The worker's pulse, in a small file beside the database: how it is, and since when.

``status`` reads it while the worker runs and after it died; nothing else depends on it.
"""

import contextlib
import json
import os
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from worker.core.timestamps import from_text, to_text

ROOM = 16_384
"""Bytes of the file, whatever the pulse tells: it is written once, and then only overwritten."""

_SHORT = 500
_LOOKS = 20
_MOST_MISTAKES = 5


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the worker was at one moment. ``stops_after``: silence for longer means trouble.

    ``mistakes`` are authors' own that no receipt can tell them. ``receipts``: where these go,
    where that is not beside their files. ``proof`` and ``canary``: when everything last was
    proven to work, and the whole pipeline.
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
    mistakes: dict[str, str] = field(default_factory=dict)
    stops_after: timedelta = timedelta(seconds=45)
    stopped: bool = False
    pid: int = 0


class Heartbeat:
    """Writes the pulse of the worker on one database."""

    def __init__(self, store_path: Path) -> None:
        self._path = heartbeat_path(store_path)

    def beat(self, pulse: Pulse, *, stopped: bool = False) -> None:
        """Overwrite the last pulse in its place: on a full disk, which is when it matters most,
        there is room for nothing else. A disk that refuses even that must not stop the worker."""
        with contextlib.suppress(OSError):
            descriptor = self._open()
            try:
                room = max(ROOM, os.fstat(descriptor).st_size)
                _overwrite(descriptor, _sealed(_plain(pulse, stopped), room))
            finally:
                os.close(descriptor)

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(self._path, flags, 0o644)
        except OSError:  # another user's, or no file
            self._path.unlink(missing_ok=True)
            return os.open(self._path, flags, 0o644)


def _overwrite(descriptor: int, data: bytes) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], written)


def _sealed(found: dict[str, Any], room: int) -> bytes:
    """The pulse as JSON with its checksum, filled up to ``room`` bytes with spaces. Of more
    troubles than there is room for, the first ones are told."""
    troubles, data = list(found["troubles"].items()), b""
    while len(data := json.dumps({**found, "check": _checksum(found)}).encode()) > room:
        if not troubles:
            break
        del troubles[len(troubles) // 2 :]
        told = {what[:_SHORT]: why[:_SHORT] for what, why in troubles}
        found = {**found, "troubles": told or {"worker": "it has more troubles than can be told"}}
    return data.ljust(room)


def _checksum(found: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(found).encode())


def heartbeat_path(store_path: Path) -> Path:
    """Where the worker on this database leaves its pulse."""
    return store_path.with_name(f"{store_path.name}.heartbeat")


def last_pulse(store_path: Path) -> Pulse | None:
    """The last pulse of the worker on this database; None if it never ran."""
    for _ in range(_LOOKS):
        try:
            found = json.loads(heartbeat_path(store_path).read_bytes())
            if found.pop("check", None) in (None, _checksum(found)):
                return _pulse(found)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # it is being written
        except OSError:
            return None
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
        "mistakes": dict(list(pulse.mistakes.items())[:_MOST_MISTAKES]),
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
        mistakes=found.get("mistakes", {}),
        receipts=found["receipts"],
        proof=from_text(found["proof"]) if found["proof"] else None,
        canary=from_text(found["canary"]) if found["canary"] else None,
        stops_after=timedelta(seconds=found["stops_after"]),
        stopped=found["stopped"],
        pid=found["pid"],
    )
