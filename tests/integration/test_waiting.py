"""What waits is waited for, and nothing else: a turn is never put off while there is work."""

from dataclasses import replace

from tests.integration.house import article
from worker.mailbox import Letters


def test_work_that_is_due_is_never_put_off_to_the_next_rescan(house):
    """A first scan with a history, an edit and a broken file, at the pace that `once` keeps."""
    house.restart(feeds=replace(house.config.feeds, min_entries=5, min_days=0))
    for number in range(60):
        text = article(f"n{number}", date=f"2026-03-{1 + number % 28:02}", topics=f"t{number % 3}")
        house.write(f"{number}.md", text)
    house.write("bad.md", "---\ntitle: [\n---\n")
    service, began = house.worker.service, house.clock.monotonic()
    service.turn(Letters())
    while not service.is_idle():
        house.clock.pass_time(max(0.0, service.next_due() - house.clock.monotonic()))
        assert house.clock.monotonic() - began < 60
        service.turn(Letters())
    assert len(house.titles()) >= 5
    assert (house.drop / "bad.md.feedmill.txt").exists()
    assert (house.public / "archive/all/1.atom").exists()
