"""``after = "archive"``: files that cannot be filed stay where they are, and that is said."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.house import House, article
from worker.service.loop import UNFILED_SECONDS
from worker.service.once import once


def put_file(path: Path) -> None:
    path.write_text("in the way")


def put_link(path: Path) -> None:
    path.symlink_to(path.parent.parent)


def put_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.fixture
def archiving(make_house: Callable[..., House]) -> House:
    return make_house(after="archive")


@pytest.mark.parametrize("put", [put_file, put_link, put_dangling_link, os.mkfifo])
def test_what_stands_in_the_place_of_the_archive_is_a_trouble(
    archiving: House, put: Callable[[Path], None]
) -> None:
    house, place = archiving, archiving.drop / "archive"
    put(place)
    house.write("a.md", article("One"))
    house.write("b.md", "---\ntitle: [\n---\n")
    house.reconcile(5)
    progress = house.worker.loop.progress
    assert progress.troubles.keys() == {"filing"}
    assert "a.md could not be moved to archive/" in progress.troubles["filing"]
    assert "Remove what stands in the place of the folder archive/" in progress.troubles["filing"]
    assert house.titles() == ["One"]
    assert (house.drop / "a.md").exists()
    assert (house.drop / "rejected" / "b.md").exists()
    assert house.worker.loop.is_idle()  # or ``once`` would not end

    place.unlink()
    house.clock.pass_time(UNFILED_SECONDS + 1)
    for _ in range(3):
        house.turn()
        house.clock.pass_time(1)
    assert (place / "a.md").exists()
    assert not progress.troubles
    assert house.titles() == ["One"]


def test_once_comes_to_its_end_and_tells_the_trouble(archiving: House) -> None:
    put_file(archiving.drop / "archive")
    archiving.write("a.md", article("One"))
    report = once(archiving.worker)
    assert "filing" in report.troubles
    assert report.verdicts == {"accepted": 1}


def test_a_file_that_its_author_takes_away_ends_the_trouble(archiving: House) -> None:
    put_file(archiving.drop / "archive")
    archiving.write("a.md", article("One"))
    archiving.reconcile(5)
    archiving.delete("a.md")
    assert not archiving.worker.loop.progress.troubles


@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_moves_that_only_a_removed_database_holds(archiving: House, replaced: bool) -> None:
    house, store = archiving, archiving.config.store_path
    store.rename(house.base / "aside")
    if replaced:
        store.write_bytes((house.base / "aside").read_bytes())
    house.write("a.md", article("One"))
    house.reconcile(5)
    assert (house.drop / "a.md").exists()
    assert not (house.drop / "archive").exists()
    assert "removed or replaced" in house.worker.loop.progress.troubles["filing"]

    house.stop()
    for end in ("", "-wal", "-shm"):
        Path(f"{store}{end}").unlink(missing_ok=True)
    house.start()
    house.reconcile(5)
    assert (house.drop / "archive" / "a.md").exists()
    assert house.rows("SELECT title FROM articles") == [("One",)]
