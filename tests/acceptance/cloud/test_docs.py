"""docs/beyond.md is true: its commands do what it shows, in this order."""

from pathlib import Path

import pytest

from tests.e2e.process import article, feedmill, free_port
from tests.e2e.session import play

pytestmark = pytest.mark.acceptance


@pytest.mark.timeout(200)
def test_every_step_gives_what_is_shown(tmp_path: Path, project_root: Path) -> None:
    page = (project_root / "docs" / "beyond.md").read_text("utf-8")
    port = free_port()
    # Other servers of this machine may have the usual ones.
    ports = "".join(
        f" -{name}={free_port()}"
        for name in ("master.port", "volume.port", "filer.port", "s3.port.grpc")
    )
    grpc = "".join(f" -{n}.port.grpc={free_port()}" for n in ("master", "volume", "filer"))
    more = f"{ports}{grpc} -s3.port.iceberg=0 -s3.port.lance=0 -filer.localSocket={tmp_path}/f.sock"
    assert "-s3.port=8333" in page
    page = page.replace("-s3.port=8333", f"-s3.port={port}{more}")
    page = page.replace("127.0.0.1:8333", f"127.0.0.1:{port}")
    with feedmill(tmp_path / "site") as mill:
        for number in range(5):
            mill.write(f"a{number}.md", article(f"Article {number}"))
        mill.once()
        play(page, mill.base)
