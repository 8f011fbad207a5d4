"""The injected clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.clock import FixedClock, ShiftedClock, SystemClock, clock_from_setting, end_of_day, local_date

NOON = datetime(2027, 4, 20, 12, 0, tzinfo=UTC)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_shifted_clock_ticks_on_from_its_start() -> None:
    clock = ShiftedClock(datetime(2030, 1, 1, tzinfo=timezone(timedelta(hours=2))))
    first, second = clock.now(), clock.now()
    assert datetime(2029, 12, 31, 22, 0, tzinfo=UTC) <= first <= second < datetime(2029, 12, 31, 22, 1, tzinfo=UTC)


def test_a_fixed_clock_moves_when_told() -> None:
    clock = FixedClock(NOON.astimezone(timezone(timedelta(hours=-5))))
    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC
    clock.advance(hours=1, minutes=30)
    assert clock.now() == datetime(2027, 4, 20, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        (datetime(2027, 4, 19, 22, 30, tzinfo=UTC), "Europe/Berlin", date(2027, 4, 20)),
        (datetime(2027, 4, 19, 21, 30, tzinfo=UTC), "Europe/Berlin", date(2027, 4, 19)),
        (datetime(2027, 1, 1, 5, 0, tzinfo=UTC), "America/New_York", date(2027, 1, 1)),
        (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), "America/New_York", date(2026, 12, 31)),
        (datetime(2027, 1, 1, 10, 0, tzinfo=UTC), "Pacific/Kiritimati", date(2027, 1, 2)),
        # The night in which summer time begins and ends.
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "Europe/Berlin", date(2027, 3, 28)),
        (datetime(2027, 10, 30, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2027, 10, 31)),
    ],
)
def test_local_dates(instant: datetime, zone: str, expected: date) -> None:
    assert local_date(instant, zone) == expected


@pytest.mark.parametrize("text", ["2027-04-20", "2027-04-20T09:00:00", "now", "", "20.4.2027", "System"])
def test_a_clock_needs_a_zone(text: str) -> None:
    with pytest.raises(ValueError, match="expected 'system' or an instant such as"):
        clock_from_setting(text)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_any_aware_instant_sets_the_clock(day: datetime, offset: int) -> None:
    start = day.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert abs(clock_from_setting(start.isoformat()).now() - start) < timedelta(seconds=5)


@given(
    st.dates(min_value=date(1970, 1, 1), max_value=date(2300, 1, 1)),
    st.sampled_from(["Europe/Berlin", "UTC", "Asia/Tokyo", "America/Sao_Paulo", "Pacific/Apia"]),
)
def test_a_day_ends_when_the_next_one_begins(day: date, zone: str) -> None:
    end = end_of_day(day, zone)
    assert local_date(end - timedelta(microseconds=1), zone) <= day < local_date(end, zone)
