"""What the pages about mails declare."""

from __future__ import annotations

from riskportal.mail.correspondence import mail_by_public_id
from riskportal.plug import AuditEvent, NavEntry, Permission, RecordKind, _
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.emails.permissions import P
from riskportal.shell.emails.wording import title_of

DECLARATIONS = CoreDeclarations(
    nav_entries=(
        NavEntry("core.emails", "portal", _("E-mails"), "core.emails", P.READ, "mail", _("Your account"), weight=80),
        NavEntry("core.staff_emails", "staff", _("E-mails"), "core.staff_emails", P.STAFF_READ, "mail", weight=30),
        NavEntry(
            "core.mail_texts", "staff", _("E-mail texts"), "core.mail_texts", P.TEXT_WRITE, "file", _("Provider"), 80
        ),
    ),
    permissions=(
        # Not limitable: a mail tells of whatever it tells, so nobody sees some of them.
        Permission(P.READ, _("Read the e-mails of the account"), "portal", ("owner", "billing")),
        Permission(P.STAFF_READ, _("Read e-mails to customers"), "staff", ("billing", "support", "read_only")),
        Permission(P.STAFF_SEND, _("Send e-mails to customers again"), "staff", ("billing", "support")),
        Permission(P.TEXT_WRITE, _("Change the texts of e-mails"), "staff", ()),
    ),
    record_kinds=(RecordKind("core.mail", _("E-mail"), "core.email", P.READ, mail_by_public_id, title_of),),
    audit_events=(
        AuditEvent("core.mail_sent_again", _("E-mail sent again"), _("“{subject}” was sent again to {address}")),
        AuditEvent(
            "core.mail_text_changed",
            _("E-mail text changed"),
            _("The text of the e-mail “{mail}” was changed ({language})"),
        ),
        AuditEvent(
            "core.mail_text_reset",
            _("E-mail text reset"),
            _("The e-mail “{mail}” uses the original text again ({language})"),
        ),
    ),
)
