"""The staff's list and search of invoices: which of them, in which order, and by which index."""

from __future__ import annotations

from typing import Any

import pytest
from billing_books import TODAY, Books

from riskportal.db.guard import Scope
from riskportal.db.keyset import At
from riskportal_billing.services.desk import desk_page, find_numbers


@pytest.fixture
def tenant_db(database: Any, tenant: Any) -> Any:
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        yield db


@pytest.fixture
def numbers(books: Books, tenant_db: Any) -> list[str]:
    """Five invoices whose numbers are told."""
    given = ["INV-1001", "INV-1002", "INV-2001", "inv-3001", "X-10019"]
    for number in given:
        books.invoice(number=number)
    return given


def found(rows: Any) -> list[str]:
    return [row.Invoice.number for row in rows]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("INV-1001", ["INV-1001"]),
        ("inv-1001", ["INV-1001"]),
        ("inv-10", ["INV-1002", "INV-1001"]),
        ("inv-30", ["inv-3001"]),
        ("1001", ["X-10019", "INV-1001"]),
        ("nv-2", ["INV-2001"]),
        ("INV", []),
        ("10_1", []),
        ("%1", []),
    ],
)
def test_exact_then_beginning_then_anywhere(numbers: list[str], tenant_db: Any, text: str, wanted: list[str]) -> None:
    assert found(find_numbers(tenant_db, text, 5)) == wanted


def test_the_list_holds_a_text_anywhere(numbers: list[str], tenant_db: Any) -> None:
    def listed(text: str) -> list[str]:
        return found(desk_page(tenant_db, None, text, "all", TODAY, At("number")).rows)

    assert listed("1001") == ["INV-1001", "X-10019"]
    assert set(listed("inv")) == {"INV-1001", "INV-1002", "INV-2001", "inv-3001"}
    assert listed("nothing") == []


def plans(db: Any, statements: list[str]) -> list[str]:
    """The first step of SQLite's plan for each statement."""
    found = []
    for statement in statements:
        values = tuple("1" for _ in range(statement.count("?")))
        found.append(next(iter(db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)))[3])
    return found


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_indexes_serve_orders_and_beginnings(numbers: list[str], tenant_db: Any, sql_count: Any) -> None:
    for sort, index in (("due", "desk_due"), ("issued", "desk")):
        for falling in (True, False):
            with sql_count() as sql:
                desk_page(tenant_db, None, "", "all", TODAY, At(sort, falling))
            assert plans(tenant_db, sql.statements[:1]) == [
                f"SEARCH billing_invoices USING INDEX ix_billing_invoices_{index} (tenant_id=?)"
            ]
    with sql_count() as sql:
        find_numbers(tenant_db, "INV-10", 5)
    assert "(tenant_id=? AND number>? AND number<?)" in plans(tenant_db, sql.statements)[1]
