"""What waits is waited for, and nothing else: a turn is never put off while there is work."""

from dataclasses import replace

from tests.integration.house import article
from worker.inbox.hint_queue import Hints
from worker.service.pacing import RETRY_SECONDS


def test_work_that_is_due_is_never_put_off_to_the_next_rescan(house):
    """A first scan with a history, an edit and a broken file, at the pace that `once` keeps."""
    house.restart(feeds=replace(house.config.feeds, min_entries=5, min_days=0))
    for number in range(60):
        text = article(f"n{number}", date=f"2026-03-{1 + number % 28:02}", topics=f"t{number % 3}")
        house.write(f"{number}.md", text)
    house.write("bad.md", "---\ntitle: [\n---\n")
    loop, began = house.worker.loop, house.clock.monotonic()
    loop.turn(Hints())
    while not loop.is_idle():
        house.clock.pass_time(max(0.0, loop.next_due() - house.clock.monotonic()))
        assert house.clock.monotonic() - began < 60
        loop.turn(Hints())
    assert len(house.titles()) >= 5
    assert (house.drop / "bad.md.feedmill.txt").exists()
    assert (house.public / "archive/all/1.atom").exists()


def test_a_database_without_room_is_tried_again_at_leisure(house):
    """Found by a worker that took a whole core while its disk was full."""
    loop, database = house.worker.loop, house.worker.database
    house.write("a.md", article("A", "Word. " * 20_000))
    house.reconcile()
    house.worker.publisher.touch_all()
    database.vacuum()
    (pages,) = database.one("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    loop.turn(Hints())
    assert "full" in loop.progress.troubles["database"]
    assert loop.next_due() >= house.clock.monotonic() + RETRY_SECONDS
    database.execute("PRAGMA max_page_count = 1000000").fetchall()
    house.clock.pass_time(RETRY_SECONDS)
    loop.turn(Hints())
    loop.turn(Hints())  # the index of the search page comes after all feeds
    assert loop.is_idle()
    assert not loop.progress.troubles
