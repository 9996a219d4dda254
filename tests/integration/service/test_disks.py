"""Disks that are full or read-only: the last good feeds stay, and all is made good afterwards."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.e2e.disks import filled, set_writable, small_disk
from tests.integration.house import House, article, build
from worker.service.pacing import RETRY_SECONDS


@contextmanager
def read_only(folder) -> Iterator[None]:
    set_writable(folder, False)
    try:
        yield
    finally:
        set_writable(folder, True)


def later(house: House) -> None:
    """Until the worker tries again, and has done so."""
    house.reconcile(RETRY_SECONDS + 1)
    house.reconcile(RETRY_SECONDS + 1)


def check(house: House, trouble: str, harm) -> None:
    house.write("a.md", article("One", topics="X"))
    later(house)
    before = house.public_files()
    with harm:
        house.write("b.md", article("Two", "Word. " * 20_000, topics="X"))
        later(house)
        assert trouble in house.worker.loop.progress.troubles
        good = {path: data for path, data in house.public_files().items() if path in before}
        assert good == before
    later(house)
    assert not house.worker.loop.progress.troubles
    assert sorted(house.titles("topics/x")) == ["One", "Two"]
    assert not [path for path in house.public_files() if path.endswith(".feedmill-new")]


@pytest.mark.parametrize(
    ("place", "trouble", "harm"),
    [
        ("public", "public-folder", filled),
        ("public", "public-folder", read_only),
        ("db", "database", filled),
    ],
)
def test_a_disk_that_is_full_or_read_only_is_waited_for(tmp_path, place, trouble, harm):
    house = build(tmp_path / "house")
    house.config = replace(house.config, store_path=house.base / "db/feedmill.db")
    with small_disk(house.base / place, "4m"):
        house.start()
        try:
            check(house, trouble, harm(house.base / place))
        finally:
            house.stop()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_a_public_folder_that_refuses_a_file_is_waited_for(house, monkeypatch, number):
    """For whoever may mount no disk."""

    @contextmanager
    def refusing() -> Iterator[None]:
        def refuse(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patched:
            # Not ``os.utime``, which is the tests' own as well.
            patched.setattr("feeds.public_folder.PublicFolder._new_file", refuse)
            yield

    check(house, "public-folder", refusing())
