"""The history of one record, bill group or customer, for a tab on its page:

    Tab("core.history", _("History"), HISTORY_TEMPLATE, load=lambda: {"history": history_of(request, ref)})

Offer it to readers with `P.AUDIT_READ` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from riskportal.audit.models import AuditEntry
from riskportal.audit.services import entries
from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup, Customer
from riskportal.shell.provider.entries import Line, lines_of
from riskportal.web.paging import changed_query

HISTORY_TEMPLATE = "riskportal:templates/provider/history_tab.jinja2"
PER_PAGE = 25
# So many values are still asked for one by one.
APART = 12


@dataclass(frozen=True)
class History:
    """A page of entries. `newer` and `older` are addresses or None; `one_account`: all are of one bill group."""

    lines: list[Line]
    newer: str | None
    older: str | None
    one_account: bool


def history_of(request: Any, ref: RecordRef) -> History:
    """What happened to a record, newest first; of a bill group or customer all that happened in its account.

    The page's own query may carry `after` and `before`, the cursors of the list.
    """
    own = (ref.kind, ref.public_id)
    found = entries(
        request.db,
        either=about(request.db, ref),
        after=request.GET.get("after"),
        before=request.GET.get("before"),
        limit=PER_PAGE,
    )
    return History(
        # A line that is about the page's own record needn't lead to it.
        lines=[
            replace(line, record=None) if (line.entry.record_kind, line.entry.record_id) == own else line
            for line in lines_of(request, found.entries)
        ],
        newer=changed_query(request, before=found.previous, after=None) if found.previous else None,
        older=changed_query(request, after=found.next, before=None) if found.next else None,
        one_account=ref.kind != "core.customer",
    )


def about(db: Session, ref: RecordRef) -> list[ColumnElement[bool]]:
    """Conditions of which one holds for entries about a record, or of the account that it stands for."""
    itself = and_(AuditEntry.record_kind == ref.kind, AuditEntry.record_id == ref.public_id)
    if ref.kind == "core.bill_group":
        groups = select(BillGroup.id).where(BillGroup.public_id == ref.public_id)
    elif ref.kind == "core.customer":
        groups = (
            select(BillGroup.id)
            .join(Customer, Customer.id == BillGroup.customer_id)
            .where(Customer.public_id == ref.public_id)
        )
    else:
        return [itself]
    return [itself, *one_of(AuditEntry.bill_group_id, list(db.scalars(groups)))]


def one_of(column: Any, values: Sequence[int]) -> list[ColumnElement[bool]]:
    """Conditions of which one holds when the column has one of these values: few on their own, many together."""
    return [column == value for value in values] if len(values) <= APART else [column.in_(values)]
