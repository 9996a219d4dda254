"""``feedmill.toml`` to one frozen ``Config``; every problem is reported at once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Site:
    """[site]: what all feeds share. ``url`` is absolute and ends in a slash."""

    title: str = "Feedmill"
    url: str = "http://127.0.0.1:8000/"
    description: str = ""
    language: str = "en"
    timezone: str = "UTC"
    author: str = ""
    icon: str = ""
    hub: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """[drop]: the folder that authors know. Times are in seconds, or minutes where named so."""

    folder: Path = Path("drop")
    after: Literal["keep", "archive"] = "keep"
    unpublished: Literal["hold", "publish"] = "hold"
    default_topic: str = "News"
    settle_seconds: float = 1.0
    rescan_seconds: float = 300.0
    poll: Literal["auto", "always", "never"] = "auto"
    max_bytes: int = 2_000_000
    ignore: tuple[str, ...] = ()
    withdraw_after_seconds: float = 10.0
    withdraw_share: float = 0.5
    receipts: Literal["problems", "all", "off"] = "problems"
    undo_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Feeds:
    """[feeds]: the folder that readers fetch from, and what a feed's window holds."""

    folder: Path = Path("public")
    min_entries: int = 50
    min_days: int = 7
    max_bytes: int = 1_000_000
    formats: tuple[Literal["rss", "atom", "json"], ...] = ("rss", "atom", "json")


@dataclass(frozen=True, slots=True)
class TopicRule:
    """[topics."NAME"]: what the configuration says of one topic."""

    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    match: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """[[searches]]: a feed for a standing full-text query."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; all paths are absolute."""

    path: Path | None
    site: Site = field(default_factory=Site)
    drop: Drop = field(default_factory=Drop)
    feeds: Feeds = field(default_factory=Feeds)
    store_path: Path = Path("feedmill.db")
    topics: tuple[TopicRule, ...] = ()
    searches: tuple[Search, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000


def load_config(path: Path | None) -> Config:
    """Read the configuration at ``path``; with None the defaults hold in the current folder.

    Raises ConfigError with every problem, each naming its key.
    """
    raise NotImplementedError
