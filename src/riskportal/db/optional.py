"""The guard's other half for tables whose `bill_group_id` may be empty.

Such rows (audit entries, mails, files) are TenantOwned, so the guard adds only the tenant.
Their services add `own_rows` to every query, so that a portal session sees its bill group only.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from riskportal.db.guard import ScopeMissing, scope_of


def own_rows(db: Session, bill_group_column: Any) -> ColumnElement[bool]:
    """Rows of the session's bill group; of none when it has none; all of them in a tenant-wide session."""
    scope = scope_of(db)
    if scope is None:
        raise ScopeMissing("no tenant: call set_scope(session, Scope...) before touching owned rows")
    if scope.all_bill_groups:
        return true()
    own: ColumnElement[bool] = (
        bill_group_column.is_(None) if scope.bill_group_id is None else bill_group_column == scope.bill_group_id
    )
    return own


def own_bill_group(db: Session, given: int | None) -> int | None:
    """The bill group for a new row: the session's own one, or `given` where the session may choose.

    Raises ScopeMissing when a portal session names another bill group than its own.
    """
    scope = scope_of(db)
    if scope is None or scope.all_bill_groups or scope.bill_group_id is None:
        return given
    if given not in (None, scope.bill_group_id):
        raise ScopeMissing(f"this session belongs to bill group {scope.bill_group_id}, not to {given}")
    return scope.bill_group_id
