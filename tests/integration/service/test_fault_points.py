"""Every fault point lies on the way of an ordinary run: a kill at it is a kill that happens."""

from dataclasses import replace

from tests.integration.house import article, build
from tests.integration.media.files import png
from worker.core import fault_points
from worker.service.command_queue import Request
from worker.service.once import once


def test_an_ordinary_life_reaches_every_fault_point(tmp_path, monkeypatch):
    reached: set[str] = set()
    monkeypatch.setattr(fault_points, "_armed", reached.add)
    live(tmp_path)
    assert set(fault_points.POINTS) - reached == set()
    assert reached <= set(fault_points.POINTS)


def live(tmp_path):
    """A short life of two houses."""

    for after in ("keep", "archive"):
        house = build(tmp_path / after, after=after)
        house.config.store_path.unlink()  # its creation has points of its own
        house.write("a.md", article("One", "![A boat](feedmill:media/boat.png)", topics="X"))
        house.write("boat.png", png())
        house.write("b.md", article("Two", date="2026-05-01T13:00:00Z"))
        house.write("c.md", article("Three", date="2026-01-01T13:00:00Z"))
        house.write("d.md", article("Four", date="2026-01-02T13:00:00Z"))
        feeds = replace(house.config.feeds, min_entries=1, min_days=1)
        house.config = replace(house.config, feeds=feeds)
        house.start()
        try:
            once(house.worker)
            house.reconcile(3600)
            if after == "keep":
                house.delete("a.md")
                house.worker.handler.handle(Request("delete-topic", ("X",)))
                house.reconcile()
        finally:
            house.stop()
