"""[mirror], [inbox] and [standby]: the buckets of an object store, and how they are used.

A section that is not there means that nothing of it exists. Secrets are never in the file.
"""

import os.path
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from worker.config.model import (
    BucketSettings,
    Config,
    InboxSettings,
    MirrorSettings,
    StandbySettings,
)
from worker.config.toml_table import Table, not_empty

_BUCKET = re.compile(r"(?:s3|gs|az)://[A-Za-z0-9][A-Za-z0-9._-]{0,254}(?:/[^\s?#]*)?")
_FOLDER = re.compile(r"file:///[^\s?#]+")
_PART = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")
_NO_BUCKET = BucketSettings("")
_MIRROR, _INBOX = MirrorSettings(_NO_BUCKET), InboxSettings(_NO_BUCKET)
_STANDBY = StandbySettings(_NO_BUCKET)
_REGION = re.compile(r"[a-z0-9-]+")


def bucket_is_right(text: str) -> str:
    """The check for the address of a bucket."""
    if _BUCKET.fullmatch(text) or _FOLDER.fullmatch(text):
        return ""
    return 'an address such as "s3://BUCKET/FOLDER", "gs://…", "az://…" or "file:///FOLDER"'


def endpoint_is_right(text: str) -> str:
    """The check for the address of a store that speaks S3."""
    parts = urlsplit(text)
    if not text or (parts.scheme in ("http", "https") and parts.hostname and "@" not in text):
        return ""
    return "an address that starts with https:// or http://, without secrets"


def region_is_right(text: str) -> str:
    """The check for a region's name."""
    return "" if _REGION.fullmatch(text) else 'a region such as "eu-central-1", or "auto"'


def part_is_right(text: str) -> str:
    """The check for the share of the inbox that one machine takes."""
    found = _PART.fullmatch(text)
    if not text or (found and int(found[1]) <= int(found[2])):
        return ""
    return 'a share such as "3/16", the third of sixteen'


def mirror_of(file: Table) -> MirrorSettings | None:
    """The settings of [mirror]; None without such a section. Reports what is wrong."""
    if file.take("mirror") is None:
        return None
    table = file.table("mirror", "[mirror]")
    settings = MirrorSettings(
        bucket=_bucket(table, "to", "it is where the public folder goes"),
        feeds_max_age=table.count("feeds_max_age", _MIRROR.feeds_max_age, 0, 86_400),
        requests=table.count("requests", _MIRROR.requests, 1, 256),
    )
    table.finish()
    return settings


def inbox_of(file: Table) -> InboxSettings | None:
    """The settings of [inbox]; None without such a section. Reports what is wrong."""
    if file.take("inbox") is None:
        return None
    table = file.table("inbox", "[inbox]")
    bucket = _bucket(table, "from", "it is where authors upload")
    part = _PART.fullmatch(table.text("part", "", part_is_right))
    settings = InboxSettings(
        bucket=bucket,
        poll_seconds=table.number("poll_seconds", _INBOX.poll_seconds, 0, 86_400, above=True),
        part=(int(part[1]), int(part[2])) if part else (1, 1),
        receipts=table.flag("receipts", _INBOX.receipts),
    )
    table.finish()
    return settings


def standby_of(file: Table) -> StandbySettings | None:
    """The settings of [standby]; None without such a section. Reports what is wrong."""
    if file.take("standby") is None:
        return None
    table = file.table("standby", "[standby]")
    settings = StandbySettings(
        bucket=_bucket(table, "state", "it is where lease and database are kept"),
        ttl_seconds=table.number("ttl_seconds", _STANDBY.ttl_seconds, 1, 3600),
        litestream=table.text("litestream", _STANDBY.litestream, not_empty),
        drill_minutes=table.number("drill_minutes", _STANDBY.drill_minutes, 1, 10_080),
        keep_days=table.count("keep_days", _STANDBY.keep_days, 1, 3_650),
    )
    table.finish()
    return settings


def _bucket(table: Table, key: str, purpose: str) -> BucketSettings:
    url = table.text(key, "", bucket_is_right)
    if not table.has(key):
        table.report(key, f"is missing; {purpose}.")
    return BucketSettings(
        url=url.rstrip("/"),
        endpoint=table.text("endpoint", _NO_BUCKET.endpoint, endpoint_is_right),
        region=table.text("region", _NO_BUCKET.region, region_is_right),
        timeout_seconds=table.number(
            "timeout_seconds", _NO_BUCKET.timeout_seconds, 0, 300, above=True
        ),
    )


def cloud_problems(config: Config) -> Iterator[str]:
    """Every problem between these sections and with the folders."""
    if config.standby:
        for name, section in (("mirror", config.mirror), ("inbox", config.inbox)):
            if section is None:
                yield f"standby: it needs [{name}], which is missing. Add it."
    named = {
        key: section.bucket.url
        for key, section in (
            ("mirror.to", config.mirror),
            ("inbox.from", config.inbox),
            ("standby.state", config.standby),
        )
        if section and section.bucket.url
    }
    for number, (key, url) in enumerate(named.items()):
        for other, theirs in list(named.items())[number + 1 :]:
            if f"{url}/".startswith(f"{theirs}/") or f"{theirs}/".startswith(f"{url}/"):
                yield (
                    f"{key}, {other}: {url} and {theirs} are one place or inside each other. "
                    "Use two different ones."
                )
        yield from _near_folders(config, key, url)


def _near_folders(config: Config, key: str, url: str) -> Iterator[str]:
    """A folder as a bucket beside the worker's own folders."""
    if not url.startswith("file://"):
        return
    path = os.path.normpath(url.removeprefix("file://"))
    for name, folder in (("drop", config.drop.folder), ("public", config.feeds.folder)):
        ours = os.path.normpath(folder)
        if f"{path}/".startswith(f"{ours}/") or f"{ours}/".startswith(f"{path}/"):
            yield f"{key}: {path} is the {name} folder {ours}, inside or around it. Choose another."
