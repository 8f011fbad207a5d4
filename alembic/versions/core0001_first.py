"""Tenants, customers, bill groups, users and what lets them in.

Every module's first revision depends on this one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from riskportal.db import types

revision = "core0001"
down_revision = None
branch_labels = ("core",)
depends_on = None

TABLES = (
    "tenants",
    "tenant_hosts",
    "tenant_modules",
    "tenant_settings",
    "customers",
    "bill_groups",
    "contacts",
    "users",
    "access_rules",
    "staff_members",
    "sign_in_requests",
    "user_sessions",
    "api_tokens",
    "imported_records",
)


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("base_url", sa.String(length=300), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=False),
        sa.Column("logo_sha256", sa.String(length=64)),
        sa.Column("logo_media_type", sa.String(length=40)),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("sender_address", sa.String(length=254), nullable=False),
        sa.Column("support_email", sa.String(length=254)),
        sa.Column("phone", sa.String(length=40)),
        sa.Column("address_line1", sa.String(length=200)),
        sa.Column("address_line2", sa.String(length=200)),
        sa.Column("postcode", sa.String(length=20)),
        sa.Column("city", sa.String(length=100)),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("vat_number", sa.String(length=30)),
        sa.Column("registration_number", sa.String(length=60)),
        sa.Column("iban", sa.String(length=34)),
        sa.Column("bic", sa.String(length=11)),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("config_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tenants_public_id")),
    )
    op.create_table(
        "tenant_hosts",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_hosts_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_hosts")),
        sa.UniqueConstraint("host", name=op.f("uq_tenant_hosts_host")),
    )
    op.create_table(
        "tenant_modules",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_modules_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_modules")),
        sa.UniqueConstraint("tenant_id", "module", name=op.f("uq_tenant_modules_tenant_id_module")),
    )
    op.create_table(
        "tenant_settings",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_settings_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_settings")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_tenant_settings_tenant_id_key")),
    )
    op.create_table(
        "customers",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_customers_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_customers_public_id")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_customers_tenant_id_number")),
    )
    op.create_index("ix_customers_tenant_name", "customers", ["tenant_id", "name", "id"])
    op.create_table(
        "bill_groups",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("customer_id", types.BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("portal_enabled", sa.Boolean(), nullable=False),
        sa.Column("portal_token", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254)),
        sa.Column("phone", sa.String(length=40)),
        sa.Column("vat_number", sa.String(length=30)),
        sa.Column("registration_number", sa.String(length=60)),
        sa.Column("po_number", sa.String(length=60)),
        sa.Column("address_line1", sa.String(length=200)),
        sa.Column("address_line2", sa.String(length=200)),
        sa.Column("postcode", sa.String(length=20)),
        sa.Column("city", sa.String(length=100)),
        sa.Column("country", sa.String(length=2)),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'closed')", name=op.f("ck_bill_groups_state")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_bill_groups_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_bill_groups_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_groups")),
        sa.UniqueConstraint("portal_token", name=op.f("uq_bill_groups_portal_token")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bill_groups_public_id")),
    )
    op.create_index("ix_bill_groups_customer", "bill_groups", ["tenant_id", "customer_id", "name"])
    op.create_table(
        "contacts",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254)),
        sa.Column("phone", sa.String(length=40)),
        sa.Column("address_line1", sa.String(length=200)),
        sa.Column("address_line2", sa.String(length=200)),
        sa.Column("postcode", sa.String(length=20)),
        sa.Column("city", sa.String(length=100)),
        sa.Column("country", sa.String(length=2)),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('billing', 'shipping', 'other')", name=op.f("ck_contacts_kind")),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_contacts_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_contacts_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contacts_public_id")),
    )
    op.create_index("ix_contacts_bill_group", "contacts", ["bill_group_id", "kind"])
    op.create_table(
        "users",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200)),
        sa.Column("language", sa.String(length=10)),
        sa.Column("disabled_at", types.UtcDateTime()),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_users_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("public_id", name=op.f("uq_users_public_id")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_users_tenant_id_email")),
    )
    op.create_table(
        "access_rules",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("expires_at", types.UtcDateTime()),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('domain', 'email')", name=op.f("ck_access_rules_kind")),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_access_rules_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_access_rules_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_rules")),
        sa.UniqueConstraint("bill_group_id", "kind", "value", name=op.f("uq_access_rules_bill_group_id_kind_value")),
        sa.UniqueConstraint("public_id", name=op.f("uq_access_rules_public_id")),
    )
    op.create_index("ix_access_rules_value", "access_rules", ["tenant_id", "value", "kind"])
    op.create_table(
        "staff_members",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_staff_members_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_staff_members_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_members")),
        sa.UniqueConstraint("tenant_id", "user_id", name=op.f("uq_staff_members_tenant_id_user_id")),
    )
    op.create_table(
        "sign_in_requests",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64)),
        sa.Column("code_hash", sa.String(length=64)),
        sa.Column("code_tries", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("next_path", sa.String(length=500)),
        sa.Column("requested_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime()),
        sa.Column("voided_at", types.UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_sign_in_requests_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_requests_token_hash")),
    )
    op.create_index("ix_sign_in_requests_browser", "sign_in_requests", ["tenant_id", "browser_hash"])
    op.create_index("ix_sign_in_requests_email", "sign_in_requests", ["tenant_id", "email", "requested_at"])
    op.create_table(
        "user_sessions",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", types.UtcDateTime()),
        sa.Column("ip", sa.String(length=45)),
        sa.Column("user_agent", sa.Text()),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('portal', 'staff')", name=op.f("ck_user_sessions_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_user_sessions_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_user_sessions_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    op.create_index("ix_user_sessions_user", "user_sessions", ["tenant_id", "user_id", "created_at"])
    op.create_table(
        "api_tokens",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime()),
        sa.Column("revoked_at", types.UtcDateTime()),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_api_tokens_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_tokens_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "imported_records",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("public_id", sa.String(length=20)),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_imported_records_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_records")),
        sa.UniqueConstraint("tenant_id", "section", "ref", name=op.f("uq_imported_records_tenant_id_section_ref")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
