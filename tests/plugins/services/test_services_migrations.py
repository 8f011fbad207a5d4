"""The migration makes exactly the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, create_engine, inspect

import riskportal_services.models  # noqa: F401
from riskportal.db.base import Base
from riskportal_services.migrations import services0001_first as first
from riskportal_services.migrations import services0002_desk as desk


def ours(name):
    return name is not None and name.startswith("services_")


def test_migration_and_models_agree():
    engine = create_engine("sqlite://")
    tables = [table for table in Base.metadata.sorted_tables if not ours(table.name)]
    with engine.connect() as connection:
        Base.metadata.create_all(connection, tables)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        with Operations.context(context):
            first.upgrade()
            desk.upgrade()
            assert [step for step in compare_metadata(context, Base.metadata) if "services_" in str(step)] == []
            found = inspect(connection)
            for table in filter(lambda table: ours(table.name), Base.metadata.sorted_tables):
                checks = {check["name"]: check["sqltext"] for check in found.get_check_constraints(table.name)}
                declared = {c.name: str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
                assert checks == declared
            desk.downgrade()
            first.downgrade()
            assert not [name for name in inspect(connection).get_table_names() if ours(name)]
    engine.dispose()


def test_the_branch_stands_on_the_first_core_revision_only():
    assert (first.revision, first.down_revision) == ("services0001", None)
    assert (first.branch_labels, first.depends_on) == (("services",), "core0001")
