"""The words of billing: how invoices, payments and amounts are called on pages and on paper.

`fmt` is the formatter of the reader's language, or of the document's. Nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from riskportal.contracts.money import exponent
from riskportal.plug import Message, _, plural
from riskportal_billing.models import Invoice, InvoiceLine, InvoiceTax

METHODS = {
    "bank_transfer": _("Bank transfer"),
    "card": _("Card"),
    "direct_debit": _("Direct debit"),
    "credit": _("Account credit"),
    "other": _("Other"),
}
CYCLES = {
    "weekly": _("Weekly"),
    "monthly": _("Monthly"),
    "quarterly": _("Quarterly"),
    "semiannually": _("Half-yearly"),
    "annually": _("Yearly"),
    "biennially": _("Every two years"),
    "triennially": _("Every three years"),
}
# What the law wants to be read where no VAT is charged (VAT directive, article 226; German UStG, section 14a).
EXEMPTIONS = {
    "AE": _("Reverse charge: the recipient of the service owes the VAT."),
    "K": _("VAT-exempt intra-Community supply."),
    "G": _("VAT-exempt export."),
    "E": _("Exempt from VAT."),
    "O": _("Not subject to VAT."),
}
# Babel's locale of a language; English means British formats, as on all pages.
_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True)
class Status:
    """How an invoice or a payment stands: the tone of its pill, and words that say it without colour."""

    tone: str
    text: Message
    icon: str | None = None


def invoice_status(invoice: Invoice, today: date, fmt: Any) -> Status:
    """The state of an invoice in one short phrase."""
    if invoice.document_state != "issued":
        return Status("quiet", _("Cancelled") if invoice.document_state == "cancelled" else _("Draft"), "minus")
    if invoice.payment_state == "refunded":
        return Status("quiet", _("Refunded"), "refresh")
    if invoice.payment_state == "paid":
        return Status("good", _("Paid"))
    if invoice.is_overdue(today):
        return Status("bad", due_text(invoice, today, fmt))
    if invoice.payment_state == "partially_paid":
        return Status("wait", _("Partly paid, {due}", due=due_inside(invoice, today, fmt)))
    return Status("wait", due_text(invoice, today, fmt))


def due_text(invoice: Invoice, today: date, fmt: Any) -> Message:
    """When an open invoice is due, as a phrase of its own: "3 days overdue", "Due today", "Due 30 Apr"."""
    days = _days_left(invoice, today)
    if days < 0:
        return plural("{n} day overdue", "{n} days overdue", -days)
    if days == 0:
        return _("Due today")
    return _("Due {day}", day=fmt.day(invoice.due_on))


def due_inside(invoice: Invoice, today: date, fmt: Any) -> Message:
    """The same inside a sentence."""
    days = _days_left(invoice, today)
    if days < 0:
        return plural("{n} day overdue", "{n} days overdue", -days)
    return _("due today") if days == 0 else _("due {day}", day=fmt.day(invoice.due_on))


def due_sentence(invoice: Invoice, today: date, fmt: Any) -> Status:
    """The state of an invoice at the head of its page: with the distance in days, or the day it was paid."""
    if invoice.is_open and invoice.payment_state == "unpaid":
        days = _days_left(invoice, today)
        if days > 0:
            near = plural("Due {day}, in {n} day", "Due {day}, in {n} days", days, day=fmt.day(invoice.due_on))
            return Status("wait", near)
    if invoice.document_state == "issued" and invoice.payment_state == "paid" and invoice.paid_on:
        return Status("good", _("Paid {day}", day=fmt.day(invoice.paid_on)))
    return invoice_status(invoice, today, fmt)


def mail_sentence(invoice: Invoice, today: date, fmt: Any) -> Message:
    """What is to be done about an invoice, as a sentence that stays true after it was read."""
    if invoice.document_state == "cancelled":
        return _("This invoice was cancelled; nothing is to be paid.")
    if invoice.payment_state == "refunded":
        return _("It was paid, and the money was given back.")
    if not invoice.is_open:
        return _("It is paid. Thank you.")
    amount, day = fmt.money(invoice.open_minor, invoice.currency), fmt.date(invoice.due_on)
    if invoice.is_overdue(today):
        return _("{amount} was due on {day}. Please pay it soon.", amount=amount, day=day)
    return _("Please pay {amount} by {day}.", amount=amount, day=day)


def _days_left(invoice: Invoice, today: date) -> int:
    return ((invoice.due_on or today) - today).days


def payment_status(kind: str, state: str) -> Status:
    """How a payment or refund stands."""
    if state == "pending":
        return Status("wait", _("On its way"))
    if state == "failed":
        return Status("bad", _("Failed"))
    return Status("quiet", _("Refunded"), "refresh") if kind == "refund" else Status("good", _("Received"))


def invoice_title(invoice: Invoice) -> Message:
    """What an invoice is called in links and headings."""
    return _("Invoice {number}", number=invoice.number) if invoice.number else _("Draft invoice")


def vat_label(category: str, rate: Decimal, fmt: Any) -> Message:
    """How a VAT amount is called below the lines."""
    percent = fmt.percent(rate)
    return _("VAT {rate}, reverse charge", rate=percent) if category == "AE" else _("VAT {rate}", rate=percent)


def period(start: date | None, end: date | None, fmt: Any) -> Message | None:
    """A period of whole days, both inclusive, or a single day."""
    if start is None or end is None or start == end:
        only = start or end
        return None if only is None else _("{day}", day=fmt.date(only))
    return _("{start} to {end}", start=fmt.date(start), end=fmt.date(end))


def quantity(line: InvoiceLine, fmt: Any) -> str:
    """Quantity and unit, exact: "20 GB"."""
    number = format_decimal(line.quantity, locale=_locale(fmt.language), decimal_quantization=False)
    return f"{number} {line.unit}" if line.unit else number


def unit_price(line: InvoiceLine, currency: str, fmt: Any) -> str:
    """The price of one unit, exact: finer than the currency where it is ("€0.0045")."""
    minor = line.unit_price.scaleb(exponent(currency))
    if minor == minor.to_integral_value():
        return fmt.money(int(minor), currency)
    return format_currency(
        line.unit_price, currency, locale=_locale(fmt.language), currency_digits=False, decimal_quantization=False
    )


def notes(invoice: Invoice, taxes: Sequence[InvoiceTax]) -> list[str]:
    """What stands below the totals: why no VAT is charged, and the provider's own note."""
    found: list[str] = [EXEMPTIONS[c] for c in dict.fromkeys(t.category for t in taxes) if c in EXEMPTIONS]
    return [*found, invoice.note] if invoice.note else found


def listed(words: Sequence[str], fmt: Any) -> str:
    """Words as a list of the language: "Monthly and quarterly"."""
    lower = [*words[:1], *(word[:1].lower() + word[1:] for word in words[1:])]
    return format_list(lower, locale=_locale(fmt.language)) if lower else ""


def country_name(code: str | None, language: str) -> str | None:
    """A country's name in a language; the code itself when it is unknown."""
    return _locale(language).territories.get(code, code) if code else None


def postal_lines(party: dict[str, Any], home: str | None, language: str) -> list[str]:
    """The address of a seller or buyer; the country only when it isn't `home`."""
    lines = list(party.get("address") or ())
    country = party.get("country")
    return [*lines, str(country_name(country, language))] if country and country != home else lines


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language), sep="_")
