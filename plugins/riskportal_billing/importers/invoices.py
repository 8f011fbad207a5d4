"""Checking and loading invoices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from riskportal.contracts.money import Money
from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup
from riskportal.portfolio.base import LoadContext, Problem, Record, Tally, batches
from riskportal_billing.importers.schemas import INVOICES, RECORD_KINDS
from riskportal_billing.models import Invoice
from riskportal_billing.services.states import settle
from riskportal_billing.services.totals import Totals
from riskportal_billing.services.writing import (
    LineDraft,
    buyer_of,
    clear_drafts,
    compute,
    document_values,
    freeze,
    seller_of,
)

# Far above any real invoice, far below what a database integer or a PDF column can hold.
LARGEST_MINOR = 10**14
# Categories that charge no VAT: their rate is zero (BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O -05).
UNTAXED = ("Z", "E", "AE", "K", "G", "O")


def draft_line(data: Mapping[str, Any], record: RecordRef | None = None) -> LineDraft:
    """A line of the file as the services take it."""
    same = ("title", "detail", "unit", "unit_price", "tax_category", "tax_rate", "period_start", "period_end")
    quantity = Decimal(1) if data["quantity"] is None else data["quantity"]
    return LineDraft(**{name: data[name] for name in same}, quantity=quantity, record=record)


def totals(data: Mapping[str, Any]) -> Totals:
    """What the lines of a record come to."""
    return compute([draft_line(line) for line in data["lines"]], data["currency"])


def check_invoice(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a schema can't say about one invoice."""
    for position, line in enumerate(data["lines"]):
        yield from _check_line(line, data["currency"], f"lines[{position}]")
    yield from _check_dates(data)
    if data["document_state"] != "draft" and data["number"] is None:
        yield "number", "is missing: only a draft may be without a number"
    computed = totals(data).total_minor
    if abs(computed) > LARGEST_MINOR:
        yield "lines", f"come to {Money(computed, data['currency'])}, which is more than an invoice can hold"
    elif computed < 0:
        yield "lines", f"come to {Money(computed, data['currency'])}; an invoice can't be negative"
    yield from _check_total(data, computed)


def _check_line(line: Mapping[str, Any], currency: str, path: str) -> Iterator[tuple[str, str]]:
    if line["unit_price"] < 0:
        yield f"{path}.unit_price", "can't be negative; make the quantity negative to give something back"
    # Line by line, because huge ones could cancel each other out in the total.
    net = compute([draft_line(line)], currency).net_minor
    if abs(net) > LARGEST_MINOR:
        yield path, f"comes to {Money(net, currency)}, which is more than an invoice can hold"
    if not 0 <= line["tax_rate"] <= 100:
        yield f"{path}.tax_rate", f"expected percent from 0 to 100, not {line['tax_rate']}"
    elif line["tax_category"] in UNTAXED and line["tax_rate"]:
        yield f"{path}.tax_rate", f'VAT category {line["tax_category"]} charges no VAT: expected "0"'
    elif line["tax_category"] == "S" and not line["tax_rate"]:
        yield f"{path}.tax_category", "category S needs a rate above 0; without VAT it is one of Z, E, AE, K, G, O"
    start, end = line["period_start"], line["period_end"]
    if start and end and end < start:
        yield f"{path}.period_end", f"is before the period's start, {start}"


def _check_dates(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("issued_on", "due_on"):
        if data["document_state"] != "draft" and data[name] is None:
            yield name, 'is missing: only a draft may be without; expected a date such as "2026-05-12"'
    if data["issued_on"] and data["due_on"] and data["due_on"] < data["issued_on"]:
        yield "due_on", f"is before issued_on, {data['issued_on']}"
    if data["period_start"] and data["period_end"] and data["period_end"] < data["period_start"]:
        yield "period_end", f"is before period_start, {data['period_start']}"


def _check_total(data: Mapping[str, Any], computed: int) -> Iterator[tuple[str, str]]:
    if data["total"] is None:
        return
    currency = data["currency"]
    try:
        stated = Money.parse(data["total"], currency)
    except ValueError as error:
        yield "total", str(error)
        return
    if stated.minor != computed:
        yield "total", f"the file says {stated}, but its lines with VAT come to {Money(computed, currency)}"


def check_invoices(ctx: LoadContext | None, records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Numbers are unique, within the file and beside the database."""
    first: dict[str, str] = {}
    own = {(r.ref, r.data["number"]) for r in records}
    for record in records:
        number = record.data["number"]
        if number is not None and first.setdefault(number, record.path) != record.path:
            yield f"{record.path}.number", f'"{number}" is the number of {first[number]} already'
    if ctx is None:
        return
    ctx.remember(INVOICES, (record.ref for record in records))
    mine = {known.record_id: ref for (section, ref), known in ctx.known.items() if section == INVOICES}
    for numbers in batches(list(first)):
        query = select(Invoice.id, Invoice.number).where(Invoice.number.in_(numbers))
        for invoice_id, number in ctx.db.execute(query):
            if (mine.get(invoice_id), number) not in own:
                yield f"{first[number]}.number", f'"{number}" is the number of another invoice already'


def load_invoices(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write new invoices and changed drafts; a changed issued invoice is refused."""
    ctx.remember(INVOICES, (record.ref for record in records))
    known = {r.ref: ctx.known[INVOICES, r.ref] for r in records if (INVOICES, r.ref) in ctx.known}
    changed = [r for r in records if r.ref in known and known[r.ref].digest != r.digest]
    drafts = _draft_ids(ctx, [known[r.ref].record_id for r in changed])
    loose = [r for r in records if r.ref not in known or known[r.ref].record_id in drafts]
    loose_refs = {record.ref for record in loose}
    clear_drafts(ctx.db, sorted(drafts))
    groups = _bill_groups(ctx, loose)
    paths = {id(record.data): record.path for record in loose}

    def build(ctx: LoadContext, data: Mapping[str, Any]) -> dict[str, Any]:
        group = groups[ctx.id_of("bill_groups", data["bill_group"])]
        return _values(ctx, data, group, paths[id(data)])

    kept = [record for record in records if record.ref not in loose_refs]
    tally = ctx.write_all(INVOICES, loose, Invoice, build) + ctx.write_all(
        INVOICES,
        kept,
        Invoice,
        build,
        frozen="has been issued and can't change any more; issue a new document that corrects it",
    )
    for state in ("issued", "cancelled"):
        freeze(ctx.db, ctx.ids_of(INVOICES, (r for r in loose if r.data["document_state"] == state)), state)
    return tally


def _draft_ids(ctx: LoadContext, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for batch in batches(ids):
        query = select(Invoice.id).where(Invoice.id.in_(batch), Invoice.document_state == "draft")
        found.update(ctx.db.scalars(query))
    return found


def _bill_groups(ctx: LoadContext, records: Iterable[Record]) -> dict[int, BillGroup]:
    ids = sorted({ctx.id_of("bill_groups", record.data["bill_group"]) for record in records})
    groups: dict[int, BillGroup] = {}
    for batch in batches(ids):
        query = select(BillGroup).where(BillGroup.id.in_(batch)).options(selectinload(BillGroup.customer))
        groups.update((group.id, group) for group in ctx.db.scalars(query))
    return groups


def _values(ctx: LoadContext, data: Mapping[str, Any], group: BillGroup, path: str) -> dict[str, Any]:
    """An invoice's attributes. It is always written as a draft; `freeze` turns it into a document."""
    lines = [
        draft_line(line, _record(ctx, line["record"], f"{path}.lines[{position}].record"))
        for position, line in enumerate(data["lines"])
    ]
    computed = document_values(lines, data["currency"], group.id, data["number"])
    settled = settle(data["document_state"], computed["total_minor"], 0, 0)
    same = ("number", "issued_on", "due_on", "period_start", "period_end", "currency", "note")
    return {
        **{name: data[name] for name in same},
        **computed,
        "bill_group_id": group.id,
        "document_state": "draft",
        "payment_state": settled.payment_state,
        "open_minor": settled.open_minor,
        "paid_on": data["issued_on"] if settled.payment_state == "paid" else None,
        "language": data["language"] or group.language,
        "po_number": data["po_number"] or group.po_number,
        "seller": {**seller_of(ctx.tenant), **(data["seller"] or {})},
        "buyer": {**buyer_of(group), **(data["buyer"] or {})},
    }


def _record(ctx: LoadContext, given: Mapping[str, str] | None, path: str) -> RecordRef | None:
    if given is None:
        return None
    try:
        return RecordRef(RECORD_KINDS[given["section"]], ctx.public_id_of(given["section"], given["ref"]))
    except LookupError:
        message = f'no record "{given["ref"]}" in {given["section"]}, neither in this file nor loaded before'
        ctx.problems.append(Problem(f"{path}.ref", message))
        return None
