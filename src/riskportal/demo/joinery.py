"""A joinery with two bill groups, one in euro and one in francs: overdue, partly paid and troubled things.

Petra Sørensen reaches both and chooses; Lea Brunner reaches the shop in Zürich only.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from riskportal.demo.books import OUTSIDE, STANDARD, Account, Books, Line
from riskportal.demo.days import Days, add_months

WORKSHOP, SHOP = "joinery-workshop", "joinery-zuerich"
WORKSHOP_ACCOUNT = Account(WORKSHOP, "EUR", STANDARD)
SHOP_ACCOUNT = Account(SHOP, "CHF", OUTSIDE, days_to_pay=30)
NAME = "Tischlerei Sørensen-Żółkiewski & Töchter, Möbel- und Innenausbau"


def people() -> dict[str, list[dict[str, Any]]]:
    """The customer, its two bill groups and who may look at them."""
    return {
        "customers": [
            {"ref": "joinery", "number": "10057", "name": NAME, "legal_name": f"{NAME} GmbH & Co. KG"},
        ],
        "bill_groups": [
            {"ref": WORKSHOP, "customer": "joinery", "name": "Werkstatt Lüneburg", "currency": "EUR",
             "language": "de", "email": "rechnung@sorensen-toechter.example", "vat_number": "DE298765402",
             "registration_number": "HRA 20557, Amtsgericht Lüneburg", "phone": "+49 4131 555 0110",
             "address": {"line1": "Salzbrückerstraße 110", "line2": "Hof 3, Halle B", "postcode": "21335",
                         "city": "Lüneburg", "country": "DE"}},
            {"ref": SHOP, "customer": "joinery", "name": "Ladengeschäft Zürich-Oerlikon", "currency": "CHF",
             "company_name": "Sørensen & Töchter (Schweiz) AG", "vat_number": "CHE-555.042.192 MWST",
             "language": "de", "email": "zuerich@sorensen-toechter.example", "po_number": "ZH/2231",
             "registration_number": "CH-020.3.555.042-1",
             "address": {"line1": "Franklinstrasse 20", "postcode": "8050", "city": "Zürich", "country": "CH"}},
        ],
        "contacts": [
            {"ref": "joinery-books", "bill_group": WORKSHOP, "kind": "billing", "name": "Jette Sørensen, Buchhaltung",
             "email": "jette@sorensen-toechter.example", "phone": "+49 4131 555 0114"},
            {"ref": "joinery-agency", "bill_group": WORKSHOP, "kind": "other", "name": "Tobias Reimers, Webagentur",
             "email": "tobias@reimers-web.example", "phone": "+49 40 5550 3321"},
            {"ref": "joinery-shop-door", "bill_group": SHOP, "kind": "shipping", "name": "Laden, Anlieferung Hof",
             "address": {"line1": "Franklinstrasse 20a", "postcode": "8050", "city": "Zürich", "country": "CH"}},
        ],
        "users": [
            {"ref": "petra", "email": "petra@sorensen-toechter.example", "name": "Petra Sørensen-Żółkiewski",
             "language": "de"},
            {"ref": "lea", "email": "lea@laden-oerlikon.example", "name": "Lea Brunner", "language": "de"},
        ],
        "access_rules": [
            {"ref": "joinery-petra-workshop", "bill_group": WORKSHOP, "kind": "email",
             "value": "petra@sorensen-toechter.example", "role": "owner"},
            {"ref": "joinery-petra-shop", "bill_group": SHOP, "kind": "email",
             "value": "petra@sorensen-toechter.example", "role": "owner"},
            {"ref": "joinery-lea", "bill_group": SHOP, "kind": "email", "value": "lea@laden-oerlikon.example",
             "role": "billing"},
        ],
        "autopay": [
            {"ref": "joinery-autopay", "bill_group": SHOP, "enabled": True, "method_label": "Visa ending 0042"}
        ],
    }  # fmt: skip


def services(days: Days) -> list[dict[str, Any]]:
    """One of them suspended, one still being set up, one whose set-up failed."""
    start = _start(days)
    eur: dict[str, Any] = {"bill_group": WORKSHOP, "currency": "EUR"}
    chf: dict[str, Any] = {"bill_group": SHOP, "currency": "CHF"}
    next_month = add_months(days.today.replace(day=1), 1).isoformat()
    return [
        eur | {"ref": "joinery-hosting", "product": "managed-hosting", "name": "Managed hosting",
               "label": "sorensen-toechter.example", "state": "active", "price": "49.00", "cycle": "monthly",
               "registered_on": start.isoformat(), "next_due_on": next_month},
        eur | {"ref": "joinery-care", "product": "care-basic", "name": "Care plan Basic", "state": "suspended",
               "price": "120.00", "cycle": "quarterly", "registered_on": start.isoformat()},
        eur | {"ref": "joinery-mail", "product": "mailboxes", "name": "12 Mailboxes", "state": "pending",
               "price": "36.00", "cycle": "monthly", "registered_on": days.ago(2).isoformat()},
        chf | {"ref": "joinery-shop-hosting", "product": "managed-hosting", "name": "Managed hosting",
               "label": "xn--mbel-oerlikon-4ib.example", "state": "active", "price": "59.00", "cycle": "monthly",
               "registered_on": start.isoformat(), "next_due_on": next_month},
        chf | {"ref": "joinery-shop-news", "product": "newsletter", "name": "Newsletter delivery",
               "label": "Möbelbrief", "state": "failed_setup", "price": "22.00", "cycle": "monthly",
               "registered_on": days.ago(6).isoformat()},
    ]  # fmt: skip


def keep_books(books: Books, days: Days) -> None:
    """A year and a half of months; in the workshop the last three are open, one of them half paid."""
    for number, month in enumerate(days.months_since(_start(days))):
        last = add_months(month, 1) - timedelta(days=1)
        line = Line("Managed hosting", "59.00", ("services", "joinery-shop-hosting"), (month, last))
        entry = books.invoice(f"joinery-shop-{number + 1:02}", SHOP_ACCOUNT, month, [line])
        books.pay(entry, entry.issued, method="card")
        if month > add_months(days.today, -4):
            continue
        line = Line("Managed hosting", "49.00", ("services", "joinery-hosting"), (month, last))
        entry = books.invoice(f"joinery-month-{number + 1:02}", WORKSHOP_ACCOUNT, month, [line])
        books.pay(entry, entry.due + timedelta(days=number % 7))
    care = ("services", "joinery-care")
    setup = [
        Line("Care plan Basic", "120.00", care),
        Line("Umzug der Website", "95.00", care, quantity="6.5", unit="Std.", detail="Stunden nach Aufwand"),
    ]
    moved = books.invoice("joinery-move", WORKSHOP_ACCOUNT, days.ago(64), setup)
    books.pay(moved, days.ago(40), Decimal("400.00"))
    books.invoice("joinery-care-late", WORKSHOP_ACCOUNT, days.ago(33), [Line("Care plan Basic", "120.00", care)])
    hosting = [Line("Managed hosting", "147.00", ("services", "joinery-hosting"), detail="Drei Monate")]
    books.invoice("joinery-quarter", WORKSHOP_ACCOUNT, days.ago(5), hosting)
    fitting = [Line("Shop-Fotos zuschneiden", "12.35", quantity="33.3333", unit="pieces")]
    books.invoice("joinery-shop-photos", SHOP_ACCOUNT, days.ago(12), fitting)


def _start(days: Days) -> Any:
    return add_months(days.today.replace(day=1), -18)
