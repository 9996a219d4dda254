"""When feeds are published, on a clock that is a number."""

from worker.service.pacing import (
    HISTORY_SLICE,
    HOLD_FACTOR,
    HOLD_PER_FILE,
    LONGEST_HOLD,
    LONGEST_HOLD_OF_MANY,
    RETRY_SECONDS,
    Pacing,
)


def may(pacing: Pacing, now: float, *, waiting: int = 1, is_burst: bool = True) -> bool:
    return pacing.may_publish(now, waiting=waiting, is_burst=is_burst)


def test_without_a_burst_feeds_are_published_at_once():
    assert may(Pacing(), 100.0, is_burst=False)


def test_a_burst_holds_feeds_back_until_it_ends():
    pacing = Pacing()
    assert not may(pacing, 100.0)
    assert pacing.is_holding
    assert may(pacing, 100.1, is_burst=False)


def test_a_burst_without_end_holds_feeds_back_for_a_bounded_time():
    pacing = Pacing()
    assert not may(pacing, 100.0)
    assert not may(pacing, 100.0 + LONGEST_HOLD - 0.1)
    assert pacing.next_due(100.5) == 100.0 + LONGEST_HOLD
    assert may(pacing, 100.0 + LONGEST_HOLD)


def test_many_files_are_waited_for_longer_and_not_for_ever():
    pacing = Pacing()
    assert not may(pacing, 100.0, waiting=1000)
    assert pacing.next_due(100.0) == 100.0 + 1000 * HOLD_PER_FILE
    assert not may(pacing, 100.0, waiting=1_000_000)
    assert pacing.next_due(100.0) == 100.0 + LONGEST_HOLD_OF_MANY


def test_a_long_round_allows_a_longer_hold():
    pacing = Pacing()
    pacing.note_round(10.0)
    assert not pacing.is_holding
    assert not may(pacing, 100.0)
    assert pacing.next_due(100.0) == 100.0 + HOLD_FACTOR * 10.0


def test_after_the_burst_the_next_hold_starts_from_zero():
    pacing = Pacing()
    assert not may(pacing, 100.0, waiting=1000)
    pacing.end_hold()
    assert not may(pacing, 200.0)
    assert pacing.next_due(200.0) == 200.0 + LONGEST_HOLD


def test_a_public_folder_that_failed_is_left_alone_for_a_while():
    pacing = Pacing()
    pacing.retry_later(100.0)
    assert not may(pacing, 100.1, is_burst=False)
    assert not pacing.may_publish_history(100.1)
    assert pacing.next_due(100.1) == 100.0 + RETRY_SECONDS
    assert may(pacing, 100.0 + RETRY_SECONDS, is_burst=False)
    assert pacing.may_publish_history(100.0 + RETRY_SECONDS)


def test_what_is_not_held_back_is_due_soon():
    assert Pacing().next_due(100.0) == 100.0


def test_a_stop_ends_publishing_at_its_deadline():
    pacing = Pacing()
    assert pacing.history_end(100.0) == 100.0 + HISTORY_SLICE
    pacing.hurry(100.2)
    assert pacing.history_end(100.0) == 100.2
    assert not pacing.is_late(100.2)
    assert pacing.is_late(100.3)
