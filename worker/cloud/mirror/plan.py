"""Decides what is sent to the bucket, in which order, and what may be deleted.

Pure. A reader who follows links must never find one that leads nowhere: what is linked to is
sent before what links to it, what is new before what changes, and nothing is deleted while a
cached feed may still point to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from feeds.server.file_headers import cache_control, media_type
from worker.cloud.bucket import ObjectVersion
from worker.cloud.mirror.folder import FileIdentity

LEAF, FEED, PAGE, FRONT = range(4)
"""What a file is in the net of links: nothing points to a front page; leaves are pointed to."""

EPOCH = "feedmill-epoch"
"""The metadata by which an object is known as Feedmill's; its value tells who may replace it."""

_LEAF_FOLDERS = ("media/", "archive/", "articles/")
_ASSETS = frozenset((".css", ".js", ".svg", ".ico"))
_FEEDS = frozenset((".rss", ".atom", ".json"))
_FRONT = frozenset(
    ("index.html", "feeds.opml", "search.json", "sitemap.xml", "robots.txt", "404.html", "410.html")
)
_FRONT_FOLDERS = ("sitemap/",)


@dataclass(frozen=True, slots=True)
class SentObject:
    """What the mirror knows of one object: the SHA-256 of its bytes, its headers and version in
    the bucket. ``identity`` is the file's when it was read, ``gone_since`` when it was missed.
    ``digest`` and ``headers`` are empty for an object that only a list has shown."""

    version: ObjectVersion
    digest: str = ""
    headers: str = ""
    identity: FileIdentity | None = None
    gone_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``waves`` of paths, each sent after the one before it; ``gone`` are newly missing,
    ``back`` are there again, ``deletions`` are due."""

    waves: tuple[tuple[str, ...], ...]
    gone: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    deletions: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many files may have to be sent."""
        return sum(map(len, self.waves))


def rank(path: str) -> int:
    """LEAF for archives, media, assets and articles' own pages, FEED, PAGE or FRONT."""
    suffix = PurePosixPath(path).suffix
    if path in _FRONT or path.startswith(_FRONT_FOLDERS):
        return FRONT
    if path.startswith(_LEAF_FOLDERS) or suffix in _ASSETS:
        return LEAF
    return FEED if suffix in _FEEDS else PAGE


def headers_of(path: str, feeds_max_age: int) -> dict[str, str]:
    """The headers with which readers get a file, as the embedded server gives them."""
    return {
        "Content-Type": media_type(PurePosixPath(path).suffix),
        "Cache-Control": cache_control(path, feeds_max_age),
    }


def as_text(headers: Mapping[str, str]) -> str:
    """Headers as one line, to compare them."""
    return "; ".join(f"{name}={value}" for name, value in sorted(headers.items()))


def plan(
    files: Mapping[str, FileIdentity],
    sent: Mapping[str, SentObject],
    now: datetime,
    feeds_max_age: int,
) -> Plan:
    """What is to be done for the files of the public folder. A folder without its feeds and
    pages is not there or not mounted: then nothing counts as gone."""
    changed = [path for path, identity in files.items() if _differs(path, identity, sent)]
    stale = [
        path
        for path in files
        if path in sent
        and sent[path].digest
        and sent[path].headers != as_text(headers_of(path, feeds_max_age))
    ]
    missing = [path for path in sent if path not in files] if is_whole(files) else []
    wait = timedelta(seconds=feeds_max_age)
    return Plan(
        waves=_waves(dict.fromkeys((*changed, *stale)), sent),
        gone=tuple(path for path in missing if sent[path].gone_since is None),
        back=tuple(path for path in files if path in sent and sent[path].gone_since),
        deletions=tuple(path for path in missing if _is_due(sent[path], now, wait)),
    )


def is_whole(files: Iterable[str]) -> bool:
    """Whether this can be a public folder that the worker wrote: it has feeds of its own."""
    return any(path.startswith("all.") for path in files)


def missed(sent: SentObject, now: datetime) -> SentObject:
    """The object from the moment that its file is gone."""
    return replace(sent, gone_since=now)


def _differs(path: str, identity: FileIdentity, sent: Mapping[str, SentObject]) -> bool:
    return path not in sent or not sent[path].digest or sent[path].identity != identity


def _is_due(sent: SentObject, now: datetime, wait: timedelta) -> bool:
    return sent.gone_since is not None and now - sent.gone_since > wait


def _waves(paths: Iterable[str], sent: Mapping[str, SentObject]) -> tuple[tuple[str, ...], ...]:
    """New leaves, changed leaves, new feeds, new pages, changed feeds, changed pages, front."""
    order: dict[tuple[int, bool], list[str]] = {
        (LEAF, True): [],
        (LEAF, False): [],
        (FEED, True): [],
        (PAGE, True): [],
        (FEED, False): [],
        (PAGE, False): [],
        (FRONT, False): [],
    }
    for path in paths:
        kind = rank(path)
        order[kind, path not in sent and kind != FRONT].append(path)
    return tuple(tuple(sorted(wave)) for wave in order.values() if wave)
