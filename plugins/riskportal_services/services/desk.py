"""Services as the provider's staff see them: of the whole tenant, of a customer, of a bill group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.keyset import At, Key, Order, Page, by_name, turn
from riskportal.db.words import Narrowed, holds_any_case, narrowed
from riskportal_services.models import SERVICE_STATES, TROUBLED_STATES, Product, Service, ServiceArea
from riskportal_services.services.catalogue import SERVICE_COLUMNS, AnyRow, AnySelect

ORDERS = by_name(
    Order("name", (Key(Service.name),), tie=Service),
    Order("registered", (Key(Service.registered_on),), tie=Service),
    Order("due", (Key(Service.next_due_on, nullable=True),), tie=Service),
)
# What a filter shows.
SHOWS: dict[str, tuple[str, ...]] = {
    "active": ("active",),
    "pending": ("pending",),
    "trouble": TROUBLED_STATES,
    "past": tuple(name for name, state in SERVICE_STATES.items() if state.past),
    "all": tuple(SERVICE_STATES),
}
# Filters behind which there are hardly ever many: what waits for somebody doesn't wait for long.
FEW = ("pending", "trouble")
# What waits for somebody to do something.
WAITING = ("failed_setup", "pending", "suspended")


@dataclass(frozen=True)
class Waiting:
    """How many services of the tenant are in a state that somebody has to look at."""

    state: str
    count: int


def of_record(ref: RecordRef | None) -> list[ColumnElement[bool]]:
    """The condition that a service belongs to a customer or a bill group; none for the whole tenant."""
    if ref is None:
        return []
    if ref.kind == "core.bill_group":
        groups = select(BillGroup.id).where(BillGroup.public_id == ref.public_id)
    else:
        groups = (
            select(BillGroup.id)
            .join(Customer, Customer.id == BillGroup.customer_id)
            .where(Customer.public_id == ref.public_id)
        )
    return [Service.bill_group_id.in_(groups)]


def _listed() -> AnySelect:
    return (
        select(
            *SERVICE_COLUMNS,
            Service.registered_on,
            BillGroup.name.label("group"),
            BillGroup.public_id.label("group_id"),
            Customer.name.label("customer"),
        )
        .join(Product, Product.id == Service.product_id)
        .join(ServiceArea, ServiceArea.id == Product.area_id)
        .join(BillGroup, BillGroup.id == Service.bill_group_id)
        .join(Customer, Customer.id == BillGroup.customer_id)
    )


def desk_page(db: Session, ref: RecordRef | None, text: str, show: str, at: At) -> Page:
    """A page of services whose name or label holds every word of `text`; rows are those of catalogue.SERVICES, with
    `group` and `customer` (names) and `group_id` (the group's public id)."""
    found = _matches(db, text)
    query = _listed().where(Service.state.in_(SHOWS[show]), *of_record(ref), *found)
    return at.turn(db, query, ORDERS, few=found.few or show in FEW)


def active_count(db: Session, ref: RecordRef) -> int:
    """How many active services a customer or bill group has."""
    query = select(func.count(Service.id)).where(Service.state == "active", *of_record(ref))
    return db.scalar(query) or 0


_WAITING = select(Service.state, func.count()).where(Service.state.in_(WAITING)).group_by(Service.state)


def waiting(db: Session) -> list[Waiting]:
    """What waits in the whole tenant, in one statement."""
    return [Waiting(*row) for row in db.execute(_WAITING)]


def find(db: Session, text: str, limit: int) -> Sequence[AnyRow]:
    """Services of the tenant by name or label; rows as in `desk_page`."""
    found = _matches(db, text)
    return turn(db, _listed().where(*found), ORDERS["name"], None, limit, few=found.few).rows


def _matches(db: Session, text: str) -> Narrowed:
    """Name or label hold each word. Both stand in an index, which is less to read than services."""
    columns: tuple[Any, ...] = (Service.name, Service.label)
    wanted = [or_(*(holds_any_case(column, word) for column in columns)) for word in text.split()[:8]]
    return narrowed(db, Service, wanted, as_they_lie=False)
