"""What stands on the paper of an invoice: plain texts in the invoice's own language, for templates/pdf.

Everything comes from the frozen document, nothing from today: the same invoice gives the same paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from riskportal.plug import Message, _
from riskportal_billing import wording
from riskportal_billing.models import Invoice, InvoiceLine, InvoiceTax

Say = Callable[[Message], str]
Row = tuple[str, str]


def paper_of(
    invoice: Invoice, lines: Sequence[InvoiceLine], taxes: Sequence[InvoiceTax], fmt: Any, say: Say
) -> dict[str, Any]:
    """The data of templates/pdf/invoice.typ; `fmt` and `say` speak the invoice's language."""
    seller, buyer, issued = invoice.seller, invoice.buyer, invoice.issued_on
    assert issued is not None
    seller_lines = wording.postal_lines(seller, buyer.get("country"), invoice.language)
    title = say(wording.invoice_title(invoice))
    return {
        "lang": invoice.language,
        "title": title,
        "author": seller["name"],
        "date": [issued.year, issued.month, issued.day],
        "accent": seller.get("accent") or "#14171a",
        "logo_alt": say(_("Logo of {name}", name=seller["name"])),
        "sender": " · ".join([seller["name"], *seller_lines]),
        "buyer": [buyer["name"], *wording.postal_lines(buyer, seller.get("country"), invoice.language)],
        "state": say(_("Cancelled")) if invoice.document_state == "cancelled" else "",
        "facts": list(_facts(invoice, fmt, say)),
        "head": [say(text) for text in (_("Description"), _("Quantity"), _("Price"), _("VAT"), _("Amount"))],
        "lines": [_line(line, invoice, fmt, say) for line in lines],
        "sums": list(_sums(invoice, taxes, fmt, say)),
        "total": [say(_("Total amount")), fmt.money(invoice.total_minor, invoice.currency)],
        "notes": [say(note) if isinstance(note, Message) else note for note in wording.notes(invoice, taxes)],
        "pay_title": say(_("Payment")),
        "pay_text": _pay_text(invoice, fmt, say),
        "pay": list(_account(invoice, say)),
        "footer": _footer(seller, seller_lines, say),
        "page": say(_("Page {page} of {pages}", page="{page}", pages="{pages}")),
        "replaced": "",
    }


def _facts(invoice: Invoice, fmt: Any, say: Say) -> Iterator[Row]:
    """What an accountant looks for first."""
    buyer = invoice.buyer
    span = wording.period(invoice.period_start, invoice.period_end, fmt)
    facts = (
        (_("Invoice number"), invoice.number),
        (_("Invoice date"), fmt.date(invoice.issued_on)),
        (_("Due date"), fmt.date(invoice.due_on)),
        (_("Service period"), say(span) if span else None),
        (_("Customer number"), buyer.get("number")),
        (_("Your VAT number"), buyer.get("vat_number")),
        (_("Your order number"), invoice.po_number),
    )
    for label, value in facts:
        if value:
            yield say(label), value


def _line(line: InvoiceLine, invoice: Invoice, fmt: Any, say: Say) -> dict[str, str]:
    span = wording.period(line.period_start, line.period_end, fmt)
    return {
        "title": line.title,
        "period": say(span) if span else "",
        "detail": line.detail or "",
        "quantity": wording.quantity(line, fmt),
        "price": wording.unit_price(line, invoice.currency, fmt),
        "vat": fmt.percent(line.tax_rate),
        "amount": fmt.money(line.net_minor, invoice.currency),
    }


def _sums(invoice: Invoice, taxes: Sequence[InvoiceTax], fmt: Any, say: Say) -> Iterator[Row]:
    currency = invoice.currency
    yield say(_("Net")), fmt.money(invoice.net_minor, currency)
    for tax in taxes:
        label = say(wording.vat_label(tax.category, tax.rate, fmt))
        if len(taxes) > 1:
            label = say(_("{vat} on {base}", vat=label, base=fmt.money(tax.base_minor, currency)))
        yield label, fmt.money(tax.tax_minor, currency)


def _pay_text(invoice: Invoice, fmt: Any, say: Say) -> str:
    if invoice.document_state == "cancelled":
        return say(_("This invoice was cancelled; nothing is to be paid."))
    if not invoice.total_minor:
        return say(_("Nothing is to be paid."))
    amount, day = fmt.money(invoice.total_minor, invoice.currency), fmt.date(invoice.due_on)
    return say(_("Please pay {amount} by {day}.", amount=amount, day=day))


def _account(invoice: Invoice, say: Say) -> Iterator[Row]:
    seller = invoice.seller
    if invoice.document_state == "cancelled" or not invoice.total_minor or not seller.get("iban"):
        return
    yield say(_("Account holder")), seller["name"]
    yield say(_("IBAN")), grouped_iban(seller["iban"])
    if seller.get("bic"):
        yield say(_("BIC")), seller["bic"]
    yield say(_("Reference")), invoice.number or ""


def grouped_iban(iban: str) -> str:
    """An IBAN in groups of four, as on paper (ISO 13616)."""
    plain = "".join(iban.split())
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def _footer(seller: dict[str, Any], lines: list[str], say: Say) -> list[list[str]]:
    """Three columns: who, how to reach them, what the law wants to know."""
    numbers = [
        say(_("VAT number {number}", number=seller["vat_number"])) if seller.get("vat_number") else None,
        seller.get("registration_number"),
    ]
    columns = [[seller["name"], *lines], [seller.get("email"), seller.get("phone")], numbers]
    return [[text for text in column if text] for column in columns]
