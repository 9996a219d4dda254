"""A worker that is killed anywhere on a picture's way is repaired by the next start."""

import pytest

from tests.integration.house import House, article
from tests.integration.media.files import png
from tests.integration.media.test_enclosures import MP3, address, item
from worker.core import fault_points

POINTS = [point for point in fault_points.POINTS if point.startswith("media-")]


class KilledError(BaseException):
    """Nothing in the worker catches it, as nothing catches SIGKILL."""


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_is_repaired(
    house: House, monkeypatch: pytest.MonkeyPatch, point: str, nth: int
) -> None:
    reached = []

    def die(at: str) -> None:
        reached.append(at)
        if reached.count(point) == nth:
            raise KilledError

    def change() -> None:
        house.write("p/one.png", png(3, 2))
        house.write("p/two.png", png(5, 4))
        body = "![A boat](feedmill:media/p/one.png) ![A boat](feedmill:media/p/two.png)"
        house.write("a.md", article(body=body))
        house.reconcile()
        house.write("p/one.png", png(7, 6), age=1)
        house.reconcile()
        house.delete("p/two.png") if (house.drop / "p/two.png").exists() else house.reconcile()

    with monkeypatch.context() as patch:
        patch.setattr("worker.media.collector.reach", die)
        with pytest.raises(KilledError):
            change()
        assert point in reached
    house.stop()
    house.start()
    change()
    files = house.public_files()
    recorded = {row[0] for row in house.rows("SELECT path FROM public_files")}
    pictures = [path for path in files if path.startswith("media/")]
    assert len(pictures) == 1
    assert files[pictures[0]][0] == png(7, 6)
    assert recorded == files.keys()
    assert pictures[0].encode() in files["all.atom"][0]
    assert house.rows("SELECT path, due FROM media") == [("p/one.png", 0), ("p/two.png", 0)]


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_on_the_way_of_a_sound_beside_the_article_is_repaired(
    house: House, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def die(at: str) -> None:
        if at == point:
            raise KilledError

    def change() -> None:
        house.write("e.mp3", MP3)
        house.reconcile(2)
        (house.drop / "e.mp3").unlink()
        house.reconcile(2)

    house.write("e.md", article())
    house.reconcile()
    before = item(house)
    with monkeypatch.context() as patch:
        patch.setattr("worker.media.collector.reach", die)
        with pytest.raises(KilledError):
            change()
    is_there = (house.drop / "e.mp3").exists()
    house.restart()
    house.reconcile()
    assert [each["url"] for each in item(house).get("attachments", ())] == (  # type: ignore[attr-defined]
        [address(MP3)] if is_there else []
    )
    change()
    assert item(house) == before
    assert not list(house.public.glob("media/*"))
