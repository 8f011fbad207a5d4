"""An index for the staff's list of services over all bill groups of a tenant."""

from __future__ import annotations

from alembic import op

revision = "services0002"
down_revision = "services0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_services_services_desk", "services_services", ["tenant_id", "name", "public_id"])


def downgrade() -> None:
    op.drop_index("ix_services_services_desk", "services_services")
