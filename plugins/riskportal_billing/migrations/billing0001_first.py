"""Invoices with lines and taxes, payments and their allocations, auto-pay; issued documents are frozen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from riskportal.db import types
from riskportal_billing.triggers import BILLING_TRIGGERS

revision = "billing0001"
down_revision = None
branch_labels = ("billing",)
depends_on = "core0001"

TABLES = (
    "billing_autopay",
    "billing_allocations",
    "billing_payments",
    "billing_invoice_taxes",
    "billing_invoice_lines",
    "billing_invoices",
)
CATEGORIES = "('S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'L', 'M')"


def owned(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What every table here has: its key, and whose the row is."""
    return (
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f(f"fk_{table}_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def points_at(table: str, column: str, target: str, ondelete: str) -> tuple[sa.schema.SchemaItem, ...]:
    """A foreign key column within the module."""
    return (
        sa.Column(column, types.BigId, nullable=False),
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete),
    )


def public_id(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )


def timestamps() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
    )


def upgrade() -> None:
    invoices()
    invoice_parts()
    payments()
    op.create_table(
        "billing_autopay",
        *owned("billing_autopay"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("method_label", sa.String(length=120)),
        *timestamps(),
        sa.UniqueConstraint("bill_group_id", name=op.f("uq_billing_autopay_bill_group_id")),
    )
    for statement in BILLING_TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def invoices() -> None:
    name = "billing_invoices"
    minor = [
        sa.Column(f"{which}_minor", sa.BigInteger(), nullable=False) for which in ("net", "tax", "total", "open")
    ]
    days = [sa.Column(day, sa.Date()) for day in ("issued_on", "due_on", "paid_on", "period_start", "period_end")]
    op.create_table(
        name,
        *owned(name),
        *public_id(name),
        sa.Column("number", sa.String(length=60)),
        sa.Column("document_state", sa.String(length=20), nullable=False),
        sa.Column("payment_state", sa.String(length=20), nullable=False),
        *days,
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("po_number", sa.String(length=60)),
        *minor,
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("search_text", sa.Text(), nullable=False),
        *timestamps(),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_billing_invoices_tenant_id_number")),
        sa.CheckConstraint(
            "document_state IN ('draft', 'issued', 'cancelled')", name=op.f("ck_billing_invoices_document_state")
        ),
        sa.CheckConstraint(
            "payment_state IN ('unpaid', 'partially_paid', 'paid', 'refunded')",
            name=op.f("ck_billing_invoices_payment_state"),
        ),
        sa.CheckConstraint(
            "document_state = 'draft' OR (number IS NOT NULL AND issued_on IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_billing_invoices_complete"),
        ),
        sa.CheckConstraint(
            "total_minor = net_minor + tax_minor AND total_minor >= 0", name=op.f("ck_billing_invoices_total")
        ),
        sa.CheckConstraint("open_minor >= 0 AND open_minor <= total_minor", name=op.f("ck_billing_invoices_open")),
    )
    scope = ["tenant_id", "bill_group_id"]
    op.create_index("ix_billing_invoices_listed", name, [*scope, "issued_on", "id"])
    op.create_index("ix_billing_invoices_state", name, [*scope, "document_state", "payment_state", "issued_on", "id"])


def invoice_parts() -> None:
    lines, taxes = "billing_invoice_lines", "billing_invoice_taxes"
    op.create_table(
        lines,
        *owned(lines),
        *points_at(lines, "invoice_id", "billing_invoices", "CASCADE"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.Column("period_start", sa.Date()),
        sa.Column("period_end", sa.Date()),
        sa.Column("quantity", types.DecimalText(), nullable=False),
        sa.Column("unit", sa.String(length=40)),
        sa.Column("unit_price", types.DecimalText(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(length=2), nullable=False),
        sa.Column("tax_rate", types.DecimalText(), nullable=False),
        sa.Column("record_kind", sa.String(length=60)),
        sa.Column("record_id", sa.String(length=20)),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_billing_invoice_lines_invoice_id_position")),
        sa.CheckConstraint(f"tax_category IN {CATEGORIES}", name=op.f("ck_billing_invoice_lines_tax_category")),
        sa.CheckConstraint(
            "(record_kind IS NULL) = (record_id IS NULL)", name=op.f("ck_billing_invoice_lines_record")
        ),
    )
    op.create_index("ix_billing_invoice_lines_record", lines, ["record_id", "record_kind", "invoice_id"])
    op.create_table(
        taxes,
        *owned(taxes),
        *points_at(taxes, "invoice_id", "billing_invoices", "CASCADE"),
        sa.Column("rate_order", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(length=2), nullable=False),
        sa.Column("rate", types.DecimalText(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "invoice_id", "category", "rate", name=op.f("uq_billing_invoice_taxes_invoice_id_category_rate")
        ),
        sa.CheckConstraint(f"category IN {CATEGORIES}", name=op.f("ck_billing_invoice_taxes_category")),
    )


def payments() -> None:
    name, allocations = "billing_payments", "billing_allocations"
    op.create_table(
        name,
        *owned(name),
        *public_id(name),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=140)),
        *timestamps(),
        sa.CheckConstraint("kind IN ('payment', 'refund')", name=op.f("ck_billing_payments_kind")),
        sa.CheckConstraint("state IN ('succeeded', 'pending', 'failed')", name=op.f("ck_billing_payments_state")),
        sa.CheckConstraint(
            "method IN ('bank_transfer', 'card', 'direct_debit', 'credit', 'other')",
            name=op.f("ck_billing_payments_method"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_billing_payments_amount")),
    )
    op.create_index("ix_billing_payments_listed", name, ["tenant_id", "bill_group_id", "received_on", "id"])
    op.create_table(
        allocations,
        *owned(allocations),
        *points_at(allocations, "payment_id", "billing_payments", "RESTRICT"),
        *points_at(allocations, "invoice_id", "billing_invoices", "RESTRICT"),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("payment_id", "invoice_id", name=op.f("uq_billing_allocations_payment_id_invoice_id")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_billing_allocations_amount")),
    )
    op.create_index("ix_billing_allocations_invoice", allocations, ["invoice_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION riskportal_billing_refuse_part")
