"""A store that honours conditions is told from one that does not."""

import os
from pathlib import Path

import pytest

from tests.acceptance.cloud.site import MirroredSite
from tests.acceptance.cloud.stores import SeaweedFS, keys, s3rver
from worker.cloud.bucket import BucketError, open_bucket
from worker.config.model import BucketSettings

pytestmark = pytest.mark.acceptance


def test_seaweedfs_passes(store: SeaweedFS) -> None:
    bucket = store.bucket("probed")
    for _ in range(5):
        bucket.probe()
    assert bucket.list() == {}


def test_s3rver_is_refused(tmp_path: Path) -> None:
    with s3rver(tmp_path) as url, keys():
        bucket = open_bucket(BucketSettings("s3://feeds/site", url), os.environ)
        with pytest.raises(BucketError, match="the store ignores conditions"):
            bucket.probe()


def test_the_mirror_says_so_and_sends_nothing(site: MirroredSite, tmp_path: Path) -> None:
    with s3rver(tmp_path) as url:
        text = site.config.read_text()
        text = text[: text.index("[mirror]")]
        text += f'[mirror]\nto = "s3://feeds/site"\nendpoint = "{url}"\n'
        site.config.write_text(text)
        done = site.mirror("--once")
        assert done.returncode == 2
        assert "the store ignores conditions" in done.stderr
        with keys():
            bucket = open_bucket(BucketSettings("s3://feeds/site", url), os.environ)
            assert bucket.list() == {}
