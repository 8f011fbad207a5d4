"""Public pytest fixtures.

The chain: `plugins` -> `backend` -> `database` -> `make`, `tenant`, `bill_group`, `user`, `db`
-> `portal` -> `testapp`. Whatever uses `database` runs twice, on SQLite and on PostgreSQL.
Without PostgreSQL its half is skipped, and the end of the run says so in plain words; with
RISKPORTAL_TEST_REQUIRE=all a missing PostgreSQL or browser fails instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, NoReturn

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from riskportal.clock import FixedClock
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.guard import Scope, set_scope
from riskportal.db.session import Database
from riskportal.identity.models import User
from riskportal.installed import OWN_PREFIX, own_packages
from riskportal.settings import OPTIONS, env_name
from riskportal.tenancy.models import Tenant
from riskportal.testing import databases, postgres
from riskportal.testing.counting import StatementCounter
from riskportal.testing.factories import Factory
from riskportal.testing.postgres import NoPostgres

pytest_plugins = ["riskportal.testing.web", "riskportal.testing.demo"]

NOW = datetime(2027, 4, 20, 9, 0, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    """Open the folder that all workers of this run share; workers inherit its name."""
    for marker in ("postgres: needs PostgreSQL", "browser: needs Chromium"):
        config.addinivalue_line("markers", marker)
    # A developer's own settings must not reach the tests.
    for option in OPTIONS:
        os.environ.pop(env_name(option.key), None)
    if not hasattr(config, "workerinput") and databases.RUN_FOLDER not in os.environ:
        config.stash[_RUN] = databases.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run's PostgreSQL server and remove its folder (killed, the server notices by itself)."""
    folder = config.stash.get(_RUN, None)
    if folder is not None:
        postgres.stop(folder / "pg")
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop(databases.RUN_FOLDER, None)


_RUN = pytest.StashKey[Any]()


def unavailable(what: str, why: str) -> NoReturn:
    """Skip this test because a program is missing, or fail it where everything is required."""
    if os.environ.get("RISKPORTAL_TEST_REQUIRE") == "all":
        pytest.fail(f"{what} is required (RISKPORTAL_TEST_REQUIRE=all) but missing: {why}", pytrace=False)
    pytest.skip(f"without {what}: {why}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in plain words what this run didn't prove."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    for what in ("PostgreSQL", "Chromium"):
        count = sum(f"without {what}:" in text for text in skipped)
        if count:
            terminalreporter.write_line(
                f"NOT TESTED: {count} tests were skipped because {what} is missing. Install it, or see README.md.",
                red=True,
                bold=True,
            )


@pytest.fixture(scope="session")
def plugins() -> list[str]:
    """The `riskportal.plugins` setting of the tests: every module that comes with riskportal.

    Override it in your conftest.py to test your own module: `return ["billing", "my_module"]`.
    """
    return [name.removeprefix(OWN_PREFIX) for name in own_packages() if find_spec(f"{name}.plugin")]


@pytest.fixture(scope="session")
def ours() -> list[str]:
    """The packages that come with riskportal; looking for them takes a while."""
    return own_packages()


@pytest.fixture
def packages(plugins: list[str], ours: list[str]) -> tuple[str, ...]:
    """The packages among `plugins` that don't come with riskportal; their migrations run as well."""
    return tuple(name for name in plugins if name not in ours and f"{OWN_PREFIX}{name}" not in ours)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """This process's name within the run."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database; a test may choose: `@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)`."""
    return str(request.param)


@pytest.fixture(scope="session")
def _worker_databases() -> dict[tuple[str, str], URL]:
    """The worker's databases by backend and template: made once, cleaned for each test."""
    return {}


@pytest.fixture
def database_url(
    backend: str, packages: tuple[str, ...], worker: str, _worker_databases: dict[tuple[str, str], URL]
) -> URL:
    """A clean, migrated database."""
    key, fill = databases.migrated(packages)
    return clean_database(backend, key, fill, f"{worker}_{key}", _worker_databases)


def clean_database(backend: str, key: str, fill: databases.Fill, name: str, known: dict[tuple[str, str], URL]) -> URL:
    """The worker's database for a template, as the template is; made when it is asked for the first time."""
    kind = databases.BACKENDS[backend]
    try:
        if (backend, key) in known:
            kind.clean(known[backend, key], key, fill)
        else:
            known[backend, key] = kind.copy(key, fill, name)
    except NoPostgres as error:
        unavailable("PostgreSQL", str(error))
    return known[backend, key]


@pytest.fixture
def empty_database_url(backend: str, worker: str) -> URL:
    """A database without any table, for tests of migrations."""
    try:
        return databases.BACKENDS[backend].copy(databases.key_of("empty"), _fill_nothing, f"{worker}_empty")
    except NoPostgres as error:
        unavailable("PostgreSQL", str(error))


def _fill_nothing(url: URL) -> None:
    database = Database(url, FixedClock(NOW))
    database.engine.connect().close()
    database.dispose()


@pytest.fixture
def clock() -> FixedClock:
    """Stands at 20 April 2027, 9:00 UTC, until `clock.advance(days=1)`."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def reopen() -> Callable[[URL, FixedClock], Database]:
    """`reopen(url, clock)`: one engine per address for the whole run, because it keeps the statements that
    SQLAlchemy has compiled; whoever asks closes its connections."""
    known: dict[URL, Database] = {}

    def get(url: URL, clock: FixedClock) -> Database:
        if url not in known:
            known[url] = Database(url, clock)
        known[url].clock = clock
        return known[url]

    return get


@pytest.fixture
def database(
    database_url: URL, clock: FixedClock, reopen: Callable[[URL, FixedClock], Database]
) -> Iterator[Database]:
    """The clean database with the test's clock; `with database.session(Scope...) as db:` commits at the end."""
    database = reopen(database_url, clock)
    yield database
    database.dispose()


@pytest.fixture
def make(database: Database) -> Factory:
    """Makes and commits rows: `make.tenant()`, `make.bill_group(customer, name="Studio")`, `make.member(...)`."""
    return Factory(database)


@pytest.fixture
def tenant(make: Factory) -> Tenant:
    """The tenant that answers under portal.test."""
    return make.tenant()


@pytest.fixture
def other_tenant(make: Factory) -> Tenant:
    """Another provider on the same installation, under other.test."""
    return make.tenant("other.test", name="Birch Web", legal_name="Birch Web Ltd", country="IE")


@pytest.fixture
def customer(make: Factory, tenant: Tenant) -> Customer:
    """A customer of `tenant`."""
    return make.customer(tenant, name="Northwind Atelier", legal_name="Northwind Atelier GmbH")


@pytest.fixture
def bill_group(make: Factory, customer: Customer) -> BillGroup:
    """The bill group that `user` reaches and `db` is scoped to."""
    return make.bill_group(customer, name="Northwind Atelier")


@pytest.fixture
def other_bill_group(make: Factory, tenant: Tenant) -> BillGroup:
    """A bill group of another customer of the same tenant, which `user` doesn't reach."""
    return make.bill_group(make.customer(tenant, name="Southwind Studio"), name="Southwind Studio")


@pytest.fixture
def user(make: Factory, bill_group: BillGroup) -> User:
    """ada@customer.test, owner of `bill_group`."""
    return make.member(bill_group)


@pytest.fixture
def db(database: Database, tenant: Tenant, bill_group: BillGroup) -> Iterator[Session]:
    """A writing session scoped to `bill_group`. Call `db.commit()` before another session shall see the rows."""
    with database.new_session(write=True) as session:
        set_scope(session, Scope.bill_group(tenant.id, bill_group.id))
        yield session
        session.rollback()


@pytest.fixture
def staff_db(database: Database, tenant: Tenant) -> Iterator[Session]:
    """A writing session scoped to the whole of `tenant`, as staff pages, jobs and the loader have it."""
    with database.new_session(write=True) as session:
        set_scope(session, Scope.tenant_wide(tenant.id))
        yield session
        session.rollback()


@pytest.fixture
def sql_count() -> type[StatementCounter]:
    """`with sql_count() as sql: ...; assert len(sql.statements) <= 8`: counts in every engine and thread."""
    return StatementCounter
