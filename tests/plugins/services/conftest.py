"""Fixtures of the services tests, on a database of their own."""

import pytest
from services_builders import TODAY_INSTANT
from sqlalchemy import event

import riskportal_services.models  # noqa: F401 - its tables belong to the metadata
from riskportal.clock import FixedClock
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.base import Base
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.tenancy.models import Tenant


@pytest.fixture
def clock():
    return FixedClock(TODAY_INSTANT)


@pytest.fixture
def database(tmp_path, clock):
    database = Database(f"sqlite:///{tmp_path}/test.sqlite", clock)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def _tenant(database, name):
    with database.session(Scope.system_wide("tests")) as db:
        tenant = Tenant(
            name=name,
            legal_name=name,
            base_url=f"https://{name}.example",
            sender_name=name,
            sender_address=f"x@{name}.example",
            country="DE",
            time_zone="Europe/Berlin",
            currency="EUR",
            languages=["en", "de"],
        )
        db.add(tenant)
    return tenant


def _bill_group(database, tenant, number):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        customer = Customer(number=number, name=number, legal_name=number)
        db.add(customer)
        db.flush()
        group = BillGroup(customer_id=customer.id, name="Main", currency="EUR", language="en")
        db.add(group)
    return group


@pytest.fixture
def tenant(database):
    return _tenant(database, "riskito")


@pytest.fixture
def other_tenant(database):
    return _tenant(database, "other")


@pytest.fixture
def bill_group(database, tenant):
    return _bill_group(database, tenant, "northwind")


@pytest.fixture
def other_bill_group(database, tenant):
    return _bill_group(database, tenant, "fabrikam")


@pytest.fixture
def db(database, tenant, bill_group):
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as session:
        yield session


@pytest.fixture
def sql_count(database):
    """Counts statements (not BEGIN and the like) that the engine runs."""

    class Count:
        statements = []

        def __enter__(self):
            self.statements = []
            event.listen(database.engine, "before_cursor_execute", self._note)
            return self

        def __exit__(self, *_):
            event.remove(database.engine, "before_cursor_execute", self._note)

        def _note(self, conn, cursor, statement, *_):
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                self.statements.append(statement)

        def __len__(self):
            return len(self.statements)

    return Count()
