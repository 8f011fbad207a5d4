"""The laws of the migrations: one version table, one branch per module, and what keeps branches apart."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from house import MODULES, ROOT, Source, report
from sqlalchemy import inspect, select

from riskportal.clock import SystemClock
from riskportal.customers.models import BillGroup
from riskportal.db import migrate
from riskportal.db.guard import Scope
from riskportal.db.session import Database, make_engine, normal_url
from riskportal.testing.factories import Factory

FIRST = "core0001"
BRANCHES = {folder.name.removeprefix("riskportal_") for folder in MODULES if (folder / "migrations").is_dir()}


@pytest.fixture(scope="module")
def script():
    return ScriptDirectory.from_config(migrate.config("sqlite://"))


@pytest.fixture(scope="module")
def tables():
    everything, left_out = migrate.metadata().tables, migrate.strangers()
    return {name: table for name, table in everything.items() if name not in left_out}


def current(url) -> set[str]:
    engine = make_engine(normal_url(url))
    with engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    engine.dispose()
    return set(heads)


def names_of(url) -> set[str]:
    engine = make_engine(normal_url(url))
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_core_never_has_its_first_revision_only(script):
    """If a module depended on core's head, core's own row would vanish from the version table."""
    assert script.get_revision("core@head").revision != FIRST
    assert script.get_revision(FIRST).is_base


def test_a_modules_first_revision_stands_on_cores_first_and_nothing_else_depends(script):
    problems = []
    for revision in script.walk_revisions():
        if revision.revision == FIRST:
            continue
        branch = next(iter(revision.branch_labels), None)
        wanted = {FIRST} if revision.is_base else set()
        depends = set(
            [revision.dependencies] if isinstance(revision.dependencies, str) else revision.dependencies or ()
        )
        if depends != wanted:
            problems.append(f"{revision.revision}: depends_on is {depends or None}, must be {wanted or None}")
        if revision.is_base and (branch not in BRANCHES or not revision.revision.startswith(branch)):
            problems.append(f"{revision.revision}: its branch label {branch!r} must be the module's name")
    report(problems)


def test_one_head_for_core_and_one_for_each_module(script):
    labels = sorted(next(iter(script.get_revision(head).branch_labels)) for head in script.get_heads())
    assert labels == sorted({"core", *BRANCHES})


@pytest.mark.parametrize("name", ["development.ini", "production.ini"])
def test_ini_files_name_the_migrations_of_every_installed_module(name):
    """Also of modules that are switched off: a row without its revision blocks every later upgrade."""
    ini = configparser.ConfigParser(defaults={"here": str(ROOT)}, interpolation=None)
    ini.read(ROOT / name)
    locations = ini["alembic"]["version_locations"]
    missing = [branch for branch in sorted(BRANCHES) if f"riskportal_{branch}:migrations" not in locations]
    assert missing == []


def test_revisions_import_no_models():
    """A revision must do tomorrow what it does today, whatever the models have become."""
    files = [*(ROOT / "alembic" / "versions").glob("*.py"), *(ROOT / "plugins").glob("*/migrations/*.py")]
    statements = [*(ROOT / "plugins").glob("*/triggers.py")]
    report(
        [
            f"{path.relative_to(ROOT)}:{found.line} imports {found.name}; write the columns out"
            for path in [*files, *statements]
            for found in Source(path, path.stem).imports()
            if {"models", "services"} & set(found.name.split(".")) or found.name == "riskportal.audit.triggers"
        ]
    )


def test_tables_carry_their_modules_name(tables):
    prefixes = tuple(f"{branch}_" for branch in BRANCHES)
    problems = []
    for name, table in tables.items():
        owner = owner_of(table)
        if owner != "core" and not name.startswith(f"{owner}_"):
            problems.append(f"table {name} of module {owner!r} must be named {owner}_...")
        if owner == "core" and name.startswith(prefixes):
            problems.append(f"core table {name} looks like a module's")
    report(problems)


def owner_of(table) -> str:
    for mapper in migrate.Base.registry.mappers:
        if mapper.local_table is table:
            top = mapper.class_.__module__.split(".")[0]
            return "core" if top == "riskportal" else top.removeprefix("riskportal_")
    raise AssertionError(f"table {table.name} has no model")


def test_foreign_keys_stay_within_the_module_or_point_to_core(tables):
    report(
        [
            f"{key.parent} points to {key.target_fullname}: another module's row is a RecordRef"
            for table in tables.values()
            for key in table.foreign_keys
            if owner_of(key.column.table) not in ("core", owner_of(table))
        ]
    )


def test_owned_tables_can_be_searched_by_owner(tables):
    """The guard adds tenant and bill group to every statement: some index or constraint must start with one."""
    problems = []
    for table in tables.values():
        starts = {next(iter(index.columns.keys())) for index in table.indexes}
        starts |= {next(iter(c.columns.keys())) for c in table.constraints if len(c.columns)}
        if "tenant_id" in table.columns and not starts & {"tenant_id", "bill_group_id"}:
            problems.append(f"{table.name}: no index starts with tenant_id or bill_group_id")
    report(problems)


def test_upgrading_an_empty_database_gives_the_models(empty_database_url):
    migrate.upgrade(empty_database_url)
    command.check(migrate.config(empty_database_url))
    assert migrate.pending(empty_database_url) == ()


def test_pending_names_what_is_missing(empty_database_url):
    assert migrate.pending(empty_database_url)
    migrate.upgrade(empty_database_url, revision="core@head")
    assert set(migrate.pending(empty_database_url)) == {
        head for head in ScriptDirectory.from_config(migrate.config("sqlite://")).get_heads() if "core" not in head
    }


@pytest.mark.parametrize("branch", sorted(BRANCHES))
def test_a_module_can_be_taken_out_and_put_back(empty_database_url, branch):
    migrate.upgrade(empty_database_url)
    before, heads = names_of(empty_database_url), current(empty_database_url)
    command.downgrade(migrate.config(empty_database_url), f"{branch}@base")
    assert {name for name in before if name.startswith(f"{branch}_")} == before - names_of(empty_database_url)
    assert any(head.startswith("core") for head in current(empty_database_url))
    migrate.upgrade(empty_database_url)
    assert (names_of(empty_database_url), current(empty_database_url)) == (before, heads)
    command.check(migrate.config(empty_database_url))


def test_everything_can_be_taken_back(empty_database_url):
    migrate.upgrade(empty_database_url)
    command.downgrade(migrate.config(empty_database_url), "base")
    assert names_of(empty_database_url) <= {"alembic_version"}


def test_two_deployments_may_migrate_at_once(empty_database_url):
    """Each process takes the lock; the second finds the work done."""
    program = "import sys; from riskportal.db import migrate; migrate.upgrade(sys.argv[1])"
    url = empty_database_url.render_as_string(hide_password=False)

    def run(_number):
        return subprocess.run([sys.executable, "-W", "ignore", "-c", program, url], capture_output=True, text=True)

    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(run, range(2)))
    assert [(e.returncode, e.stderr) for e in ended] == [(0, ""), (0, "")]
    assert migrate.pending(empty_database_url) == ()


def test_alembics_own_program_works(empty_database_url):
    """`alembic -c development.ini upgrade heads`, as the documentation of alembic has it."""
    environ = {**os.environ, "RISKPORTAL_DATABASE": empty_database_url.render_as_string(hide_password=False)}

    def alembic(*words):
        ended = subprocess.run(
            [sys.executable, "-m", "alembic.config", "-c", "development.ini", *words],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    alembic("upgrade", "heads")
    assert migrate.pending(empty_database_url) == ()
    alembic("current", "--check-heads")
    alembic("check")


REBUILD = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "core9999", "{head}", None, None

def upgrade():
    with op.batch_alter_table("customers") as customers:
        customers.alter_column("name", type_=sa.String(300), existing_type=sa.String(200))

def downgrade():
    pass
"""


def test_rows_survive_a_migration_that_rebuilds_a_table(empty_database_url, tmp_path):
    """SQLite alters a table by making it anew; foreign keys of other tables must not lose rows meanwhile."""
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url, SystemClock())
    make = Factory(database)
    group = make.bill_group(make.customer(make.tenant()))
    database.dispose()
    config = migrate.config(empty_database_url)
    head = ScriptDirectory.from_config(config).get_revision("core@head").revision
    (tmp_path / "core9999.py").write_text(REBUILD.format(head=head))
    config.set_main_option(
        "version_locations", f"{config.get_main_option('version_locations')}{os.pathsep}{tmp_path}"
    )
    command.upgrade(config, "heads")
    database = Database(empty_database_url, SystemClock())
    with database.session(Scope.system_wide("test")) as db:
        assert [row.customer_id for row in db.scalars(select(BillGroup))] == [group.customer_id]
    database.dispose()
