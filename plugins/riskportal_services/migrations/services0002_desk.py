"""Indexes for the staff's lists of services over all bill groups of a tenant."""

from __future__ import annotations

from alembic import op

revision = "services0002"
down_revision = "services0001"
branch_labels = None
depends_on = None


TABLE = "services_services"
# What each list is sorted by, and what it is filtered by; and rows that a search names.
INDEXES = {
    "desk": ["name", "public_id", "state", "label"],
    "desk_registered": ["registered_on", "public_id", "state"],
    "tenant": ["id"],
    "desk_due": ["next_due_on", "public_id", "state"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(f"ix_{TABLE}_{name}", TABLE, ["tenant_id", *columns])


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f"ix_{TABLE}_{name}", TABLE)
