"""Roles, staff notes, VAT checks, mail texts and attachments, saved views, and what search looks through."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from riskportal.db import types

revision = "core0004"
down_revision = "core0003"
branch_labels = None
depends_on = None

TABLES = (
    "mail_texts",
    "role_permissions",
    "saved_views",
    "staff_notes",
    "vat_checks",
    "mail_attachments",
)

# Tables that search reads as their rows lie.
READ_WHOLE = ("customers", "bill_groups", "users", "outgoing_mails")
# What the log is filtered by, each in the order of time; two of them had an index without it.
LOG_INDEXES = {"code": ["code"], "record": ["record_kind", "record_id"], "actor": ["actor_id"]}
OLD_INDEXES = ("record", "actor")


def upgrade() -> None:
    op.create_table(
        "mail_texts",
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_mail_texts_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_texts")),
        sa.UniqueConstraint("tenant_id", "kind", "language", name=op.f("uq_mail_texts_tenant_id_kind_language")),
    )
    op.create_table(
        "role_permissions",
        sa.Column("area", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("permission", sa.String(length=100), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_role_permissions_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_permissions")),
        sa.UniqueConstraint(
            "tenant_id", "area", "role", "permission", name=op.f("uq_role_permissions_tenant_id_area_role_permission")
        ),
    )
    op.create_table(
        "saved_views",
        sa.Column("user_id", types.BigId, nullable=False),
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_saved_views_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_views_public_id")),
        sa.UniqueConstraint("user_id", "page", "name", name=op.f("uq_saved_views_user_id_page_name")),
    )
    op.create_table(
        "staff_notes",
        sa.Column("customer_id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId),
        sa.Column("author_id", types.BigId),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_staff_notes_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_staff_notes_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_staff_notes_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_notes_public_id")),
    )
    op.create_index("ix_staff_notes_customer", "staff_notes", ["tenant_id", "customer_id", "created_at"])
    op.create_table(
        "vat_checks",
        sa.Column("vat_number", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answered_at", types.UtcDateTime()),
        sa.Column("registered_name", sa.String(length=300)),
        sa.Column("registered_address", sa.String(length=500)),
        sa.Column("reference", sa.String(length=60)),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId, nullable=False),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'confirmed', 'unknown', 'unanswered')", name=op.f("ck_vat_checks_state")
        ),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_vat_checks_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_vat_checks_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vat_checks")),
        sa.UniqueConstraint("public_id", name=op.f("uq_vat_checks_public_id")),
    )
    op.create_index("ix_vat_checks_newest", "vat_checks", ["bill_group_id", "id"])
    op.create_table(
        "mail_attachments",
        sa.Column("mail_id", types.BigId, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("bill_group_id", types.BigId),
        sa.Column("tenant_id", types.BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_group_id"], ["bill_groups.id"], name=op.f("fk_mail_attachments_bill_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outgoing_mails.id"], name=op.f("fk_mail_attachments_mail_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_mail_attachments_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_attachments")),
    )
    op.create_index("ix_mail_attachments_mail", "mail_attachments", ["mail_id", "position"])
    op.add_column("bill_groups", sa.Column("company_name", sa.String(length=200)))
    op.add_column("customers", sa.Column("archived_at", types.UtcDateTime()))
    op.add_column("customers", sa.Column("sort_name", sa.String(length=80), nullable=False, server_default=""))
    with op.batch_alter_table("customers") as batch:
        batch.alter_column("sort_name", existing_type=sa.String(80), existing_nullable=False, server_default=None)
    for table in ("customers", "bill_groups"):
        # The default is for rows that are there, and goes once they are filled.
        op.add_column(table, sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
        with op.batch_alter_table(table) as batch:
            batch.alter_column("search_text", existing_type=sa.Text(), existing_nullable=False, server_default=None)
    allow_actors("'user', 'staff', 'program', 'system', 'job'")
    for name, columns in LOG_INDEXES.items():
        op.create_index(f"ix_audit_entries_{name}_newest", "audit_entries", ["tenant_id", *columns, "at", "id"])
        if name in OLD_INDEXES:
            op.drop_index(f"ix_audit_entries_{name}", "audit_entries")
    fold("customers", ("name", "legal_name", "number"))
    fold("bill_groups", ("name", "email", "vat_number"))
    fold("customers", ("name",), "sort_name", 80)
    op.drop_index("ix_customers_tenant_name", "customers")
    op.create_index("ix_customers_sort_name", "customers", ["tenant_id", "sort_name", "public_id"])
    op.create_index("ix_customers_created", "customers", ["tenant_id", "created_at", "public_id"])
    op.create_index("ix_users_created", "users", ["tenant_id", "created_at", "public_id"])
    off = sa.text("disabled_at IS NOT NULL")
    op.create_index(
        "ix_users_disabled", "users", ["tenant_id", "disabled_at"], sqlite_where=off, postgresql_where=off
    )
    for table in READ_WHOLE:
        op.create_index(f"ix_{table}_tenant", table, ["tenant_id", "id"])
    index_mails(
        newest=["created_at", "public_id", "state", "kind"],
        bill_group_newest=["bill_group_id", "created_at", "public_id"],
        to_address=["to_address", "created_at", "public_id"],
    )


def index_mails(**indexes: list[str]) -> None:
    """Index mails anew: the console lists all of them, which nobody did before."""
    for name, columns in indexes.items():
        op.drop_index(f"ix_outgoing_mails_{name}", "outgoing_mails")
        op.create_index(f"ix_outgoing_mails_{name}", "outgoing_mails", ["tenant_id", *columns])


def allow_actors(kinds: str) -> None:
    """Say who may stand in audit entries. SQLite rebuilds the table for it and loses its triggers on the way."""
    connection = op.get_bind()
    triggers: list[str] = []
    if connection.dialect.name == "sqlite":
        master = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'")
        triggers = list(connection.scalars(master))
    with op.batch_alter_table("audit_entries") as batch:
        batch.drop_constraint(op.f("ck_audit_entries_actor_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_audit_entries_actor_kind"), f"actor_kind IN ({kinds})")
    for statement in triggers:
        op.execute(sa.DDL(statement))


def fold(table: str, columns: tuple[str, ...], into: str = "search_text", length: int | None = None) -> None:
    """Fill a column of the rows that are there, as riskportal.customers.models.folded does for new ones."""
    names = ("id", into, *columns)
    rows = sa.table(table, *(sa.column(name) for name in names))
    connection = op.get_bind()
    found = connection.execute(sa.select(rows.c.id, *(rows.c[name] for name in columns))).all()
    filled = [{"row": row[0], "folded": folded(row[1:])[:length]} for row in found]
    if filled:
        change = sa.update(rows).where(rows.c.id == sa.bindparam("row")).values({into: sa.bindparam("folded")})
        connection.execute(change, filled)


def folded(texts: Sequence[str | None]) -> str:
    joined = unicodedata.normalize("NFKD", " ".join(text for text in texts if text).casefold())
    return "".join(char for char in joined if not unicodedata.combining(char))


def downgrade() -> None:
    # What programs did stays written, so who may stand in audit entries stays as it is.
    for name, columns in LOG_INDEXES.items():
        op.drop_index(f"ix_audit_entries_{name}_newest", "audit_entries")
        if name in OLD_INDEXES:
            op.create_index(f"ix_audit_entries_{name}", "audit_entries", ["tenant_id", *columns])
    index_mails(
        newest=["created_at", "id"],
        bill_group_newest=["bill_group_id", "created_at", "id"],
        to_address=["to_address"],
    )
    for table in READ_WHOLE:
        op.drop_index(f"ix_{table}_tenant", table)
    op.drop_index("ix_users_disabled", "users")
    op.drop_index("ix_users_created", "users")
    op.drop_index("ix_customers_sort_name", "customers")
    op.drop_index("ix_customers_created", "customers")
    op.create_index("ix_customers_tenant_name", "customers", ["tenant_id", "name", "id"])
    for table, columns in {
        "customers": ("archived_at", "search_text", "sort_name"),
        "bill_groups": ("company_name", "search_text"),
    }.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
    for table in reversed(TABLES):
        op.drop_table(table)
