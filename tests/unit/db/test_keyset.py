"""Pages by keyset: every row once, both ways, on both databases, whatever is sorted by; cursors can't be forged."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from riskportal.customers.models import BillGroup, Customer
from riskportal.db.guard import Scope
from riskportal.db.keyset import At, BadCursor, Key, Order, by_name, count_up_to, turn
from riskportal.identity.directory import user_page
from riskportal.testing.fixtures import NOW

NAME = Order("name", (Key(Customer.sort_name),), tie=Customer)
NUMBER = Order("number", (Key(Customer.number),))
ARCHIVED = Order("archived", (Key(Customer.archived_at, nullable=True), Key(Customer.name)), tie=Customer)
MIXED = Order("mixed", (Key(Customer.legal_name), Key(Customer.created_at, descending=True)), tie=Customer)
GROUPS = (
    select(func.count(BillGroup.id)).where(BillGroup.customer_id == Customer.id).correlate(Customer).scalar_subquery()
)
COUNTED = Order("groups", (Key(GROUPS),), tie=Customer)
ORDERS = (NAME, NUMBER, ARCHIVED, MIXED, COUNTED)

# Few different values, so that ties are common; words that sort oddly.
WORDS = st.sampled_from(["", "a", "A", "ä", "Zebra", "zebra", "50%", "_", "\U0001f600", "株式会社", "a b", "a-b"])
ROWS = st.lists(
    st.tuples(WORDS, WORDS, st.integers(0, 2), st.none() | st.integers(0, 2), st.integers(0, 2)), max_size=14
)


def customer(tenant: Any, number: int, row: tuple[Any, ...]) -> Customer:
    name, legal, created, archived, _groups = row
    return Customer(
        tenant_id=tenant.id,
        number=f"N-{(number * 7) % 100:03}",
        name=name,
        legal_name=legal,
        created_at=NOW + timedelta(days=created),
        archived_at=None if archived is None else NOW + timedelta(days=archived),
    )


def walk(db: Any, query: Any, order: Order, size: int, *, few: bool = False) -> list[list[int]]:
    """The ids of all pages forwards, checked against the way back."""
    pages, cursor, cursors = [], None, []
    while True:
        page = turn(db, query, order, cursor, size, few=few)
        assert page.first == 1 + sum(map(len, pages)) or not page.rows
        pages.append([row.Customer.id for row in page.rows])
        cursors.append(page)
        if page.after is None:
            break
        cursor = page.after
    back = cursors[-1].before
    for expected in reversed(pages[:-1]):
        page = turn(db, query, order, back, size, few=few)
        assert [row.Customer.id for row in page.rows] == expected
        assert page.after is not None
        back = page.before
    assert back is None
    return pages


def in_order(db: Any, query: Any, order: Order) -> list[int]:
    """All ids as the database sorts them in one go."""
    steps = []
    for key in order.keys:
        if key.nullable:
            steps.append(key.column.is_(None))
        steps.append(key.column.desc() if key.descending != order.descending else key.column)
    if order.tie is not None:
        down = order.keys[-1].descending != order.descending
        steps.append(order.tie.public_id.desc() if down else order.tie.public_id)
    return [row.Customer.id for row in db.execute(query.order_by(*steps))]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=st.sampled_from(ORDERS), descending=st.booleans(), size=st.integers(1, 5))
def test_every_row_once_in_order_both_ways(
    database: Any, tenant: Any, rows: list[Any], order: Order, descending: bool, size: int
) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.execute(delete(BillGroup))
        db.execute(delete(Customer))
        for number, row in enumerate(rows):
            made = customer(tenant, number, row)
            db.add(made)
            db.flush()
            for _ in range(row[4]):
                db.add(BillGroup(customer_id=made.id, name="g", currency="EUR", language="en"))
        db.flush()
        query, order = select(Customer), order.turned(descending)
        pages = walk(db, query, order, size)
        assert [id for page in pages for id in page] == in_order(db, query, order)
        assert walk(db, query, order, size, few=True) == pages
        assert all(len(page) == size for page in pages[:-1])
        assert count_up_to(db, query, 5) == min(len(rows), 6)


@pytest.fixture
def customers(make: Any, tenant: Any, other_tenant: Any) -> list[Customer]:
    """Nine customers, and one of another tenant."""
    make.customer(other_tenant, name="Customer 3b")
    return [make.customer(tenant, name=f"Customer {number}", number=f"N-{number}") for number in range(1, 10)]


@pytest.fixture
def wide(database: Any, tenant: Any, customers: list[Customer]) -> Any:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        yield db


def names(page: Any) -> list[str]:
    return [row.Customer.name[-1] for row in page.rows]


def test_rows_that_come_and_go_neither_repeat_nor_skip_others(wide: Any, tenant: Any) -> None:
    query = select(Customer)
    first = turn(wide, query, NAME, None, 3)
    second = turn(wide, query, NAME, first.after, 3)
    assert (names(first), names(second), second.first) == (["1", "2", "3"], ["4", "5", "6"], 4)
    # The row that the cursor names goes, others come before it.
    wide.delete(first.rows[-1].Customer)
    wide.add(Customer(number="N-0", name="Customer 0", legal_name="x"))
    wide.flush()
    assert names(turn(wide, query, NAME, first.after, 3)) == ["4", "5", "6"]
    back = turn(wide, query, NAME, second.before, 3)
    assert names(back) == ["0", "1", "2"]
    assert (back.first, back.before) == (1, None)


def test_a_short_first_page_on_the_way_back_is_filled(wide: Any) -> None:
    query = select(Customer)
    second = turn(wide, query, NAME, turn(wide, query, NAME, None, 3).after, 3)
    for row in turn(wide, query, NAME, None, 2).rows:
        wide.delete(row.Customer)
    wide.flush()
    page = turn(wide, query, NAME, second.before, 3)
    assert (names(page), page.first, page.before) == (["3", "4", "5"], 1, None)
    assert names(turn(wide, query, NAME, page.after, 3)) == ["6", "7", "8"]


def test_another_tenants_rows_and_cursors_stay_out(wide: Any, database: Any, other_tenant: Any) -> None:
    query = select(Customer)
    with database.session(Scope.tenant_wide(other_tenant.id)) as other:
        other.add(Customer(number="N-11", name="Customer 5b", legal_name="x"))
        other.flush()
        theirs = turn(other, query, NAME, None, 1).after
    page = turn(wide, query, NAME, theirs, 20)
    assert names(page) == ["4", "5", "6", "7", "8", "9"]
    assert count_up_to(wide, query, 100) == 9


def test_a_cursor_names_no_database_id(wide: Any) -> None:
    page = turn(wide, select(Customer), NAME, None, 3)
    content = json.loads(base64.urlsafe_b64decode(page.after + "=="))
    assert content == ["name", 0, 3, ["customer 3"], page.rows[-1].Customer.public_id]


def forged(*content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


ID = "b" * 20


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ä",
        "====",
        "A" * 7000,
        forged(),
        forged("name"),
        forged("name", 0, 3, ["a"], None),
        forged("name", 0, 3, ["a"], 5),
        forged("name", 0, 3, ["a"], "x' OR 1=1 --"),
        forged("name", 0, 3, "a", ID),
        forged("name", 0, 3, [], ID),
        forged("name", 0, 3, ["a", "b"], ID),
        forged("name", 0, 3, [5], ID),
        forged("name", 0, 3, [None], ID),
        forged("name", 0, 3, [["a"]], ID),
        forged("name", 0, 3, ["a\x00"], ID),
        forged("name", 0, 3, ["\ud800"], ID),
        forged("name", True, 3, ["a"], ID),
        forged("name", 2, 3, ["a"], ID),
        forged("name", 0, -1, ["a"], ID),
        forged("name", 0, 2**70, ["a"], ID),
        forged("name", 0, 1.5, ["a"], ID),
        forged("-name", 0, 3, ["a"], ID),
        forged("number", 0, 3, ["a"], ID),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        base64.urlsafe_b64encode(b"[NaN" + b"9" * 4400 + b"]").decode(),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_text_that_is_no_cursor_of_this_order(wide: Any, cursor: str) -> None:
    with pytest.raises(BadCursor):
        turn(wide, select(Customer), NAME, cursor, 3)


@pytest.mark.parametrize(
    "value", ["2027-04-20T09:00:00", "2027-04-20", "yesterday", "0001-01-01T00:00:00+14:00", 5, True, 2**70]
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_instant_must_be_one(wide: Any, value: Any) -> None:
    with pytest.raises(BadCursor):
        turn(wide, select(Customer), ARCHIVED, forged("archived", 0, 3, [value, "a"], ID), 3)


@pytest.mark.parametrize("value", [True, 1.0, "1", 2**63, -(2**64), None])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_number_must_be_one_that_fits(wide: Any, value: Any) -> None:
    with pytest.raises(BadCursor):
        turn(wide, select(Customer), COUNTED, forged("groups", 0, 3, [value], ID), 3)


def test_a_well_formed_cursor_of_no_row_falls_between_the_rows(wide: Any) -> None:
    page = turn(wide, select(Customer), NAME, forged("name", 0, 3, ["customer 4"], "z" * 20), 2)
    assert names(page) == ["5", "6"]


@pytest.mark.parametrize("order", [NAME, NUMBER, Order("created", (Key(Customer.created_at),), tie=Customer)])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_index_finds_the_page_to_its_last_column(wide: Any, order: Order, sql_count: Any) -> None:
    """Ties by the hundred thousand (a bulk load) must not be walked through: the plan seeks by row value."""
    for turned in (order, order.turned()):
        first = turn(wide, select(Customer), turned, None, 3)
        with sql_count() as sql:
            turn(wide, select(Customer), turned, first.after, 3)
        assert len(sql) == 1
        plan = wide.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {sql.statements[0]}", tuple("1" for _ in range(sql.statements[0].count("?")))
        )
        steps = [row[3] for row in plan]
        assert any("USING INDEX ix_customers" in step or "USING INDEX sqlite_autoindex" in step for step in steps), (
            steps
        )
        assert not any("TEMP B-TREE" in step for step in steps), steps


def test_a_page_counts_only_what_it_does_not_show(wide: Any, sql_count: Any) -> None:
    orders = by_name(NAME, NUMBER)
    with sql_count() as sql:
        page = At("name", size=9).turn(wide, select(Customer), orders)
    assert (page.total, len(sql)) == (9, 1)
    with sql_count() as sql:
        page = At("name", True, size=4).turn(wide, select(Customer), orders)
    assert (names(page), page.total, len(sql)) == (["9", "8", "7", "6"], 9, 2)
    again = At("name", True, page.after, 4).turn(wide, select(Customer), orders)
    assert (names(again), again.first, again.total) == (["5", "4", "3", "2"], 5, 9)


def test_another_orders_cursor_gives_the_first_page(wide: Any) -> None:
    page = At("number", cursor=turn(wide, select(Customer), NAME, None, 4).after, size=3)
    assert names(page.turn(wide, select(Customer), by_name(NAME, NUMBER))) == ["1", "2", "3"]


def plan(db: Any, statement: str) -> list[str]:
    """The steps of SQLite's plan; values don't matter to it."""
    values = tuple("1" for _ in range(statement.count("?")))
    return [row[3] for row in db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("descending", [False, True])
def test_a_nullable_key_comes_from_its_index_both_ways(wide: Any, sql_count: Any, descending: bool) -> None:
    services = pytest.importorskip("riskportal_services.services.desk")
    order = services.ORDERS["due"].turned(descending)
    with sql_count() as sql:
        turn(wide, select(order.tie), order, None, 3)
    assert len(sql) == 2, "rows with a due date, then those without"
    for statement in sql.statements:
        (step,) = plan(wide, statement)
        assert "USING INDEX ix_services_services_desk_due (tenant_id=?" in step


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_few_rows_are_found_first_and_sorted_then(wide: Any, customers: list[Customer], sql_count: Any) -> None:
    query = select(Customer).where(Customer.id.in_([row.id for row in customers[:3]]))
    with sql_count() as sql:
        assert names(turn(wide, query, NAME, None, 9, few=True)) == ["1", "2", "3"]
    step = plan(wide, sql.statements[0])[0]
    assert step.endswith(("(rowid=?)", "(tenant_id=? AND id=? AND rowid=?)")), step


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_few_rows_pass_is_found_by_its_index(wide: Any, sql_count: Any) -> None:
    """Whatever the list is sorted by: an index in that order would be walked until they all came by."""
    services = pytest.importorskip("riskportal_services.services.desk")
    for sort in ("due", "registered", "name"):
        with sql_count() as sql:
            services.desk_page(wide, None, "", "pending", At(sort))
        steps = [step for step in plan(wide, sql.statements[0]) if "services_services" in step]
        assert "USING INDEX ix_services_services_roll (tenant_id=? AND state=?)" in steps[0]
    for sort in ("email", "created"):
        with sql_count() as sql:
            user_page(wide, "", "disabled", At(sort))
        assert "USING INDEX ix_users_disabled (tenant_id=? AND disabled_at>?)" in plan(wide, sql.statements[0])[0]
