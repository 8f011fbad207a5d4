"""Indexes of lists: the staff's over all bill groups, and those of one, which now end in what orders a day."""

from __future__ import annotations

from alembic import op

revision = "billing0002"
down_revision = "billing0001"
branch_labels = None
depends_on = None

TABLE = "billing_invoices"
GROUP = ["tenant_id", "bill_group_id"]
IN_STATE = [*GROUP, "document_state", "payment_state", "issued_on"]


def upgrade() -> None:
    index_anew("ix_billing_invoices_listed", TABLE, [*GROUP, "issued_on", "number"])
    index_anew("ix_billing_invoices_state", TABLE, [*IN_STATE, "number"])
    index_anew("ix_billing_payments_listed", "billing_payments", [*GROUP, "received_on", "created_at", "public_id"])
    op.create_index("ix_billing_invoices_desk", TABLE, ["tenant_id", "issued_on", "number"])
    op.create_index(
        "ix_billing_invoices_due", TABLE, ["tenant_id", "document_state", "payment_state", "due_on", "number"]
    )


def index_anew(name: str, table: str, columns: list[str]) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, columns)


def downgrade() -> None:
    index_anew("ix_billing_payments_listed", "billing_payments", [*GROUP, "received_on", "id"])
    index_anew("ix_billing_invoices_state", TABLE, [*IN_STATE, "id"])
    index_anew("ix_billing_invoices_listed", TABLE, [*GROUP, "issued_on", "id"])
    op.drop_index("ix_billing_invoices_due", TABLE)
    op.drop_index("ix_billing_invoices_desk", TABLE)
