"""Results that the packages hand to each other: verdicts, moved files, identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from worker.core.problems import Problem

STATES: Final[dict[str, str]] = {
    "live": "in the feeds of its topics",
    "held": "held back by its author: a draft, or `published: false`",
    "scheduled": "in the feeds from its date on",
    "expired": "out of the feeds, because its `expires` date has passed",
    "shadowed": "not in the feeds: another file has the same id, link or content",
    "withdrawn": "out of the feeds, because its file is gone or `feedmill withdraw` removed it",
}
"""The states of a stored article, each with its meaning: the words wherever a state is shown."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """One verdict, for the log, the receipts and the status."""

    path: str
    verdict: str
    problems: tuple[Problem, ...] = ()
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A file that was moved to archive/ or rejected/ after its verdict.

    It was moved from ``origin`` to ``path``, which is None if no longer known.
    """

    origin: str
    path: str | None
    verdict: str
    content_hash: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What one change of the database means for files: theirs, and those with the same claim.

    ``told``: new verdicts. ``again``: to be read again for a reason outside the file.
    ``contested``: published, while another file has (or had) the same id, link or content.
    """

    told: tuple[FileResult, ...] = ()
    again: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()

    def __add__(self, later: "Effects") -> "Effects":
        if not (self.told or self.again or self.contested):
            return later
        return Effects(
            self.told + later.told, self.again + later.again, self.contested + later.contested
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """The result of a batch of paths: the ``Effects`` of all of them, and what became of each.

    ``done``: their verdict is stored. ``later``: could not be read now, with the reason.
    ``filed``: moved; their ledger rows go once the receipts are written. ``unfiled``: could not
    be moved, with the reason.
    """

    told: Sequence[FileResult] = ()
    done: Sequence[str] = ()
    gone: Sequence[str] = ()
    again: Sequence[str] = ()
    later: Mapping[str, str] = field(default_factory=dict)
    contested: Sequence[str] = ()
    filed: Sequence[Filed] = ()
    unfiled: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What identifies a file; ``came`` is its ``arrival``."""

    path: str
    explicit_id: str
    link_key: str
    content_hash: str
    mtime_ns: int
    came: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """Since when a file has each part of its identity: arrivals, empty for none."""

    id: str = ""
    link: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """The identity of a stored article.

    ``present``: its file is at ``path``. ``shadowed``: another present file took its id, link or
    content. ``withdrawn``: its file was found deleted.
    The store does not know ``present``: ``ingest`` asks the drop folder.
    """

    article_id: int
    uri: str
    path: str
    explicit_id: str
    link_key: str
    content_hash: str
    since: Since = Since()
    shadowed: bool = False
    withdrawn: bool = False
    present: bool = False

    @property
    def stands(self) -> bool:
        """Whether its file is present and owns this identity."""
        return self.present and not self.shadowed


@dataclass(frozen=True, slots=True)
class Past:
    """What the next version of a stored article must keep."""

    published: datetime
    updated: datetime
    first_seen: datetime
    public_since: datetime | None
    reader_hash: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Times:
    """An article's times; ``public_until`` is None if it does not expire."""

    published: datetime
    updated: datetime
    first_seen: datetime
    public_from: datetime
    public_until: datetime | None
