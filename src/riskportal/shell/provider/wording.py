"""What the provider's own details and areas are called."""

from __future__ import annotations

from riskportal.plug import Message, _
from riskportal.web.details import field_label

AREAS: dict[str, Message] = {"staff": _("Your team"), "portal": _("Customers")}
# Columns of the tenant, and what the command line calls them together.
FIELDS: dict[str, Message] = {
    "name": _("Name"),
    "accent": _("Accent colour"),
    "logo": _("Logo"),
    "sender_name": _("Sender's name"),
    "sender_address": _("Sender's address"),
    "support_email": _("Support e-mail"),
    "phone": _("Phone"),
    "languages": _("Languages"),
    "time_zone": _("Time zone"),
    "legal_name": _("Legal name"),
    "address": _("Address"),
    "address_line1": _("Street and number"),
    "address_line2": _("Second address line"),
    "postcode": _("Postcode"),
    "city": _("City"),
    "country": _("Country"),
    "vat_number": _("VAT number"),
    "registration_number": _("Registration number"),
    "iban": _("IBAN"),
    "bic": _("BIC"),
    "currency": _("Currency"),
    "hosts": _("Host names"),
    "base_url": _("Public address"),
}


def field_name(field: str) -> Message | str:
    """A detail of the provider, or of a customer's account, in words; an unknown one as it is stored."""
    return FIELDS.get(field) or field_label(field)
