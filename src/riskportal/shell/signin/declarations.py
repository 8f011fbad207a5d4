"""What signing in declares."""

from __future__ import annotations

from datetime import timedelta

from riskportal.plug import AuditEvent, Email, Job, _
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.signin.jobs import purge_sign_ins, send_sign_in

DECLARATIONS = CoreDeclarations(
    jobs=(
        Job("core.send_sign_in", run=send_sign_in),
        Job("core.purge_sign_ins", run=purge_sign_ins, every=timedelta(hours=6)),
    ),
    emails=(
        Email(
            "core.sign_in",
            _("Sign-in link"),
            "riskportal:templates/email/sign_in",
            placeholders=("link", "code", "minutes"),
            sample={"link": "https://portal.example/sign-in/confirm/sample", "code": "K7QP-3MXD", "minutes": 10},
            secrets=("link", "code"),
        ),
    ),
    audit_events=(
        AuditEvent("core.signed_in", _("Signed in"), _("{email} signed in")),
        AuditEvent("core.signed_out", _("Signed out"), _("{email} signed out")),
    ),
)
