"""A café with nothing to pay, and the customers of Harbour Hosting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from riskportal.demo.books import REVERSE_CHARGE, STANDARD, Account, Books, Line, Tax
from riskportal.demo.days import Days, add_months

CAFE = "cafe-main"
CAFE_ACCOUNT = Account(CAFE, "EUR", STANDARD)
PRESS, SAILS = "press-main", "sails-main"
PRESS_ACCOUNT = Account(PRESS, "EUR", Tax("S", "23"))
SAILS_ACCOUNT = Account(SAILS, "EUR", REVERSE_CHARGE)


def cafe(days: Days, books: Books) -> dict[str, list[dict[str, Any]]]:
    """Everything paid, one service: what a calm home page looks like."""
    start = add_months(days.today.replace(day=1), -7)
    for number, month in enumerate(days.months_since(start)):
        line = Line("Starter hosting", "9.00", ("services", "cafe-hosting"), (month, _last(month)))
        entry = books.invoice(f"cafe-month-{number + 1:02}", CAFE_ACCOUNT, month, [line])
        books.pay(entry, entry.issued, method="direct_debit")
    return {
        "customers": [
            {"ref": "cafe", "number": "10063", "name": "Café Ankerplatz", "legal_name": "Nele Harms e. K."}
        ],
        "bill_groups": [
            {"ref": CAFE, "customer": "cafe", "name": "Café Ankerplatz", "currency": "EUR", "language": "de",
             "address": {"line1": "Am Alten Hafen 2", "postcode": "26382", "city": "Wilhelmshaven", "country": "DE"}}
        ],
        "users": [{"ref": "nele", "email": "nele@ankerplatz.example", "name": "Nele Harms", "language": "de"}],
        "access_rules": [
            {"ref": "cafe-nele", "bill_group": CAFE, "kind": "email", "value": "nele@ankerplatz.example",
             "role": "owner"}
        ],
        "services": [
            {"ref": "cafe-hosting", "bill_group": CAFE, "product": "starter-hosting", "name": "Starter hosting",
             "label": "ankerplatz.example", "state": "active", "price": "9.00", "currency": "EUR",
             "cycle": "monthly", "registered_on": start.isoformat(), "next_due_on": _next(days)}
        ],
        "autopay": [
            {"ref": "cafe-autopay", "bill_group": CAFE, "enabled": True, "method_label": "Lastschrift, IBAN …3000"}
        ],
    }  # fmt: skip


def harbour(days: Days, books: Books) -> dict[str, list[dict[str, Any]]]:
    """Two customers of the second provider; Mara is one of them under another login."""
    start = add_months(days.today.replace(day=1), -11)
    for number, month in enumerate(days.months_since(start)):
        line = Line("Berth", "18.00", ("services", "press-berth"), (month, _last(month)))
        entry = books.invoice(f"press-month-{number + 1:02}", PRESS_ACCOUNT, month, [line])
        if month < days.today.replace(day=1):
            books.pay(entry, entry.issued + timedelta(days=3))
    yearly = Line("Mooring", "84.00", ("services", "sails-mooring"), (start, add_months(start, 12)))
    books.pay(books.invoice("sails-year", SAILS_ACCOUNT, start, [yearly]), start + timedelta(days=8))
    return {
        "customers": [
            {"ref": "press", "name": "Lantern Press"},
            {"ref": "sails", "name": "Northwind Atelier", "legal_name": "Northwind Atelier ApS"},
        ],
        "bill_groups": [
            {"ref": PRESS, "customer": "press", "name": "Lantern Press", "currency": "EUR", "language": "en",
             "email": "orla@lantern-press.example", "vat_number": "IE5550400F", "po_number": "LP-2027-04",
             "address": {"line1": "7 Lamp Lane", "postcode": "T12 AB34", "city": "Cork", "country": "IE"}},
            {"ref": SAILS, "customer": "sails", "name": "Main account", "currency": "EUR", "language": "en",
             "vat_number": "DK12345674",
             "address": {"line1": "Kanalgade 4", "postcode": "8000", "city": "Aarhus", "country": "DK"}},
        ],
        "contacts": [
            {"ref": "press-books", "bill_group": PRESS, "kind": "billing", "name": "Fionn Daly",
             "email": "fionn@lantern-press.example", "phone": "+353 21 555 0142"},
        ],
        "users": [
            {"ref": "orla", "email": "orla@lantern-press.example", "name": "Orla Byrne", "language": "en"},
            {"ref": "mara", "email": "mara@northwind.example", "name": "Mara Lindqvist", "language": "en"},
        ],
        "access_rules": [
            {"ref": "press-orla", "bill_group": PRESS, "kind": "email", "value": "orla@lantern-press.example",
             "role": "owner"},
            {"ref": "sails-mara", "bill_group": SAILS, "kind": "email", "value": "mara@northwind.example",
             "role": "viewer"},
        ],
        "services": [
            {"ref": "press-berth", "bill_group": PRESS, "product": "berth", "name": "Berth",
             "label": "lantern-press.example", "state": "active", "price": "18.00", "currency": "EUR",
             "cycle": "monthly", "registered_on": start.isoformat(), "next_due_on": _next(days)},
            {"ref": "sails-mooring", "bill_group": SAILS, "product": "mooring", "name": "Mooring",
             "label": "archive.northwind.example", "state": "active", "price": "84.00", "currency": "EUR",
             "cycle": "annually", "registered_on": start.isoformat(),
             "next_due_on": add_months(start, 12).isoformat()},
        ],
    }  # fmt: skip


def _last(month: Any) -> Any:
    return add_months(month, 1) - timedelta(days=1)


def _next(days: Days) -> str:
    return add_months(days.today.replace(day=1), 1).isoformat()
