"""What the details of an account and its contacts are called, in forms, mails and the audit log."""

from __future__ import annotations

from riskportal.plug.messages import Message, _
from riskportal.web.visible import visible

FIELD_LABELS: dict[str, Message] = {
    "name": _("Name"),
    "legal_name": _("Legal name"),
    "number": _("Customer number"),
    "language": _("Language of mails and invoices"),
    "company_name": _("Company name"),
    "address_line1": _("Street and number"),
    "address_line2": _("Second address line"),
    "postcode": _("Postcode"),
    "city": _("City"),
    "country": _("Country"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "vat_number": _("VAT number"),
    "registration_number": _("Registration number"),
    "po_number": _("PO number"),
}

CONTACT_LABELS: dict[str, Message] = {
    "billing": _("Billing contact"),
    "shipping": _("Shipping contact"),
    "other": _("Further contact"),
}


def field_label(field: str) -> Message | str:
    """A field in words; an unknown one as it is stored."""
    return FIELD_LABELS.get(field) or visible(field)


def contact_label(kind: str) -> Message | str:
    """A kind of contact in words."""
    return CONTACT_LABELS.get(kind) or visible(kind)
