"""Sealed sessions: the database itself refuses every write, and the connection comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup, Contact, Customer
from riskportal.db.guard import ReadOnly, Scope, set_scope
from riskportal.db.session import Database


def added(db: Session) -> None:
    db.add(Contact(kind="other", name="Ada"))
    db.flush()


def changed(db: Session) -> None:
    db.query(BillGroup).one().phone = "1"
    db.flush()


WRITES: dict[str, Callable[[Session], Any]] = {
    "a new row": added,
    "a changed row": changed,
    "bulk insert": lambda db: db.execute(insert(Contact), [{"kind": "other", "name": "Eve", "public_id": "x" * 20}]),
    "bulk update": lambda db: db.execute(update(Customer).values(name="x")),
    "bulk delete": lambda db: db.execute(delete(Contact)),
    "plain SQL": lambda db: db.connection().execute(text("UPDATE customers SET name = 'x'")),
    "past the session": lambda db: db.connection().exec_driver_sql("DELETE FROM contacts"),
    "a new table": lambda db: db.connection().exec_driver_sql("CREATE TABLE loot (id integer)"),
}


@pytest.fixture
def scope(bill_group: Any, make: Any) -> Scope:
    make.contact(bill_group)
    return Scope.bill_group(bill_group.tenant_id, bill_group.id)


def sealed(database: Database, scope: Scope) -> Session:
    db = database.new_session(write=False, seal=True)
    set_scope(db, scope)
    return db


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_the_database_refuses_what_the_guard_would_let_through(
    database: Database, scope: Scope, write: Callable[[Session], Any]
) -> None:
    """B15: forced writes, with the guard's own flag off."""
    with sealed(database, scope) as db:
        assert len(db.query(Contact).all()) == 1
        db.info["read_only"] = False
        db.info["scope"] = Scope.system_wide("a forged scope")
        with pytest.raises(DBAPIError, match=r"readonly database|read-only transaction"):
            write(db)


def test_every_transaction_of_the_session_is_sealed(database: Database, scope: Scope) -> None:
    with sealed(database, scope) as db:
        for _ in range(3):
            with pytest.raises(DBAPIError):
                WRITES["plain SQL"](db)
            db.rollback()
        db.commit()
        with pytest.raises(DBAPIError):
            WRITES["plain SQL"](db)


@pytest.mark.parametrize("leave", ["close", "commit", "rollback", "invalidate"])
def test_the_connection_comes_back_open(database: Database, scope: Scope, leave: str) -> None:
    """The pool has one connection here that both kinds of session use in turn."""
    for _ in range(3):
        db = sealed(database, scope)
        assert len(db.query(Contact).all()) == 1
        getattr(db, leave)()
        db.close()
        with database.session(scope) as writing:
            writing.add(Contact(kind="other", name="Ada"))
        with database.session(scope) as writing:
            writing.execute(delete(Contact).where(Contact.name == "Ada"))
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_sealed_session_reads_only_for_the_guard_too(database: Database, scope: Scope) -> None:
    with sealed(database, scope) as db, pytest.raises(ReadOnly):
        added(db)
    with database.new_session(write=True, seal=True) as db:
        assert db.info["read_only"]
