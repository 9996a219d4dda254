"""The configuration as one frozen value."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from feeds.websub import Spool


Content = Literal["full", "summary"]


@dataclass(frozen=True, slots=True)
class Site:
    """[site]: what all feeds share. ``url`` is absolute and ends with a slash.

    ``home`` is the site that the feeds are for, if it is another one; ``editor`` is the feeds'
    "mail (name)"; ``css`` is a style sheet for the pages, ``footer`` Markdown for their end.
    """

    title: str = "Feedmill"
    url: str = "http://127.0.0.1:8000/"
    description: str = ""
    language: str = "en"
    timezone: str = "UTC"
    author: str = ""
    icon: str = ""
    hub: str = ""
    home: str = ""
    copyright: str = ""
    editor: str = ""
    css: Path | None = None
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """[drop]: the drop folder. Times are in seconds, except ``undo_minutes``.

    ``receipts_folder`` holds the receipts if the drop folder is not writable; ``assets`` holds
    pictures that articles name from the site's root, and is only read.
    """

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
    receipts_folder: Path | None = None
    assets: Path | None = None
    undo_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class PodcastSettings:
    """[feeds.podcast]: the feeds of ``topics``, or with ``is_all`` every topic's and that of all
    articles, are podcasts. ``categories`` are Apple's, each with a subcategory or "". ``guid`` is
    the one that the podcast has had elsewhere, or ""."""

    topics: tuple[str, ...]
    is_all: bool
    title: str
    author: str
    owner_name: str
    owner_email: str
    categories: tuple[tuple[str, str], ...]
    cover: str
    is_explicit: bool
    kind: Literal["episodic", "serial"]
    is_locked: bool
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Feeds:
    """[feeds]: the public folder, how many entries a feed holds, and how much of each; whether
    ``authors`` and ``languages`` have feeds."""

    folder: Path = Path("public")
    min_entries: int = 50
    min_days: int = 7
    max_bytes: int = 1_000_000
    formats: tuple[Literal["rss", "atom", "json"], ...] = ("rss", "atom", "json")
    podcast: PodcastSettings | None = None
    content: Content = "full"
    authors: bool = False
    languages: bool = False


@dataclass(frozen=True, slots=True)
class PageSettings:
    """[pages]: which ``articles`` have a page of their own: those without a link, all, or none.
    ``templates`` is the folder of the owner's templates."""

    articles: Literal["unlinked", "all", "none"] = "unlinked"
    templates: Path | None = None


@dataclass(frozen=True, slots=True)
class TopicRule:
    """[topics."NAME"]: the configuration of one topic; without ``content``, that of [feeds]."""

    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    match: str = ""
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """[[searches]]: a feed of every article that matches all keys that are given, at least one.

    ``query`` is a full-text query; ``topics`` and ``authors`` want one of theirs, ``topics_all``
    all, ``topics_none`` none; ``provider`` is a name or a domain; "de" as ``language`` includes
    "de-AT". Without ``content``, that of [feeds].
    """

    name: str
    query: str = ""
    topics: tuple[str, ...] = ()
    topics_all: tuple[str, ...] = ()
    topics_none: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    provider: str = ""
    language: str = ""
    min_quality: float | None = None
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """[media]: pictures, sound and film that articles show; ``max_bytes`` is the largest file."""

    max_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Metrics:
    """[metrics]: metrics for Prometheus in a file (None: beside the database) and, if ``serve`` is
    not "off", at /metrics of the embedded server: "local" at ``local_port`` only."""

    file: Path | None = None
    serve: Literal["off", "local", "all"] = "off"


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """Which bucket, and how it is reached. ``url`` has no slash at its end. With ``region``
    "auto" the environment says it, or it does not matter. The time-out is that of one request."""

    url: str
    endpoint: str = ""
    region: str = "auto"
    timeout_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """[mirror]: the bucket from which readers fetch. ``feeds_max_age`` is in seconds, for feeds
    and pages; ``requests`` is how many are sent at once."""

    bucket: BucketSettings
    feeds_max_age: int = 300
    requests: int = 16


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """[inbox]: the bucket to which authors upload. ``part`` is (3, 16) for "3/16", (1, 1) for
    everything; ``receipts``: whether they go back as objects."""

    bucket: BucketSettings
    poll_seconds: float = 10.0
    part: tuple[int, int] = (1, 1)
    receipts: bool = False


@dataclass(frozen=True, slots=True)
class StandbySettings:
    """[standby]: a second machine takes over. ``bucket`` holds lease and database; ``litestream``
    is a program; ``keep_days`` is for the databases of earlier holders of the lease."""

    bucket: BucketSettings
    ttl_seconds: float = 15.0
    litestream: str = "litestream"
    drill_minutes: float = 60.0
    keep_days: int = 7


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; all paths are absolute.

    ``strict_topics`` ([topics] strict) rejects articles with topics that are not in ``topics``;
    articles create at most ``most_topics`` ([topics] most) topics. ``translations`` ([topics]
    translations): which translations of an article are in the feeds of topics and of all articles.
    ``checkpoints`` ([store] checkpoints): "outside" leaves those of SQLite to Litestream.
    ``configured_url`` is ``site.url`` without the options of a command, "" where that is the same.
    """

    path: Path | None
    site: Site = field(default_factory=Site)
    drop: Drop = field(default_factory=Drop)
    feeds: Feeds = field(default_factory=Feeds)
    media: Media = field(default_factory=Media)
    pages: PageSettings = field(default_factory=PageSettings)
    store_path: Path = Path("feedmill.db")
    checkpoints: Literal["own", "outside"] = "own"
    topics: tuple[TopicRule, ...] = ()
    strict_topics: bool = False
    most_topics: int = 5000
    translations: Literal["one", "all"] = "one"
    searches: tuple[Search, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    local_port: int = 8001
    configured_url: str = ""
    metrics: Metrics = field(default_factory=Metrics)
    mirror: MirrorSettings | None = None
    inbox: InboxSettings | None = None
    standby: StandbySettings | None = None

    @property
    def id_url(self) -> str:
        """What ids are made from: the site's address, whatever a command's options say."""
        return self.configured_url or self.site.url

    @property
    def metrics_path(self) -> Path:
        """The path of the metrics file."""
        beside = self.store_path.with_name(f"{self.store_path.name}.prom")
        return self.metrics.file or beside


def spool_of(config: Config) -> "Spool":
    """The queue of changed feeds for the WebSub hub: a folder beside the database."""
    from feeds.websub import Spool  # loads an HTTP client, which --version does without

    store = config.store_path
    return Spool(store.with_name(f"{store.name}.pings"))
