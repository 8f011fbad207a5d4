"""The customer's pages: overview, invoices, one invoice, its PDF, payments."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.response import Response

from riskportal.contracts.subscriptions import ISubscriptions
from riskportal.files.services import content_disposition
from riskportal.forms import submit
from riskportal.plug import Link, RecordRef, _
from riskportal_billing import wording
from riskportal_billing.models import Invoice, InvoiceLine
from riskportal_billing.paper import grouped_iban
from riskportal_billing.pdf import PdfError
from riskportal_billing.permissions import P
from riskportal_billing.services import invoices as invoice_reads
from riskportal_billing.services.payments import latest_payments, payment_page
from riskportal_billing.views.papers import invoice_file
from riskportal_billing.views.sending import send_form, send_invoice
from riskportal_billing.views.summary import summary_of

log = logging.getLogger("riskportal.billing")

LATEST = 5
QUERY_LENGTH = 200
FILTERS = {
    "all": _("All"),
    "open": _("Open"),
    "overdue": _("Overdue"),
    "paid": _("Paid"),
    "cancelled": _("Cancelled"),
}


def overview(context: Any, request: Any) -> dict[str, Any]:
    """What is open, when the next bill comes, how it is paid, and the latest of both."""
    subscriptions = request.contract(ISubscriptions)
    may_see_payments = request.allows(P.PAYMENT_READ)
    return {
        "summary": summary_of(request),
        "next_billing": subscriptions.next_billing_date() if subscriptions else None,
        "frequency": _frequency(request, subscriptions.cycles()) if subscriptions else "",
        "has_subscriptions": subscriptions is not None,
        "latest": [_row(request, row.invoice, row.what) for row in invoice_reads.latest_invoices(request.db, LATEST)],
        "payments": latest_payments(request.db, LATEST) if may_see_payments else [],
        "may_see_payments": may_see_payments,
        "wording": wording,
    }


def _frequency(request: Any, cycles: tuple[str, ...]) -> str:
    """The billing cycles in use, "Monthly and quarterly"; what is billed once is no rhythm."""
    return wording.listed([request.translate(wording.CYCLES[c]) for c in cycles if c in wording.CYCLES], request.fmt)


def invoice_list(context: Any, request: Any) -> dict[str, Any]:
    """Invoices by state, year and words, 25 a page."""
    wanted = _wanted(request)
    page = invoice_reads.invoice_page(
        request.db, wanted, request.GET.get("at"), request.today, request.bill_group.currency
    )
    counts = invoice_reads.counts(request.db, request.today)
    kept = {"state": None if wanted.state == "all" else wanted.state, "year": wanted.year, "q": wanted.text or None}

    def url(**changes: Any) -> str:
        query = {key: value for key, value in {**kept, **changes}.items() if value is not None}
        return _path(request, "billing.invoices", _query=query)

    return {
        "rows": [_row(request, row.Invoice, row.title) for row in page.rows],
        "newer": url(at=page.before) if page.before else None,
        "older": url(at=page.after) if page.after else None,
        "wanted": wanted,
        "filters": [
            {
                "label": label,
                "href": url(state=None if state == "all" else state),
                "current": state == wanted.state,
                # The link keeps year and words, the counts know neither: no number that its rows don't bear out.
                "count": None if wanted.year or wanted.text else _count(request, counts.by_state[state]),
            }
            for state, label in FILTERS.items()
        ],
        "years": _years(request, counts.years, wanted.year, url),
        "hidden": {key: value for key, value in kept.items() if value is not None and key != "q"},
        "filtered": wanted != invoice_reads.Wanted(),
        "any": counts.by_state["all"] > 0,
        "all_url": _path(request, "billing.invoices"),
    }


def _wanted(request: Any) -> invoice_reads.Wanted:
    state, year = request.GET.get("state", "all"), request.GET.get("year", "")
    text = " ".join(request.GET.get("q", "").split())
    sensible = state in FILTERS and len(text) <= QUERY_LENGTH
    if year and not (year.isascii() and year.isdigit() and len(year) == 4 and int(year) > 0):
        sensible = False
    if not sensible:
        raise HTTPBadRequest()
    return invoice_reads.Wanted(state, int(year) if year else None, text)


def _count(request: Any, count: int) -> str:
    limit = invoice_reads.COUNT_LIMIT
    return f"{request.fmt.number(limit)}+" if count > limit else request.fmt.number(count)


def _years(request: Any, years: Any, current: int | None, url: Any) -> list[dict[str, Any]]:
    """Links for the years; none when there is no choice."""
    if len(years) < 2 and current is None:
        return []
    shown = list(years) if current is None or current in years else [*years, current]
    links = [{"label": str(year), "href": url(year=year), "current": year == current} for year in shown]
    return [{"label": _("All years"), "href": url(year=None), "current": current is None}, *links]


def _row(request: Any, found: Invoice, what: str) -> dict[str, Any]:
    """What a list shows of an invoice."""
    return {
        "invoice": found,
        "what": what,
        "url": _path(request, "billing.invoice", public_id=found.public_id),
        "status": wording.invoice_status(found, request.today, request.fmt),
    }


def _path(request: Any, route: str, **parts: Any) -> str:
    return request.route_path(route, bill_group=request.matchdict["bill_group"], **parts)


def invoice(context: Any, request: Any) -> dict[str, Any]:
    """One invoice as it stands on paper, and how far it is settled."""
    return _invoice_page(request, context.record, send_form(request, context.record))


def invoice_send(context: Any, request: Any) -> Any:
    """Mail the invoice to the reader or a billing contact; the page again when that isn't possible."""
    found: Invoice = context.record
    return submit(
        request,
        send_form(request, found),
        lambda data: send_invoice(request, found, data["to"]),
        on_error=lambda form: _invoice_page(request, found, form),
    )


def _invoice_page(request: Any, found: Invoice, form: Any) -> dict[str, Any]:
    return {
        **document_values(request, found),
        "bookings": invoice_reads.bookings_of(request.db, found) if request.allows(P.PAYMENT_READ) else [],
        "pdf_url": _path(request, "billing.invoice_pdf", public_id=found.public_id),
        "list_url": _path(request, "billing.invoices"),
        "send_form": form,
    }


def document_values(request: Any, found: Invoice) -> dict[str, Any]:
    """What the page of an invoice shows of the document itself, in the portal and in the console."""
    lines, taxes = invoice_reads.lines_of(request.db, found), invoice_reads.taxes_of(request.db, found)
    return {
        "invoice": found,
        "title": wording.invoice_title(found),
        "status": wording.due_sentence(found, request.today, request.fmt),
        "lines": lines,
        "links": _record_links(request, lines),
        "taxes": taxes,
        "notes": wording.notes(found, taxes),
        "seller_lines": wording.postal_lines(found.seller, found.buyer.get("country"), request.locale_name),
        "buyer_lines": wording.postal_lines(found.buyer, found.seller.get("country"), request.locale_name),
        "iban": grouped_iban(found.seller["iban"]) if found.seller.get("iban") else None,
        "wording": wording,
    }


def _record_links(request: Any, lines: list[InvoiceLine]) -> dict[RecordRef, Link]:
    """Links to what the lines bill. They carry the kind's name: looking up every title would cost a query each."""
    kinds = request.registry.portal.seam.record_kinds
    links = {}
    for ref in {line.record for line in lines if line.record is not None}:
        if ref.kind in kinds:
            link = request.link_to(ref, title=request.translate(kinds[ref.kind].label))
            if link is not None and link.url is not None:
                links[ref] = link
    return links


def invoice_pdf(context: Any, request: Any) -> Any:
    """The invoice as a file, in its own language; always a download and never cached by others."""
    found: Invoice = context.record
    try:
        file = invoice_file(request, found)
    except PdfError:
        log.exception("invoice %s: no PDF (request %s)", found.public_id, request.request_id)
        request.response.status_int = 503
        return {"invoice_url": _path(request, "billing.invoice", public_id=found.public_id), "number": found.number}
    response = Response(file.data, content_type=file.media_type, charset=None)
    response.headers["Content-Disposition"] = content_disposition(file.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def payments(context: Any, request: Any) -> dict[str, Any]:
    """Money received and given back."""
    page = payment_page(request.db, request.GET.get("at"))
    return {
        "rows": page.rows,
        "newer": _path(request, "billing.payments", _query={"at": page.before}) if page.before else None,
        "older": _path(request, "billing.payments", _query={"at": page.after}) if page.after else None,
        "wording": wording,
    }
