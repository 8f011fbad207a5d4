"""Statements that the guard's criteria don't reach, told by their shape.

SQLAlchemy adds loader criteria to what an ORM statement reads. It leaves alone what is no ORM
statement, the rows that an UPDATE names by primary key, the other tables of an UPDATE ... FROM,
the queries inside an INSERT, and the row that an upsert meets. None of these is needed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, Table
from sqlalchemy.orm import FromStatement, ORMExecuteState
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.sql.visitors import iterate

from riskportal.db.mixins import TenantOwned

OWNER_COLUMNS = ("tenant_id", "bill_group_id")


def beyond_criteria(state: ORMExecuteState) -> str | None:
    """Why the criteria wouldn't hold for this statement, None when they do."""
    statement: Any = state.statement
    if isinstance(statement, FromStatement):
        statement = statement.element
    if not _is_orm(statement) and not _reads_nothing(statement):
        return "the guard can't see plain SQL and table statements; use ORM statements over mapped classes"
    if state.is_update or state.is_delete:
        return _change_problem(state, statement)
    return _insert_problem(statement) if state.is_insert else None


def _is_orm(statement: Any) -> bool:
    """Whether SQLAlchemy compiles it as an ORM statement, and so applies the criteria."""
    return statement._propagate_attrs.get("compile_state_plugin") == "orm"


def _reads_nothing(statement: Any) -> bool:
    """`SELECT EXISTS (...)`, `SELECT 1`: what stands inside is compiled, and filtered, as an ORM query of its own."""
    return isinstance(statement, Select) and not statement.get_final_froms()


def _change_problem(state: ORMExecuteState, statement: Any) -> str | None:
    if isinstance(state.parameters, list):
        return "an update by primary key passes the guard; use update(Model).where(...).values(...) or change objects"
    if not isinstance(statement.table, Table):
        return "the target of an update or delete must be the mapped class itself, not an alias"
    read = [source for part in _parts(statement) for source in part._from_objects]
    if any(not isinstance(source, Table) or source.name != statement.table.name for source in read):
        return "the guard can't filter the other tables of an update or delete; name their rows by a subquery"
    mapper = state.bind_mapper
    if mapper is not None and issubclass(mapper.class_, TenantOwned):
        moved = [name for name in OWNER_COLUMNS if name in _column_names(statement)]
        if moved:
            return f"the {moved[0]} of stored rows can't be changed"
    return None


def _insert_problem(statement: Any) -> str | None:
    if getattr(statement._post_values_clause, "__visit_name__", "") == "on_conflict_do_update":
        return "an upsert may meet a foreign row; look for the row first, or do nothing on conflict"
    if any(isinstance(part, SelectBase) for part in iterate(statement)):
        return "the guard can't filter a query inside an insert; read first, then insert the values"
    return None


def _parts(statement: Any) -> Iterator[Any]:
    """The conditions and the new values of an update or delete."""
    yield from statement._where_criteria
    yield from _values(statement).values()


def _values(statement: Any) -> dict[Any, Any]:
    return {**(getattr(statement, "_values", None) or {}), **dict(getattr(statement, "_ordered_values", None) or ())}


def _column_names(statement: Any) -> set[str]:
    return {getattr(column, "key", column) for column in _values(statement)}
