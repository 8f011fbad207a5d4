"""Finding rows by words that stand anywhere in their texts, among 100,000 of them.

`holds(column, word)` needs no escapes: no sign in the word has a meaning of its own. `narrowed` looks for rows
in the order of their ids, which is how they lie in the table: in any other order a word that hardly any row
holds costs a jump for each row that doesn't.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from riskportal.db.mixins import Identified

# So many rows are few: they can be sorted and counted. More are met often enough in any order.
FEW = 1000


class _Holds(FunctionElement[bool]):
    """position of the second text in the first > 0; NULL in NULL."""

    type = Boolean()
    inherit_cache = True


@compiles(_Holds, "sqlite")
def _in_sqlite(element: _Holds, compiler: Any, **kw: Any) -> str:
    return f"(instr({compiler.process(element.clauses, **kw)}) > 0)"


@compiles(_Holds, "postgresql")
def _in_postgresql(element: _Holds, compiler: Any, **kw: Any) -> str:
    return f"(strpos({compiler.process(element.clauses, **kw)}) > 0)"


def holds(column: Any, word: str) -> ColumnElement[bool]:
    """The column's text contains `word` exactly."""
    return _Holds(column, literal(word))


def holds_any_case(column: Any, word: str) -> ColumnElement[bool]:
    """The column's text contains `word` in upper or lower case; SQLite knows the cases of ASCII letters only."""
    return _Holds(func.lower(column), literal(word.lower()))


def narrowed(db: Session, model: type[Identified], conditions: Iterable[ColumnElement[bool]]) -> list[Any]:
    """The conditions as a list can use them in its own order: the ids of the rows that fulfil them when they are few,
    the conditions themselves when they are many. One statement; none without conditions."""
    wanted = list(conditions)
    if not wanted:
        return []
    ids = list(db.scalars(select(model.id).where(*wanted).order_by(model.id).limit(FEW + 1)))
    return wanted if len(ids) > FEW else [model.id.in_(ids)]
