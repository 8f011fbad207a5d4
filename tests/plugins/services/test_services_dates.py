"""Month arithmetic counts from the anchor day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal_services.dates import Term, add_months, calendar_year, first_on_or_after, term_containing

DAYS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
MONTHS = st.integers(1, 120)


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 5, 12), 0, date(2026, 5, 12)),
    ],
)
def test_add_months(anchor, months, expected):
    assert add_months(anchor, months) == expected


@pytest.mark.parametrize(("anchor", "months"), [(date(9999, 12, 1), 1), (date(1, 1, 1), -1)])
def test_add_months_outside_the_calendar(anchor, months):
    with pytest.raises(ValueError, match="outside the calendar"):
        add_months(anchor, months)


@given(DAYS, st.integers(-600, 600))
def test_a_date_keeps_its_day_or_stands_on_the_month_end(anchor, months):
    found = add_months(anchor, months)
    assert (found.year - anchor.year) * 12 + found.month - anchor.month == months
    assert found.day == anchor.day or ((found + timedelta(1)).day == 1 and found.day < anchor.day)


@given(DAYS, DAYS, MONTHS)
def test_the_first_date_on_or_after_a_day(day, anchor, months):
    found = first_on_or_after(day, anchor, months)
    ahead = (found.year - anchor.year) * 12 + found.month - anchor.month
    assert found >= day and ahead % months == 0 and add_months(anchor, ahead) == found
    assert add_months(anchor, ahead - months) < day


@given(DAYS, DAYS, MONTHS)
def test_terms_follow_each_other_without_gap_or_overlap(day, anchor, months):
    term = term_containing(day, anchor, months)
    assert day in term
    assert term.end not in term
    assert term_containing(term.end, anchor, months).start == term.end
    assert term_containing(term.start - timedelta(1), anchor, months).end == term.start


def test_terms_from_the_31st_do_not_drift():
    starts = [term_containing(date(2026, month, 15), date(2026, 1, 31), 1).end for month in range(1, 6)]
    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


def test_a_term_needs_a_length():
    with pytest.raises(ValueError, match="at least one month"):
        first_on_or_after(date(2026, 1, 1), date(2026, 1, 1), 0)


def test_calendar_year():
    assert calendar_year(date(2027, 4, 20)) == Term(date(2027, 1, 1), date(2028, 1, 1))
    assert calendar_year(date.max).start == date(9999, 1, 1)
