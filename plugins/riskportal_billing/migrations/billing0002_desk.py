"""Indexes of lists: the staff's over all bill groups, and those of one, which now end in what orders a day."""

from __future__ import annotations

from alembic import op

revision = "billing0002"
down_revision = "billing0001"
branch_labels = None
depends_on = None

TABLE = "billing_invoices"
GROUP = ["tenant_id", "bill_group_id"]
STATES = ["document_state", "payment_state"]
IN_STATE = [*GROUP, *STATES, "issued_on"]


def upgrade() -> None:
    index_anew("ix_billing_invoices_listed", TABLE, [*GROUP, "issued_on", "number"])
    index_anew("ix_billing_invoices_state", TABLE, [*IN_STATE, "number"])
    index_anew("ix_billing_payments_listed", "billing_payments", [*GROUP, "received_on", "created_at", "public_id"])
    op.create_index("ix_billing_invoices_desk", TABLE, ["tenant_id", "issued_on", "number", *STATES])
    op.create_index("ix_billing_invoices_desk_due", TABLE, ["tenant_id", "due_on", "number", *STATES])
    op.create_index("ix_billing_invoices_due", TABLE, ["tenant_id", *STATES, "due_on", "number"])
    op.create_index("ix_billing_invoices_tenant", TABLE, ["tenant_id", "id"])
    op.create_index(
        "ix_billing_invoices_number",
        TABLE,
        ["tenant_id", "number", "id"],
        postgresql_ops={"number": "text_pattern_ops"},
    )


def index_anew(name: str, table: str, columns: list[str]) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, columns)


def downgrade() -> None:
    index_anew("ix_billing_payments_listed", "billing_payments", [*GROUP, "received_on", "id"])
    index_anew("ix_billing_invoices_state", TABLE, [*IN_STATE, "id"])
    index_anew("ix_billing_invoices_listed", TABLE, [*GROUP, "issued_on", "id"])
    for name in ("number", "tenant", "due", "desk_due", "desk"):
        op.drop_index(f"ix_billing_invoices_{name}", TABLE)
