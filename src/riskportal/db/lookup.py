"""Several records at once by their public ids, for a RecordKind's `load_many`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

# Databases bound the values of one statement; a page names far fewer records.
AT_ONCE = 500


def by_public_id(model: Any, *options: Any) -> Callable[[Session, Collection[str]], dict[str, Any]]:
    """`load(db, public_ids)`: those rows of a model that the session sees, by public id; loaded with `options`."""
    query = select(model).options(*options)

    def load(db: Session, public_ids: Collection[str]) -> dict[str, Any]:
        ids = sorted(public_ids)
        parts = (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
        return {row.public_id: row for part in parts for row in db.scalars(query.where(model.public_id.in_(part)))}

    return load
