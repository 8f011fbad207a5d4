"""Memberships, proofs of identity, second steps, previews, notification choices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from riskportal.db import types

revision = "core0003"
down_revision = "core0002"
branch_labels = None
depends_on = None

TABLES = (
    "known_devices",
    "notification_choices",
    "one_time_links",
    "passkey_challenges",
    "passkeys",
    "passwords",
    "pending_sign_ins",
    "recovery_codes",
    "totps",
    "memberships",
    "preview_sessions",
)


def upgrade() -> None:
    op.create_table(
        "known_devices",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("device_hash", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_known_devices_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_known_devices_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_devices")),
        sa.UniqueConstraint("user_id", "device_hash", name=op.f("uq_known_devices_user_id_device_hash")),
    )
    op.create_table(
        "notification_choices",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_notification_choices_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_choices_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_choices")),
        sa.UniqueConstraint("user_id", "category", name=op.f("uq_notification_choices_user_id_category")),
    )
    op.create_table(
        "one_time_links",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime()),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_one_time_links_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_links_token_hash")),
    )
    op.create_index("ix_one_time_links_user", "one_time_links", ["tenant_id", "user_id", "purpose"])
    op.create_table(
        "passkey_challenges",
        sa.Column("challenge", sa.String(length=100), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("user_id", types.BigId),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime()),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_passkey_challenges_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_passkey_challenges_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenges")),
        sa.UniqueConstraint("challenge", name=op.f("uq_passkey_challenges_challenge")),
    )
    op.create_table(
        "passkeys",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credential_id", sa.String(length=1364), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_used_at", types.UtcDateTime()),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_passkeys_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkeys_public_id")),
        sa.UniqueConstraint("tenant_id", "credential_id", name=op.f("uq_passkeys_tenant_id_credential_id")),
    )
    op.create_index("ix_passkeys_user", "passkeys", ["tenant_id", "user_id"])
    op.create_table(
        "passwords",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_passwords_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passwords_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passwords")),
        sa.UniqueConstraint("user_id", name=op.f("uq_passwords_user_id")),
    )
    op.create_table(
        "pending_sign_ins",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("next_path", sa.String(length=500)),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime()),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_pending_sign_ins_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_pending_sign_ins_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_sign_ins")),
    )
    op.create_index("ix_pending_sign_ins_browser", "pending_sign_ins", ["tenant_id", "browser_hash"])
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime()),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_recovery_codes_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    op.create_table(
        "totps",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_totps_tenant_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_totps_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totps")),
        sa.UniqueConstraint("user_id", name=op.f("uq_totps_user_id")),
    )
    op.create_table(
        "memberships",
        sa.Column("bill_group_id", types.BigId, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200)),
        sa.Column("role", sa.String(length=40)),
        sa.Column("permissions", sa.JSON(none_as_null=True)),
        sa.Column("limited_to", sa.JSON(none_as_null=True)),
        sa.Column("expires_at", types.UtcDateTime()),
        sa.Column("invited_at", types.UtcDateTime()),
        sa.Column("invited_by", sa.String(length=200)),
        sa.Column("joined_at", types.UtcDateTime()),
        sa.Column("revoked_at", types.UtcDateTime()),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("(role IS NULL) <> (permissions IS NULL)", name=op.f("ck_memberships_rights")),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_memberships_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_memberships_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("bill_group_id", "email", name=op.f("uq_memberships_bill_group_id_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_memberships_public_id")),
    )
    op.create_index("ix_memberships_email", "memberships", ["tenant_id", "email"])
    op.create_table(
        "preview_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_user_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId, nullable=False),
        sa.Column("role", sa.String(length=40)),
        sa.Column("email", sa.String(length=254)),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime()),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.CheckConstraint("(role IS NULL) <> (email IS NULL)", name=op.f("ck_preview_sessions_viewer")),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_preview_sessions_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["staff_user_id"], ["users.id"], name=op.f("fk_preview_sessions_staff_user_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_preview_sessions_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_preview_sessions_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_preview_sessions_token_hash")),
    )
    op.add_column("access_rules", sa.Column("override_reason", sa.String(length=300)))
    op.add_column("users", sa.Column("time_zone", sa.String(length=60)))
    op.add_column("user_sessions", sa.Column("proved_at", types.UtcDateTime()))
    # Sessions that are open came in by link; the default is for them only.
    op.add_column("user_sessions", sa.Column("method", sa.String(length=20), nullable=False, server_default="link"))
    with op.batch_alter_table("user_sessions") as batch:
        batch.alter_column("method", existing_type=sa.String(length=20), existing_nullable=False, server_default=None)


def downgrade() -> None:
    for table, columns in {
        "users": ("time_zone",),
        "user_sessions": ("proved_at", "method"),
        "access_rules": ("override_reason",),
    }.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
    for table in reversed(TABLES):
        op.drop_table(table)
