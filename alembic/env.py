"""How alembic reaches the database: with the URL of the ini file in use, or the one given by code."""

from __future__ import annotations

from typing import Any

from alembic import context
from pyramid.paster import get_appsettings, setup_logging
from sqlalchemy import Connection, Engine

from riskportal.db.migrate import metadata, strangers
from riskportal.db.session import make_engine, normal_url
from riskportal.settings import read_settings

# One number for all processes: two deployments that migrate at once wait for each other.
ADVISORY_LOCK = 7_241_650_331


def database_url() -> Any:
    """The URL from the caller, else `riskportal.database` of [app:main] (RISKPORTAL_DATABASE wins)."""
    given = context.config.attributes.get("database_url")
    if given is not None:
        return given
    ini = context.config.config_file_name
    setup_logging(ini)
    return read_settings(get_appsettings(ini))["database"]


def run(connection: Connection) -> None:
    """Run the chosen revisions in one transaction."""
    packages = context.config.attributes.get("packages", ())
    tables = metadata(packages)
    left_out = strangers(packages)
    context.configure(
        connection=connection,
        target_metadata=tables,
        include_object=lambda _object, name, kind, *_rest: kind != "table" or name not in left_out,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        compare_type=True,
        compare_server_default=True,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            connection.exec_driver_sql("SET LOCAL lock_timeout = '30s'")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            check_sqlite(connection)


def check_sqlite(connection: Connection) -> None:
    """Foreign keys are off while tables are rebuilt; nothing may point nowhere afterwards."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration would leave rows that point nowhere: {broken[:5]}")


def run_online(engine: Engine) -> None:
    """Connect and migrate. SQLite takes the write lock at once, so that a second process waits."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Has no effect inside a transaction; rebuilding a table would otherwise delete what points at it.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF").close()
            connection = connection.execution_options(sqlite_begin="IMMEDIATE")
        run(connection)
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("riskportal's migrations run against a database; --sql isn't supported")

_engine = make_engine(normal_url(database_url()))
try:
    run_online(_engine)
finally:
    _engine.dispose()
