"""Invoices, payments, and how payments settle invoices.

An issued invoice is a document: everything but its settlement (`payment_state`, `open_minor`,
`paid_on`) is frozen, by the database too (see triggers.py). It is written as a draft with its lines
and taxes, then issued in the same transaction. Amounts are minor units of the invoice's currency.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.contracts.records import RecordRef
from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOwned, Identified, PublicId, Timestamps
from riskportal.db.types import BigId

DOCUMENT_STATES = ("draft", "issued", "cancelled")
PAYMENT_STATES = ("unpaid", "partially_paid", "paid", "refunded")
# The payment states in which an issued invoice still asks for money.
OPEN_STATES = ("unpaid", "partially_paid")
# Duty or VAT category codes of UNCL 5305 as EN 16931 allows them (BT-151).
TAX_CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M")
PAYMENT_KINDS = ("payment", "refund")
PAYMENT_PROGRESS = ("succeeded", "pending", "failed")
PAYMENT_METHODS = ("bank_transfer", "card", "direct_debit", "credit", "other")
# What may change on an issued invoice.
SETTLEMENT_COLUMNS = ("payment_state", "open_minor", "paid_on", "updated_at")


def _one_of(column: str, choices: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


_STATES = ("document_state", "payment_state")


class Invoice(PublicId, BillGroupOwned, Timestamps, Base):
    """An invoice. `issued_on`, `due_on` and the period are local dates of the tenant.

    `seller` and `buyer` are what both were called when it was issued (see services.writing.Party).
    `search_text` is number and line texts, case-folded. Overdue is no state: it is computed from `due_on`.
    """

    __tablename__ = "billing_invoices"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        _one_of("document_state", DOCUMENT_STATES),
        _one_of("payment_state", PAYMENT_STATES),
        CheckConstraint(
            "document_state = 'draft' OR (number IS NOT NULL AND issued_on IS NOT NULL AND due_on IS NOT NULL)",
            name="complete",
        ),
        CheckConstraint("total_minor = net_minor + tax_minor AND total_minor >= 0", name="total"),
        CheckConstraint("open_minor >= 0 AND open_minor <= total_minor", name="open"),
        # The list of a bill group, newest first.
        Index("ix_billing_invoices_listed", "tenant_id", "bill_group_id", "issued_on", "number"),
        # The same for one state, and everything open.
        Index(
            "ix_billing_invoices_state",
            "tenant_id",
            "bill_group_id",
            "document_state",
            "payment_state",
            "issued_on",
            "number",
        ),
        # The staff's lists of all customers by day and by due date, with what they are filtered by, so that rare ones
        # are found in the index; and what is open in the whole tenant.
        Index("ix_billing_invoices_desk", "tenant_id", "issued_on", "number", *_STATES),
        Index("ix_billing_invoices_desk_due", "tenant_id", "due_on", "number", *_STATES),
        Index("ix_billing_invoices_due", "tenant_id", *_STATES, "due_on", "number"),
        # Rows that a search names.
        Index("ix_billing_invoices_tenant", "tenant_id", "id"),
        # What a number begins with, whatever the database's language, and numbers without their rows.
        Index(
            "ix_billing_invoices_number", "tenant_id", "number", "id", postgresql_ops={"number": "text_pattern_ops"}
        ),
    )

    number: Mapped[str | None] = mapped_column(String(60))
    document_state: Mapped[str] = mapped_column(String(20))
    payment_state: Mapped[str] = mapped_column(String(20))
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(10))
    po_number: Mapped[str | None] = mapped_column(String(60))
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    open_minor: Mapped[int]
    seller: Mapped[dict[str, Any]] = mapped_column(JSON)
    buyer: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text)

    lines: Mapped[list[InvoiceLine]] = relationship(
        back_populates="invoice", order_by="InvoiceLine.position", cascade="all, delete-orphan"
    )
    taxes: Mapped[list[InvoiceTax]] = relationship(order_by="InvoiceTax.rate_order", cascade="all, delete-orphan")

    @property
    def is_open(self) -> bool:
        """Whether it still asks for money."""
        return self.document_state == "issued" and self.payment_state in OPEN_STATES

    def is_overdue(self, today: date) -> bool:
        """Open, and its due date has passed; on the due date itself it is not yet overdue."""
        return self.is_open and self.due_on is not None and self.due_on < today


class InvoiceLine(Identified, BillGroupOwned, Base):
    """A line of an invoice. `unit_price` is in major units and may be finer than the currency (BT-146);
    `net_minor` is rounded once (BT-131). `tax_rate` is in percent. The period is inclusive."""

    __tablename__ = "billing_invoice_lines"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        _one_of("tax_category", TAX_CATEGORIES),
        CheckConstraint("(record_kind IS NULL) = (record_id IS NULL)", name="record"),
        # The invoices of a service or project.
        Index("ix_billing_invoice_lines_record", "record_id", "record_kind", "invoice_id"),
    )

    invoice_id: Mapped[int] = mapped_column(BigId, ForeignKey("billing_invoices.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    detail: Mapped[str | None] = mapped_column(Text)
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    quantity: Mapped[Decimal]
    unit: Mapped[str | None] = mapped_column(String(40))
    unit_price: Mapped[Decimal]
    net_minor: Mapped[int]
    tax_category: Mapped[str] = mapped_column(String(2))
    tax_rate: Mapped[Decimal]
    record_kind: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[str | None] = mapped_column(String(20))

    invoice: Mapped[Invoice] = relationship(back_populates="lines")

    @property
    def record(self) -> RecordRef | None:
        """The service, project or milestone that the line bills."""
        if self.record_kind is None or self.record_id is None:
            return None
        return RecordRef(self.record_kind, self.record_id)


class InvoiceTax(Identified, BillGroupOwned, Base):
    """VAT of one category and rate, on the sum of its lines (EN 16931, BG-23)."""

    __tablename__ = "billing_invoice_taxes"
    __table_args__ = (UniqueConstraint("invoice_id", "category", "rate"), _one_of("category", TAX_CATEGORIES))

    invoice_id: Mapped[int] = mapped_column(BigId, ForeignKey("billing_invoices.id", ondelete="CASCADE"))
    # Highest rate first, as on paper.
    rate_order: Mapped[int]
    category: Mapped[str] = mapped_column(String(2))
    rate: Mapped[Decimal]
    base_minor: Mapped[int]
    tax_minor: Mapped[int]


class Payment(PublicId, BillGroupOwned, Timestamps, Base):
    """Money received (`payment`) or given back (`refund`); the amount is always positive."""

    __tablename__ = "billing_payments"
    __table_args__ = (
        _one_of("kind", PAYMENT_KINDS),
        _one_of("state", PAYMENT_PROGRESS),
        _one_of("method", PAYMENT_METHODS),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_billing_payments_listed", "tenant_id", "bill_group_id", "received_on", "created_at", "public_id"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    received_on: Mapped[date]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    method: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str | None] = mapped_column(String(140))

    allocations: Mapped[list[Allocation]] = relationship(back_populates="payment", order_by="Allocation.id")


class Allocation(Identified, BillGroupOwned, Base):
    """How much of a payment goes to an invoice; of a refund, how much of the invoice is given back."""

    __tablename__ = "billing_allocations"
    __table_args__ = (
        UniqueConstraint("payment_id", "invoice_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_billing_allocations_invoice", "invoice_id"),
    )

    payment_id: Mapped[int] = mapped_column(BigId, ForeignKey("billing_payments.id", ondelete="RESTRICT"))
    invoice_id: Mapped[int] = mapped_column(BigId, ForeignKey("billing_invoices.id", ondelete="RESTRICT"))
    amount_minor: Mapped[int]

    payment: Mapped[Payment] = relationship(back_populates="allocations")
    invoice: Mapped[Invoice] = relationship()


class AutoPay(Identified, BillGroupOwned, Timestamps, Base):
    """Whether a bill group pays by itself, and with what; `method_label` reads like "Visa ending 4242"."""

    __tablename__ = "billing_autopay"
    __table_args__ = (UniqueConstraint("bill_group_id"),)

    enabled: Mapped[bool]
    method_label: Mapped[str | None] = mapped_column(String(120))
