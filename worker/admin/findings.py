"""What ``feedmill doctor`` reports: one finding per thing that it checked."""

from typing import Literal, NamedTuple

Level = Literal["ok", "note", "warning", "bad"]


class Finding(NamedTuple):
    """One checked thing. "bad" stops Feedmill from working; "warning" will, some day."""

    level: Level
    what: str
    text: str
    cure: str = ""
