"""Checks of what belongs to more than one machine: the bucket, and Litestream beside the worker."""

import os
from collections.abc import Iterator
from datetime import datetime

from feeds.errors import FeedmillError
from worker.admin.findings import Finding
from worker.cloud.bucket import open_bucket
from worker.cloud.mirror.state import read_state, trouble_of_mirror
from worker.config.model import Config

LARGEST_WAL = 100_000_000


def mirror_findings(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether the bucket can be used, by the probe, and whether the mirror runs. The access keys
    are those of this shell, which may lack them."""
    if config.mirror is None:
        return
    what, where = "mirror", config.mirror.bucket.url
    try:
        open_bucket(config.mirror.bucket, os.environ, patience=2.0).probe()
    except FeedmillError as error:
        yield Finding("bad", what, f"{where}: {error.cause}", error.fix)
    else:
        yield Finding("ok", what, f"{where} can be written and honours conditions")
    if trouble := trouble_of_mirror(config.store_path, now):
        fix = "See its log: journalctl -u feedmill-mirror. It goes on as soon as it can."
        yield Finding("bad", what, trouble, fix)
    else:
        yield Finding("ok", what, str(read_state(config.store_path)))


def unbuilt_findings(config: Config) -> Iterator[Finding]:
    """Sections that are checked, but that nothing acts on yet."""
    for name, section in (("inbox", config.inbox), ("standby", config.standby)):
        if section is not None:
            yield Finding("bad", name, f"[{name}] does nothing yet", "Remove the section.")


def litestream_findings(config: Config) -> Iterator[Finding]:
    """Litestream beside a worker that checkpoints, and nothing beside one that does not."""
    what, store = "litestream", config.store_path
    has_litestream = store.with_name(f".{store.name}-litestream").is_dir()
    wal = store.with_name(f"{store.name}-wal")
    if has_litestream and config.checkpoints == "own":
        text = "Litestream replicates the database, and its copy is damaged: the worker also "
        text += "writes the log back"
        fix = 'Set store.checkpoints = "outside", restart the worker, then `litestream reset`.'
        yield Finding("bad", what, text, fix)
    elif config.checkpoints == "outside" and wal.exists() and wal.stat().st_size > LARGEST_WAL:
        text = f"{wal} has {wal.stat().st_size:,} bytes, because nothing writes it back"
        fix = 'Start Litestream, or set store.checkpoints = "own".'
        yield Finding("bad", what, text, fix)
