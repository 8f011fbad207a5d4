"""Customers and their bill groups as the provider's staff keep them: added, changed, archived, closed.

    customer:    active <--> archived      (archived only without an active bill group)
    bill group:  active <--> closed        (a closed one lets nobody into its portal)

Whoever sends the same form twice gets the row of the first time: the new row's public id is chosen before
the form is shown (riskportal.shell.once).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from riskportal.customers.details import FIELDS, change_fields, lock_bill_group, vat_number_to_keep
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.changes import Change, differences, values_of
from riskportal.tenancy.models import Tenant

NUMBER_LENGTH = 40
FIRST_NUMBER = "10001"
CUSTOMER_FIELDS = ("name", "legal_name", "number")
GROUP_FIELDS = ("name", "language", *FIELDS)
_COUNTING = re.compile(r"(.*?)([0-9]{1,18})\Z", re.DOTALL)
# FOR NO KEY UPDATE: rows that only point at a locked one are written as ever. Whoever has written such a row and
# then asked for FOR UPDATE would wait for everybody who has done the same, and they for them.
ROW_ONLY = {"key_share": True}
# How many numbers ahead are tried at once when the next ones are taken.
AHEAD = 50


class NumberTaken(Exception):
    """Another customer has this number; `customer` is that one."""

    def __init__(self, customer: Customer) -> None:
        super().__init__("the customer number is taken")
        self.customer = customer


class StillActive(Exception):
    """A customer with active bill groups can't be archived; `groups` are they."""

    def __init__(self, groups: list[BillGroup]) -> None:
        super().__init__("the customer has active bill groups")
        self.groups = groups


class CustomerArchived(Exception):
    """An archived customer gets no new bill group, and none of its closed ones is opened again."""


def load_customer(db: Session, public_id: str) -> Customer | None:
    """A customer of the session's tenant."""
    return db.scalar(select(Customer).where(Customer.public_id == public_id))


def load_bill_group(db: Session, public_id: str) -> BillGroup | None:
    """A bill group of the session's tenant with its customer, in one statement."""
    with_customer = joinedload(BillGroup.customer, innerjoin=True)
    return db.scalar(select(BillGroup).options(with_customer).where(BillGroup.public_id == public_id))


def bill_groups_of(db: Session, customer: Customer) -> list[BillGroup]:
    """A customer's bill groups, the active ones first, by name."""
    query = select(BillGroup).where(BillGroup.customer_id == customer.id)
    return list(db.scalars(query.order_by(BillGroup.state, func.lower(BillGroup.name), BillGroup.id)))


def next_number(db: Session) -> str:
    """The customer number after the newest customer's, the first one free: "K-0041" -> "K-0042"."""
    newest = db.scalars(select(Customer.number).order_by(Customer.id.desc()).limit(20))
    found = next((match for match in map(_COUNTING.match, newest) if match), None)
    if found is None:
        taken = db.scalar(select(Customer.id).where(Customer.number == FIRST_NUMBER))
        found = _COUNTING.match(FIRST_NUMBER) if taken else None
        if found is None:
            return FIRST_NUMBER
    prefix, digits = found[1], found[2]
    last = int(digits)
    while True:
        candidates = [f"{prefix}{number:0{len(digits)}d}" for number in range(last + 1, last + 1 + AHEAD)]
        taken_ones = set(db.scalars(select(Customer.number).where(Customer.number.in_(candidates))))
        free = next((number for number in candidates if number not in taken_ones), None)
        if free is not None:
            # A number that has outgrown its column starts anew; it is only a suggestion.
            return free if len(free) <= NUMBER_LENGTH else FIRST_NUMBER
        last += AHEAD


def add_customer(
    db: Session, *, public_id: str, name: str, legal_name: str, number: str, suggested: str = ""
) -> tuple[Customer, bool]:
    """A new customer, and True; the one that has this public id already, and False, when the form came twice.

    Empty `number`, or the `suggested` one when somebody else has taken it meanwhile, gives the next free one;
    any other number that is taken raises NumberTaken.
    """
    _one_at_a_time(db)
    known = load_customer(db, public_id)
    if known is not None:
        return known, False
    holder = _holder(db, number) if number else None
    if holder is not None and number != suggested:
        raise NumberTaken(holder)
    if holder is not None or not number:
        number = next_number(db)
    customer = Customer(public_id=public_id, name=name, legal_name=legal_name, number=number)
    db.add(customer)
    db.flush()
    return customer, True


def change_customer(
    db: Session, customer: Customer, values: Mapping[str, str], *, seen: str | None
) -> tuple[Change, ...]:
    """Write name, legal name and number; what changed. Outdated when `seen` isn't the mark of CUSTOMER_FIELDS as they
    are, None for any; NumberTaken."""
    _one_at_a_time(db)
    db.refresh(customer, with_for_update=ROW_ONLY)
    wanted = {field: values[field] for field in CUSTOMER_FIELDS}
    changes = differences(values_of(customer, CUSTOMER_FIELDS), wanted, seen)
    numbers = [change.new for change in changes if change.field == "number" and change.new]
    holder = _holder(db, numbers[0]) if numbers else None
    if holder is not None:
        raise NumberTaken(holder)
    for change in changes:
        setattr(customer, change.field, change.new)
    db.flush()
    return changes


def archive_customer(db: Session, customer: Customer, now: datetime) -> bool:
    """Put a customer away; False when it is archived already. StillActive while a bill group is active."""
    db.refresh(customer, with_for_update=ROW_ONLY)
    if customer.archived_at is not None:
        return False
    active = [group for group in bill_groups_of(db, customer) if group.state == "active"]
    if active:
        raise StillActive(active)
    customer.archived_at = now
    db.flush()
    return True


def restore_customer(db: Session, customer: Customer) -> bool:
    """Take a customer back out of the archive; False when it isn't there."""
    db.refresh(customer, with_for_update=ROW_ONLY)
    if customer.archived_at is None:
        return False
    customer.archived_at = None
    db.flush()
    return True


def add_bill_group(
    db: Session, customer: Customer, *, public_id: str, values: Mapping[str, Any]
) -> tuple[BillGroup, bool]:
    """A new bill group with its portal off, and True; the one with this public id, and False, when the form came
    twice. CustomerArchived; VatWrong for a VAT number that can't be one."""
    db.refresh(customer, with_for_update=ROW_ONLY)
    known = load_bill_group(db, public_id)
    if known is not None:
        return known, False
    if customer.archived_at is not None:
        raise CustomerArchived()
    number = vat_number_to_keep(values.get("vat_number"), values.get("country"))
    given = {**values, "vat_number": number}
    group = BillGroup(public_id=public_id, customer_id=customer.id, portal_enabled=False, **given)
    db.add(group)
    db.flush()
    db.refresh(group, ["customer"])
    return group, True


def change_bill_group(
    db: Session, group: BillGroup, values: Mapping[str, str | None], *, seen: str | None
) -> tuple[Change, ...]:
    """Write those of GROUP_FIELDS that `values` names; what changed. Outdated when `seen` isn't the mark of all of
    them as they are, None for any; VatWrong."""
    return change_fields(db, group, GROUP_FIELDS, values, seen)


def close_bill_group(db: Session, group: BillGroup) -> bool:
    """Close a bill group and switch its portal off, from the next request on. False when it is closed already."""
    lock_bill_group(db, group)
    if group.state == "closed":
        return False
    # Whoever reopens it decides about its portal anew, with a contract (identity.portal_link).
    group.state, group.portal_enabled = "closed", False
    db.flush()
    return True


def reopen_bill_group(db: Session, group: BillGroup) -> bool:
    """Make a closed bill group active again, its portal off; False when it isn't closed. CustomerArchived."""
    # The customer first, as archiving does: both wait for the same row.
    customer = db.get_one(Customer, group.customer_id, with_for_update=ROW_ONLY, populate_existing=True)
    lock_bill_group(db, group)
    if group.state == "active":
        return False
    if customer.archived_at is not None:
        raise CustomerArchived()
    group.state = "active"
    db.flush()
    return True


def _one_at_a_time(db: Session) -> None:
    """Numbers are given out one after the other: whoever else gives one to this tenant waits here."""
    scope = db.info["scope"]
    db.execute(select(Tenant.id).where(Tenant.id == scope.tenant_id).with_for_update(key_share=True))


def _holder(db: Session, number: str) -> Customer | None:
    return db.scalar(select(Customer).where(Customer.number == number))
