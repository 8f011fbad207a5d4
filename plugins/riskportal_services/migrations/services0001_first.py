"""Areas, products, care plans, services, projects and milestones."""

import sqlalchemy as sa
from alembic import op

revision = "services0001"
down_revision = None
branch_labels = ("services",)
depends_on = "core0001"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _owned(*, group: bool) -> list[sa.Column[int]]:
    names = ["tenant_id", "bill_group_id"] if group else ["tenant_id"]
    return [sa.Column(name, BIG_ID, nullable=False) for name in names]


def _owners(table: str, *, group: bool) -> list[sa.ForeignKeyConstraint]:
    owners = [("tenant_id", "tenants.id")] + ([("bill_group_id", "bill_groups.id")] if group else [])
    return [_foreign(table, column, target) for column, target in owners]


def _foreign(table: str, column: str, target: str, ondelete: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete=ondelete)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _public(table: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("public_id", name=f"uq_{table}_public_id")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    # op.f: the name is final, the naming convention must not be applied to it again.
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _catalogue()
    _care_plans()
    _services()
    _projects()


def _catalogue() -> None:
    table = "services_areas"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(20), nullable=False),
        *_owned(group=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("icon", sa.String(40), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        _key(table),
        _public(table),
        *_owners(table, group=False),
    )
    op.create_index("ix_services_areas_tenant", table, ["tenant_id", "weight", "name"])
    table = "services_products"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(20), nullable=False),
        *_owned(group=False),
        sa.Column("area_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.Text()),
        _key(table),
        _public(table),
        *_owners(table, group=False),
        _foreign(table, "area_id", "services_areas.id"),
    )
    op.create_index("ix_services_products_area", table, ["area_id"])


def _care_plans() -> None:
    table = "services_care_plans"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        *_owned(group=False),
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("note", sa.String(500)),
        _key(table),
        sa.UniqueConstraint("product_id", name=f"uq_{table}_product_id"),
        *_owners(table, group=False),
        _foreign(table, "product_id", "services_products.id"),
    )
    table = "services_care_plan_items"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        *_owned(group=False),
        sa.Column("care_plan_id", BIG_ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("label", sa.String(200)),
        sa.Column("detail", sa.String(500)),
        _key(table),
        *_owners(table, group=False),
        _foreign(table, "care_plan_id", "services_care_plans.id", "CASCADE"),
        _check(table, "kind", "kind IN ('hosting', 'updates', 'backups', 'monitoring', 'support', 'other')"),
    )
    op.create_index("ix_services_care_plan_items_plan", table, ["care_plan_id", "position"])


def _services() -> None:
    table = "services_services"
    states = "'pending', 'active', 'suspended', 'failed_setup', 'cancelled', 'terminated'"
    cycles = "'monthly', 'quarterly', 'semiannually', 'annually', 'biennially', 'triennially', 'once'"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(20), nullable=False),
        *_owned(group=True),
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("label", sa.String(253)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("cycle", sa.String(20), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("next_due_on", sa.Date()),
        sa.Column("renews_on", sa.Date()),
        sa.Column("term_months", sa.BigInteger()),
        sa.Column("term_anchor_on", sa.Date()),
        sa.Column("auto_renew", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _key(table),
        _public(table),
        *_owners(table, group=True),
        _foreign(table, "product_id", "services_products.id"),
        _check(table, "state", f"state IN ({states})"),
        _check(table, "cycle", f"cycle IN ({cycles})"),
        _check(table, "price", "price_minor >= 0"),
        _check(table, "term", "term_months > 0"),
        _check(table, "anchor", "(term_months IS NULL) = (term_anchor_on IS NULL)"),
    )
    op.create_index("ix_services_services_renews", table, ["bill_group_id", "state", "renews_on"])
    op.create_index("ix_services_services_due", table, ["bill_group_id", "state", "next_due_on"])
    op.create_index("ix_services_services_product", table, ["product_id"])
    op.create_index("ix_services_services_roll", table, ["tenant_id", "state", "auto_renew", "renews_on"])


def _projects() -> None:
    table = "services_projects"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(20), nullable=False),
        *_owned(group=True),
        sa.Column("area_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("started_on", sa.Date()),
        sa.Column("finished_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _key(table),
        _public(table),
        *_owners(table, group=True),
        _foreign(table, "area_id", "services_areas.id"),
        _check(table, "state", "state IN ('planned', 'active', 'completed', 'cancelled')"),
    )
    op.create_index("ix_services_projects_state", table, ["bill_group_id", "state"])
    op.create_index("ix_services_projects_area", table, ["area_id"])
    _milestones()


def _milestones() -> None:
    table = "services_milestones"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(20), nullable=False),
        *_owned(group=True),
        sa.Column("project_id", BIG_ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("done_on", sa.Date()),
        sa.Column("paid_on", sa.Date()),
        _key(table),
        _public(table),
        *_owners(table, group=True),
        _foreign(table, "project_id", "services_projects.id"),
        _check(table, "state", "state IN ('planned', 'done', 'invoiced', 'paid')"),
        _check(table, "amount", "amount_minor >= 0"),
        _check(table, "paid", "state <> 'paid' OR paid_on IS NOT NULL"),
    )
    op.create_index("ix_services_milestones_project", table, ["project_id", "position"])
    op.create_index("ix_services_milestones_state", table, ["bill_group_id", "state", "paid_on"])


def downgrade() -> None:
    for table in ("milestones", "projects", "services", "care_plan_items", "care_plans", "products", "areas"):
        op.drop_table(f"services_{table}")
