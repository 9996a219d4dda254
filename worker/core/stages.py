"""Results that the packages hand to each other: verdicts, moved files, identity."""

from dataclasses import dataclass, field
from datetime import datetime

from worker.core.problems import Problem

STATES = ("live", "held", "scheduled", "expired", "shadowed", "withdrawn")
"""The states of a stored article; only live articles are in feeds."""


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


@dataclass(slots=True)
class BatchResult:
    """The result of a batch of paths.

    ``done``: their verdict is stored. ``again``: to be read again for a reason outside the file.
    ``later``: could not be read now, with the reason. ``contested``: published, while another
    file has (or had) the same id, link or content. ``filed``: moved; their ledger rows go once
    the receipts are written. ``unfiled``: could not be moved, with the reason.
    """

    told: list[FileResult] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)
    contested: list[str] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)
    unfiled: dict[str, str] = field(default_factory=dict)

    def add(self, other: "BatchResult") -> None:
        """Add the result of other files."""
        self.told += other.told
        self.done += other.done
        self.gone += other.gone
        self.again += other.again
        self.later |= other.later
        self.filed += other.filed
        self.contested += other.contested
        self.unfiled |= other.unfiled


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
