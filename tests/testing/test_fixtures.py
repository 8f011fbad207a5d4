"""The fixtures themselves: clean databases, real commits, counted statements."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from riskportal.customers.models import BillGroup, Contact
from riskportal.db.guard import Scope, set_scope
from riskportal.tenancy.models import Tenant


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_starts_with_an_empty_database(database, turn):
    with database.session(Scope.system_wide("test")) as db:
        assert db.scalar(select(func.count()).select_from(Tenant)) == 0
    with database.session(Scope.system_wide("test")) as db:
        db.add(_tenant())


LEFT_OPEN = []


def test_a_session_left_open_does_not_block_the_next_test(database):
    left = database.new_session(write=True)
    set_scope(left, Scope.system_wide("test"))
    left.add(_tenant())
    left.flush()
    LEFT_OPEN.append(left)


def test_rows_of_the_factory_are_committed(database, tenant, bill_group, db):
    while LEFT_OPEN:
        LEFT_OPEN.pop().invalidate()
    db.add(Contact(kind="billing", name="Grace"))
    db.commit()
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as other:
        assert other.scalar(select(Contact.name)) == "Grace"
        assert other.get(BillGroup, bill_group.id).portal_token == bill_group.portal_token


def test_statements_are_counted_alike_on_both_databases(database, tenant, sql_count):
    with sql_count() as sql, database.session(Scope.tenant(tenant.id)) as db:
        db.get(Tenant, tenant.id)
        db.scalar(select(Tenant.name).where(Tenant.id == tenant.id))
    assert len(sql) == 2, str(sql)


def _tenant() -> Tenant:
    return Tenant(
        name="T",
        legal_name="T",
        base_url="http://t.test",
        sender_name="T",
        sender_address="t@t.test",
        country="DE",
        time_zone="UTC",
        currency="EUR",
        languages=["en"],
    )
