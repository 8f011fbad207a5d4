"""A small book-keeper for the demo: invoices with payments, numbered without gaps in the order of their dates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Tax:
    """How a bill group is taxed: VAT category code and percent."""

    category: str
    rate: str


REVERSE_CHARGE = Tax("AE", "0")
STANDARD = Tax("S", "19")
OUTSIDE = Tax("O", "0")


@dataclass(frozen=True)
class Account:
    """A bill group as the book-keeper sees it."""

    ref: str
    currency: str
    tax: Tax
    days_to_pay: int = 14


@dataclass(frozen=True)
class Line:
    """One line: what, for how much, which record it bills, and for which days."""

    title: str
    price: str
    record: tuple[str, str] | None = None
    period: tuple[date, date] | None = None
    detail: str | None = None
    quantity: str = "1"
    unit: str | None = None

    @property
    def net(self) -> Decimal:
        return (Decimal(self.quantity) * Decimal(self.price)).quantize(CENT, ROUND_HALF_UP)


@dataclass
class Entry:
    """An invoice before it has its number."""

    key: str
    account: Account
    issued: date
    due: date
    lines: list[Line]
    state: str = "issued"
    note: str | None = None

    @property
    def total(self) -> Decimal:
        net = sum((line.net for line in self.lines), Decimal(0))
        return net + (net * Decimal(self.account.tax.rate) / 100).quantize(CENT, ROUND_HALF_UP)


@dataclass
class Books:
    """All invoices and payments of one tenant. `prefix` starts every number, e.g. R in R-2026-0001."""

    prefix: str
    entries: list[Entry] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)

    def invoice(self, key: str, account: Account, issued: date, lines: list[Line], **rest: Any) -> Entry:
        """Write an invoice; `due` may be given, else it is the account's usual time."""
        due = rest.pop("due", issued + timedelta(days=account.days_to_pay))
        entry = Entry(key, account, issued, due, lines, **rest)
        self.entries.append(entry)
        return entry

    def pay(self, entry: Entry, on: date, amount: Decimal | None = None, **rest: Any) -> None:
        """Book a payment of the whole invoice or of `amount`; with kind="refund" give it back."""
        paid = f"{entry.total if amount is None else amount:.2f}"
        number = sum(payment["_entry"] is entry for payment in self.payments) + 1
        self.payments.append(
            {
                "_entry": entry,
                "ref": f"pay-{entry.key}-{number}",
                "bill_group": entry.account.ref,
                "received_on": on.isoformat(),
                "amount": paid,
                "currency": entry.account.currency,
                "allocations": [{"invoice": entry.key, "amount": paid}],
                **rest,
            }
        )

    def sections(self) -> dict[str, list[dict[str, Any]]]:
        """The sections of the portfolio file, invoices in the order of their numbers."""
        counter: Counter[int] = Counter()
        numbers: dict[str, str] = {}
        invoices = []
        for entry in sorted(self.entries, key=lambda e: (e.issued, e.key)):
            counter[entry.issued.year] += 1
            numbers[entry.key] = f"{self.prefix}-{entry.issued.year}-{counter[entry.issued.year]:04}"
            invoices.append(_invoice(entry, numbers[entry.key]))
        payments = []
        for payment in sorted(self.payments, key=lambda p: (p["received_on"], p["ref"])):
            entry = payment["_entry"]
            plain = {name: value for name, value in payment.items() if name != "_entry"}
            payments.append({"reference": numbers[entry.key], **plain})
        return {"invoices": invoices, "payments": payments}


def _invoice(entry: Entry, number: str) -> dict[str, Any]:
    record = {
        "ref": entry.key,
        "bill_group": entry.account.ref,
        "number": number,
        "document_state": entry.state,
        "issued_on": entry.issued.isoformat(),
        "due_on": entry.due.isoformat(),
        "currency": entry.account.currency,
        "total": f"{entry.total:.2f}",
        "lines": [_line(line, entry.account.tax) for line in entry.lines],
    }
    if entry.note:
        record["note"] = entry.note
    return record


def _line(line: Line, tax: Tax) -> dict[str, Any]:
    record: dict[str, Any] = {"title": line.title, "unit_price": line.price}
    record |= {"tax_category": tax.category, "tax_rate": tax.rate, "quantity": line.quantity}
    if line.unit:
        record["unit"] = line.unit
    if line.detail:
        record["detail"] = line.detail
    if line.record:
        record["record"] = dict(zip(("section", "ref"), line.record, strict=True))
    if line.period:
        start, end = line.period
        record |= {"period_start": start.isoformat(), "period_end": end.isoformat()}
    return record
