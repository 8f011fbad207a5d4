"""What a schema can't say about one record, told before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from riskportal.contracts.money import Money
from riskportal_services.dates import add_months, first_on_or_after
from riskportal_services.models import SERVICE_STATES

Data = Mapping[str, Any]
Found = Iterator[tuple[str, str]]


def check_service(data: Data) -> Found:
    """Amount against currency, order of dates, state against dates, renewal against term."""
    yield from _amount("price", data["price"], data["currency"])
    start = data["registered_on"]
    for name in ("next_due_on", "renews_on", "ended_on"):
        if data[name] is not None and data[name] < start:
            yield name, f"expected a date on or after registered_on ({start}), not {data[name]}"
    if data["ended_on"] is not None and not SERVICE_STATES[data["state"]].past:
        yield "ended_on", f"expected none for a service that is {data['state']}"
    yield from _term(data)


def _term(data: Data) -> Found:
    months, anchor, renews = data["term_months"], data["term_anchor_on"], data["renews_on"]
    if months is None:
        if anchor is not None:
            yield "term_months", "is missing: expected the length of the term that term_anchor_on begins"
        return
    if anchor is None:
        if renews is None:
            yield "term_anchor_on", "is missing: expected the day from which term_months are counted"
        return
    try:
        expected = first_on_or_after(renews or add_months(anchor, months), anchor, months)
    except (ValueError, OverflowError):
        yield "term_months", "expected a term that ends before the year 10000"
        return
    if renews is not None and expected != renews:
        yield "renews_on", f"expected term_anchor_on and whole terms of {months} months ({expected}), not {renews}"


def check_project(data: Data) -> Found:
    """Order of dates, and each milestone's amount and state."""
    start, end = data["started_on"], data["finished_on"]
    if start is not None and end is not None and end < start:
        yield "finished_on", f"expected a date on or after started_on ({start}), not {end}"
    if data["state"] == "completed" and end is None:
        yield "finished_on", "is missing: expected the day on which a completed project was finished"
    if data["state"] in ("planned", "active") and end is not None:
        yield "finished_on", f"expected none for a project that is {data['state']}"
    for position, milestone in enumerate(data["milestones"]):
        for where, message in _check_milestone(milestone, data["currency"]):
            yield f"milestones[{position}].{where}", message


def _check_milestone(data: Data, currency: str) -> Found:
    yield from _amount("amount", data["amount"], currency)
    state = data["state"]
    if state == "paid" and data["paid_on"] is None:
        yield "paid_on", "is missing: expected the day on which a paid milestone was paid"
    if state != "paid" and data["paid_on"] is not None:
        yield "paid_on", f"expected none for a milestone that is {state}"
    if state == "planned" and data["done_on"] is not None:
        yield "done_on", "expected none for a milestone that is planned"


def _amount(name: str, text: str, currency: str) -> Found:
    try:
        amount = Money.parse(text, currency)
    except ValueError as error:
        yield name, str(error)
        return
    if amount.minor < 0:
        yield name, f'expected an amount of zero or more, not "{text}"'
