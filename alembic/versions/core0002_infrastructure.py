"""Jobs, outgoing mails, stored files, and the append-only audit entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from riskportal.db import types
from riskportal.db.triggers import combine, refuse_delete, refuse_update

revision = "core0002"
down_revision = "core0001"
branch_labels = None
depends_on = None

TABLES = (
    "jobs",
    "outgoing_mails",
    "stored_files",
    "audit_entries",
)

# What an entry says; who said it (name, address) can be erased.
AUDIT_FACTS = (
    "id public_id tenant_id bill_group_id at actor_kind actor_id code record_kind record_id data request_id"
).split()


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=200)),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("run_at", types.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer()),
        sa.Column("leased_until", types.UtcDateTime()),
        sa.Column("lease_token", sa.String(length=64)),
        sa.Column("last_error", sa.Text()),
        sa.Column("finished_at", types.UtcDateTime()),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'dead')", name=op.f("ck_jobs_state")),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_jobs_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jobs_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("tenant_id", "name", "key", name=op.f("uq_jobs_tenant_id_name_key")),
    )
    op.create_index("ix_jobs_due", "jobs", ["state", "run_at", "id"])
    op.create_index("ix_jobs_tenant_state", "jobs", ["tenant_id", "state", "id"])
    op.create_table(
        "outgoing_mails",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("sender_address", sa.String(length=320), nullable=False),
        sa.Column("message_id", sa.String(length=400), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("secrets_sealed", sa.Text()),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sent_at", types.UtcDateTime()),
        sa.Column("failure", sa.Text()),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f("ck_outgoing_mails_state")),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_outgoing_mails_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_outgoing_mails_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_mails_message_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outgoing_mails_public_id")),
    )
    op.create_index(
        "ix_outgoing_mails_bill_group_newest", "outgoing_mails", ["tenant_id", "bill_group_id", "created_at", "id"]
    )
    op.create_index("ix_outgoing_mails_newest", "outgoing_mails", ["tenant_id", "created_at", "id"])
    op.create_index("ix_outgoing_mails_to_address", "outgoing_mails", ["tenant_id", "to_address"])
    op.create_table(
        "stored_files",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_stored_files_size")),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_stored_files_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_stored_files_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_files_public_id")),
    )
    op.create_index("ix_stored_files_bill_group", "stored_files", ["tenant_id", "bill_group_id", "id"])
    op.create_index("ix_stored_files_sha256", "stored_files", ["sha256"])
    op.create_table(
        "audit_entries",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", types.BigId),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("record_kind", sa.String(length=100)),
        sa.Column("record_id", sa.String(length=64)),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("ip", sa.String(length=45)),
        sa.Column("request_id", sa.String(length=64)),
        sa.CheckConstraint(
            "actor_kind IN ('user', 'staff', 'system', 'job')", name=op.f("ck_audit_entries_actor_kind")
        ),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_audit_entries_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_audit_entries_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_audit_entries_public_id")),
    )
    op.create_index("ix_audit_entries_actor", "audit_entries", ["tenant_id", "actor_id"])
    op.create_index("ix_audit_entries_bill_group_newest", "audit_entries", ["tenant_id", "bill_group_id", "at", "id"])
    op.create_index("ix_audit_entries_newest", "audit_entries", ["tenant_id", "at", "id"])
    op.create_index("ix_audit_entries_record", "audit_entries", ["tenant_id", "record_kind", "record_id"])
    for statement in _audit_triggers()[op.get_bind().dialect.name]:
        op.execute(sa.DDL(statement))


def _audit_triggers() -> dict[str, tuple[str, ...]]:
    return combine(
        refuse_update("audit_entries", "audit entries are append-only", columns=AUDIT_FACTS),
        refuse_update(
            "audit_entries",
            "the actor of an audit entry can be erased but not changed",
            columns=("actor_name", "ip"),
            when="(NEW.actor_name <> OLD.actor_name AND NEW.actor_name <> '') "
            "OR (NEW.ip IS NOT NULL AND (OLD.ip IS NULL OR NEW.ip <> OLD.ip))",
            name="actor",
        ),
        refuse_delete("audit_entries", "audit entries are append-only"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
