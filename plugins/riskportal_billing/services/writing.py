"""Writing invoices and keeping their settlement up to date. Callers hold a session that may write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup
from riskportal.tenancy.models import Tenant
from riskportal_billing.models import Allocation, Invoice, InvoiceLine, InvoiceTax, Payment
from riskportal_billing.services.states import settle
from riskportal_billing.services.totals import LineAmount, Totals, line_net, totals_of

BATCH = 500


@dataclass(frozen=True)
class LineDraft:
    """A line before it is computed. `unit_price` in major units, `tax_rate` in percent, periods inclusive."""

    title: str
    quantity: Decimal
    unit_price: Decimal
    tax_category: str
    tax_rate: Decimal
    detail: str | None = None
    unit: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    record: RecordRef | None = None


def seller_of(tenant: Tenant) -> dict[str, Any]:
    """The tenant as it is called today, with its bank account and the look of its paper."""
    town = " ".join(part for part in (tenant.postcode, tenant.city) if part)
    return {
        "name": tenant.legal_name,
        "address": [line for line in (tenant.address_line1, tenant.address_line2, town) if line],
        "country": tenant.country,
        "vat_number": tenant.vat_number,
        "registration_number": tenant.registration_number,
        "email": tenant.support_email,
        "phone": tenant.phone,
        "iban": tenant.iban,
        "bic": tenant.bic,
        "accent": tenant.accent,
        "logo_sha256": tenant.logo_sha256,
        "logo_media_type": tenant.logo_media_type,
    }


def buyer_of(group: BillGroup) -> dict[str, Any]:
    """The customer of a bill group as it is called today. Taken when a document is issued, not when it is drafted:
    its people may change name, address and numbers at any time."""
    return {
        "name": group.company,
        "number": group.customer.number,
        "address": group.address_lines(),
        "country": group.country,
        "vat_number": group.vat_number,
        "registration_number": group.registration_number,
        "email": group.email,
    }


def compute(lines: Iterable[LineDraft], currency: str) -> Totals:
    """What the lines come to."""
    return totals_of(
        LineAmount(line_net(line.quantity, line.unit_price, currency), line.tax_category, line.tax_rate)
        for line in lines
    )


def document_values(
    lines: Sequence[LineDraft], currency: str, bill_group_id: int, number: str | None
) -> dict[str, Any]:
    """The attributes of an Invoice that follow from its lines: amounts, taxes, line rows, search text."""
    totals = compute(lines, currency)
    owner = {"bill_group_id": bill_group_id}
    rows = [_line(line, position, currency, owner) for position, line in enumerate(lines, start=1)]
    taxes = [
        InvoiceTax(
            rate_order=order,
            category=tax.category,
            rate=tax.rate,
            base_minor=tax.base_minor,
            tax_minor=tax.tax_minor,
            **owner,
        )
        for order, tax in enumerate(totals.taxes, start=1)
    ]
    words = [number or "", *(text or "" for line in lines for text in (line.title, line.detail))]
    return {
        "net_minor": totals.net_minor,
        "tax_minor": totals.tax_minor,
        "total_minor": totals.total_minor,
        "search_text": "\n".join(word for word in words if word).casefold(),
        "lines": rows,
        "taxes": taxes,
    }


def _line(line: LineDraft, position: int, currency: str, owner: Mapping[str, int]) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        title=line.title,
        detail=line.detail,
        period_start=line.period_start,
        period_end=line.period_end,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        net_minor=line_net(line.quantity, line.unit_price, currency),
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
        record_kind=line.record.kind if line.record else None,
        record_id=line.record.public_id if line.record else None,
        **owner,
    )


def clear_drafts(db: Session, invoice_ids: Sequence[int]) -> None:
    """Take lines and taxes off drafts that are about to get new ones."""
    for invoice in db.scalars(select(Invoice).where(Invoice.id.in_(invoice_ids))):
        invoice.lines = []
        invoice.taxes = []
    db.flush()


def freeze(db: Session, invoice_ids: Sequence[int], document_state: str) -> None:
    """Turn complete drafts into documents: from here on the database refuses to change them."""
    for start in range(0, len(invoice_ids), BATCH):
        ids = invoice_ids[start : start + BATCH]
        db.execute(
            update(Invoice)
            .where(Invoice.id.in_(ids), Invoice.document_state == "draft")
            .values(document_state=document_state)
        )


@dataclass(frozen=True)
class Paid:
    """What succeeded payments and refunds come to on an invoice (minor units), and the day of the last one."""

    paid_minor: int = 0
    refunded_minor: int = 0
    last_on: date | None = None


def paid_amounts(db: Session, invoice_ids: Sequence[int]) -> dict[int, Paid]:
    """By invoice id; at most BATCH ids at a time."""
    query = (
        select(Allocation.invoice_id, Payment.kind, func.sum(Allocation.amount_minor), func.max(Payment.received_on))
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.invoice_id.in_(invoice_ids), Payment.state == "succeeded")
        .group_by(Allocation.invoice_id, Payment.kind)
    )
    result: dict[int, Paid] = {}
    for invoice_id, kind, amount, last_on in db.execute(query):
        so_far = result.get(invoice_id, Paid())
        if kind == "payment":
            result[invoice_id] = Paid(int(amount), so_far.refunded_minor, last_on)
        else:
            result[invoice_id] = Paid(so_far.paid_minor, int(amount), so_far.last_on)
    return result


def resettle(db: Session, invoice_ids: Iterable[int]) -> list[Invoice]:
    """Derive the settlement of these invoices from their payments again, locked; gives the overpaid ones back."""
    overpaid = []
    ordered = sorted(set(invoice_ids))
    for start in range(0, len(ordered), BATCH):
        ids = ordered[start : start + BATCH]
        locked = select(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.id).with_for_update()
        invoices = list(db.scalars(locked))
        amounts = paid_amounts(db, ids)
        for invoice in invoices:
            paid = amounts.get(invoice.id, Paid())
            apply_settlement(invoice, paid)
            if paid.paid_minor - paid.refunded_minor > invoice.total_minor:
                overpaid.append(invoice)
    db.flush()
    return overpaid


def apply_settlement(invoice: Invoice, paid: Paid) -> None:
    """Set the three columns that tell how far an invoice is settled."""
    settled = settle(invoice.document_state, invoice.total_minor, paid.paid_minor, paid.refunded_minor)
    invoice.payment_state = settled.payment_state
    invoice.open_minor = settled.open_minor
    invoice.paid_on = (paid.last_on or invoice.issued_on) if settled.payment_state == "paid" else None
