"""A real drop folder, and users with and without rights."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.inbox.dropfolder.dropping import NOBODY
from worker.inbox.folder import DropFolder


@pytest.fixture
def inbox(root: Path) -> DropFolder:
    return DropFolder(root, max_bytes=1000)


@pytest.fixture
def powerless() -> Iterator[Path]:
    """A folder of a user to whom permissions mean something, and that user's rights."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    if os.geteuid() != 0:
        yield folder
    else:
        os.chown(folder, NOBODY, -1)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)
    for path, _, _ in os.walk(folder):
        Path(path).chmod(0o700)
    shutil.rmtree(folder)


@pytest.fixture
def leases(tmp_path: Path) -> None:
    probe = tmp_path / "probe"
    probe.write_text("")
    with probe.open() as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            pytest.skip(f"no leases here: {error}")
