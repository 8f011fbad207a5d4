"""Northwind Atelier: the customer of the pictures, with round headline figures on any day.

4 active service areas; 2 open invoices, EUR 920 overdue since 3 days and EUR 360 due in 10, together
EUR 1,280; the care plan renews on the next 12 May; 7 milestones paid since the last one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from riskportal.demo.books import REVERSE_CHARGE, Account, Books, Line
from riskportal.demo.days import Days, add_months

GROUP = "northwind-main"
ACCOUNT = Account(GROUP, "EUR", REVERSE_CHARGE)
RELAUNCH = (
    "Concept",
    "Wireframes",
    "Visual design",
    "Product data",
    "Shop templates",
    "Search and filters",
    "Payment and shipping",
    "Content and translations",
    "Launch",
)
MILESTONE_PRICE = "920.00"
PAID = 7
HOSTING = ("services", "northwind-hosting")
CARE = ("services", "northwind-care")
STARTER = ("services", "northwind-starter")
NEWSLETTER = ("services", "northwind-newsletter")


def people() -> dict[str, list[dict[str, Any]]]:
    """The customer, its bill group, its contacts and who may look at it."""
    return {
        "customers": [
            {"ref": "northwind", "number": "10042", "name": "Northwind Atelier",
             "legal_name": "Northwind Atelier ApS"}
        ],
        "bill_groups": [
            {
                "ref": GROUP,
                "customer": "northwind",
                "name": "Main account",
                "currency": "EUR",
                "language": "en",
                "address": {"line1": "Kanalgade 4", "postcode": "8000", "city": "Aarhus", "country": "DK"},
                "email": "mara@northwind.example",
                "phone": "+45 5550 1042",
                "vat_number": "DK12345674",
                "po_number": "4500-88",
                "registration_number": "CVR 12345674",
            }
        ],
        "contacts": [
            {"ref": "northwind-books", "bill_group": GROUP, "kind": "billing", "name": "Ida Lund",
             "email": "ida@lund-regnskab.example"},
            {"ref": "northwind-door", "bill_group": GROUP, "kind": "shipping", "name": "Atelier, back entrance",
             "address": {"line1": "Kanalgade 4B", "postcode": "8000", "city": "Aarhus", "country": "DK"}},
        ],
        "users": [
            {"ref": "mara", "email": "mara@northwind.example", "name": "Mara Lindqvist", "language": "en"},
            {"ref": "ida", "email": "ida@lund-regnskab.example", "name": "Ida Lund", "language": "en"},
            {"ref": "emil", "email": "emil@northwind-studio.example", "name": "Emil Krogh", "language": "en"},
        ],
        "access_rules": [
            {"ref": "northwind-mara", "bill_group": GROUP, "kind": "email", "value": "mara@northwind.example",
             "role": "owner"},
            {"ref": "northwind-ida", "bill_group": GROUP, "kind": "email", "value": "ida@lund-regnskab.example",
             "role": "billing"},
            {"ref": "northwind-studio", "bill_group": GROUP, "kind": "domain", "value": "northwind-studio.example",
             "role": "viewer"},
        ],
        "autopay": [{"ref": "northwind-autopay", "bill_group": GROUP, "enabled": False}],
    }  # fmt: skip


def services(days: Days) -> list[dict[str, Any]]:
    """What Northwind has, and had."""
    first = days.first
    start = _month_start(first)
    gone = add_months(first, 14)
    own: dict[str, Any] = {"bill_group": GROUP, "currency": "EUR"}
    return [
        own | {"ref": "northwind-hosting", "product": "managed-hosting", "name": "Managed hosting",
               "label": "northwind.example", "state": "active", "price": "49.00", "cycle": "monthly",
               "registered_on": first.isoformat(), "next_due_on": _next_month(days).isoformat()},
        own | {"ref": "northwind-care", "product": "care-plus", "name": "Care plan Plus",
               "label": "updates, backups, monitoring", "state": "active", "price": "360.00", "cycle": "quarterly",
               "registered_on": first.isoformat(), "next_due_on": next_quarter(days).isoformat(),
               "term_months": 12, "term_anchor_on": first.isoformat(), "renews_on": days.renewal.isoformat()},
        own | {"ref": "northwind-newsletter", "product": "newsletter", "name": "Newsletter delivery",
               "label": "up to 5,000 contacts", "state": "active", "price": "19.00", "cycle": "monthly",
               "registered_on": add_months(start, 8).isoformat(), "next_due_on": _next_month(days).isoformat()},
        own | {"ref": "northwind-starter", "product": "starter-hosting", "name": "Starter hosting",
               "label": "old.northwind.example", "state": "terminated", "price": "9.00", "cycle": "monthly",
               "registered_on": _beginning(days).isoformat(), "ended_on": start.isoformat()},
        own | {"ref": "northwind-staging", "product": "staging", "name": "Staging site",
               "label": "staging.northwind.example", "state": "cancelled", "price": "15.00", "cycle": "monthly",
               "registered_on": gone.isoformat(), "ended_on": add_months(gone, 7).isoformat()},
    ]  # fmt: skip


def projects(days: Days) -> list[dict[str, Any]]:
    """The relaunch in full swing, and one that was finished long ago."""
    paid = paid_on(days)
    relaunch = []
    for position, name in enumerate(RELAUNCH):
        part: dict[str, Any] = {"ref": _milestone(position), "name": name, "amount": MILESTONE_PRICE}
        if position < PAID:
            done = issued_on(days)[position] - timedelta(days=2)
            part |= {"state": "paid", "done_on": done.isoformat(), "paid_on": paid[position].isoformat()}
        elif position == PAID:
            part |= {"state": "invoiced", "done_on": days.ago(18).isoformat()}
        else:
            due = min(days.ahead(35), days.cycle_end - timedelta(days=1))
            part |= {"state": "planned", "due_on": due.isoformat()}
        relaunch.append(part)
    begun = add_months(days.first, 2)
    lookbook = [
        {"ref": f"northwind-lookbook-{n}", "name": name, "amount": price, "state": "paid",
         "done_on": (add_months(begun, n) - timedelta(days=12)).isoformat(),
         "paid_on": add_months(begun, n).isoformat()}
        for n, (name, price) in enumerate((("Design", "640.00"), ("Build", "1180.00"), ("Handover", "280.00")), 1)
    ]  # fmt: skip
    own: dict[str, Any] = {"bill_group": GROUP, "area": "webshop", "currency": "EUR"}
    return [
        own
        | {
            "ref": "northwind-relaunch",
            "name": "Webshop relaunch",
            "description": "A faster shop with better search, in three languages.",
            "state": "active",
            "started_on": (issued_on(days)[0] - timedelta(days=24)).isoformat(),
            "milestones": relaunch,
        },
        own
        | {
            "ref": "northwind-lookbook",
            "name": "Digital lookbook",
            "state": "completed",
            "started_on": add_months(begun, -1).isoformat(),
            "finished_on": add_months(begun, 3).isoformat(),
            "milestones": lookbook,
        },
    ]


def keep_books(books: Books, days: Days) -> None:
    """Three years of invoices: monthly, quarterly and by milestone, all paid but two."""
    _monthly(books, days)
    _quarterly(books, days)
    _change_request(books, days)
    _milestones(books, days)
    _exceptions(books, days)


def paid_on(days: Days) -> list[date]:
    """When the relaunch's milestones were paid: evenly over the last months, never before the term began."""
    span = min((days.today - days.cycle_start).days, 196)
    rest = min(23, span // 8)
    return [days.ago(rest + (span - rest) * (PAID - 1 - n) // (PAID - 1)) for n in range(PAID)]


def issued_on(days: Days) -> list[date]:
    """When they were billed: well before they were paid, and before the eighth was."""
    return [min(paid - timedelta(days=10), days.ago(17 + 16 * (PAID - n))) for n, paid in enumerate(paid_on(days))]


def next_quarter(days: Days) -> date:
    """The first quarter of the care plan that begins after today: it is billed on its first day."""
    start = list(days.months_since(days.cycle_start, 3))[-1]
    return add_months(days.cycle_start, _months_between(days.cycle_start, start) + 3)


def _monthly(books: Books, days: Days) -> None:
    hosting_from = _month_start(days.first)
    newsletter_from = add_months(hosting_from, 8)
    for number, month in enumerate(days.months_since(_beginning(days))):
        last = add_months(month, 1) - timedelta(days=1)
        if month < hosting_from:
            lines = [Line("Starter hosting", "9.00", STARTER, (month, last), "old.northwind.example")]
        else:
            lines = [Line("Managed hosting", "49.00", HOSTING, (month, last), "northwind.example")]
        if month >= newsletter_from:
            lines.append(Line("Newsletter delivery", "19.00", NEWSLETTER, (month, last), "up to 5,000 contacts"))
        entry = books.invoice(f"northwind-month-{number + 1:02}", ACCOUNT, month, lines)
        books.pay(entry, days.not_later(month + timedelta(days=5 + number % 8)))


def _quarterly(books: Books, days: Days) -> None:
    for number, start in enumerate(days.months_since(days.first, 3)):
        last = add_months(days.first, number * 3 + 3) - timedelta(days=1)
        # The price rose after the first year.
        lines = [Line("Care plan Plus", "360.00" if number >= 4 else "330.00", CARE, (start, last))]
        entry = books.invoice(f"northwind-care-{number + 1:02}", ACCOUNT, start, lines)
        books.pay(entry, days.not_later(start + timedelta(days=4 + number % 5)))


def _change_request(books: Books, days: Days) -> None:
    """What the care plan doesn't cover is billed by itself; this one is open and due in ten days."""
    lines = [Line("Size guide on product pages", "360.00", CARE, detail="Change request, as quoted")]
    books.invoice("northwind-size-guide", ACCOUNT, days.ago(4), lines, due=days.ahead(10))


def _milestones(books: Books, days: Days) -> None:
    dates = zip(issued_on(days), paid_on(days), strict=True)
    for position, (issued, paid) in enumerate(dates):
        entry = books.invoice(f"northwind-relaunch-{position + 1}", ACCOUNT, issued, [_relaunch_line(position)])
        books.pay(entry, paid)
    books.invoice("northwind-relaunch-8", ACCOUNT, days.ago(17), [_relaunch_line(PAID)], due=days.ago(3))


def _exceptions(books: Books, days: Days) -> None:
    """What happens in three years: an invoice sent twice, and one that was paid and given back."""
    begun = add_months(days.first, 2)
    for number, (name, price) in enumerate((("Design", "640.00"), ("Build", "1180.00"), ("Handover", "280.00")), 1):
        on = add_months(begun, number)
        record = ("milestones", f"northwind-lookbook-{number}")
        line = Line(f"Digital lookbook, {name.lower()}", price, record)
        entry = books.invoice(f"northwind-lookbook-{number}", ACCOUNT, on - timedelta(days=11), [line])
        books.pay(entry, on)
    day = add_months(days.first, 17)
    twice = Line("Digital lookbook, handover", "280.00", ("projects", "northwind-lookbook"))
    note = "Cancelled: this work had been billed before."
    books.invoice("northwind-twice", ACCOUNT, day, [twice], state="cancelled", note=note)
    workshop = [Line("Workshop, half a day", "450.00", detail="Called off by RiskITO and paid back")]
    entry = books.invoice("northwind-workshop", ACCOUNT, day + timedelta(days=20), workshop)
    books.pay(entry, day + timedelta(days=29))
    books.pay(entry, day + timedelta(days=41), kind="refund")


def _relaunch_line(position: int) -> Line:
    title = f"Webshop relaunch, milestone {position + 1} of {len(RELAUNCH)}"
    return Line(title, MILESTONE_PRICE, ("milestones", _milestone(position)), detail=RELAUNCH[position])


def _beginning(days: Days) -> date:
    """A year before the care plan, Northwind began with the smallest hosting."""
    return add_months(_month_start(days.first), -12)


def _milestone(position: int) -> str:
    return f"northwind-relaunch-{position + 1}"


def _month_start(day: date) -> date:
    return add_months(day.replace(day=1), 1)


def _next_month(days: Days) -> date:
    return add_months(days.today.replace(day=1), 1)


def _months_between(first: date, later: date) -> int:
    return (later.year - first.year) * 12 + later.month - first.month
