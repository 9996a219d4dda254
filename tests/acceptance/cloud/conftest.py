"""One SeaweedFS for all tests of a run; each test has a bucket of its own."""

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


@pytest.fixture
def site(tmp_path: Path, store: SeaweedFS, bucket_name: str) -> Iterator[MirroredSite]:
    """A site with ten articles, published but not mirrored yet."""
    store.make(bucket_name)
    found = MirroredSite(tmp_path / "site", store, bucket_name)
    try:
        for number in range(10):
            found.post(number)
        found.once()
        yield found
    finally:
        found.close()
