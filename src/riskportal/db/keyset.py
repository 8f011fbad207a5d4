"""Pages of a list by where they begin, not by how many rows stand before: page 1000 costs what page 1 costs.

An `Order` says what a list is sorted by; `turn` runs a query for one page of it. Its cursors name the
place of a row in that order by the row's own values, so that rows which come and go meanwhile neither
repeat nor skip others. A cursor names no database id and is checked letter by letter when it comes back.

    ORDERS = by_name(Order("name", (Key(Customer.sort_name),), tie=Customer), ...)
    page = At("name", size=25).turn(db, select(Customer), ORDERS)
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from riskportal.db.mixins import PUBLIC_ID_LENGTH, PublicId

MAX_CURSOR = 6000
# Counting goes no further: a list of 100,000 says "more than 1,000".
COUNT_LIMIT = 1000
_PUBLIC_ID = re.compile(rf"[a-z0-9]{{{PUBLIC_ID_LENGTH}}}\Z")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,12})?\Z")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**63 - 1

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


class BadCursor(ValueError):
    """The text is no cursor of this order."""


@dataclass(frozen=True)
class Key:
    """Something that a list is sorted by. Rows where a `nullable` key is NULL stand last, in both directions.

    A list that begins with a nullable key is read in two stretches, each in the order of an index: the rows with a
    value, then those without. A nullable key further behind makes the database sort.

    `descending` turns this key alone round; `Order.turned` turns all of them.
    """

    column: Any
    descending: bool = False
    nullable: bool = False

    @property
    def kind(self) -> type:
        """The Python type of the key's values."""
        type_ = self.column.type
        kind: type = getattr(type_, "impl_instance", type_).python_type
        return kind


@dataclass(frozen=True)
class Order:
    """What a list is sorted by, first things first. `tie` is the model whose public id makes the order total, and
    belongs at the end of the index that serves it; None when the last key is unique already (and never NULL)."""

    name: str
    keys: tuple[Key, ...]
    tie: type[PublicId] | None = None
    descending: bool = False

    def turned(self, descending: bool = True) -> Order:
        """The same order, the other way round when `descending`."""
        return replace(self, descending=descending)


@dataclass(frozen=True)
class Page:
    """One page. Its rows are the query's, with hidden columns of the cursor behind their own.

    `first` is the number of its first row, counted from 1; rows that came or went while somebody turned pages
    make it an estimate. `before` and `after` are the cursors of the neighbouring pages, None at the ends. `total`
    is how many rows there are, COUNT_LIMIT + 1 for "more than that"; None when nobody counted.
    """

    rows: Sequence[AnyRow]
    first: int
    before: str | None
    after: str | None
    total: int | None = None


@dataclass(frozen=True)
class At:
    """Which page of which order somebody asks for; `sort` names one of a list's orders."""

    sort: str
    descending: bool = False
    cursor: str | None = None
    size: int = 25

    def turn(self, db: Session, query: AnySelect, orders: Mapping[str, Order], *, few: bool = False) -> Page:
        """The page with `total`, in one statement, or two when the page itself doesn't tell how many there are.

        A cursor that isn't one of this order gives the first page; LookupError when there is no such order. `few` as
        in the function `turn`.
        """
        order = orders[self.sort].turned(self.descending)
        try:
            page = turn(db, query, order, self.cursor, self.size, few=few)
        except BadCursor:
            page = turn(db, query, order, None, self.size, few=few)
        whole = page.after is None and page.before is None
        return replace(page, total=len(page.rows) if whole else count_up_to(db, query, COUNT_LIMIT))


class _Sorted(FunctionElement[Any]):
    """An expression to sort by of which SQLite doesn't take the order from an index; PostgreSQL knows by itself
    what is few."""

    inherit_cache = True

    def __init__(self, expression: Any) -> None:
        super().__init__(expression)
        self.type = expression.type


@compiles(_Sorted)
def _as_it_is(element: _Sorted, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses.clauses[0], **kw))


@compiles(_Sorted, "sqlite")
def _in_sqlite(element: _Sorted, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses.clauses[0], **kw)}"


@dataclass(frozen=True)
class _Part:
    """One comparison of the order: an expression, whether it runs downwards, and its value at the cursor."""

    expression: Any
    descending: bool
    value: Any = None


@dataclass(frozen=True)
class _Place:
    """A row's place: the page is behind it, or before it when `backwards`. `passed` rows stand before the page's
    near end; `tie` is the row's public id."""

    backwards: bool
    passed: int
    values: tuple[Any, ...]
    tie: str | None


def by_name(*orders: Order) -> dict[str, Order]:
    """Orders by their names."""
    return {order.name: order for order in orders}


def turn(db: Session, query: AnySelect, order: Order, cursor: str | None, size: int, *, few: bool = False) -> Page:
    """The page of `query` at `cursor`, the first one for None, in one statement, or two at the end of a list that
    begins with a nullable key.

    `query` brings neither order nor limit. Whoever knows that it has `few` rows, which another index finds, has them
    sorted instead of walking along the order until they all came by. BadCursor for a text that `turn` didn't write
    for this order. Rows that went away while somebody paged back leave a short first page, which is then read anew:
    a second statement.
    """
    place = _read(cursor, order) if cursor else None
    page = _turn(db, query, order, place, size, few)
    if place is not None and place.backwards and page.before is None and len(page.rows) < size:
        return _turn(db, query, order, None, size, few)
    return page


def sorted_by(order: Order) -> list[Any]:
    """What ORDER BY takes, for queries that show the beginning of a list elsewhere."""
    return _steps(_parts(order, False))


def count_up_to(db: Session, query: AnySelect, limit: int) -> int:
    """How many rows `query` has, counted no further than `limit` + 1: what is beyond is only "more".

    Of its columns only the id of the first entity is read: nothing is computed for rows that nobody sees.
    """
    entity = query.column_descriptions[0]["entity"]
    some = query.with_only_columns(entity.id, maintain_column_froms=True).order_by(None).limit(limit + 1).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0


def _turn(db: Session, query: AnySelect, order: Order, place: _Place | None, size: int, few: bool) -> Page:
    backwards = place is not None and place.backwards
    found = query.add_columns(*_hidden(order))
    rows: list[AnyRow] = []
    for conditions, parts in _stretches(order, place, backwards, few):
        stretch = found.where(*conditions).order_by(*_steps(parts))
        rows += db.execute(stretch.limit(size + 1 - len(rows))).all()
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    first = 1 if place is None else max(place.passed - len(rows), 0) + 1 if backwards else place.passed + 1
    earlier, later = (more, bool(rows)) if backwards else (place is not None and bool(rows), more)
    return Page(
        rows=rows,
        first=first,
        before=_write(order, rows[0], True, first - 1) if earlier else None,
        after=_write(order, rows[-1], False, first - 1 + len(rows)) if later else None,
    )


def _stretches(
    order: Order, place: _Place | None, backwards: bool, few: bool
) -> list[tuple[list[ColumnElement[bool]], list[_Part]]]:
    """Conditions and order of what is read one after the other, from a place on."""
    parts = _parts(order, backwards)
    if few:
        parts = [replace(part, expression=_Sorted(part.expression)) for part in parts]
    valued = _at(order, parts, place) if place is not None else []
    if not order.keys[0].nullable:
        return [([_beyond(valued)] if valued else [], parts)]
    column = _Sorted(order.keys[0].column) if few else order.keys[0].column
    # The first part asks whether the key is NULL: within a stretch it always is, or never.
    stretches = [([column.is_not(None)], parts[1:]), ([column.is_(None)], parts[2:])]
    if backwards:
        stretches.reverse()
    if place is not None:
        stretches = stretches[int((place.values[0] is None) is not backwards) :]
        stretches[0][0].append(_beyond(valued[1:]))
    return stretches


def _steps(parts: list[_Part]) -> list[Any]:
    return [part.expression.desc() if part.descending else part.expression.asc() for part in parts]


def _hidden(order: Order) -> list[Any]:
    """The columns that a cursor is made of."""
    columns = [key.column.label(f"keyset_{number}") for number, key in enumerate(order.keys)]
    return [*columns, order.tie.public_id.label("keyset_tie")] if order.tie is not None else columns


def _parts(order: Order, backwards: bool) -> list[_Part]:
    """What the database compares; NULL or not is a comparison of its own that keeps its direction."""
    around = order.descending != backwards
    parts = []
    for key in order.keys:
        if key.nullable:
            parts.append(_Part(case((key.column.is_(None), 1), else_=0), backwards))
        parts.append(_Part(key.column, key.descending != around))
    if order.tie is not None:
        parts.append(_Part(order.tie.public_id, order.keys[-1].descending != around))
    return parts


def _at(order: Order, parts: list[_Part], place: _Place) -> list[_Part]:
    """The parts with the values of a place. A key that is NULL there can't be compared, nor has it to be."""
    valued, waiting = [], iter(parts)
    for key, value in zip(order.keys, place.values, strict=True):
        if key.nullable:
            valued.append(replace(next(waiting), value=literal(int(value is None))))
        part = next(waiting)
        if value is not None:
            valued.append(replace(part, value=literal(value, type_=key.column.type)))
    if order.tie is not None:
        valued.append(replace(next(waiting), value=literal(place.tie)))
    return valued


def _beyond(parts: list[_Part]) -> ColumnElement[bool]:
    """Rows behind the place: as one row value where all parts run the same way, for only that uses an index to
    its last column; else column by column, each with a bound that an index can use."""
    if len({part.descending for part in parts}) == 1 and len(parts) > 1:
        row, place = tuple_(*(part.expression for part in parts)), tuple_(*(part.value for part in parts))
        return row < place if parts[0].descending else row > place
    condition: ColumnElement[bool] | None = None
    for part in reversed(parts):
        strictly = part.expression < part.value if part.descending else part.expression > part.value
        if condition is None:
            condition = strictly
        else:
            loosely = part.expression <= part.value if part.descending else part.expression >= part.value
            condition = and_(loosely, or_(strictly, condition))
    assert condition is not None
    return condition


def _signature(order: Order) -> str:
    return f"-{order.name}" if order.descending else order.name


def _write(order: Order, row: AnyRow, backwards: bool, passed: int) -> str:
    count = len(order.keys)
    hidden = list(row)[len(row) - count - (order.tie is not None) :]
    tie = hidden.pop() if order.tie is not None else None
    content = [_signature(order), int(backwards), passed, [_plain(value) for value in hidden], tie]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def _read(cursor: str, order: Order) -> _Place:
    """The place that a cursor names; BadCursor unless it is exactly what `_write` makes for this order."""
    if len(cursor) > MAX_CURSOR or not cursor.isascii():
        raise BadCursor()
    try:
        content = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        signature, backwards, passed, values, tie = content
        placed = tuple(_value(key, value) for key, value in zip(order.keys, list(values), strict=True))
    except (ValueError, TypeError, RecursionError, binascii.Error, InvalidOperation):
        raise BadCursor() from None
    numbers = type(backwards) is int and backwards in (0, 1) and type(passed) is int and 0 <= passed <= _LARGEST
    tied = tie is None if order.tie is None else isinstance(tie, str) and _PUBLIC_ID.match(tie) is not None
    if signature != _signature(order) or not numbers or not tied or not isinstance(values, list):
        raise BadCursor()
    return _Place(bool(backwards), passed, placed, tie)


def _value(key: Key, plain: Any) -> Any:
    """A key's value out of its written form; ValueError for anything that is none."""
    if plain is None:
        if key.nullable:
            return None
        raise ValueError("NULL")
    kind = key.kind
    if kind in (int, bool):
        if type(plain) is not kind or (kind is int and not -_LARGEST <= plain <= _LARGEST):
            raise ValueError("number")
        return plain
    if not isinstance(plain, str) or _UNSTORABLE.search(plain):
        raise ValueError("text")
    return _from_text(kind, plain)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("instant") from None


def _from_text(kind: type, plain: str) -> Any:
    if kind is str:
        return plain
    if kind is datetime:
        moment = datetime.fromisoformat(plain)
        if moment.tzinfo is None:
            raise ValueError("instant")
        return _in_utc(moment)
    if kind is date:
        return date.fromisoformat(plain)
    if kind is Decimal and _DECIMAL.match(plain):
        return Decimal(plain)
    raise ValueError(kind.__name__)
