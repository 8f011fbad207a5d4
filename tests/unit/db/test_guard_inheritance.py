"""The guard and joined inheritance: the owner stands in the parent's table, and a child is filtered all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, Table, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, with_polymorphic

from riskportal.db.guard import ForeignRow, Scope, ScopeMissing, set_scope
from riskportal.db.mixins import BillGroupOwned, Identified


class Own(DeclarativeBase):
    """Tables of this test only; they point at the house's tables without being part of its migrations."""


for name in ("tenants", "bill_groups"):
    Table(name, Own.metadata, Column("id", Integer, primary_key=True))


class Paper(Identified, BillGroupOwned, Own):
    __tablename__ = "guard_papers"
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "paper"}


class Letter(Paper):
    __tablename__ = "guard_letters"
    id: Mapped[int] = mapped_column(ForeignKey("guard_papers.id"), primary_key=True)
    words: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "letter"}


@pytest.fixture
def letters(database: Any, bill_group: Any, other_bill_group: Any) -> Iterator[None]:
    """Two letters of `bill_group`, three of another one of the same tenant, and a plain paper of each."""
    tables = [Own.metadata.tables["guard_papers"], Own.metadata.tables["guard_letters"]]
    Own.metadata.create_all(database.engine, tables)
    with database.session(Scope.tenant_wide(bill_group.tenant_id)) as db:
        for group, count in ((bill_group, 2), (other_bill_group, 3)):
            db.add(Paper(bill_group_id=group.id))
            db.add_all(Letter(bill_group_id=group.id, words=number) for number in range(count))
    yield
    Own.metadata.drop_all(database.engine, tables)


@pytest.mark.usefixtures("letters")
def test_children_and_parents_are_filtered(database: Any, bill_group: Any, other_bill_group: Any) -> None:
    anything = with_polymorphic(Paper, "*")
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
        assert len(db.scalars(select(Letter)).all()) == 2
        assert len(db.scalars(select(Paper)).all()) == 3
        assert len(db.scalars(select(anything)).all()) == 3
        assert db.scalar(select(func.count()).select_from(Letter)) == 2
        assert db.scalar(select(func.count(Letter.words))) == 2
        assert db.scalar(select(func.count()).select_from(select(Letter.id).subquery())) == 2
    with database.session(Scope.tenant_wide(bill_group.tenant_id), write=False) as db:
        foreign = db.scalars(select(Letter.id).where(Letter.bill_group_id == other_bill_group.id)).first()
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
        assert db.get(Letter, foreign) is None
        assert db.get(Paper, foreign) is None


@pytest.mark.usefixtures("letters")
def test_children_are_stamped_and_refused(database: Any, bill_group: Any, other_bill_group: Any) -> None:
    scope = Scope.bill_group(bill_group.tenant_id, bill_group.id)
    with database.session(scope) as db:
        letter = Letter(words=7)
        db.add(letter)
        db.flush()
        assert (letter.tenant_id, letter.bill_group_id) == (bill_group.tenant_id, bill_group.id)
    with pytest.raises(ForeignRow), database.session(scope) as db:
        db.add(Letter(words=7, bill_group_id=other_bill_group.id))
    with database.new_session(write=False) as db:
        set_scope(db, Scope.tenant(bill_group.tenant_id))
        with pytest.raises((ScopeMissing, StatementError), match="no bill group"):
            db.scalar(select(func.count()).select_from(Letter))
