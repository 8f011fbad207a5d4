"""The guard: no statement of any shape reaches another tenant or bill group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, literal_column, select, text, true, union_all, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session, aliased, joinedload, make_transient_to_detached, selectinload

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup, Contact, Customer
from riskportal.db.guard import ForeignRow, GuardError, ReadOnly, Scope, ScopeMissing, set_scope
from riskportal.db.session import Database

Shape = Callable[[Session], Any]

# Each counts the contacts that a session sees, by another way of asking.
SHAPES: dict[str, Shape] = {
    "entities": lambda db: len(db.scalars(select(Contact)).all()),
    "columns": lambda db: len(db.execute(select(Contact.name)).all()),
    "count from": lambda db: db.scalar(select(func.count()).select_from(Contact)),
    "count column": lambda db: db.scalar(select(func.count(Contact.id))),
    "union": lambda db: len(
        db.execute(union_all(select(Contact.id), select(Contact.id).where(Contact.id < 0))).all()
    ),
    "subquery": lambda db: db.scalar(select(func.count()).select_from(select(Contact.id).subquery())),
    "cte": lambda db: db.scalar(select(func.count()).select_from(select(Contact.id).cte("c"))),
    "scalar subquery": lambda db: db.scalar(select(select(func.count(Contact.id)).scalar_subquery())),
    "in subquery": lambda db: len(db.scalars(select(Contact).where(Contact.id.in_(select(Contact.id)))).all()),
    "alias": lambda db: len(db.scalars(select(aliased(Contact))).all()),
    "joined to itself": lambda db: round(
        len(db.execute(select(Contact.id, (other := aliased(Contact)).id).join(other, true())).all()) ** 0.5
    ),
    "join from tenant rows": lambda db: len(
        db.execute(
            select(Contact.id).select_from(BillGroup).join(Contact, Contact.bill_group_id == BillGroup.id)
        ).all()
    ),
    "legacy query": lambda db: db.query(Contact).count(),
    "yield per": lambda db: len(list(db.scalars(select(Contact).execution_options(yield_per=10)))),
}


@pytest.fixture
def groups(make: Any, tenant: Any, other_tenant: Any) -> dict[str, BillGroup]:
    """Two bill groups of one customer and one of another tenant, with 2, 3 and 4 contacts."""
    customer = make.customer(tenant)
    found = {
        "mine": make.bill_group(customer),
        "sibling": make.bill_group(customer),
        "foreign": make.bill_group(make.customer(other_tenant)),
    }
    for count, group in zip((2, 3, 4), found.values(), strict=True):
        for _ in range(count):
            make.contact(group)
    return found


def scoped(database: Database, scope: Scope | None, *, write: bool = True) -> Session:
    db = database.new_session(write=write)
    if scope is not None:
        set_scope(db, scope)
    return db


def mine(groups: dict[str, BillGroup]) -> Scope:
    return Scope.bill_group(groups["mine"].tenant_id, groups["mine"].id)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_sees_its_own_rows_only(shape: Shape, database: Database, groups: dict[str, BillGroup]) -> None:
    with scoped(database, mine(groups)) as db:
        assert shape(db) == 2
    with scoped(database, Scope.tenant_wide(groups["mine"].tenant_id)) as db:
        assert shape(db) == 5
    with scoped(database, Scope.system_wide("test")) as db:
        assert shape(db) == 9


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_refuses_without_a_scope(shape: Shape, database: Database, groups: dict[str, BillGroup]) -> None:
    for scope in (None, Scope.tenant(groups["mine"].tenant_id)):
        with scoped(database, scope) as db, pytest.raises((ScopeMissing, StatementError), match=r"no tenant|no bill"):
            shape(db)


def test_exists_is_filtered(database: Database, groups: dict[str, BillGroup]) -> None:
    with scoped(database, mine(groups)) as db:
        foreign = exists().where(Contact.bill_group_id == groups["foreign"].id)
        assert db.scalar(select(foreign)) is False


def test_get_of_a_foreign_row_is_none(database: Database, groups: dict[str, BillGroup]) -> None:
    with scoped(database, Scope.system_wide("test")) as db:
        ids = {c.bill_group_id: c.id for c in db.scalars(select(Contact))}
    with scoped(database, mine(groups)) as db:
        assert db.get(Contact, ids[groups["mine"].id]) is not None
        assert db.get(Contact, ids[groups["sibling"].id]) is None
        assert db.get(Contact, ids[groups["foreign"].id]) is None


def test_lazy_and_eager_loads_are_filtered(database: Database, groups: dict[str, BillGroup], make: Any) -> None:
    """A row that points across tenants (it can't be written through a session) loads as if the target were absent."""
    with scoped(database, Scope.system_wide("test")) as db:
        group = db.get_one(BillGroup, groups["mine"].id)
        group.customer_id = groups["foreign"].customer_id
        db.commit()
    for option in (None, joinedload(BillGroup.customer), selectinload(BillGroup.customer)):
        with scoped(database, mine(groups)) as db:
            statement = select(BillGroup).where(BillGroup.id == groups["mine"].id)
            group = db.scalars(statement.options(option) if option is not None else statement).unique().one()
            assert group.customer is None


def test_bulk_update_and_delete_keep_to_their_own(database: Database, groups: dict[str, BillGroup]) -> None:
    with scoped(database, mine(groups)) as db:
        assert db.execute(update(Contact).values(name="changed")).rowcount == 2
        assert db.execute(delete(Contact)).rowcount == 2
        db.commit()
    with scoped(database, Scope.system_wide("test")) as db:
        assert db.scalar(select(func.count(Contact.id))) == 7
        assert db.scalar(select(func.count(Contact.id)).where(Contact.name == "changed")) == 0


def test_new_rows_are_stamped_and_foreign_ones_refused(database: Database, groups: dict[str, BillGroup]) -> None:
    with scoped(database, mine(groups)) as db:
        db.add(Contact(kind="other", name="Ada"))
        db.flush()
        contact = db.scalars(select(Contact).where(Contact.name == "Ada")).one()
        assert (contact.tenant_id, contact.bill_group_id) == (groups["mine"].tenant_id, groups["mine"].id)
        assert contact.created_at == database.clock.now()
    for other in ("sibling", "foreign"):
        owner = {"tenant_id": groups[other].tenant_id, "bill_group_id": groups[other].id}
        with scoped(database, mine(groups)) as db, pytest.raises(ForeignRow):
            db.add(Contact(kind="other", name="Eve", **owner))
            db.flush()
        with scoped(database, mine(groups)) as db, pytest.raises(ForeignRow):
            db.execute(insert(Contact), [{"kind": "other", "name": "Eve", **owner}])


def test_the_owner_of_a_row_never_changes(database: Database, groups: dict[str, BillGroup]) -> None:
    with scoped(database, Scope.tenant_wide(groups["mine"].tenant_id)) as db:
        contact = db.scalars(select(Contact).limit(1)).one()
        contact.bill_group_id = groups["sibling"].id
        with pytest.raises(ForeignRow, match="can't be changed"):
            db.flush()


def test_a_session_stays_with_its_tenant(database: Database, groups: dict[str, BillGroup]) -> None:
    with scoped(database, mine(groups)) as db, pytest.raises(GuardError, match="one tenant"):
        set_scope(db, Scope.tenant(groups["foreign"].tenant_id))


def test_identity_map_gives_no_row_after_narrowing(database: Database, groups: dict[str, BillGroup]) -> None:
    """Objects that a wider scope loaded are not handed out by a narrower one."""
    with scoped(database, Scope.tenant_wide(groups["mine"].tenant_id)) as db:
        held = list(db.scalars(select(Contact)))
        set_scope(db, mine(groups))
        for contact in held:
            assert (db.get(Contact, contact.id) is not None) == (contact.bill_group_id == groups["mine"].id)


def test_a_reading_session_refuses_every_write(database: Database, groups: dict[str, BillGroup]) -> None:
    def added(db: Session) -> None:
        db.add(Contact(kind="other", name="Ada"))
        db.flush()

    def changed(db: Session) -> None:
        db.scalars(select(Contact).limit(1)).one().name = "changed"
        db.flush()

    for write in (added, changed, lambda db: db.execute(delete(Contact)), lambda db: db.execute(update(Customer))):
        with scoped(database, mine(groups), write=False) as db, pytest.raises(ReadOnly):
            write(db)


def test_unowned_statements_need_no_scope(database: Database) -> None:
    with scoped(database, None) as db:
        assert db.scalar(select(literal_column("1"))) == 1


OUT_OF_REACH: dict[str, Shape] = {
    "table statement": lambda db: db.execute(select(Contact.__table__.c.name)),
    "count of a table": lambda db: db.execute(select(func.count()).select_from(Contact.__table__)),
    "text": lambda db: db.execute(text("SELECT name FROM contacts")),
    "entities from text": lambda db: db.scalars(select(Contact).from_statement(text("SELECT * FROM contacts"))),
    "entities from a table": lambda db: db.scalars(select(Contact).from_statement(select(Contact.__table__))),
    "insert into a table": lambda db: db.execute(insert(Contact.__table__), [{"name": "Eve"}]),
    "update by primary key": lambda db: db.execute(update(Contact), [{"id": 1, "name": "Eve"}]),
    "update of an alias": lambda db: db.execute(update(aliased(Contact)).values(name="Eve")),
    "update from another table": lambda db: db.execute(
        update(BillGroup).where(BillGroup.id == Contact.bill_group_id).values(phone=Contact.name)
    ),
    "delete by another table": lambda db: db.execute(delete(BillGroup).where(BillGroup.id == Contact.bill_group_id)),
    "update of the owner": lambda db: db.execute(update(Contact).values(bill_group_id=1)),
    "insert from select": lambda db: db.execute(insert(Contact).from_select(["name"], select(Contact.name))),
    "insert of a queried value": lambda db: db.execute(
        insert(Contact).values(name=select(func.max(Contact.name)).scalar_subquery()), [{"kind": "other"}]
    ),
    "upsert": lambda db: db.execute(
        sqlite_insert(Contact).on_conflict_do_update(index_elements=["public_id"], set_={"name": "Eve"}),
        [{"kind": "other", "name": "Ada"}],
    ),
    "bulk insert": lambda db: db.bulk_insert_mappings(Contact, [{"name": "Eve"}]),  # type: ignore[arg-type]
    "bulk update": lambda db: db.bulk_update_mappings(Contact, [{"id": 1, "name": "Eve"}]),  # type: ignore[arg-type]
    "bulk save": lambda db: db.bulk_save_objects([Contact(kind="other", name="Eve")]),
}


@pytest.mark.parametrize("shape", OUT_OF_REACH.values(), ids=OUT_OF_REACH.keys())
def test_what_the_criteria_cant_reach_is_refused(
    shape: Shape, database: Database, groups: dict[str, BillGroup]
) -> None:
    """Each of these once read or wrote rows of other bill groups and tenants."""
    with scoped(database, mine(groups)) as db, pytest.raises(GuardError):
        shape(db)


def test_rows_of_another_session_must_be_ones_own(database: Database, groups: dict[str, BillGroup]) -> None:
    """Columns of an attached object are read by its key alone: a foreign one must not get in."""
    with scoped(database, Scope.system_wide("test")) as db:
        held = {contact.bill_group_id: contact for contact in db.scalars(select(Contact))}
    with scoped(database, mine(groups)) as db:
        db.add(held[groups["mine"].id])
        for other in ("sibling", "foreign"):
            with pytest.raises(ForeignRow):
                db.add(held[groups[other].id])
            with pytest.raises(ForeignRow):
                db.merge(held[groups[other].id], load=False)
    unknown = Contact(id=held[groups["foreign"].id].id)
    make_transient_to_detached(unknown)
    with scoped(database, mine(groups)) as db, pytest.raises(ForeignRow):
        db.add(unknown)


def test_a_session_of_a_bill_group_never_widens(database: Database, groups: dict[str, BillGroup]) -> None:
    tenant_id = groups["mine"].tenant_id
    for wider in (
        Scope.tenant_wide(tenant_id),
        Scope.tenant(tenant_id),
        Scope.bill_group(tenant_id, groups["sibling"].id),
    ):
        with scoped(database, mine(groups)) as db, pytest.raises(GuardError, match="another session"):
            set_scope(db, wider)


def test_rows_that_may_belong_to_a_bill_group(database: Database, groups: dict[str, BillGroup]) -> None:
    """A mail, file, job or audit entry of no bill group is the tenant's; a bill group sees only its own."""
    tenant_id, mine_id = groups["mine"].tenant_id, groups["mine"].id
    owners = {"mine": mine_id, "sibling": groups["sibling"].id, "the tenant's": None}
    with scoped(database, Scope.tenant_wide(tenant_id)) as db:
        for code, owner in owners.items():
            entry = {"actor_kind": "system", "actor_name": "", "at": database.clock.now(), "data": {}}
            db.add(AuditEntry(code=code, bill_group_id=owner, **entry))
        db.commit()
    seen = {
        Scope.bill_group(tenant_id, mine_id): {"mine"},
        Scope.tenant(tenant_id): {"the tenant's"},
        Scope.tenant_wide(tenant_id): set(owners),
    }
    for scope, codes in seen.items():
        with scoped(database, scope, write=False) as db:
            assert set(db.scalars(select(AuditEntry.code))) == codes
            assert db.scalar(select(func.count()).select_from(AuditEntry)) == len(codes)
