"""Customers and bill groups under several hands at once, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from riskportal.customers.details import lock_bill_group
from riskportal.customers.models import SORT_LENGTH, BillGroup, Contact, Customer
from riskportal.customers.services import (
    CUSTOMER_FIELDS,
    GROUP_FIELDS,
    CustomerArchived,
    NumberTaken,
    StillActive,
    add_bill_group,
    add_customer,
    archive_customer,
    change_bill_group,
    change_customer,
    load_bill_group,
    next_number,
    reopen_bill_group,
)
from riskportal.customers.vat import VatWrong
from riskportal.db.changes import Outdated, mark, values_of
from riskportal.db.guard import Scope
from riskportal.db.mixins import new_public_id
from riskportal.mail.own import OwnText
from riskportal.mail.texts import keep_text
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import lock_tenant, set_role_permissions

HANDS = 6


def together(work: Callable[[int], Any], hands: int = HANDS) -> list[Any]:
    """What each of several threads answers, or the error it met."""

    def attempt(number: int) -> Any:
        try:
            return work(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(attempt, range(hands)))


def add(
    database: Any, tenant: Any, number: str, suggested: str = "", public_id: str | None = None
) -> tuple[str, bool]:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row, added = add_customer(
            db, public_id=public_id or new_public_id(), name="x", legal_name="x", number=number, suggested=suggested
        )
        return row.number, added


def numbers(database: Any, tenant: Any) -> list[str]:
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return sorted(db.scalars(select(Customer.number)))


def test_one_suggestion_taken_by_many_at_once(database: Any, tenant: Any) -> None:
    answers = together(lambda _hand: add(database, tenant, "10001", suggested="10001"))
    assert all(isinstance(answer, tuple) and answer[1] for answer in answers), answers
    assert numbers(database, tenant) == [str(10001 + hand) for hand in range(HANDS)]


def test_one_typed_number_is_given_once(database: Any, tenant: Any) -> None:
    answers = together(lambda _hand: add(database, tenant, "MINE"))
    assert sum(isinstance(answer, tuple) for answer in answers) == 1
    assert sum(isinstance(answer, NumberTaken) for answer in answers) == HANDS - 1
    assert numbers(database, tenant) == ["MINE"]


def test_one_form_sent_many_times_at_once_is_one_customer(database: Any, tenant: Any) -> None:
    public_id = new_public_id()
    answers = together(lambda _hand: add(database, tenant, "", public_id=public_id))
    assert sorted(answer[1] for answer in answers) == [False] * (HANDS - 1) + [True]
    assert numbers(database, tenant) == ["10001"]


def test_archived_or_a_new_bill_group_but_never_both(database: Any, tenant: Any, make: Any, clock: Any) -> None:
    for _ in range(3):
        customer = make.customer(tenant)

        def work(hand: int, customer_id: int = customer.id) -> str:
            with database.session(Scope.tenant_wide(tenant.id)) as db:
                row = db.get_one(Customer, customer_id)
                if hand % 2:
                    archive_customer(db, row, clock.now())
                    return "archived"
                values = {"name": "g", "currency": "EUR", "language": "en"}
                add_bill_group(db, row, public_id=new_public_id(), values=values)
                return "added"

        answers = together(work, 4)
        won = {answer for answer in answers if isinstance(answer, str)}
        lost = {type(answer) for answer in answers if not isinstance(answer, str)}
        assert (won, lost) in (({"archived"}, {CustomerArchived}), ({"added"}, {StillActive})), answers
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            row = db.get_one(Customer, customer.id)
            groups = db.scalars(select(BillGroup).where(BillGroup.customer_id == customer.id)).all()
            assert (row.archived_at is not None) != bool(groups)


def test_a_group_reopens_or_its_customer_is_archived_but_never_both(
    database: Any, tenant: Any, make: Any, clock: Any
) -> None:
    customer = make.customer(tenant)
    group = make.bill_group(customer, state="closed")

    def work(hand: int) -> Any:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            if hand % 2:
                return archive_customer(db, db.get_one(Customer, customer.id), clock.now())
            found = load_bill_group(db, group.public_id)
            assert found is not None
            return reopen_bill_group(db, found)

    answers = together(work, 4)
    assert any(answer is True for answer in answers)
    assert all(isinstance(answer, bool | CustomerArchived | StillActive) for answer in answers), answers
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        archived = db.get_one(Customer, customer.id).archived_at is not None
        assert archived != (db.get_one(BillGroup, group.id).state == "active")


PREFIXES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=st.lists(st.tuples(PREFIXES, st.integers(0, 10**9), st.integers(1, 6)), max_size=8))
def test_the_next_number_is_always_free_and_fits(database: Any, tenant: Any, taken: list[Any]) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.execute(delete(Customer))
        used = set()
        for prefix, number, width in taken:
            text = f"{prefix}{number:0{width}d}"
            if text not in used:
                used.add(text)
                db.add(Customer(number=text, name="x", legal_name="x"))
                db.flush()
        suggested = next_number(db)
        assert suggested not in used
        assert 0 < len(suggested) <= 40


@pytest.mark.parametrize("number", ["9" * 40, "K" * 39 + "9", "0" * 18, "9" * 18])
def test_a_number_that_outgrows_its_column_starts_anew(database: Any, tenant: Any, number: str) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.add(Customer(number=number, name="x", legal_name="x"))
        db.flush()
        assert 0 < len(next_number(db)) <= 40


def test_a_long_run_of_taken_numbers_is_passed(database: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        for number in [*range(1001, 1121), 1000]:
            db.add(Customer(number=str(number), name="x", legal_name="x"))
            db.flush()
        assert next_number(db) == "1121"


def test_a_new_bill_group_has_its_vat_number_in_the_usual_form(database: Any, tenant: Any, customer: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Customer, customer.id)

        def add_one(number: str | None, country: str | None) -> str | None:
            values = {"name": "x", "currency": "EUR", "language": "en", "vat_number": number, "country": country}
            return add_bill_group(db, row, public_id=new_public_id(), values=values)[0].vat_number

        assert add_one("136 695 976", "DE") == "DE136695976"
        assert add_one("che 107 787 577 mwst", "DE") == "CHE-107.787.577 MWST"
        assert add_one(None, "DE") is None and add_one("", None) is None
        with pytest.raises(VatWrong):
            add_one("136 695 977", "DE")


def test_names_that_grow_when_folded_still_have_an_order(database: Any, tenant: Any) -> None:
    """U+FDFA folds to eighteen letters: an index over whole names would refuse the row on PostgreSQL."""
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = Customer(number="1", name="\ufdfa" * 200, legal_name="x")
        db.add(row)
        db.flush()
        assert 0 < len(row.sort_name) <= SORT_LENGTH


CHANGES: dict[str, tuple[Any, Any, tuple[str, ...], dict[str, str], dict[str, str]]] = {
    "customer": (
        Customer, change_customer, CUSTOMER_FIELDS,
        {"name": "Old", "legal_name": "New GmbH", "number": "1"},
        {"name": "New", "legal_name": "Old GmbH", "number": "1"},
    ),
    "bill group": (BillGroup, change_bill_group, GROUP_FIELDS, {"name": "New", "city": "Aarhus"}, {"language": "de"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("waits", [False, True])
def test_nobody_takes_back_what_they_have_not_seen(
    kind: str, waits: bool, database: Any, tenant: Any, bill_group: Any
) -> None:
    """Both have read the row before either writes; `waits`: they write at the same time, and one waits for the
    other."""
    model, change, fields, *wishes = CHANGES[kind]
    row_id = bill_group.customer_id if model is Customer else bill_group.id
    scope, barrier = Scope.tenant_wide(tenant.id), Barrier(2)
    with database.session(scope, write=False) as db:
        before = values_of(db.get_one(model, row_id), fields)

    def work(hand: int) -> Any:
        with database.session(scope, write=False) as db:
            seen = mark(values_of(db.get_one(model, row_id), fields))
        if waits:
            barrier.wait(10)
        elif hand == 1:
            seen = mark(before)
        with database.session(scope) as db:
            return change(db, db.get_one(model, row_id), wishes[hand], seen=seen)

    answers = together(work, 2) if waits else [work(0), *together(lambda _hand: work(1), 1)]
    (refused,) = (answer for answer in answers if isinstance(answer, Outdated))
    kept = {**before, **wishes[1 - answers.index(refused)]}
    with database.session(scope) as db:
        row = db.get_one(model, row_id)
        assert values_of(row, fields) == kept == refused.current
        # With the present mark it is meant; the same once more changes nothing and is no conflict.
        again = wishes[answers.index(refused)]
        assert change(db, row, again, seen=refused.mark)
        assert change(db, row, again, seen=refused.mark) == ()


def rename(db: Any, customer: Customer) -> Any:
    return change_customer(db, customer, {"name": "y", "legal_name": "y", "number": customer.number}, seen=None)


LOCKS: dict[str, Callable[..., Any]] = {
    "tenant": lambda db, tenant, _group: lock_tenant(db),
    "role": lambda db, tenant, _group: set_role_permissions(db, tenant, "billing", []),
    "text": lambda db, tenant, _group: keep_text(db, tenant, "core.x", "en", OwnText("a", "b")),
    "customer": lambda db, _tenant, group: rename(db, group.customer),
    "reopened": lambda db, _tenant, group: reopen_bill_group(db, group),
    "bill group": lambda db, _tenant, group: lock_bill_group(db, group),
}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_two_who_wrote_rows_that_point_at_a_row_don_t_stop_each_other(
    lock: str, database: Any, tenant: Any, bill_group: Any
) -> None:
    """Each has added a contact and then locks what it belongs to. Were that lock FOR UPDATE, each would wait for
    the other's contact, and the database would have to end one of them (SQLite has one writer)."""
    barrier = Barrier(2)

    def work(hand: int) -> None:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            group = load_bill_group(db, bill_group.public_id)
            db.add(Contact(bill_group_id=bill_group.id, kind="other", name=f"{hand}"))
            db.add(BillGroup(customer_id=bill_group.customer_id, name="x", currency="EUR", language="en"))
            db.flush()
            barrier.wait(10)
            LOCKS[lock](db, db.get_one(Tenant, tenant.id), group)

    assert together(work, 2) == [None, None]
