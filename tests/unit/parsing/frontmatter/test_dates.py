"""Dates as authors write them."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.clock import to_text
from worker.parsing.frontmatter.dates import (
    FIRST_YEAR,
    LAST_YEAR,
    DateError,
    parse_date,
    zone_named,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2021-02-04T18:21:00Z", "2021-02-04T18:21:00Z"),
        ("2021-02-04T18:21:00+05:45", "2021-02-04T12:36:00Z"),
        ("2021-02-04 18:21 +0100", "2021-02-04T17:21:00Z"),
        ("2021-02-04 18:21:00 UTC", "2021-02-04T18:21:00Z"),
        ("2021-02-04T18:21:00.999Z", "2021-02-04T18:21:00Z"),
        ("2021-2-4 8:01 Z", "2021-02-04T08:01:00Z"),
        ("20210204T182100Z", "2021-02-04T18:21:00Z"),
        ("Thu, 04 Feb 2021 18:21:00 GMT", "2021-02-04T18:21:00Z"),
        ("4 Feb 2021 18:21:00 EST", "2021-02-04T23:21:00Z"),
        ("Thu, 4 Feb 2021 18:21 -0800", "2021-02-05T02:21:00Z"),
        ("2021-02-04T24:00:00Z", "2021-02-05T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("  2021-02-04T18:21:00Z ", "2021-02-04T18:21:00Z"),
        ("2024-03-05 10:00 CEST", "2024-03-05T08:00:00Z"),
        ("Fri Sep 3 11:21:31 CEST 2021", "2021-09-03T09:21:31Z"),
        ("2017-02-10 00:10::00 -03:00", "2017-02-10T03:10:00Z"),
        ("2021-02-04 6:21 PM UTC", "2021-02-04T18:21:00Z"),
        ("2021-02-04 12:05 a.m. Z", "2021-02-04T00:05:00Z"),
        ("2021-02-04 18:21:00 +0100 CET", "2021-02-04T17:21:00Z"),
        ("Thu Feb 04 2021 18:21:00 GMT+0100 (Central European Time)", "2021-02-04T17:21:00Z"),
        ("4th of Feb 2021, 18:21 +01:00", "2021-02-04T17:21:00Z"),
    ],
)
def test_a_time_with_an_offset_means_the_same_in_every_zone(written: str, instant: str) -> None:
    for zone in (UTC, BERLIN):
        moment = parse_date(written, zone)
        assert to_text(moment.instant) == instant
        assert not moment.assumed


@pytest.mark.parametrize(
    "written",
    [
        *("2021-07-04T18:21", "2021-07-04 18:21", "2021-07-04 18:21:00", "July 4, 2021 18:21"),
        *("2021/07/04 18:21:00", "2021.07.04 6:21 pm", "Sun Jul  4 18:21:00 2021"),
        "20210704182100",
        *("18:21 4th July 2021", "July 4, 2021 at 6:21 PM"),
    ],
)
def test_a_time_without_an_offset_is_read_in_the_site_s_zone_and_says_so(written: str) -> None:
    moment = parse_date(written, BERLIN)
    assert to_text(moment.instant) == "2021-07-04T16:21:00Z"
    assert moment.assumed


@pytest.mark.parametrize(
    "written",
    [
        *("2021-02-04", "20210204", "4 February 2021", "Feb 4, 2021", date(2021, 2, 4)),
        *("2021/02/04", "2021.2.4", "4th of February 2021"),
    ],
)
def test_a_date_alone_is_midnight_in_the_site_s_zone_without_a_warning(written: object) -> None:
    moment = parse_date(written, BERLIN)
    assert to_text(moment.instant) == "2021-02-03T23:00:00Z"
    assert not moment.assumed


@pytest.mark.parametrize(
    ("written", "day", "doubtful"),
    [
        ("05/03/2024", date(2024, 5, 3), True),
        ("05.03.2024 10:00Z", date(2024, 5, 3), True),
        ("13/02/2021", date(2021, 2, 13), False),
        ("02/13/2021", date(2021, 2, 13), False),
        ("04/04/2021", date(2021, 4, 4), False),
    ],
)
def test_a_day_that_may_be_another_is_read_as_the_tools_do_and_is_doubtful(
    written: str, day: date, doubtful: bool
) -> None:
    moment = parse_date(written, UTC)
    assert moment.instant.date() == day
    assert bool(moment.doubt) == doubtful


def test_dates_of_toml_are_taken_as_they_are() -> None:
    aware = datetime(2021, 2, 4, 18, 21, 0, 500_000, tzinfo=UTC)
    assert parse_date(aware, BERLIN).instant == aware.replace(microsecond=0)
    naive = datetime(2021, 2, 4, 18, 21)  # noqa: DTZ001 - what TOML gives
    assert parse_date(naive, BERLIN).assumed


def test_a_time_that_the_clocks_skip_is_still_one_moment() -> None:
    assert to_text(parse_date("2021-03-28 02:30", BERLIN).instant) == "2021-03-28T01:30:00Z"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2021-02-30", "does not exist"),
        ("2021-13-01", "does not exist"),
        ("2021-02-04T24:01", "does not exist"),
        ("2021-02-04T18:60", "does not exist"),
        ("2021-02-04T18:21:60Z", "does not exist"),
        ("0001-01-01", "year"),
        ("0000-01-01", "year"),
        ("1969-12-31", "year"),
        ("1970-01-01T00:00:00+05:00", "year"),
        ("2201-01-01", "year"),
        ("9999-12-31T23:59:59-05:00", "year"),
        ("2021-02-04T18:21 XYZ", "`XYZ`"),
        ("4th of Feb 2021 18:21 XYZ", "not a date"),
        ("2021-02-04T18:21+25:00", "+25:00"),
        *((text, "not a date") for text in ("2021", "March 2021", "2021-02", "Friday 2021")),
        *((text, "not a date") for text in ("10:00 PM", "05/2024", "4/2/21", "2021-W05-4")),
        ("30/02/2021", "does not exist"),
        ("13/13/2021", "does not exist"),
        ("2024/13/05", "does not exist"),
        ("1" * 10_000, "not a date"),
        ("2021 " + "1 " * 10_000, "not a date"),
        ("tomorrow", "not a date"),
        ("2021-02-04 and more", "not a date"),
        ("４ Feb 2021", "not a date"),
        ("", "not a date"),
    ],
)
def test_what_is_no_moment_is_refused_with_its_reason(written: str, said: str) -> None:
    with pytest.raises(DateError) as error:
        parse_date(written, UTC)
    assert said in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize(
    ("written", "hint"), [("04/02/21", "year-month-day"), ("1612462860", "seconds")]
)
def test_the_hint_tells_what_the_author_probably_wrote(written: str, hint: str) -> None:
    with pytest.raises(DateError) as error:
        parse_date(written, UTC)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2021-02-29", "`2021-02-29` does not exist: February 2021 has 28 days."),
        ("2021-00-01", "`2021-00-01` does not exist: months go from 1 to 12."),
        ("2021-04-31", "`2021-04-31` does not exist: April 2021 has 30 days."),
        ("1970-02-30", "`1970-02-30` does not exist: February 1970 has 28 days."),
        ("2200-02-30", "`2200-02-30` does not exist: February 2200 has 28 days."),
        ("1969-02-30", "The year of `1969-02-30` is not between 1970 and 2200."),
        ("2201-02-30", "The year of `2201-02-30` is not between 1970 and 2200."),
        ("2021-01-32", "`2021-01-32` does not exist: January 2021 has 31 days."),
        ("2021-02-01T25:00", "`2021-02-01T25:00` does not exist: hours go from 0 to 23."),
        ("2021-02-04T25:00", "`2021-02-04T25:00` does not exist: hours go from 0 to 23."),
        ("2021-02-04T24:01", "`2021-02-04T24:01` does not exist: a day ends at 24:00:00."),
        ("2021-02-04T23:60", "`2021-02-04T23:60` does not exist: minutes go from 0 to 59."),
        ("2021-02-04T23:59:61", "`2021-02-04T23:59:61` does not exist: seconds go from 0 to 59."),
    ],
)
def test_a_moment_that_does_not_exist_says_which_part_of_it(written: str, said: str) -> None:
    with pytest.raises(DateError) as error:
        parse_date(written, UTC)
    assert str(error.value) == said


@pytest.mark.parametrize("written", ["1970-01-01", "2200-12-31T23:59:59Z"])
def test_the_first_and_the_last_year_are_taken(written: str) -> None:
    assert to_text(parse_date(written, UTC).instant).startswith(written)


def test_a_time_of_day_alone_is_no_moment() -> None:
    with pytest.raises(DateError):
        parse_date(time(18, 21), UTC)


def test_utc_needs_no_time_zone_data() -> None:
    assert zone_named("UTC") is UTC


@given(
    st.datetimes(
        min_value=datetime(FIRST_YEAR, 1, 3),  # noqa: DTZ001
        max_value=datetime(LAST_YEAR, 12, 28),  # noqa: DTZ001
        timezones=st.integers(-12 * 60, 14 * 60).map(lambda n: timezone(timedelta(minutes=n))),
    )
)
def test_every_moment_written_in_iso_8601_comes_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert parse_date(moment.isoformat(), UTC).instant == moment


@given(st.text(alphabet="0123456789-:T Z+./FebMonUTC,", max_size=30))
def test_any_text_gives_a_moment_in_range_or_a_reason(text: str) -> None:
    try:
        moment = parse_date(text, BERLIN)
    except DateError:
        return
    assert moment.instant.tzinfo is UTC
    assert FIRST_YEAR <= moment.instant.year <= LAST_YEAR
