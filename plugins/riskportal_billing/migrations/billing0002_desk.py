"""Indexes for the staff's view over all bill groups of a tenant."""

from __future__ import annotations

from alembic import op

revision = "billing0002"
down_revision = "billing0001"
branch_labels = None
depends_on = None

TABLE = "billing_invoices"


def upgrade() -> None:
    op.create_index("ix_billing_invoices_desk", TABLE, ["tenant_id", "issued_on", "number"])
    op.create_index(
        "ix_billing_invoices_due", TABLE, ["tenant_id", "document_state", "payment_state", "due_on", "number"]
    )


def downgrade() -> None:
    op.drop_index("ix_billing_invoices_due", TABLE)
    op.drop_index("ix_billing_invoices_desk", TABLE)
