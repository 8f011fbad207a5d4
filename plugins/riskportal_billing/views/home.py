"""What billing puts on the home page, into the search, and onto other modules' records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from riskportal.contracts.subscriptions import ISubscriptions
from riskportal.plug import Attention, Card, Figure, Panel, RecordRef, SearchHit, _, plural
from riskportal_billing import wording
from riskportal_billing.permissions import P
from riskportal_billing.services.invoices import Listed, invoices_of_records, search_invoices
from riskportal_billing.views.summary import summary_of

NAMED = 5
PANEL_ROWS = 5


def badge(request: Any) -> int | None:
    """How many invoices are open; nothing when none is."""
    return summary_of(request).count or None


def figures(request: Any) -> Iterator[Figure]:
    """The open invoices, the badge's number."""
    if request.allows(P.INVOICE_READ):
        url = _url(request, "billing.invoices", _query={"state": "open"})
        yield Figure("billing.open", _("Open invoices"), summary_of(request).count, url, weight=40)


def cards(request: Any) -> Iterator[Card]:
    """The open balance with its dates, and how the next bill comes."""
    if not request.allows(P.INVOICE_READ):
        return
    summary, subscriptions = summary_of(request), request.contract(ISubscriptions)
    first = summary.first
    yield Card(
        "billing.balance",
        "lead",
        "riskportal_billing:templates/cards/balance.jinja2",
        {
            "sums": summary.sums,
            "open_count": summary.count,
            "overdue_count": summary.overdue_count,
            "dues": [(row.invoice, wording.invoice_status(row.invoice, request.today, request.fmt)) for row in first],
            "renewal": subscriptions.next_renewal() if subscriptions else None,
            "only_url": _invoice_url(request, first[0]) if summary.count == 1 else None,
        },
        weight=10,
    )
    yield Card(
        "billing.facts",
        "facts",
        "riskportal_billing:templates/cards/facts.jinja2",
        {"autopay": summary.autopay},
        weight=60,
    )


def attention(request: Any) -> Iterator[Attention]:
    """Open invoices, the longest overdue first; many of them end in a link to the list."""
    if not request.allows(P.INVOICE_READ):
        return
    summary = summary_of(request)
    for row in summary.first[:NAMED]:
        yield _waiting(request, row)
    rest = summary.count - NAMED
    if rest > 0:
        yield Attention(
            "billing.more",
            title=plural("and {n} more open invoice", "and {n} more open invoices", rest),
            why="",
            action_label=_("Show all"),
            action_url=_url(request, "billing.invoices", _query={"state": "open"}),
            tone="bad" if summary.overdue_count > NAMED else "wait",
            icon="billing",
            weight=31,
        )


def _waiting(request: Any, row: Listed) -> Attention:
    invoice = row.invoice
    amount = request.fmt.money(invoice.open_minor, invoice.currency)
    return Attention(
        f"billing.invoice.{invoice.public_id}",
        title=_("Invoice {number}, {amount}", number=invoice.number, amount=amount),
        why=row.what,
        action_label=_("View"),
        action_url=_invoice_url(request, row),
        due=invoice.due_on,
        due_text=wording.due_text(invoice, request.today, request.fmt),
        tone="bad" if invoice.is_overdue(request.today) else "wait",
        icon="billing",
        weight=30,
    )


def search(request: Any, query: str, limit: int) -> Iterator[SearchHit]:
    """Invoices by number, line text or amount."""
    if not request.allows(P.INVOICE_READ):
        return
    for row in search_invoices(request.db, query, limit, request.bill_group.currency):
        invoice = row.invoice
        exact = (invoice.number or "").casefold() == query.casefold()
        amount = request.fmt.money(invoice.total_minor, invoice.currency)
        day = request.fmt.date(invoice.issued_on)
        yield SearchHit(
            "billing.invoice",
            title=_("Invoice {number}, {amount}", number=invoice.number, amount=amount),
            subtitle=f"{day} · {row.what}",
            url=_invoice_url(request, row),
            score=1.0 if exact else 0.6,
        )


def panels(request: Any, refs: Sequence[RecordRef]) -> Iterator[Panel]:
    """The invoices that bill one of the records, on their page."""
    if not request.allows(P.INVOICE_READ):
        return
    found = invoices_of_records(request.db, refs, PANEL_ROWS + 1)
    if not found:
        return
    rows = [
        {
            "invoice": row.invoice,
            "what": row.what,
            "url": _invoice_url(request, row),
            "status": wording.invoice_status(row.invoice, request.today, request.fmt),
        }
        for row in found[:PANEL_ROWS]
    ]
    yield Panel(
        "billing.invoices",
        _("Invoices"),
        "riskportal_billing:templates/cards/panel.jinja2",
        {"rows": rows, "more": len(found) > PANEL_ROWS, "all_url": _url(request, "billing.invoices")},
        weight=20,
    )


def _url(request: Any, route: str, **parts: Any) -> str:
    return request.route_path(route, bill_group=request.matchdict["bill_group"], **parts)


def _invoice_url(request: Any, row: Listed) -> str:
    return _url(request, "billing.invoice", public_id=row.invoice.public_id)
