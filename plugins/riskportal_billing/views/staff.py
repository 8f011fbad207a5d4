"""Billing in the staff console: the desk, an invoice, and what stands on the core's pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from babel.lists import format_list
from pyramid.response import Response

from riskportal.files.services import content_disposition
from riskportal.plug import Message, RecordRef, SearchHit, Tab, Work, _, plural
from riskportal.plug.tables import Choice, Column, Table
from riskportal_billing import wording
from riskportal_billing.models import Invoice
from riskportal_billing.pdf import PdfError
from riskportal_billing.permissions import P
from riskportal_billing.services import desk
from riskportal_billing.services.invoices import bookings_of
from riskportal_billing.views.papers import invoice_file
from riskportal_billing.views.portal import FILTERS, document_values

log = logging.getLogger("riskportal.billing")

TAB = "billing.invoices"
TAB_TEMPLATE = "riskportal_billing:templates/staff/tab.jinja2"
COLUMNS = (
    Column(_("Invoice"), "number", falling=True),
    Column(_("Date"), "issued", falling=True, kind="date"),
    Column(_("Due"), "due", kind="date"),
    Column(_("Amount"), kind="num"),
    Column(_("Status")),
)
STATES = Choice("state", _("State"), FILTERS)
DESK = Table(
    "billing.desk",
    _("Invoices"),
    (COLUMNS[0], Column(_("Customer")), *COLUMNS[1:]),
    order="-issued",
    choices=(STATES,),
    text=_("Invoice number"),
)
# On a customer's or bill group's page, where nobody asks whose they are.
OWN = Table(TAB, _("Invoices"), COLUMNS, order="-issued", choices=(STATES,), text=_("Invoice number"))
# How the sums stand beside each other, and their tones.
SUM_LABELS: dict[str, Message] = {
    "overdue": _("Overdue"),
    "open": _("Open, not due yet"),
    "paid": _("Paid"),
    "refunded": _("Refunded"),
    "cancelled": _("Cancelled"),
}


def desk_view(context: Any, request: Any) -> dict[str, Any]:
    """Invoices of all customers."""
    return {"table": _table(request, DESK, None)}


def _table(request: Any, table: Table, ref: RecordRef | None, kept: dict[str, str] | None = None) -> Any:
    asked = request.table(table, kept=kept)
    page = desk.desk_page(request.db, ref, asked.text, asked.chosen["state"], request.today, asked.at)
    return asked.show(page, [_row(request, row) for row in page.rows])


def _row(request: Any, row: Any) -> dict[str, Any]:
    invoice = row.Invoice
    return {
        "invoice": invoice,
        "group": row.group,
        "customer": row.customer,
        "url": _invoice_url(request, invoice),
        "group_url": _group_url(request, row.group_id),
        "status": wording.invoice_status(invoice, request.today, request.fmt),
    }


def invoice(context: Any, request: Any) -> dict[str, Any]:
    """One invoice as it stands on paper."""
    found: Invoice = context.record
    return {
        **document_values(request, found),
        "bookings": bookings_of(request.db, found),
        "pdf_url": request.route_path("billing.desk_pdf", public_id=found.public_id),
        "list_url": request.route_path("billing.desk"),
        "send_form": None,
    }


def invoice_pdf(context: Any, request: Any) -> Any:
    """The invoice as a file; always a download and never cached by others."""
    found: Invoice = context.record
    try:
        file = invoice_file(request, found)
    except PdfError:
        log.exception("invoice %s: no PDF (request %s)", found.public_id, request.request_id)
        request.response.status_int = 503
        return {"invoice_url": _invoice_url(request, found), "number": found.number}
    response = Response(file.data, content_type=file.media_type, charset=None)
    response.headers["Content-Disposition"] = content_disposition(file.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def work(request: Any) -> Iterator[Work]:
    """What is overdue, all of it behind one link."""
    if not request.allows(P.INVOICE_STAFF_READ):
        return
    late = desk.overdue(request.db, request.today)
    if late is None:
        return
    amounts = [request.fmt.money(minor, currency) for currency, minor in late.sums]
    yield Work(
        "billing.overdue",
        title=plural("{n} invoice is overdue", "{n} invoices are overdue", late.count),
        why=_("{amounts} open", amounts=format_list(amounts, locale=request.locale_name)),
        url=request.route_path("billing.desk", _query={"state": "overdue", "sort": "due"}),
        count=late.count,
        due=late.oldest,
        tone="bad",
        icon="billing",
        weight=30,
    )


def search(request: Any, query: str, limit: int) -> Iterator[SearchHit]:
    """Invoices by their numbers."""
    if not request.allows(P.INVOICE_STAFF_READ):
        return
    for row in desk.find_numbers(request.db, query, limit):
        found = row.Invoice
        exact = (found.number or "").casefold() == query.casefold()
        amount = request.fmt.money(found.total_minor, found.currency)
        yield SearchHit(
            "billing.invoice",
            title=_("Invoice {number}, {amount}", number=found.number, amount=amount),
            subtitle=f"{row.customer}, {row.group} · {request.fmt.date(found.issued_on)}",
            url=_invoice_url(request, found),
            score=1.0 if exact else 0.6,
        )


def tabs(request: Any, ref: RecordRef) -> Iterator[Tab]:
    """The invoices of a customer or bill group, and what they come to."""
    if not request.allows(P.INVOICE_STAFF_READ):
        return
    count = desk.open_count(request.db, ref)
    yield Tab(TAB, _("Invoices"), TAB_TEMPLATE, load=lambda: _tab(request, ref), count=count or None, weight=40)


def _tab(request: Any, ref: RecordRef) -> dict[str, Any]:
    return {
        "sums": _sums(request, desk.state_sums(request.db, ref, request.today)),
        "table": _table(request, OWN, ref, kept={"tab": TAB}),
    }


def _sums(request: Any, found: Sequence[desk.StateSum]) -> list[dict[str, Any]]:
    """A line for each state that has invoices, with an amount for each currency."""
    lines = []
    for state, label in SUM_LABELS.items():
        parts = [part for part in found if part.state == state]
        if parts:
            amounts = [request.fmt.money(part.minor, part.currency) for part in parts]
            lines.append({"label": label, "amounts": amounts, "count": sum(part.count for part in parts)})
    return lines


def _invoice_url(request: Any, found: Invoice) -> str:
    url: str = request.route_path("billing.desk_invoice", public_id=found.public_id)
    return url


def _group_url(request: Any, public_id: str) -> str | None:
    """The tab on the bill group's page, None for readers who may not open it."""
    link = request.link_to(RecordRef("core.bill_group", public_id), title="")
    return f"{link.url}?tab={TAB}" if link is not None and link.url is not None else None
