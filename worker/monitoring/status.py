"""``feedmill status``: the state of a Feedmill, from its database and its heartbeat.

Works while the worker runs and after it died; takes no lock.
"""

import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from worker.cloud.mirror.state import read_state, trouble_of_mirror
from worker.config.model import Config
from worker.core.clock import to_text
from worker.core.errors import DamagedError, StoreError
from worker.core.problems import plain_verdict
from worker.monitoring.heartbeat import Pulse, last_pulse
from worker.store.damage import is_there
from worker.store.database import open_for_reading
from worker.store.ledger import Ledger, LedgerRow
from worker.store.queries import FeedState, count_articles, list_feeds

CRITICAL = (
    *("watcher", "drop-folder", "database", "public-folder", "publishing"),
    *("proof", "web-server"),
)
"""Troubles that stop new articles from reaching readers, now or soon."""

_DOWN = ("silent", "stopped")


@dataclass(frozen=True, slots=True)
class Status:
    """The whole status. ``worker`` is "running", "silent", "stopped" or "never ran".
    ``mistakes`` are authors' mistakes that no receipt can report; ``ignored`` counts files that
    are no articles, by the code that says why. ``mirror``: how far the bucket is, if there is one.
    """

    worker: str
    since: str
    watching: str
    articles: dict[str, int]
    files: dict[str, int]
    troubled: list[LedgerRow]
    feeds: list[FeedState]
    troubles: dict[str, str] = field(default_factory=dict)
    receipts: str = ""
    mistakes: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    mirror: str = ""

    @property
    def is_well(self) -> bool:
        """Whether a sysadmin has nothing to do. Authors' mistakes do not count."""
        refused = any(feed.problem for feed in self.feeds)
        return self.worker in ("running", "stopped", "never ran") and not (self.troubles or refused)

    def nagios(self) -> tuple[int, str]:
        """The exit status and line of a Nagios plugin: 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN,
        the reason and performance data (Monitoring Plugins Guidelines)."""
        level, reason = self._level_and_reason()
        counts = {f"articles_{state}": n for state, n in self.articles.items()}
        counts |= {f"files_{verdict}": n for verdict, n in self.files.items()}
        data = " ".join(f"{name}={count}" for name, count in counts.items())
        word = ("OK", "WARNING", "CRITICAL", "UNKNOWN")[level]
        return level, f"FEEDMILL {word} - {reason.replace('|', '/')}" + (data and f" | {data}")

    def _level_and_reason(self) -> tuple[int, str]:
        if self.worker == "never ran":
            return 3, "the worker never ran"
        if self.worker != "running":
            return 2, f"the worker is {self.worker} since {self.since}"
        critical = [f"{what}: {why}" for what, why in self.troubles.items() if what in CRITICAL]
        if critical:
            return 2, "; ".join(critical)
        refused = [f"feed {feed.key}: {feed.problem}" for feed in self.feeds if feed.problem]
        warnings = [f"{what}: {why}" for what, why in self.troubles.items()] + refused
        if warnings:
            return 1, "; ".join(warnings)
        return 0, f"running since {self.since}"

    def plain(self) -> dict[str, Any]:
        """The status as JSON values."""
        found = asdict(self)
        found["well"] = self.is_well
        found["troubled"] = [
            plain_verdict(row.path, row.verdict, row.problems) for row in self.troubled
        ]
        return found


def read_status(config: Config, now: datetime) -> Status:
    """Gather the status. Raises StoreError if there is no database."""
    with open_for_reading(config.store_path) as database:
        pulse = last_pulse(config.store_path)
        worker, since = _worker_state(pulse, now)
        mirror, mirror_trouble = _mirror_state(config, now)
        return Status(
            worker=worker,
            since=since,
            watching=f"{pulse.mode}: {pulse.mode_reason}" if pulse else "",
            articles=count_articles(database),
            files=dict(sorted(Ledger(database).counts().items())),
            troubled=list(Ledger(database).troubled()),
            feeds=list_feeds(database, config),
            troubles=(dict(pulse.troubles) if pulse else {}) | mirror_trouble,
            receipts=pulse.receipts if pulse else "",
            mistakes=dict(pulse.mistakes) if pulse else {},
            ignored=Ledger(database).ignored(),
            mirror=mirror,
        )


def nagios_now(config: Config, now: datetime) -> tuple[int, str]:
    """``Status.nagios``, also for a database that cannot be read: CRITICAL if it is damaged or
    disappeared, or if the heartbeat shows a problem. Raises StoreError if nothing is known."""
    try:
        return read_status(config, now).nagios()
    except StoreError as error:
        pulse = last_pulse(config.store_path)
        worker, since = _worker_state(pulse, now)
        reasons = [f"the worker is {worker} since {since}"] if worker in _DOWN else []
        if pulse:
            reasons += (
                f"{what}: {why}" for what, why in pulse.troubles.items() if what in CRITICAL
            )
        is_lost = isinstance(error, DamagedError) or (pulse and not is_there(config.store_path))
        if not reasons and not is_lost:
            raise
        reason = "; ".join((*reasons, " ".join(str(error).split())))
        return 2, f"FEEDMILL CRITICAL - {reason.replace('|', '/')}"


def _worker_state(pulse: Pulse | None, now: datetime) -> tuple[str, str]:
    """The worker's state, and since when."""
    if pulse is None:
        return "never ran", ""
    if pulse.stopped:
        return "stopped", to_text(pulse.at)
    if now - pulse.at > pulse.stops_after or not _is_alive(pulse.pid):
        return "silent", to_text(pulse.at)
    return "running", to_text(pulse.started)


def _mirror_state(config: Config, now: datetime) -> tuple[str, dict[str, str]]:
    """How far the mirror is, and its trouble by name."""
    if config.mirror is None:
        return "", {}
    state = read_state(config.store_path)
    trouble = trouble_of_mirror(config.store_path, now)
    return str(state or ""), {"mirror": trouble} if trouble else {}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
