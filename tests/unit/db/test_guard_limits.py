"""The guard's limits: whoever may see single records only sees no other one by any statement, and adds none.

The services module's tables serve as the example: services, projects, and milestones as parts of a project.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import and_, delete, exists, func, insert, or_, select, text, true, union, union_all, update
from sqlalchemy.orm import (
    Session,
    aliased,
    contains_eager,
    joinedload,
    lazyload,
    make_transient_to_detached,
    raiseload,
    selectinload,
    subqueryload,
)

from riskportal.customers.models import Contact
from riskportal.db.guard import ForeignRow, GuardError, Scope, set_scope
from riskportal.db.session import Database
from riskportal_services.models import Milestone, Product, Project, Service, ServiceArea

Shape = Callable[[Session], Any]
SERVICE, PROJECT = "services.service", "services.project"


@pytest.fixture
def rows(make: Any, tenant: Any, bill_group: Any, other_bill_group: Any) -> dict[str, Any]:
    """Three services and two projects (one and two milestones) of one bill group, one service of another."""
    area = make.save(ServiceArea(tenant_id=tenant.id, name="Hosting"))
    product = make.save(Product(tenant_id=tenant.id, area_id=area.id, name="Managed hosting"))
    found: dict[str, Any] = {"area": area, "product": product}

    def service(name: str, group: Any) -> None:
        found[name] = make.save(
            Service(
                tenant_id=tenant.id, bill_group_id=group.id, product_id=product.id, name=name, state="active",
                price_minor=100, currency="EUR", cycle="monthly", registered_on=date(2027, 1, 1),
            )
        )  # fmt: skip

    for name in ("mine", "hidden", "hidden too"):
        service(name, bill_group)
    service("foreign", other_bill_group)
    owner = {"tenant_id": tenant.id, "bill_group_id": bill_group.id}
    for name, count in (("shop", 1), ("intranet", 2)):
        found[name] = make.save(Project(**owner, area_id=area.id, name=name, state="active"))
        for number in range(count):
            found[f"{name} {number}"] = make.save(
                Milestone(
                    **owner, project_id=found[name].id, position=number, name=f"{name} {number}",
                    amount_minor=100, currency="EUR", state="planned",
                )
            )  # fmt: skip
    return found


@pytest.fixture
def limited(database: Database, bill_group: Any, rows: dict[str, Any]) -> Callable[..., Session]:
    """`limited("mine", "shop")`: a writing session that sees these records only."""

    def session(*names: str, write: bool = True) -> Session:
        pairs = {(SERVICE if isinstance(rows[name], Service) else PROJECT, rows[name].public_id) for name in names}
        db = database.new_session(write=write)
        set_scope(db, Scope.bill_group(bill_group.tenant_id, bill_group.id, frozenset(pairs)))
        return db

    return session


def product_services(db: Session) -> Any:
    """Services over a join that begins at rows without a limit."""
    return len(db.execute(select(Product.name, Service.id).join(Service, Service.product_id == Product.id)).all())


# Each counts the services that a session sees, by another way of asking.
SHAPES: dict[str, Shape] = {
    "entities": lambda db: len(db.scalars(select(Service)).all()),
    "columns": lambda db: len(db.execute(select(Service.name)).all()),
    "count from": lambda db: db.scalar(select(func.count()).select_from(Service)),
    "count column": lambda db: db.scalar(select(func.count(Service.id))),
    "grouped": lambda db: sum(n for _s, n in db.execute(select(Service.state, func.count()).group_by(Service.state))),
    "alias": lambda db: len(db.scalars(select(aliased(Service))).all()),
    "alias columns": lambda db: len(db.execute(select(aliased(Service).name)).all()),
    "alias of a query": lambda db: len(db.scalars(select(aliased(Service, select(Service).subquery()))).all()),
    "joined to itself": lambda db: (
        len(db.execute(select(Service.id, (other := aliased(Service)).id).join(other, true())).all()) ** 0.5
    ),
    "union": lambda db: len(db.execute(union(select(Service.id), select(Service.id))).all()),
    "union all": lambda db: len(
        db.execute(union_all(select(Service.id), select(Service.id).where(Service.id < 0))).all()
    ),
    "entities from a union": lambda db: len(
        db.scalars(select(Service).from_statement(union_all(select(Service), select(Service).where(Service.id < 0))))
        .unique()
        .all()
    ),
    "subquery": lambda db: db.scalar(select(func.count()).select_from(select(Service.id).subquery())),
    "cte": lambda db: db.scalar(select(func.count()).select_from(select(Service.id).cte("c"))),
    "scalar subquery": lambda db: db.scalar(select(select(func.count(Service.id)).scalar_subquery())),
    "in subquery": lambda db: (
        db.scalar(select(func.count(Product.id)).where(Product.id.in_(select(Service.product_id))))
        and db.scalar(select(func.count(Service.id)).where(Service.id.in_(select(Service.id))))
    ),
    "joined": product_services,
    "outer joined": lambda db: len(
        [
            1
            for _p, s in db.execute(select(Product, Service).outerjoin(Service, Service.product_id == Product.id))
            if s
        ]
    ),
    "several tables": lambda db: len(db.execute(select(Service.id).where(Service.product_id == Product.id)).all()),
    "a condition that is always true": lambda db: len(
        db.scalars(select(Service).where(or_(true(), Service.id > 0))).all()
    ),
    "legacy query": lambda db: db.query(Service).count(),
    "yield per": lambda db: len(list(db.scalars(select(Service).execution_options(yield_per=10)))),
    "populate existing": lambda db: len(list(db.scalars(select(Service).execution_options(populate_existing=True)))),
    "other loader options": lambda db: len(db.scalars(select(Service).options(raiseload("*"))).all()),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_keeps_to_the_limit(shape: Shape, limited: Any) -> None:
    for names, count in ((("mine",), 1), (("mine", "hidden"), 2), (("shop",), 0), ((), 0), (("foreign",), 0)):
        with limited(*names) as db:
            assert shape(db) == count, names


def test_what_has_no_limit_stays_as_it_was(limited: Any, make: Any, bill_group: Any) -> None:
    make.contact(bill_group)
    with limited("mine") as db:
        assert db.scalar(select(func.count(Contact.id))) == 1
        assert db.scalar(select(func.count(Product.id))) == 1
        db.add(Contact(kind="other", name="Ada"))
        db.flush()


def test_parts_follow_their_whole(limited: Any) -> None:
    """A milestone is a part of its project, by whatever way it is asked for."""
    for names, count in ((("shop",), 1), (("intranet",), 2), (("shop", "intranet"), 3), (("mine",), 0)):
        with limited(*names) as db:
            step = aliased(Milestone)
            assert len(db.scalars(select(Milestone)).all()) == count
            assert len(db.scalars(select(step)).all()) == count
            assert db.scalar(select(func.count()).select_from(Milestone)) == count
            assert db.scalar(select(func.sum(Milestone.amount_minor))) == (count * 100 or None)
            assert db.scalar(select(func.count(step.id)).join(Project, Project.id == step.project_id)) == count
            assert len(db.scalars(select(Milestone).options(joinedload(Milestone.project))).all()) == count
            steps = db.scalars(select(Milestone).options(contains_eager(Milestone.project)).join(Milestone.project))
            assert {found.project.name for found in steps} <= set(names)


@pytest.mark.parametrize("load", [lazyload, selectinload, joinedload, subqueryload])
def test_related_rows_are_limited_however_they_are_loaded(
    load: Any, limited: Any, rows: dict[str, Any], database: Database
) -> None:
    """A row that points to a hidden one loads as if that were absent."""
    with database.session(Scope.tenant_wide(rows["shop"].tenant_id)) as db:
        db.get_one(Milestone, rows["shop 0"].id).position = 9  # a write in between, so that nothing is remembered
    with limited("shop") as db:
        step = db.scalars(select(Milestone).options(load(Milestone.project))).one()
        assert step.project.name == "shop"
    with limited("shop", "intranet") as db:
        names = {step.project.name for step in db.scalars(select(Milestone).options(load(Milestone.project)))}
        assert names == {"shop", "intranet"}


def test_get_refresh_and_merge(limited: Any, rows: dict[str, Any]) -> None:
    with limited("mine") as db:
        assert db.get(Service, rows["mine"].id).name == "mine"
        for name in ("hidden", "hidden too", "foreign"):
            assert db.get(Service, rows[name].id) is None
            assert db.get(Service, rows[name].id, populate_existing=True) is None
        assert db.get(Project, rows["shop"].id) is None
        assert db.get(Milestone, rows["shop 0"].id) is None
        mine = db.get(Service, rows["mine"].id)
        db.expire(mine)
        assert mine.name == "mine"
        db.refresh(mine)
    for load in (True, False):
        for name in ("hidden", "foreign", "shop", "shop 0"):
            with limited("mine") as db, pytest.raises(ForeignRow):
                db.merge(rows[name], load=load)
                db.flush()


def test_nothing_of_a_limited_kind_comes_from_elsewhere(limited: Any, rows: dict[str, Any]) -> None:
    """What an attached object doesn't know can't be checked: none is taken, not even a visible one."""
    for name in ("mine", "hidden"):
        with limited("mine") as db, pytest.raises(ForeignRow):
            db.add(rows[name])
    unknown = Service(id=rows["hidden"].id)
    make_transient_to_detached(unknown)
    with limited("mine") as db, pytest.raises(ForeignRow):
        db.add(unknown)


def test_bulk_changes_keep_to_the_limit(limited: Any, database: Database, rows: dict[str, Any]) -> None:
    with limited("mine", "shop") as db:
        assert db.execute(update(Service).values(label="x")).rowcount == 1
        assert db.execute(update(Service).where(Service.id == rows["hidden"].id).values(label="x")).rowcount == 0
        assert db.execute(update(Milestone).values(name="x")).rowcount == 1
        assert db.execute(delete(Milestone)).rowcount == 1
        assert db.execute(delete(Service).where(or_(true(), Service.id > 0))).rowcount == 1
        db.commit()
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalar(select(func.count(Service.id))) == 3
        assert db.scalar(select(func.count(Service.id)).where(Service.label == "x")) == 0
        assert set(db.scalars(select(Milestone.name))) == {"intranet 0", "intranet 1"}


def test_changes_by_subqueries_see_no_more(limited: Any, rows: dict[str, Any]) -> None:
    with limited("mine") as db:
        changed = update(Contact).where(exists().where(Service.id == rows["hidden"].id)).values(name="x")
        db.add(Contact(kind="other", name="Ada"))
        db.flush()
        assert db.execute(changed).rowcount == 0
        told = update(Contact).values(name=select(Service.name).where(Service.name == "hidden").scalar_subquery())
        assert db.scalar(select(exists().where(Service.name == "hidden"))) is False
        with pytest.raises(Exception, match=r"(?i)null"):  # no such service: nothing to put there
            db.execute(told)


def test_new_rows_are_refused(limited: Any, rows: dict[str, Any], bill_group: Any) -> None:
    def values() -> dict[str, Any]:
        return {
            "product_id": rows["product"].id, "name": "new", "state": "active", "price_minor": 1, "currency": "EUR",
            "cycle": "monthly", "registered_on": date(2027, 1, 1),
        }  # fmt: skip

    owner = {"tenant_id": bill_group.tenant_id, "bill_group_id": bill_group.id}
    step = {"project_id": rows["shop"].id, "position": 5, "name": "x", "amount_minor": 1, "currency": "EUR"}
    for add in (
        lambda db: (db.add(Service(**values())), db.flush()),
        lambda db: (db.add(Milestone(**step, state="planned")), db.flush()),
        lambda db: db.execute(insert(Service), [values() | owner]),
        lambda db: db.execute(insert(Service).values(**values(), **owner)),
        lambda db: db.execute(insert(Milestone), [step | owner | {"state": "planned"}]),
    ):
        with limited("mine", "shop") as db, pytest.raises(ForeignRow, match="limited"):
            add(db)


def test_a_visible_row_can_be_changed_and_not_moved(limited: Any, rows: dict[str, Any]) -> None:
    with limited("mine", "shop") as db:
        db.get(Service, rows["mine"].id).label = "changed"
        db.flush()
    with limited("mine", "shop") as db, pytest.raises(ForeignRow):
        db.get(Service, rows["mine"].id).bill_group_id += 1
        db.flush()


def test_narrowing_forgets_what_was_loaded(database: Database, bill_group: Any, rows: dict[str, Any]) -> None:
    """`get` would hand out of the identity map what the wider scope loaded."""
    wide = Scope.bill_group(bill_group.tenant_id, bill_group.id)
    narrow = Scope.bill_group(bill_group.tenant_id, bill_group.id, frozenset({(SERVICE, rows["mine"].public_id)}))
    with database.new_session(write=True) as db:
        set_scope(db, Scope.tenant_wide(bill_group.tenant_id))
        held = [*db.scalars(select(Service)), *db.scalars(select(Milestone))]
        set_scope(db, narrow)
        assert not set(held) & set(db)
        for row in held:
            assert (db.get(type(row), row.id) is not None) == (row.public_id == rows["mine"].public_id)
        for other in (wide, Scope.tenant_wide(bill_group.tenant_id), Scope.bill_group(
            bill_group.tenant_id, bill_group.id, frozenset({(SERVICE, rows["hidden"].public_id)})
        )):  # fmt: skip
            with pytest.raises(GuardError, match="another session"):
                set_scope(db, other)
    with database.new_session(write=True) as db:
        set_scope(db, wide)
        with pytest.raises(GuardError):
            set_scope(db, narrow)


def test_remembered_statements_keep_no_limit(limited: Any) -> None:
    """The compiled statement is cached by its shape; each session's values must be its own."""
    wanted = select(Service.name).order_by(Service.name)
    related = select(Milestone.name).join(Project, Project.id == Milestone.project_id)
    both = select(Service.name, (project := aliased(Project)).name).join(project, true())
    for _ in range(3):
        for names in (("mine",), ("hidden",), ("hidden", "hidden too"), (), ("shop",), ("intranet", "mine")):
            with limited(*names) as db:
                services = sorted(name for name in names if name in ("mine", "hidden", "hidden too"))
                assert list(db.scalars(wanted)) == services
                projects = {name for name in names if name in ("shop", "intranet")}
                assert {name.split()[0] for name in db.scalars(related)} == projects
                assert {tuple(row) for row in db.execute(both)} == {(s, p) for s in services for p in projects}


OUT_OF_REACH: dict[str, Shape] = {
    "table statement": lambda db: db.execute(select(Service.__table__.c.name)),
    "text": lambda db: db.execute(text("SELECT name FROM services_services")),
    "entities from a table": lambda db: db.scalars(select(Service).from_statement(select(Service.__table__))),
    "update by primary key": lambda db: db.execute(update(Service), [{"id": 1, "name": "Eve"}]),
    "update from another table": lambda db: db.execute(
        update(Contact).where(Contact.bill_group_id == Service.bill_group_id).values(name=Service.name)
    ),
    "delete by another table": lambda db: db.execute(
        delete(Contact).where(and_(Contact.bill_group_id == Service.bill_group_id, Service.name == "hidden"))
    ),
    "insert from select": lambda db: db.execute(insert(Contact).from_select(["name"], select(Service.name))),
}


@pytest.mark.parametrize("shape", OUT_OF_REACH.values(), ids=OUT_OF_REACH.keys())
def test_what_the_criteria_cant_reach_is_refused(shape: Shape, limited: Any) -> None:
    with limited("mine") as db, pytest.raises(GuardError):
        shape(db)


def test_statements_are_remembered(limited: Any) -> None:
    """Two limits share one compiled statement: without a cache key each would be compiled anew."""
    keys = []
    for names in (("mine",), ("hidden", "shop")):
        with limited(*names) as db:
            keys.append(select(Service).options(*db.info["criteria"])._generate_cache_key())
    assert keys[0] is not None
    assert keys[0] == keys[1]
