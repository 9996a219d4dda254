"""The guard before withdrawals: the same folder, a second look, and not too many at once."""

from datetime import timedelta

import pytest

from tests.integration.house import House, article
from worker.inbox.hint_queue import Hints
from worker.ingest.withdrawals import mass_withdrawal
from worker.service.command_queue import Request
from worker.service.once import remember_root
from worker.service.startup import is_same_root


def filled(house: House, count: int) -> None:
    for number in range(count):
        house.write(f"{number}.md", article(f"n{number}"))
    house.reconcile()
    remember_root(house.worker)


def replace_root(house: House, *kept: str) -> None:
    """Another folder stands there, with copies of some files; the worker takes it as the loop
    does, and looks after it again and again."""
    away = house.drop.rename(house.base / "away")
    house.drop.mkdir()
    for name in kept:
        (house.drop / name).write_bytes((away / name).read_bytes())
    look_at_root(house)


def look_at_root(house: House, seconds: float = 60.0) -> None:
    house.worker.intake.same_root = is_same_root(house.worker.database, house.worker.inbox)
    for _ in range(6):
        house.reconcile(seconds / 6)
        remember_root(house.worker)


def blocked(house: House) -> str:
    return str(house.worker.loop.progress.troubles.get("withdrawal", ""))


@pytest.mark.parametrize(
    ("missing", "live", "same_root", "may"),
    [
        (1, 1, True, True),
        (1, 2, True, True),
        (5, 10, True, True),
        (6, 10, True, False),
        (10, 10, True, False),
        (0, 10, False, True),
        (1, 100, False, False),
        (1, 1, False, False),
    ],
)
def test_few_may_go_from_the_same_folder_and_none_from_another(missing, live, same_root, may):
    reason = mass_withdrawal(missing, live, 0.5, same_root=same_root)
    assert (reason == "") is may
    assert may or f"{missing} of {live}" in reason


def test_the_first_folder_is_known_before_the_worker_ever_looked_after_it(house):
    house.write("a.md", article("A"))
    house.reconcile()
    replace_root(house)
    assert house.titles() == ["A"]
    assert "not the one it was" in blocked(house)


def test_a_folder_that_came_since_the_last_look_is_not_taken_for_the_known_one(house):
    filled(house, 1)
    house.drop.rename(house.base / "away")
    house.drop.mkdir()
    remember_root(house.worker)  # the loop has not noticed yet
    look_at_root(house)
    assert house.titles() == ["n0"]
    assert "not the one it was" in blocked(house)


@pytest.mark.parametrize(("count", "kept"), [(1, ()), (4, ("0.md", "1.md", "2.md"))])
def test_nothing_is_withdrawn_from_a_folder_that_is_not_the_same(house, count, kept):
    filled(house, count)
    replace_root(house, *kept)
    assert len(house.titles()) == count
    assert "not the one it was" in blocked(house)
    # The worker does not get used to it.
    house.restart()
    look_at_root(house)
    assert len(house.titles()) == count
    assert "not the one it was" in blocked(house)


def test_what_is_missing_from_another_folder_is_withdrawn_by_command_alone(house):
    filled(house, 4)
    replace_root(house, "0.md")
    assert len(house.titles()) == 4
    text = house.worker.handler.handle(Request("withdraw-missing"))
    assert "3 missing files" in text
    house.reconcile()
    assert house.titles() == ["n0"]
    remember_root(house.worker)
    (house.drop / "0.md").unlink()
    look_at_root(house)
    assert house.titles() == []  # an everyday deletion, from the folder that is known now


def test_another_folder_with_every_file_in_it_is_the_one_to_compare_with_from_then_on(house):
    filled(house, 3)
    replace_root(house, "0.md", "1.md", "2.md")
    assert not house.worker.loop.progress.troubles
    (house.drop / "2.md").unlink()
    look_at_root(house)
    assert sorted(house.titles()) == ["n0", "n1"]


def test_a_file_that_is_there_again_at_the_second_look_was_not_deleted(house):
    filled(house, 2)
    away = (house.drop / "0.md").rename(house.base / "0.md")
    house.reconcile()
    house.clock.pass_time(house.config.drop.withdraw_after_seconds + 1)
    away.rename(house.drop / "0.md")  # no event of it comes
    house.worker.loop.turn(Hints())
    house.reconcile(60)
    assert len(house.titles()) == 2
    assert house.worker.loop.progress.withdrawn == 0


def test_the_next_look_is_due_when_the_oldest_missing_file_has_had_its_grace(house):
    filled(house, 6)
    grace = timedelta(seconds=house.config.drop.withdraw_after_seconds)
    withdrawals = house.worker.intake.withdrawals
    assert withdrawals.next_due() is None
    house.clock.pass_time(60)  # what was read just now is not looked at again
    (house.drop / "0.md").unlink()
    house.turn("0.md")
    first = house.clock.moment.replace(microsecond=0)
    house.clock.pass_time(4)
    (house.drop / "1.md").unlink()
    house.turn("1.md")
    assert withdrawals.next_due() == first + grace
    house.clock.pass_time(house.config.drop.withdraw_after_seconds - 5)
    house.turn()
    assert len(house.titles()) == 6  # not a second before
    house.clock.pass_time(1)
    house.turn()
    assert sorted(house.titles()) == ["n1", "n2", "n3", "n4", "n5"]


def test_where_files_are_moved_away_one_that_was_held_and_deleted_is_withdrawn(make_house):
    house = make_house(after="archive")
    house.write("held.md", article("Held", draft="true"))
    house.reconcile()
    assert house.verdict("held.md") == "held"
    house.delete("held.md")
    assert house.rows("SELECT state FROM articles") == [("withdrawn",)]
    assert house.worker.loop.progress.withdrawn == 1


@pytest.mark.parametrize(("missing", "withdrawn"), [(1, 1), (2, 2), (3, 0), (4, 0)])
def test_without_being_asked_for_all_of_them_no_more_than_the_half_is_withdrawn(
    house, missing, withdrawn
):
    filled(house, 4)
    for number in range(missing):
        (house.drop / f"{number}.md").unlink()
        house.worker.ledger.mark_missing(f"{number}.md", house.clock.moment)
    house.clock.pass_time(house.config.drop.withdraw_after_seconds)
    result = house.worker.intake.withdrawals.apply_due(house.clock.now())
    assert (len(result.paths), bool(result.blocked)) == (withdrawn, withdrawn == 0)
