"""Who may see invoices and payments."""

from __future__ import annotations

from enum import StrEnum

from riskportal.plug import Permission, _

_READERS = ("owner", "billing", "viewer")


class P(StrEnum):
    """The module's permissions by name."""

    INVOICE_READ = "billing.invoice.read"
    PAYMENT_READ = "billing.payment.read"
    INVOICE_STAFF_READ = "billing.invoice.staff_read"


PERMISSIONS = (
    Permission(P.INVOICE_READ, _("See invoices and what is open"), "portal", _READERS),
    Permission(P.PAYMENT_READ, _("See payments"), "portal", _READERS),
    Permission(
        P.INVOICE_STAFF_READ, _("See invoices of all customers"), "staff", ("billing", "support", "read_only")
    ),
)
