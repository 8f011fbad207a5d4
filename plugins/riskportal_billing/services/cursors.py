"""Where a list goes on: the day and the public id of the row it stopped at, checked letter by letter.

A cursor names no database id. One that names nothing of this bill group just falls between its rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

_CURSOR = re.compile(r"(\d{4}-\d{2}-\d{2})\.([a-z0-9]{20})\Z", re.ASCII)


class BadCursor(ValueError):
    """The text is no cursor of ours."""


@dataclass(frozen=True)
class Cursor:
    """A place in a list that is sorted by day and id, newest first."""

    day: date
    public_id: str

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read what `str()` wrote; BadCursor for anything else."""
        found = _CURSOR.match(text)
        if found is None:
            raise BadCursor(text)
        try:
            return cls(date.fromisoformat(found[1]), found[2])
        except ValueError:
            raise BadCursor(text) from None

    def __str__(self) -> str:
        return f"{self.day.isoformat()}.{self.public_id}"

    def older(self, model: Any, day: Any) -> ColumnElement[bool]:
        """Rows of `model` behind this place; `day` is its sort column."""
        return and_(day <= self.day, or_(day < self.day, model.id < self._id(model)))

    def newer(self, model: Any, day: Any) -> ColumnElement[bool]:
        """Rows before this place."""
        return and_(day >= self.day, or_(day > self.day, model.id > self._id(model)))

    def _id(self, model: Any) -> Any:
        return select(model.id).where(model.public_id == self.public_id).scalar_subquery()


@dataclass(frozen=True)
class Position:
    """At most one of both: go on behind `after`, or back before `before`."""

    after: Cursor | None = None
    before: Cursor | None = None

    @classmethod
    def parse(cls, after: str | None, before: str | None) -> Position:
        """From the two query parameters; BadCursor when one is junk or both are given."""
        if after and before:
            raise BadCursor(after)
        return cls(Cursor.parse(after) if after else None, Cursor.parse(before) if before else None)

    def apply(self, query: Any, model: Any, day: Any, size: int) -> Any:
        """`query` for one page and one row more, which tells whether there is another page."""
        if self.before is not None:
            query = query.where(self.before.newer(model, day)).order_by(day.asc(), model.id.asc())
        else:
            if self.after is not None:
                query = query.where(self.after.older(model, day))
            query = query.order_by(day.desc(), model.id.desc())
        return query.limit(size + 1)

    def cut(self, rows: list[Any], size: int) -> tuple[list[Any], bool, bool]:
        """The page newest first, and whether there are newer and older ones."""
        more = len(rows) > size
        rows = rows[:size]
        if self.before is not None:
            return rows[::-1], more, True
        return rows, self.after is not None, more
