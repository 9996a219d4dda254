"""What became of paths of the drop folder, on its way from ingestion to whoever tells it."""

from dataclasses import dataclass, field
from datetime import datetime

from worker.core.problems import Problem

STATES = ("live", "held", "scheduled", "expired", "shadowed", "withdrawn")
"""What a stored article can be; only what is live stands in feeds."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """One verdict, as log, receipts and status tell it."""

    path: str
    verdict: str
    problems: tuple[Problem, ...] = ()
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A judged file that was moved out of the way: from which path to which one (None where that
    is not known any more), and what its author is told."""

    origin: str
    path: str | None
    verdict: str
    content_hash: str
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class BatchResult:
    """What became of a batch. ``again`` are paths to look at anew for a reason that lies
    outside their files; ``later`` maps paths that could not be read now to the reason;
    ``contested`` are those of files that stand, and that another one claims to be, or did;
    ``done`` are those whose verdict is stored, ``filed`` those moved away, whose lines in the
    ledger go once their receipts are written; ``unfiled`` maps those that could not be moved to
    the reason."""

    told: list[FileResult] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)
    contested: list[str] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)
    unfiled: dict[str, str] = field(default_factory=dict)

    def add(self, other: "BatchResult") -> None:
        """Take over what became of other files."""
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
    """What a file says of its identity; ``came`` is its ``arrival``."""

    path: str
    explicit_id: str
    link_key: str
    content_hash: str
    mtime_ns: int
    came: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """From when a file makes each of its claims: arrivals, empty for what it does not claim."""

    id: str = ""
    link: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A stored article, as far as identity goes. ``shadowed``: another file took its id, link
    or content; ``withdrawn``: its deletion was noticed; ``present``: its file is at ``path``.
    The store does not know that: ``ingest`` asks the drop folder.
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
        """Does its file hold what it claims?"""
        return self.present and not self.shadowed


@dataclass(frozen=True, slots=True)
class Past:
    """What of a stored article's history binds its next version."""

    published: datetime
    updated: datetime
    first_seen: datetime
    public_since: datetime | None
    reader_hash: str


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of an article's life; ``public_until`` is None where it does not expire."""

    published: datetime
    updated: datetime
    first_seen: datetime
    public_from: datetime
    public_until: datetime | None
