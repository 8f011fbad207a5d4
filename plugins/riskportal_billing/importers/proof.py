"""The figures that must be the same in file and database after a load."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import func, select

from riskportal.contracts.money import Money
from riskportal.portfolio.base import LoadContext, ProofRow, Record, batches
from riskportal_billing.importers.invoices import totals
from riskportal_billing.importers.payments import FILE_PAYMENTS
from riskportal_billing.importers.schemas import AUTOPAY, INVOICES, PAYMENTS
from riskportal_billing.models import Allocation, AutoPay, Invoice, Payment
from riskportal_billing.services.states import settle

# (state in words, currency) -> count and sums in minor units
Figures = dict[tuple[str, str], list[int]]


def prove_invoices(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """Counts, totals and open amounts by document state, payment state and currency."""
    file, database = _none(3), _none(3)
    given = _given_by_file(ctx)
    for batch in batches(records):
        ids = ctx.ids_of(INVOICES, batch)
        before = _given_before(ctx, ids)
        for record, invoice_id in zip(batch, ids, strict=True):
            _add(file, *_as_filed(record, given[record.ref] + before[invoice_id]))
        query = (
            select(
                Invoice.document_state,
                Invoice.payment_state,
                Invoice.currency,
                func.count(),
                func.sum(Invoice.total_minor),
                func.sum(Invoice.open_minor),
            )
            .where(Invoice.id.in_(ids))
            .group_by(Invoice.document_state, Invoice.payment_state, Invoice.currency)
        )
        for document, payment, currency, *sums in ctx.db.execute(query):
            _add(database, (_words(document, payment), currency), sums)
    yield from _rows(INVOICES, file, database, ("count", "total", "open"))


def _as_filed(record: Record, amounts: Counter[str]) -> tuple[tuple[str, str], list[int]]:
    data, total = record.data, totals(record.data).total_minor
    settled = settle(data["document_state"], total, amounts["payment"], amounts["refund"])
    key = (_words(data["document_state"], settled.payment_state), data["currency"])
    return key, [1, total, settled.open_minor]


def _words(document_state: str, payment_state: str) -> str:
    return f"{document_state}, {payment_state.replace('_', ' ')}"


def _given_by_file(ctx: LoadContext) -> dict[str, Counter[str]]:
    """What the file's succeeded payments and refunds give to invoices: minor units by kind, by invoice ref."""
    given: dict[str, Counter[str]] = defaultdict(Counter)
    for data in ctx.db.info.get(FILE_PAYMENTS, ()):
        for part in data["allocations"] if data["state"] == "succeeded" else ():
            given[part["invoice"]][data["kind"]] += Money.parse(part["amount"], data["currency"]).minor
    return given


def _given_before(ctx: LoadContext, invoice_ids: Sequence[int]) -> dict[int, Counter[str]]:
    """What payments gave that were loaded before and don't stand in this file, by invoice id."""
    own = {ctx.id_of(PAYMENTS, data["ref"]) for data in ctx.db.info.get(FILE_PAYMENTS, ())}
    given: dict[int, Counter[str]] = defaultdict(Counter)
    query = (
        select(Allocation.invoice_id, Payment.id, Payment.kind, Allocation.amount_minor)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.invoice_id.in_(invoice_ids), Payment.state == "succeeded")
    )
    for invoice_id, payment_id, kind, amount in ctx.db.execute(query):
        if payment_id not in own:
            given[invoice_id][kind] += amount
    return given


def prove_payments(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """Counts and sums of payments and refunds by state and currency."""
    file, database = _none(2), _none(2)
    for record in records:
        data = record.data
        amount = Money.parse(data["amount"], data["currency"]).minor
        _add(file, (f"{data['kind']}s, {data['state']}", data["currency"]), [1, amount])
    for batch in batches(records):
        query = (
            select(Payment.kind, Payment.state, Payment.currency, func.count(), func.sum(Payment.amount_minor))
            .where(Payment.id.in_(ctx.ids_of(PAYMENTS, batch)))
            .group_by(Payment.kind, Payment.state, Payment.currency)
        )
        for kind, state, currency, *sums in ctx.db.execute(query):
            _add(database, (f"{kind}s, {state}", currency), sums)
    yield from _rows(PAYMENTS, file, database, ("count", "amount"))


def prove_autopay(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """How many bill groups say whether they pay by themselves."""
    yield ctx.count(AUTOPAY, records, AutoPay)


def _none(width: int) -> Figures:
    return defaultdict(lambda: [0] * width)


def _add(figures: Figures, key: tuple[str, str], sums: Sequence[int]) -> None:
    figures[key] = [have + int(more) for have, more in zip(figures[key], sums, strict=True)]


def _rows(section: str, file: Figures, database: Figures, measures: Sequence[str]) -> Iterator[ProofRow]:
    for state, currency in sorted(file.keys() | database.keys()):
        both = zip(measures, file[state, currency], database[state, currency], strict=True)
        for measure, filed, found in both:
            unit = None if measure == "count" else currency
            label = f"{state} ({currency})" if measure == "count" else f"{state}: {measure}"
            yield ProofRow(section, label, filed, found, unit)
