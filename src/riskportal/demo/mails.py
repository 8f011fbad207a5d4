"""The mails that the demo's customers have been sent: an invoice a month, a reminder, a change of details."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from riskportal.demo.days import Days
from riskportal.demo.northwind import GROUP as NORTHWIND

Records = list[dict[str, Any]]
# Older ones are cleared away, as a provider would.
KEPT_DAYS = 400

_INVOICE = {
    "en": (
        "Your invoice {number}",
        "Good morning,\n\nyour invoice {number} of {issued} over {total} {currency} is ready. "
        "Please pay it by {due}.\n\nYou find it with its PDF in your customer portal under Billing.",
    ),
    "de": (
        "Ihre Rechnung {number}",
        "Guten Tag,\n\nIhre Rechnung {number} vom {issued} über {total} {currency} liegt bereit. "
        "Bitte zahlen Sie sie bis {due}.\n\nSie finden sie mit ihrer PDF-Datei in Ihrem Kundenportal unter "
        "Abrechnung.",
    ),
}
_DAY = {"en": "{0.day} {0:%B %Y}", "de": "{0:%d.%m.%Y}"}


def mails(sections: dict[str, Records], days: Days) -> Records:
    """The section of mails that goes with one provider's customers and invoices."""
    groups = {group["ref"]: group for group in sections["bill_groups"]}
    found = [
        mail
        for invoice in sections["invoices"]
        for mail in _invoice(invoice, groups[invoice["bill_group"]], _reader(sections, invoice["bill_group"]), days)
    ]
    return [*found, *_northwind(sections, days)] if NORTHWIND in groups else found


def _reader(sections: dict[str, Records], group: str) -> str:
    """Whom invoices of a bill group go to: its billing contact, else whoever owns the account."""
    contacts = (c for c in sections.get("contacts", ()) if c["bill_group"] == group and c.get("kind") == "billing")
    owners = (rule["value"] for rule in sections["access_rules"] if rule["bill_group"] == group)
    return next((str(contact["email"]) for contact in contacts if contact.get("email")), None) or next(owners)


def _invoice(invoice: dict[str, Any], group: dict[str, Any], to: str, days: Days) -> Iterator[dict[str, Any]]:
    issued = date.fromisoformat(invoice["issued_on"])
    if not days.ago(KEPT_DAYS) <= issued < days.today or "@" not in to:
        return
    language = group["language"]
    subject, text = _INVOICE[language]
    values = {
        "number": invoice["number"],
        "issued": _DAY[language].format(issued),
        "due": _DAY[language].format(date.fromisoformat(invoice["due_on"])),
        "total": invoice["total"].replace(".", ",") if language == "de" else invoice["total"],
        "currency": invoice["currency"],
    }
    yield {
        "ref": f"mail-{invoice['ref']}",
        "bill_group": invoice["bill_group"],
        "to": to,
        "subject": subject.format(**values),
        "text": text.format(**values),
        "sent_at": _at(issued, 5, invoice["ref"]),
        "kind": "billing.invoice",
        "language": language,
    }


def _northwind(sections: dict[str, Records], days: Days) -> Iterator[dict[str, Any]]:
    """What else happened there: an address that was wrong, its correction, and a friendly reminder."""
    overdue = next(i for i in sections["invoices"] if i["ref"] == "northwind-relaunch-8")
    own = {"bill_group": NORTHWIND, "language": "en"}
    yield own | {
        "ref": "mail-northwind-bounced",
        "to": "accounts@northwind.example",
        "subject": "Your billing contact",
        "text": "Good morning,\n\nfrom now on your invoices go to Ida Lund. There is nothing else to do.",
        "sent_at": _at(days.ago(43), 8, "bounced"),
        "kind": "core.details_changed",
        "failure": "the mail server answered 550 5.1.1 mailbox unavailable",
    }
    yield own | {
        "ref": "mail-northwind-details",
        "to": "mara@northwind.example",
        "subject": "The details of your account have changed",
        "text": "Mara Lindqvist changed the details of Northwind Atelier.\n\nE-mail address: "
        "mara@northwind.example (it was accounts@northwind.example)\n\n"
        "Everything is right? Then there is nothing to do.",
        "sent_at": _at(days.ago(41), 9, "details"),
        "kind": "core.details_changed",
    }
    yield own | {
        "ref": "mail-northwind-reminder",
        "to": "ida@lund-regnskab.example",
        "subject": f"Invoice {overdue['number']} was due",
        "text": f"Good morning,\n\ninvoice {overdue['number']} over {overdue['total']} EUR was due and we have not "
        "seen your payment yet. Perhaps it crossed this mail; then please forget it.",
        "sent_at": _at(days.ago(2), 7, "reminder"),
        "kind": "billing.invoice",
    }


def _at(day: date, hour: int, key: str) -> str:
    """An instant of a day; its minute depends on `key`, so that not everything leaves at once."""
    return f"{day.isoformat()}T{hour:02}:{sum(key.encode()) % 50:02}:00Z"
