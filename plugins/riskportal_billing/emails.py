"""Billing's mails."""

from __future__ import annotations

from riskportal.plug import Email, _
from riskportal_billing.permissions import P

EMAILS = (
    Email(
        "billing.invoice",
        _("Invoice with its PDF"),
        "riskportal_billing:templates/email/invoice",
        placeholders=("number", "issued_on", "due_on", "total", "status", "customer", "link"),
        sample={
            "number": "2026-0042",
            "issued_on": "12 May 2026",
            "due_on": "26 May 2026",
            "total": "€1,280.00",
            "status": _("Please pay {amount} by {day}.", amount="€1,280.00", day="26 May 2026"),
            "customer": "Northwind Atelier ApS",
            "link": "https://portal.example/g/sample/billing/invoices/sample",
        },
        category="billing",
        about=(P.INVOICE_READ, P.INVOICE_STAFF_READ),
    ),
)
