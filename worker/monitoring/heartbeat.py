"""The heartbeat: the worker's current state in a small file beside the database.

``feedmill status`` reads it while the worker runs and after it died.
"""

import contextlib
import json
import os
import zlib
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from feeds import at
from feeds.atomic_file import write_all
from worker.core.clock import from_text, to_text

FILE_BYTES = 16_384
"""Size of the file in bytes. It is fixed, so that overwriting needs no new disk space."""

_LONGEST_TEXT = 500
_READ_ATTEMPTS = 20
_MOST_MISTAKES = 5
# In the file, two values have older names; those that are times are text.
_KEYS = {"last_self_test": "proof", "last_probe": "canary"}
_MOMENTS = ("started", "at", "last_scan", "proof", "canary")


@dataclass(frozen=True, slots=True)
class Pulse:
    """The worker's state at one moment; all times are in UTC.

    ``stops_after``: a longer silence means a dead or stuck worker. ``mistakes`` are authors'
    mistakes that no receipt can report. ``receipts`` is the folder of receipts if they are not
    beside their files. ``last_self_test`` and ``last_probe`` are when these last passed.
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
    last_self_test: datetime | None = None
    last_probe: datetime | None = None
    mistakes: dict[str, str] = field(default_factory=dict)
    stops_after: timedelta = timedelta(seconds=45)
    stopped: bool = False
    pid: int = 0


def write_pulse(store_path: Path, pulse: Pulse, *, stopped: bool = False) -> None:
    """Overwrite the file in place: a full disk, when the heartbeat matters most, has no room for
    a second file. An error here must not stop the worker."""
    with contextlib.suppress(OSError):
        descriptor = _open(heartbeat_path(store_path))
        try:
            size = max(FILE_BYTES, os.fstat(descriptor).st_size)
            write_all(descriptor, _padded_json(_to_json(pulse, stopped), size))
        finally:
            os.close(descriptor)


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | at.O_NOFOLLOW | at.O_CLOEXEC
    try:
        return at.open_(path, flags, 0o644)
    except OSError:  # owned by another user, or not a regular file
        path.unlink(missing_ok=True)
        return at.open_(path, flags, 0o644)


def _padded_json(found: dict[str, Any], size: int) -> bytes:
    """The JSON with its checksum, padded with spaces to ``size`` bytes. Drops the last troubles
    if they do not fit."""
    troubles, data = list(found["troubles"].items()), b""
    while len(data := json.dumps({**found, "check": _checksum(found)}).encode()) > size:
        if not troubles:
            break
        del troubles[len(troubles) // 2 :]
        kept = {what[:_LONGEST_TEXT]: why[:_LONGEST_TEXT] for what, why in troubles}
        found = {**found, "troubles": kept or {"worker": "it has too many troubles to list"}}
    return data.ljust(size)


def _checksum(found: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(found).encode())


def heartbeat_path(store_path: Path) -> Path:
    """The heartbeat file of a database."""
    return store_path.with_name(f"{store_path.name}.heartbeat")


def last_pulse(store_path: Path) -> Pulse | None:
    """The last pulse of a database's worker; None if it never ran."""
    for _ in range(_READ_ATTEMPTS):
        try:
            found = json.loads(heartbeat_path(store_path).read_bytes())
            if found.pop("check", None) in (None, _checksum(found)):
                return _from_json(found)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # being written right now
        except OSError:
            return None
    return None


def _to_json(pulse: Pulse, stopped: bool) -> dict[str, Any]:
    found = {_KEYS.get(item.name, item.name): getattr(pulse, item.name) for item in fields(pulse)}
    moments = {key: to_text(found[key]) if found[key] else None for key in _MOMENTS}
    return (
        found
        | moments
        | {
            "mistakes": dict(list(pulse.mistakes.items())[:_MOST_MISTAKES]),
            "stops_after": pulse.stops_after.total_seconds(),
            "stopped": stopped,
            "pid": os.getpid(),
        }
    )


def _from_json(found: dict[str, Any]) -> Pulse:
    for key in _MOMENTS:
        found[key] = from_text(found[key]) if found[key] else None
    found["stops_after"] = timedelta(seconds=found["stops_after"])
    found.setdefault("mistakes", {})
    return Pulse(**{item.name: found[_KEYS.get(item.name, item.name)] for item in fields(Pulse)})
