"""Customers and bill groups as the console lists and finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session, contains_eager

from riskportal.customers.models import BillGroup, Customer, folded
from riskportal.db.keyset import At, Key, Order, Page, by_name, turn
from riskportal.db.words import holds, narrowed

STATES = ("active", "archived", "all")
MOST_WORDS = 8

_GROUPS = (
    select(func.count(BillGroup.id))
    .where(BillGroup.customer_id == Customer.id)
    .correlate(Customer)
    .scalar_subquery()
    .label("groups")
)
CUSTOMER_ORDERS = by_name(
    Order("name", (Key(Customer.sort_name),), tie=Customer),
    Order("number", (Key(Customer.number),)),
    Order("created", (Key(Customer.created_at),), tie=Customer),
)


@dataclass(frozen=True)
class Found:
    """A search result and how well it fits, 0.4 to 1."""

    row: Any
    score: float


def customer_page(db: Session, text: str, state: str, at: At) -> Page:
    """A page of customers whose names or number hold every word of `text`; rows carry `Customer` and `groups`,
    how many bill groups it has."""
    found = narrowed(db, Customer, _holds(Customer.search_text, text))
    query = select(Customer, _GROUPS).where(*found)
    if state != "all":
        query = query.where(
            Customer.archived_at.is_(None) if state == "active" else Customer.archived_at.is_not(None)
        )
    return at.turn(db, query, CUSTOMER_ORDERS, few=found.few)


def find_customers(db: Session, text: str, limit: int) -> list[Found]:
    """Customers by name, legal name or number, the one whose number it is first."""
    exact = db.scalars(select(Customer).where(Customer.number == text.strip()).limit(1)).all()
    named = narrowed(db, Customer, _holds(Customer.search_text, text))
    page = turn(db, select(Customer).where(*named), CUSTOMER_ORDERS["name"], None, limit, few=named.few)
    others = [row.Customer for row in page.rows]
    found = [Found(row, _fit(text, row.name, row.legal_name, row.number)) for row in others if row not in exact]
    return [*(Found(row, 1.0) for row in exact), *found][:limit]


def find_bill_groups(db: Session, text: str, limit: int) -> list[Found]:
    """Bill groups by name, company, e-mail address or VAT number, with their customers."""
    query = (
        select(BillGroup)
        .join(Customer, Customer.id == BillGroup.customer_id)
        .options(contains_eager(BillGroup.customer))
        .where(*narrowed(db, BillGroup, _holds(BillGroup.search_text, text)))
    )
    rows = db.scalars(query.order_by(Customer.sort_name, BillGroup.id).limit(limit))
    return [Found(row, _fit(text, row.name, row.company_name, row.email, row.vat_number)) for row in rows]


def _holds(column: Any, text: str) -> list[ColumnElement[bool]]:
    """The folded column holds each word. A text of which folding leaves nothing (a bare accent) is in no name."""
    words = folded(text).split()[:MOST_WORDS]
    if text.strip() and not words:
        return [false()]
    return [holds(column, word) for word in words]


def _fit(text: str, *candidates: str | None) -> float:
    """How well `text` fits: the same, a beginning, the beginning of a word, somewhere inside."""
    wanted = " ".join(folded(text).split())
    names = [folded(candidate) for candidate in candidates if candidate]
    if wanted in names:
        return 0.95
    if any(name.startswith(wanted) for name in names):
        return 0.8
    return 0.6 if any(f" {wanted}" in name for name in names) else 0.4
