"""How services and projects are put into words and lines: the same on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskportal.plug import Message, RecordRef, _, plural
from riskportal_services.dates import Term
from riskportal_services.models import CYCLES, PROJECT_STATES, SERVICE_STATES, State


@dataclass(frozen=True)
class Line:
    """A service or project as a row of a table."""

    name: str
    more: Sequence[str | Message]
    url: str | None
    price: str | Message | None
    next_on: date | None
    next_what: Message | None
    state: State
    area: str
    order: tuple[Any, ...]


def price(fmt: Any, row: Any) -> Message:
    """What a service costs, e.g. "€49.00 / month"."""
    return _(CYCLES[row.cycle].price.msgid, price=fmt.money(row.price_minor, row.currency))


def service_url(request: Any, row: Any) -> str | None:
    """The page of a service, None when the reader may not open it."""
    return _url(request, "services.service", row)


def project_url(request: Any, row: Any) -> str | None:
    """The page of a project, None when the reader may not open it."""
    return _url(request, "services.project", row)


def _url(request: Any, kind: str, row: Any) -> str | None:
    link = request.link_to(RecordRef(kind, row.public_id), title=row.name)
    return link.url if link else None


def service_line(request: Any, row: Any) -> Line:
    """A row of `catalogue.SERVICES`."""
    next_on, next_what = _next_date(row)
    return Line(
        name=row.name,
        more=[row.label] if row.label else [],
        url=service_url(request, row),
        price=price(request.fmt, row),
        next_on=next_on,
        next_what=next_what,
        state=SERVICE_STATES[row.state],
        area=row.area,
        order=(row.weight, row.area, row.area_id, 0, row.name),
    )


def _next_date(row: Any) -> tuple[date, Message] | tuple[None, None]:
    """What comes next for an active service: the renewal of its contract, else its next bill."""
    if row.state == "active" and row.renews_on is not None:
        return row.renews_on, _("renewal") if row.auto_renew else _("end of contract")
    if row.state == "active" and row.next_due_on is not None:
        return row.next_due_on, _("next bill")
    return None, None


def project_line(request: Any, row: Any) -> Line:
    """A row of `catalogue.PROJECTS`."""
    return Line(
        name=row.name,
        more=[paid_of(row)] if row.milestones else [],
        url=project_url(request, row),
        price=request.fmt.money(row.amount_minor, row.currency) if row.currency else None,
        next_on=None,
        next_what=None,
        state=PROJECT_STATES[row.state],
        area=row.area,
        order=(row.weight, row.area, row.area_id, 1, row.name),
    )


def paid_of(row: Any) -> Message:
    """How far the payments of a project are, e.g. "7 of 9 milestones paid"."""
    return plural("{paid} of {n} milestone paid", "{paid} of {n} milestones paid", row.milestones, paid=row.paid)


def frequency(cycles: Sequence[str]) -> Message:
    """Billing cycles as a sentence, e.g. "Monthly and yearly"; "Nothing regular" for none."""
    if not cycles:
        return _("Nothing regular")
    text = CYCLES[cycles[0]].label
    for cycle in cycles[1:-1]:
        text = _("{words}, {word}", words=text, word=CYCLES[cycle].word)
    return _("{words} and {word}", words=text, word=CYCLES[cycles[-1]].word) if len(cycles) > 1 else text


def from_today(day: date, today: date) -> Message:
    """A day as it is said today, e.g. "in 22 days"."""
    days = (day - today).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if days < 0:
        return plural("{n} day ago", "{n} days ago", -days)
    return plural("in {n} day", "in {n} days", days)


def months(number: int) -> Message:
    """A length, e.g. "12 months"."""
    return plural("{n} month", "{n} months", number)


def span(fmt: Any, term: Term) -> Message:
    """The days of a term, the first and the last, e.g. "12 May 2026 to 11 May 2027"."""
    return _(
        "{first} to {last}", first=fmt.date(term.start), last=fmt.date(date.fromordinal(term.end.toordinal() - 1))
    )
