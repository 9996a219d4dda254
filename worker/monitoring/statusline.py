"""One line for whoever looks at the service: what it does, and what is in its way.

Pure: made of what the worker counts anyway.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from worker.inbox.filters import printable

if TYPE_CHECKING:
    from worker.monitoring.progress import Progress

_NEEDS_ITS_AUTHOR = ("rejected", "refused", "quarantined", "shadowed")


def catching_up(progress: "Progress", waiting: int) -> str:
    """For the time of the first reconciliation; ``waiting`` are paths that are still to be
    read."""
    read = sum(progress.verdicts.values())
    if progress.last_scan is None:
        text = "Scanning the drop folder"
    elif waiting:
        text = f"Reading the drop folder: {read} read, {waiting} to go, of {progress.files} files"
    else:
        text = f"Publishing: {read} files read, {progress.writes} written"
    return _with_troubles(text, progress)


def working(progress: "Progress", folder: str, mode: str, verdicts: Mapping[str, int]) -> str:
    """For the time after it; ``verdicts`` counts the files of the drop folder."""
    troubled = sum(verdicts.get(verdict, 0) for verdict in _NEEDS_ITS_AUTHOR)
    parts = [f"Watching {printable(folder)} ({mode})", f"{sum(verdicts.values())} files"]
    if troubled:
        parts.append(f"{troubled} need their author")
    if progress.last_publish:
        parts.append(f"last feed written {progress.last_publish:%Y-%m-%d %H:%M:%SZ}")
    return _with_troubles(", ".join(parts), progress)


def _with_troubles(text: str, progress: "Progress") -> str:
    """What is in the way comes first: the line may be cut."""
    troubles = [f"{what}: {why}" for what, why in progress.troubles.items()]
    return "; ".join([f"TROUBLE {trouble}" for trouble in troubles] + [text])
