"""The demo's calendar: everything is counted from today, so that it looks alive on any day it is loaded."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

# The day on which Northwind's care plan renews.
RENEWAL_MONTH, RENEWAL_DAY = 5, 12


def add_months(anchor: date, months: int) -> date:
    """The date `months` months from `anchor`, the last day of a month that is too short."""
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Days:
    """Dates of the demo around `today`."""

    today: date

    def ago(self, days: int) -> date:
        """`days` days before today."""
        return self.today - timedelta(days=days)

    def ahead(self, days: int) -> date:
        """`days` days after today."""
        return self.today + timedelta(days=days)

    @property
    def cycle_start(self) -> date:
        """The last 12 May, today included: the current term of the care plan began."""
        this_year = date(self.today.year, RENEWAL_MONTH, RENEWAL_DAY)
        return this_year if this_year <= self.today else add_months(this_year, -12)

    @property
    def cycle_end(self) -> date:
        """The first 12 May after today: the current term is over."""
        return add_months(self.cycle_start, 12)

    @property
    def renewal(self) -> date:
        """The next 12 May, today included."""
        return self.today if self.today == self.cycle_start else self.cycle_end

    @property
    def first(self) -> date:
        """12 May three terms before the current one: Northwind became a customer."""
        return add_months(self.cycle_start, -36)

    def months_since(self, start: date, step: int = 1) -> Iterator[date]:
        """`start` and every `step`th month after it, up to today."""
        count = 0
        while (day := add_months(start, count * step)) <= self.today:
            yield day
            count += 1

    def not_later(self, day: date) -> date:
        """`day`, or today when it hasn't come yet."""
        return min(day, self.today)
