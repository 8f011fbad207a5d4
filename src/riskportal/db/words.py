"""Finding rows by words that stand anywhere in their texts, among 100,000 of them.

`holds(column, word)` needs no escapes: no sign in the word has a meaning of its own. `narrowed` looks for rows
in the order of their ids, which is how they lie in the table: in any other order a word that hardly any row
holds costs a jump for each row that doesn't.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, false, func, literal, or_, select
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
    """The column's text contains `word` in upper or lower case.

    SQLite knows the cases of ASCII letters only: others are looked for as they are usually written.
    """
    forms = {word.lower()}
    if not word.isascii():
        forms |= {_lower_in_ascii(form) for form in (word, word.upper(), word.capitalize())}
    return or_(*(_Holds(func.lower(column), literal(form)) for form in sorted(forms)))


def _lower_in_ascii(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


class _Begins(FunctionElement[bool]):
    """The second text begins the first, as a stretch of an index; NULL in NULL."""

    type = Boolean()
    inherit_cache = True
    # Two comparisons: with "= 1" behind them, which SQLAlchemy gives SQLite, no index would serve.
    _is_implicitly_boolean = True


# No text of ours holds this character, the last of all: whatever begins with a text stands before both together.
@compiles(_Begins, "sqlite")
def _begins_in_sqlite(element: _Begins, compiler: Any, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} >= {text} AND {column} < ({text} || char(1114111)))"


@compiles(_Begins, "postgresql")
def _begins_in_postgresql(element: _Begins, compiler: Any, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} ~>=~ {text} AND {column} ~<~ ({text} || chr(1114111)))"


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """The column's text begins with `text` exactly. On PostgreSQL its index needs `text_pattern_ops`."""
    return _Begins(column, literal(text))


class Narrowed(list[Any]):
    """Conditions; `few` says that they name hardly any rows."""

    few = False


def narrowed(
    db: Session, model: type[Identified], conditions: Iterable[ColumnElement[bool]], *, as_they_lie: bool = True
) -> Narrowed:
    """The conditions as a list can use them in its own order: the ids of the rows that fulfil them when they are few,
    the conditions themselves when they are many. One statement; none without conditions.

    Named by id, rows are found at once if an index has tenant and id in its first two columns, and
    `At.turn(..., few=...)` then sorts them; SQLite would rather walk an index that is in order already.

    Without `as_they_lie` the database chooses in which order it looks: for conditions that an index serves, or of
    which an index holds all columns, which is less to read than the rows.
    """
    wanted = Narrowed(conditions)
    if not wanted:
        return wanted
    query = select(model.id).where(*wanted).limit(FEW + 1)
    ids = list(db.scalars(query.order_by(model.id) if as_they_lie else query))
    if len(ids) > FEW:
        return wanted
    found = Narrowed([model.id.in_(ids) if ids else false()])
    found.few = True
    return found
