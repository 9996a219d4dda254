"""What time alone makes public or takes back: at its moment, also after having been down."""

from datetime import timedelta

from tests.integration.house import START, House, article
from tests.integration.logical import dump, standing_feeds

ONE, TWO = (f"{START:%Y-%m-%d}T{hour}:00:00Z" for hour in (13, 14))


def drop(house: House) -> None:
    house.write("always.md", article("Always", topics="X", date="2026-04-01"))
    house.write("later.md", article("Later", topics="X", date=ONE))
    house.write("brief.md", article("Brief", topics="X", date="2026-04-02", expires=ONE))
    house.write("flash.md", article("Flash", topics="X", date=ONE, expires=TWO))
    house.write("never.md", article("Never", topics="X", date=ONE, draft="true"))
    house.reconcile()


def test_articles_come_and_go_at_their_moments(house):
    drop(house)
    assert house.titles("topics/x") == ["Brief", "Always"]
    house.clock.pass_time(3599)
    house.turn()
    assert house.titles("topics/x") == ["Brief", "Always"]
    house.clock.pass_time(1)
    house.turn()
    assert sorted(house.titles("topics/x")) == ["Always", "Flash", "Later"]
    house.clock.pass_time(3600)
    house.turn()
    assert house.titles("topics/x") == ["Later", "Always"]


def test_the_next_change_is_known_and_none_where_nothing_will_change(house):
    timetable = house.worker.loop.timetable
    house.write("always.md", article("Always", date="2026-04-01"))
    house.reconcile()
    assert timetable.next_due() is None
    house.write("two.md", article("Two", date=TWO))
    house.write("one.md", article("One", date=ONE))
    house.reconcile()
    assert timetable.next_due() == START + timedelta(hours=1)


def test_a_worker_that_was_down_for_days_ends_where_one_that_ran_does(make_house):
    ran, slept = make_house("ran"), make_house("slept")
    for house in (ran, slept):
        drop(house)
    slept.stop()
    for house in (ran, slept):
        for _ in range(3):
            house.clock.pass_time(86_400)
            if house is ran:
                house.turn()
    slept.start()
    slept.reconcile()
    ran.reconcile()
    assert dump(ran, ever=False) == dump(slept, ever=False)
    assert ran.titles("topics/x") == slept.titles("topics/x") == ["Later", "Always"]
    assert standing_feeds(ran).keys() == standing_feeds(slept).keys()


def test_a_scheduled_article_that_is_deleted_before_its_time_never_comes(house):
    drop(house)
    house.delete("later.md")
    house.clock.pass_time(4000)
    house.turn()
    assert "Later" not in house.titles("topics/x")


def test_a_changed_mind_about_the_moment_counts(house):
    drop(house)
    house.write("later.md", article("Later", topics="X", date=TWO), age=1)
    house.reconcile(60)
    house.clock.pass_time(3600)
    house.turn()
    assert "Later" not in house.titles("topics/x")
    house.clock.pass_time(3600)
    house.turn()
    assert house.titles("topics/x")[0] == "Later"
