"""What the pages about details and contacts declare."""

from __future__ import annotations

from riskportal.customers.checks import JOBS
from riskportal.customers.contacts import find_contact
from riskportal.plug import AuditEvent, Email, NavEntry, Permission, RecordKind, _
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.account.permissions import P

_ACCOUNT = _("Your account")
_CHANGED = _("{field} changed from “{old}” to “{new}”")
_SAMPLE_CHANGES = [(_("Phone"), "+49 4131 555 10 → +49 4131 555 12"), (_("City"), "Lüneburg")]

DECLARATIONS = CoreDeclarations(
    nav_entries=(
        NavEntry("core.details", "portal", _("Details"), "core.details", P.DETAILS_READ, "account", _ACCOUNT, 70),
    ),
    permissions=(
        Permission(P.DETAILS_READ, _("See the details and contacts of the account"), "portal", PORTAL_ROLES),
        Permission(P.DETAILS_WRITE, _("Change details and contacts"), "portal", ("owner", "billing")),
    ),
    emails=(
        Email(
            "core.details_changed",
            _("Details changed"),
            "riskportal:templates/email/details_changed",
            ("account", "what", "who", "changes", "link"),
            {
                "account": "Northwind Atelier ApS",
                "what": _("The details of your account have changed"),
                "who": "Mara Lindqvist (mara@northwind.example)",
                "changes": _SAMPLE_CHANGES,
                "link": "https://portal.example/g/bill-group/account/details",
            },
            category="account",
            about=(P.DETAILS_READ,),
        ),
    ),
    audit_events=(
        AuditEvent("core.details_changed", _("Details changed"), _CHANGED),
        AuditEvent(
            "core.contact_changed",
            _("Contact changed"),
            _("{contact} {name}: {field} changed from “{old}” to “{new}”"),
        ),
        AuditEvent("core.contact_added", _("Contact added"), _("{contact} added: {name}")),
        AuditEvent("core.contact_removed", _("Contact removed"), _("{contact} removed: {name}")),
        AuditEvent(
            "core.vat_asked",
            _("VAT number asked about"),
            _("Had the EU register asked about the VAT number {number}"),
        ),
        AuditEvent(
            "core.vat_confirmed",
            _("VAT number confirmed"),
            _("The EU register confirmed the VAT number {number} (its reference: {reference})"),
        ),
        AuditEvent(
            "core.vat_unknown",
            _("VAT number unknown"),
            _("The EU register has no VAT number {number} (its reference: {reference})"),
        ),
    ),
    record_kinds=(
        RecordKind(
            "core.contact", _("Contact"), "core.contact", P.DETAILS_WRITE, find_contact, lambda contact: contact.name
        ),
    ),
    jobs=JOBS,
)
