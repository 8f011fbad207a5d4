"""Checking and loading payments with their allocations, and auto-pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from riskportal.contracts.money import Money
from riskportal.portfolio.base import LoadContext, Problem, Record, Tally, batches
from riskportal_billing.importers.schemas import AUTOPAY, INVOICES, PAYMENTS
from riskportal_billing.models import Allocation, AutoPay, Invoice, Payment
from riskportal_billing.services.writing import resettle

# Where load_payments leaves what the file allocates, for the proof of the invoices: invoices may be
# proven before payments, and a session belongs to one tenant's load.
FILE_PAYMENTS = "riskportal_billing.file_payments"
_BOOKED = ("kind", "amount_minor", "currency", "bill_group_id")


def check_payment(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Amounts fit the currency, and no more is allocated than was paid."""
    amounts = {}
    parts = [("amount", data["amount"])]
    parts += [(f"allocations[{i}].amount", part["amount"]) for i, part in enumerate(data["allocations"])]
    for path, text in parts:
        try:
            amounts[path] = Money.parse(text, data["currency"]).minor
        except ValueError as error:
            yield path, str(error)
            continue
        if amounts[path] <= 0:
            yield path, f'expected an amount greater than zero, not "{text}"'
    refs = [part["invoice"] for part in data["allocations"]]
    for i, ref in enumerate(refs):
        if ref in refs[:i]:
            yield f"allocations[{i}].invoice", f'"{ref}" stands here twice; add both amounts up'
    whole = amounts.pop("amount", None)
    allocated = sum(amounts.values())
    if whole is not None and allocated > whole:
        both = f"{Money(allocated, data['currency'])}, more than the payment of {Money(whole, data['currency'])}"
        yield "allocations", f"come to {both}"


def load_payments(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write payments and allocations, then settle every invoice they touch."""
    ctx.remember(PAYMENTS, (record.ref for record in records))
    known = {r.ref: ctx.known[PAYMENTS, r.ref] for r in records if (PAYMENTS, r.ref) in ctx.known}
    fresh = [r for r in records if r.ref not in known]
    changed = [r for r in records if r.ref in known and known[r.ref].digest != r.digest]
    invoices = _invoices(ctx, [*fresh, *changed])
    for record in [*fresh, *changed]:
        _check_invoices(ctx, record, invoices)
    if ctx.problems:
        return Tally()
    booked = _stored(ctx, [known[r.ref].record_id for r in changed])
    for record in changed:
        _book_more(ctx, record, booked[known[record.ref].record_id])
    old = [r for r in records if r.ref in known]
    tally = ctx.write_all(PAYMENTS, fresh, Payment, _payment) + ctx.write_all(PAYMENTS, old, Payment, _changeable)
    ctx.db.info[FILE_PAYMENTS] = [record.data for record in records]
    _resettle(ctx, [*fresh, *changed], invoices)
    return tally


def _invoices(ctx: LoadContext, records: Sequence[Record]) -> dict[str, Invoice]:
    """The invoices that the records allocate to, by ref."""
    refs = list(dict.fromkeys(part["invoice"] for record in records for part in record.data["allocations"]))
    ctx.remember(INVOICES, refs)
    by_id = {ctx.id_of(INVOICES, ref): ref for ref in refs}
    found = {}
    for batch in batches(sorted(by_id)):
        found.update({by_id[i.id]: i for i in ctx.db.scalars(select(Invoice).where(Invoice.id.in_(batch)))})
    return found


def _check_invoices(ctx: LoadContext, record: Record, invoices: Mapping[str, Invoice]) -> None:
    """An allocation stays within its bill group and currency, and goes to a document."""
    group = ctx.id_of("bill_groups", record.data["bill_group"])
    for position, part in enumerate(record.data["allocations"]):
        path, invoice = f"{record.path}.allocations[{position}].invoice", invoices[part["invoice"]]
        if invoice.bill_group_id != group:
            ctx.problems.append(Problem(path, f'"{part["invoice"]}" belongs to another bill group'))
        elif invoice.currency != record.data["currency"]:
            message = f'"{part["invoice"]}" is in {invoice.currency}, the payment in {record.data["currency"]}'
            ctx.problems.append(Problem(path, message))
        elif invoice.document_state == "draft":
            ctx.problems.append(Problem(path, f'"{part["invoice"]}" is a draft; nothing can be paid to it'))


def _stored(ctx: LoadContext, ids: Sequence[int]) -> dict[int, Payment]:
    found = {}
    for batch in batches(ids):
        query = select(Payment).where(Payment.id.in_(batch)).options(selectinload(Payment.allocations))
        found.update({payment.id: payment for payment in ctx.db.scalars(query)})
    return found


def _minor(text: str, currency: str) -> int:
    return Money.parse(text, currency).minor


def _allocations(ctx: LoadContext, data: Mapping[str, Any]) -> dict[int, int]:
    """Minor units by the id of the invoice."""
    parts = data["allocations"]
    return {ctx.id_of(INVOICES, part["invoice"]): _minor(part["amount"], data["currency"]) for part in parts}


def _changeable(ctx: LoadContext, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in ("state", "received_on", "method", "reference")}


def _payment(ctx: LoadContext, data: Mapping[str, Any]) -> dict[str, Any]:
    group = ctx.id_of("bill_groups", data["bill_group"])
    allocations = [
        Allocation(bill_group_id=group, invoice_id=invoice_id, amount_minor=amount)
        for invoice_id, amount in _allocations(ctx, data).items()
    ]
    return {
        **_changeable(ctx, data),
        "bill_group_id": group,
        "kind": data["kind"],
        "currency": data["currency"],
        "amount_minor": _minor(data["amount"], data["currency"]),
        "allocations": allocations,
    }


def _book_more(ctx: LoadContext, record: Record, payment: Payment) -> None:
    """Add allocations that came since; what was booked before must stand in the record unchanged."""
    data = record.data
    now = {
        "kind": data["kind"],
        "amount_minor": _minor(data["amount"], data["currency"]),
        "currency": data["currency"],
        "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
    }
    if any(getattr(payment, name) != now[name] for name in _BOOKED):
        message = "kind, amount, currency and bill group of a booked payment can't change; book another one"
        ctx.problems.append(Problem(record.path, message))
        return
    wanted = _allocations(ctx, data)
    if any(wanted.get(part.invoice_id) != part.amount_minor for part in payment.allocations):
        message = "an allocation stays as booked; add others, or book a refund"
        ctx.problems.append(Problem(f"{record.path}.allocations", message))
        return
    booked = {part.invoice_id for part in payment.allocations}
    for invoice_id in wanted.keys() - booked:
        payment.allocations.append(
            Allocation(bill_group_id=payment.bill_group_id, invoice_id=invoice_id, amount_minor=wanted[invoice_id])
        )


def _resettle(ctx: LoadContext, records: Sequence[Record], invoices: Mapping[str, Invoice]) -> None:
    """Settle what the records touch; more than an invoice's total is a problem of the record that paid it."""
    overpaid = {invoice.id for invoice in resettle(ctx.db, [invoice.id for invoice in invoices.values()])}
    for record in records if overpaid else ():
        for position, part in enumerate(record.data["allocations"]):
            invoice = invoices[part["invoice"]]
            if invoice.id in overpaid:
                total = Money(invoice.total_minor, invoice.currency)
                message = f'with this, more than its total of {total} is allocated to "{part["invoice"]}"'
                ctx.problems.append(Problem(f"{record.path}.allocations[{position}].amount", message))


def load_autopay(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write whether bill groups pay by themselves."""

    def build(ctx: LoadContext, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
            "enabled": data["enabled"],
            "method_label": data["method_label"],
        }

    return ctx.write_all(AUTOPAY, records, AutoPay, build)
