"""Fault points: named moments at which a test kills the worker as ``kill -9`` would, or lets it
hang for ever as a disk that does not answer would.

They stand in the production code because the promise they test (killed at any moment, the next
start repairs everything) is about the moments between two effects, which from outside are hit
by luck only. Nothing happens at them, for the price of one comparison, unless $FEEDMILL_FAULT
is set to "POINT:N" when the process starts; then the N-th reaching of POINT is the end of it, or
the end of its doing anything with "POINT:N:hang".
"""

import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from typing import Literal, get_args

VARIABLE = "FEEDMILL_FAULT"

Point = Literal[
    "schema-before-commit",
    "schema-after-commit",
    "configuration-before-commit",
    "configuration-after-commit",
    "folder-scanned",
    "missing-before-commit",
    "missing-after-commit",
    "file-read",
    "batch-before-commit",
    "batch-after-commit",
    "move-before",
    "move-reserved",
    "move-after",
    "move-forgotten",
    "receipt-before",
    "receipt-after",
    "withdrawal-before-commit",
    "withdrawal-after-commit",
    "timetable-before-commit",
    "timetable-after-commit",
    "cut-before-commit",
    "cut-after-commit",
    "document-before-commit",
    "document-after-commit",
    "write-before",
    "write-after",
    "marking-before-commit",
    "marking-after-commit",
    "list-before-commit",
    "list-after-commit",
    "pages-before-commit",
    "pages-after-commit",
    "root-before-commit",
    "root-after-commit",
]

_WANTED = re.compile(r"([a-z-]+):([1-9][0-9]*)(:hang)?", re.ASCII)

POINTS: tuple[Point, ...] = get_args(Point)


def reach(point: Point) -> None:
    """Say that the process is at this point; it may be its last word."""
    if _armed is not None:
        _armed(point)


def armed(environ: Mapping[str, str]) -> Callable[[str], None] | None:
    """What to do at each point; None where no fault is asked for. Raises ValueError for a
    fault that could never happen: a test that kills nobody proves nothing."""
    wanted = environ.get(VARIABLE)
    if not wanted:
        return None
    match = _WANTED.fullmatch(wanted)
    if match is None or match[1] not in POINTS:
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
    """Python goes on sleeping after a signal: nothing but SIGKILL ends this."""
    while True:
        time.sleep(3600)


_armed = armed(os.environ)
