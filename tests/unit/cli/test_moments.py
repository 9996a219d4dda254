"""``--since`` and ``--until``: a date, a day in words, or how long ago."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from worker.cli.moments import moment

VIENNA = ZoneInfo("Europe/Vienna")
# In Vienna it is the 10th already.
NOW = datetime(2026, 11, 9, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-11-01", "2026-10-31T23:00", "2026-11-01T23:00"),
        ("2026-11-01 10:00", "2026-11-01T09:00", "2026-11-01T09:00"),
        ("today", "2026-11-09T23:00", "2026-11-10T23:00"),
        ("Yesterday", "2026-11-08T23:00", "2026-11-09T23:00"),
        ("12h", "2026-11-09T11:30", "2026-11-09T11:30"),
        ("3d", "2026-11-06T23:30", "2026-11-06T23:30"),
        ("2 weeks", "2026-10-26T23:30", "2026-10-26T23:30"),
        ("1 day ago", "2026-11-08T23:30", "2026-11-08T23:30"),
    ],
)
def test_what_a_text_means(text: str, since: str, until: str) -> None:
    for is_end, expected in ((False, since), (True, until)):
        found = moment(text, VIENNA, NOW, is_end=is_end)
        assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["never", "", "3 moons", "999999w", "-3d", "3d 4h"])
def test_what_is_no_date_is_answered_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"2026-11-01.*yesterday.*3d.*2 weeks"):
        moment(text, VIENNA, NOW)
