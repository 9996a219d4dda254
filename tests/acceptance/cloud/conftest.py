"""One SeaweedFS for all tests of a run; each test has a bucket of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cloud.site import MirroredSite
from tests.acceptance.cloud.stores import SeaweedFS, seaweedfs


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A running SeaweedFS."""
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as found:
        yield found


@pytest.fixture
def bucket_name(request: pytest.FixtureRequest) -> str:
    """A bucket's name that no other test has."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)[-50:].strip("-").lower()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, store: SeaweedFS) -> Path:
    """The folder of a site with ten articles, published but not mirrored."""
    base = tmp_path_factory.mktemp("published") / "site"
    made = MirroredSite(base, store, "published")
    for number in range(10):
        made.post(number)
    made.once()
    return base


@pytest.fixture
def site(
    tmp_path: Path, store: SeaweedFS, bucket_name: str, published: Path
) -> Iterator[MirroredSite]:
    """A copy of the published site, with a bucket of its own. The worker does not withdraw there:
    its drop folder is another one."""
    store.make(bucket_name)
    shutil.copytree(published, tmp_path / "site")
    found = MirroredSite(tmp_path / "site", store, bucket_name)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def fresh(tmp_path: Path, store: SeaweedFS, bucket_name: str) -> Iterator[MirroredSite]:
    """A site with ten new articles."""
    store.make(bucket_name)
    found = MirroredSite(tmp_path / "site", store, bucket_name)
    for number in range(10):
        found.post(number)
    try:
        yield found
    finally:
        found.close()
