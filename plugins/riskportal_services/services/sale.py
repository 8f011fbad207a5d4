"""A bill group gets a service: what staff write down when a contract is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.contracts.money import CurrencyMismatch, Money
from riskportal.customers.models import BillGroup
from riskportal_services.dates import first_renewal
from riskportal_services.models import Product, Service, ServiceArea

# What a new service may be; everything else comes later in its life.
FIRST_STATES = ("active", "pending")


@dataclass(frozen=True)
class Sale:
    """What was agreed. `starts_on` is a local date of the tenant; `term_months` is None for a contract without a
    term; `price` is per cycle, in the bill group's currency."""

    product: Product
    name: str
    label: str | None
    price: Money
    cycle: str
    state: str
    starts_on: date
    term_months: int | None
    auto_renew: bool


def products(db: Session) -> Sequence[tuple[Product, str]]:
    """Everything the tenant offers with the name of its area, in the order of the areas."""
    query = select(Product, ServiceArea.name).join(ServiceArea, ServiceArea.id == Product.area_id)
    rows = db.execute(query.order_by(ServiceArea.weight, ServiceArea.name, Product.name, Product.id))
    return [(row[0], row[1]) for row in rows]


def add_service(db: Session, bill_group: BillGroup, sale: Sale, *, public_id: str, today: date) -> bool:
    """Write the service under `public_id`; False when it is there already (the form was sent twice).

    It is billed from its first day on. CurrencyMismatch when the price is in another currency than the bill
    group, ValueError for a state that no service begins in.
    """
    if sale.price.currency != bill_group.currency:
        raise CurrencyMismatch(f"{bill_group.currency} is the currency of this bill group")
    if sale.state not in FIRST_STATES:
        raise ValueError(f"a service begins as {' or '.join(FIRST_STATES)}, not as {sale.state!r}")
    # Two clicks at once: the second waits for the bill group's row and then finds the service.
    db.execute(select(BillGroup.id).where(BillGroup.id == bill_group.id).with_for_update(key_share=True)).all()
    if db.scalar(select(Service.id).where(Service.public_id == public_id)) is not None:
        return False
    months = sale.term_months
    db.add(
        Service(
            public_id=public_id,
            bill_group_id=bill_group.id,
            product_id=sale.product.id,
            name=sale.name,
            label=sale.label,
            state=sale.state,
            price_minor=sale.price.minor,
            currency=sale.price.currency,
            cycle=sale.cycle,
            registered_on=sale.starts_on,
            next_due_on=sale.starts_on,
            term_months=months,
            term_anchor_on=sale.starts_on if months else None,
            renews_on=first_renewal(today, sale.starts_on, months, sale.auto_renew) if months else None,
            auto_renew=sale.auto_renew,
        )
    )
    db.flush()
    return True
