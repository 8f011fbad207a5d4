"""The notes."""

import sqlalchemy as sa
from alembic import op

from riskportal.db import types

revision = "dummy0001"
down_revision = None
branch_labels = ("dummy",)
depends_on = "core0001"


def upgrade() -> None:
    op.create_table(
        "dummy_notes",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId, nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("answer", sa.String(500)),
        sa.Column("about_kind", sa.String(100)),
        sa.Column("about_id", sa.String(20)),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dummy_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dummy_notes_public_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_dummy_notes_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_dummy_notes_bill_group_id"), ondelete="RESTRICT"
        ),
    )
    op.create_index("ix_dummy_notes_bill_group", "dummy_notes", ["tenant_id", "bill_group_id", "id"])


def downgrade() -> None:
    op.drop_table("dummy_notes")
