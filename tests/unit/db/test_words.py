"""Words anywhere in texts, on both databases: no sign has a meaning of its own; few rows are named, many aren't."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from riskportal.customers.models import BillGroup, Customer
from riskportal.db import words
from riskportal.db.guard import Scope
from riskportal.db.words import begins, holds, holds_any_case, narrowed

TEXTS = st.text(st.sampled_from("ab%_\\[]*?'\"/ åß\U0001f600"), max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(TEXTS, max_size=6), word=TEXTS)
def test_a_word_means_itself(database: Any, tenant: Any, names: list[str], word: str) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.execute(delete(Customer))
        for number, name in enumerate(names):
            db.add(Customer(number=str(number), name=name, legal_name="x"))
        db.flush()
        found = sorted(db.scalars(select(Customer.name).where(holds(Customer.name, word))))
        assert found == sorted(name for name in names if word in name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(TEXTS, max_size=6), text=TEXTS)
def test_a_beginning_means_itself(database: Any, tenant: Any, names: list[str], text: str) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.execute(delete(Customer))
        for number, name in enumerate(names):
            db.add(Customer(number=str(number), name=name, legal_name="x"))
        db.flush()
        found = sorted(db.scalars(select(Customer.name).where(begins(Customer.name, text))))
        assert found == sorted(name for name in names if name.startswith(text))


@pytest.mark.parametrize("word", ["über", "Über", "ÜBER"])
def test_other_letters_than_ascii_have_cases_too(database: Any, tenant: Any, make: Any, word: str) -> None:
    for name in ("Über & Co", "über", "ÜBER", "uber"):
        make.customer(tenant, name=name)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert len(list(db.scalars(select(Customer).where(holds_any_case(Customer.name, word))))) == 3


def test_nothing_is_in_nothing(database: Any, tenant: Any, make: Any) -> None:
    """A column that is NULL holds no word."""
    customer = make.customer(tenant)
    make.bill_group(customer, company_name=None)
    make.bill_group(customer, company_name="ACME \u00c4 Ltd")
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        found = select(BillGroup.company_name).where(holds_any_case(BillGroup.company_name, "acme"))
        assert list(db.scalars(found)) == ["ACME \u00c4 Ltd"]


@pytest.mark.parametrize(("few", "many"), [(2, True), (5, False), (9, False)])
def test_few_are_named_many_are_not(
    database: Any, tenant: Any, other_tenant: Any, make: Any, monkeypatch: Any, few: int, many: bool
) -> None:
    monkeypatch.setattr(words, "FEW", few)
    for number in range(5):
        make.customer(tenant, name=f"Firm {number}")
        make.customer(other_tenant, name=f"Firm {number}")
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        asked = holds(Customer.name, "Firm")
        conditions = narrowed(db, Customer, [asked])
        assert (conditions[0] is asked) == many
        assert len(list(db.scalars(select(Customer).where(*conditions)))) == 5
        assert narrowed(db, Customer, []) == []
        assert conditions.few != many
        nobody = narrowed(db, Customer, [holds(Customer.name, "nobody")])
        assert nobody.few
        assert list(db.scalars(select(Customer).where(*nobody))) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_are_read_as_they_lie(database: Any, tenant: Any, sql_count: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        with sql_count() as sql:
            narrowed(db, Customer, [holds(Customer.search_text, "x")])
        plan = db.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {sql.statements[0]}", tuple("1" for _ in range(sql.statements[0].count("?")))
        )
        steps = [row[3] for row in plan]
        assert steps == ["SEARCH customers USING INDEX ix_customers_tenant (tenant_id=?)"]
