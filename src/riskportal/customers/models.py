"""Customer, bill group, contact."""

from __future__ import annotations

import secrets

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOwned, PublicId, TenantOwned, Timestamps
from riskportal.db.types import BigId

BILL_GROUP_STATES = ("active", "closed")
CONTACT_KINDS = ("billing", "shipping", "other")


def new_portal_token() -> str:
    """The secret part of a bill group's portal link (/join/...): 192 bits."""
    return secrets.token_urlsafe(24)


class Customer(PublicId, TenantOwned, Timestamps, Base):
    """An organisation that buys from the tenant."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("ix_customers_tenant_name", "tenant_id", "name", "id"),
    )

    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    legal_name: Mapped[str] = mapped_column(String(200))


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
    )

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="active")
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(10))
    portal_enabled: Mapped[bool] = mapped_column(default=True)
    portal_token: Mapped[str] = mapped_column(String(40), unique=True, default=new_portal_token)
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    vat_number: Mapped[str | None] = mapped_column(String(30))
    registration_number: Mapped[str | None] = mapped_column(String(60))
    po_number: Mapped[str | None] = mapped_column(String(60))

    customer: Mapped[Customer] = relationship()


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
