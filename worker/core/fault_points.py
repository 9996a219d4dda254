"""Fault points: named places where a test can kill the worker or make it hang.

They are in production code because they test a promise about the moment between two effects: the
worker can be killed at any moment, and the next start repairs everything. From outside, a test
would hit such a moment only by luck. A fault point costs one comparison and does nothing unless
$FEEDMILL_FAULT is "POINT:N" when the process starts. Then the process kills itself (or, with
"POINT:N:hang", hangs like a disk that does not answer) when it reaches POINT for the N-th time.
"""

import os
import re
import signal
import time
from collections.abc import Callable, Mapping

VARIABLE = "FEEDMILL_FAULT"

Point = str
COMMITS = (
    *("schema", "configuration", "missing", "batch", "withdrawal", "timetable"),
    *("cut", "document", "media", "marking", "list", "pages", "article-pages"),
    *("history-page", "removal", "sitemap", "root"),
)
"""Transactions with a point before and one after their commit."""

_WANTED = re.compile(r"([a-z-]+):([1-9][0-9]*)(:hang)?", re.ASCII)

MIRROR_POINTS = ("put-before", "put-after")
"""Those of `feedmill mirror`, around each object that it sends."""

POINTS: tuple[Point, ...] = (
    *("folder-scanned", "file-read", "receipt-before", "receipt-after"),
    *("move-before", "move-reserved", "move-after", "move-forgotten"),
    *("write-before", "write-after"),
    *("media-before-copy", "media-after-copy", "media-removed"),
    *(f"{name}-{when}-commit" for name in COMMITS for when in ("before", "after")),
)


def reach(point: Point) -> None:
    """Mark that the process is at this point; it may die here."""
    if _armed is not None:
        _armed(point)


def armed(environ: Mapping[str, str]) -> Callable[[str], None] | None:
    """What to do at each point; None if no fault is wanted.

    Raises ValueError for a fault that cannot happen: a test without a fault proves nothing.
    """
    wanted = environ.get(VARIABLE)
    if not wanted:
        return None
    match = _WANTED.fullmatch(wanted)
    if match is None or match[1] not in (*POINTS, *MIRROR_POINTS):
        raise ValueError(f"{VARIABLE}: found {wanted!r}, expected POINT:N with one of {POINTS}")
    point, left, hangs = match[1], int(match[2]), bool(match[3])

    def count(reached: str) -> None:
        nonlocal left
        if reached == point:
            left -= 1
            if left == 0:
                _hang() if hangs else os.kill(os.getpid(), signal.SIGKILL)

    return count


def _hang() -> None:
    """Sleep until SIGKILL: Python continues to sleep after other signals."""
    while True:
        time.sleep(3600)


_armed = armed(os.environ)
