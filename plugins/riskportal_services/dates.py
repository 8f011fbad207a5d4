"""Month arithmetic that remembers the day it started on.

A service bought on 31 January is billed on 28 February, 31 March, 30 April ...: each date is counted
from the anchor, never from the date before, or a short month would shift every later one.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Term:
    """The local dates from `start` up to, but not including, `end`."""

    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end


def add_months(anchor: date, months: int) -> date:
    """The date `months` (also negative) months from `anchor`; the last day of a month that is too short.

    Raises ValueError or OverflowError outside the years 1 to 9999.
    """
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    if not date.min.year <= year <= date.max.year:
        raise ValueError(f"{anchor} and {months} months is outside the calendar")
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def first_on_or_after(day: date, anchor: date, months: int) -> date:
    """The first of the dates `anchor`, `anchor` + `months`, ... (and the same backwards) on or after `day`."""
    if months < 1:
        raise ValueError(f"a term lasts at least one month, not {months}")
    terms = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
    found = add_months(anchor, terms * months)
    return found if found >= day else add_months(anchor, (terms + 1) * months)


def term_containing(day: date, anchor: date, months: int) -> Term:
    """The term of `months` months, counted from `anchor`, that `day` lies in."""
    nearest = first_on_or_after(day, anchor, months)
    # Counted from the anchor in both directions: the date before 28 February may be 31 January.
    terms = ((nearest.year - anchor.year) * 12 + nearest.month - anchor.month) // months
    first = terms if nearest == day else terms - 1
    return Term(add_months(anchor, first * months), add_months(anchor, (first + 1) * months))


def calendar_year(day: date) -> Term:
    """The calendar year that `day` lies in (its end is the last day of year 9999 at the latest)."""
    end = date(day.year + 1, 1, 1) if day.year < date.max.year else date.max
    return Term(date(day.year, 1, 1), end)


def first_renewal(today: date, anchor: date, months: int, auto_renew: bool) -> date:
    """The end of the term that began at the anchor, or of the one that today lies in when terms follow each other."""
    end = add_months(anchor, months)
    return max(end, first_on_or_after(today, anchor, months)) if auto_renew else end
