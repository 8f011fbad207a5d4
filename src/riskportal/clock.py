"""Time is a dependency: everything that asks "now?" or "today?" asks an injected clock.

Setting `riskportal.clock`: `system`, or an ISO instant such as `2027-04-20T09:00:00+00:00`
from which the clock then ticks on (demos and journeys choose their day this way).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Anything that tells the current instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """Ticks like the machine's clock, but started at another instant."""

    def __init__(self, start: datetime) -> None:
        self._offset = start.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset


class FixedClock:
    """Stands still until it is told to move: for tests."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, **delta: float) -> None:
        """Move forward by `timedelta(**delta)`."""
        self.at += timedelta(**delta)


def local_date(instant: datetime, zone: str) -> date:
    """The calendar date of an aware instant in the IANA time zone `zone`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def end_of_day(day: date, zone: str) -> datetime:
    """The instant (UTC) at which a calendar date is over in the IANA time zone `zone`; date.max has no end."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def clock_from_setting(value: str) -> Clock:
    """`system` or an aware ISO instant; ValueError says what was expected."""
    if value == "system":
        return SystemClock()
    try:
        start = datetime.fromisoformat(value)
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        raise ValueError(f"expected 'system' or an instant such as 2027-04-20T09:00:00+00:00, not {value!r}")
    return ShiftedClock(start)
