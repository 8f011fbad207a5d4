"""Customer, bill group, contact; what staff note about them, and what tax registers answered."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOwned, PublicId, TenantOwned, Timestamps
from riskportal.db.types import BigId

BILL_GROUP_STATES = ("active", "closed")
CONTACT_KINDS = ("billing", "shipping", "other")
# Short enough for an index of PostgreSQL (2,700 bytes a row) whatever folding makes of a name.
SORT_LENGTH = 80


def new_portal_token() -> str:
    """The secret part of a bill group's portal link (/join/...): 192 bits."""
    return secrets.token_urlsafe(24)


class Customer(PublicId, TenantOwned, Timestamps, Base):
    """An organisation that buys from the tenant."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        # The orders of the console's list; the public id makes each of them total (db.keyset).
        Index("ix_customers_sort_name", "tenant_id", "sort_name", "public_id"),
        Index("ix_customers_created", "tenant_id", "created_at", "public_id"),
        # The order in which rows lie, for reading all of a tenant's.
        Index("ix_customers_tenant", "tenant_id", "id"),
    )

    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    legal_name: Mapped[str] = mapped_column(String(200))
    # What search looks through: name, legal name and number, folded (see below).
    search_text: Mapped[str] = mapped_column(Text, default="")
    # The beginning of the folded name: lists are sorted by it, the same on every database.
    sort_name: Mapped[str] = mapped_column(String(SORT_LENGTH), default="")
    archived_at: Mapped[datetime | None]


class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    address_line1: Mapped[str | None] = mapped_column(String(200))
    address_line2: Mapped[str | None] = mapped_column(String(200))
    postcode: Mapped[str | None] = mapped_column(String(20))
    city: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str | None] = mapped_column(String(2))

    def address_lines(self) -> list[str]:
        """The address as it is written on an envelope, without the country."""
        town = " ".join(part for part in (self.postcode, self.city) if part)
        return [line for line in (self.address_line1, self.address_line2, town) if line]


class BillGroup(PublicId, TenantOwned, Address, Timestamps, Base):
    """A billing scope of a customer, and the scope of portal access."""

    __tablename__ = "bill_groups"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'closed')", name="state"),
        Index("ix_bill_groups_customer", "tenant_id", "customer_id", "name"),
        Index("ix_bill_groups_tenant", "tenant_id", "id"),
    )

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="active")
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(10))
    portal_enabled: Mapped[bool] = mapped_column(default=True)
    portal_token: Mapped[str] = mapped_column(String(40), unique=True, default=new_portal_token)
    # The name on invoices, when it isn't the customer's legal name.
    company_name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    vat_number: Mapped[str | None] = mapped_column(String(30))
    registration_number: Mapped[str | None] = mapped_column(String(60))
    po_number: Mapped[str | None] = mapped_column(String(60))
    search_text: Mapped[str] = mapped_column(Text, default="")

    customer: Mapped[Customer] = relationship()

    @property
    def company(self) -> str:
        """Whom invoices are written to. Needs `customer` loaded."""
        return self.company_name or self.customer.legal_name


class Contact(PublicId, BillGroupOwned, Address, Timestamps, Base):
    """A billing, shipping or other contact of a bill group; a contact is no login by itself."""

    __tablename__ = "contacts"
    __table_args__ = (
        CheckConstraint("kind IN ('billing', 'shipping', 'other')", name="kind"),
        Index("ix_contacts_bill_group", "bill_group_id", "kind"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))


class StaffNote(PublicId, TenantOwned, Timestamps, Base):
    """What staff write down about a customer, or one of its bill groups. Never shown to the customer."""

    __tablename__ = "staff_notes"
    __table_args__ = (Index("ix_staff_notes_customer", "tenant_id", "customer_id", "created_at"),)

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id", ondelete="RESTRICT"))
    bill_group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("bill_groups.id", ondelete="RESTRICT"))
    author_id: Mapped[int | None] = mapped_column(BigId)
    author_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    pinned: Mapped[bool] = mapped_column(default=False)


class VatCheck(PublicId, BillGroupOwned, Timestamps, Base):
    """What the tax register answered about a VAT number, asked by a job.

        asked --> confirmed | unknown        (the register answered)
              --> unanswered                 (it was down; asked again later)

    `registered_name` and `registered_address` are the register's words, `reference` its consultation number.
    """

    __tablename__ = "vat_checks"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'confirmed', 'unknown', 'unanswered')", name="state"),
        Index("ix_vat_checks_newest", "bill_group_id", "id"),
    )

    vat_number: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(20), default="asked")
    answered_at: Mapped[datetime | None]
    registered_name: Mapped[str | None] = mapped_column(String(300))
    registered_address: Mapped[str | None] = mapped_column(String(500))
    reference: Mapped[str | None] = mapped_column(String(60))


def folded(*texts: str | None) -> str:
    """Texts as search compares them: case folded, compatibility forms and accents gone ("Sørensen Ärzte" ->
    "sørensen arzte")."""
    joined = unicodedata.normalize("NFKD", " ".join(text for text in texts if text).casefold())
    return "".join(char for char in joined if not unicodedata.combining(char))


@event.listens_for(Customer, "before_insert")
@event.listens_for(Customer, "before_update")
def _fold_customer(_mapper: Any, _connection: Any, customer: Customer) -> None:
    customer.search_text = folded(customer.name, customer.legal_name, customer.number)
    customer.sort_name = folded(customer.name)[:SORT_LENGTH]


@event.listens_for(BillGroup, "before_insert")
@event.listens_for(BillGroup, "before_update")
def _fold_bill_group(_mapper: Any, _connection: Any, group: BillGroup) -> None:
    group.search_text = folded(group.name, group.company_name, group.email, group.vat_number)
